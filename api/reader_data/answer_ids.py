"""Names answers so that a report can show that its answer was given, without one being kept: the name is signed."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from functools import cached_property

from starlette.requests import Request

from api.auth.access import send_with_reply
from rag.errors import TelalError
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredSheet

REPORTABLE_S = 7 * 24 * 3600
_SIGNED = 16  # hex digits: eight of the time, eight of chance; as many of the signature follow

log = logging.getLogger("telal.api")


class AnswerIds:
    """Signed with a secret that all processes of a site share."""

    def __init__(self, database: Database) -> None:
        self._sheet = StoredSheet(database, "answers")

    def name_reply(self, request: Request) -> str:
        """A name for the answer that this request gets; the reply carries it as X-Request-Id too."""
        words = f"{int(time.time()):08x}{secrets.token_hex(4)}"
        name = words + self._sign(words)
        send_with_reply(request, {"x-request-id": name})
        return name

    def was_given(self, name: str) -> bool:
        """Is it the name of an answer of the last seven days?"""
        words, signature = name[:_SIGNED], name[_SIGNED:]
        if not hmac.compare_digest(signature, self._sign(words)):
            return False
        return time.time() - int(words[:8], 16) < REPORTABLE_S

    @cached_property
    def secret(self) -> bytes:
        """Made once. Where none can be kept, this process has one of its own, and takes reports of its answers only."""
        try:
            self._sheet.stamp()
            held = self._sheet.read(default={})
            if "secret" not in held:
                with self._sheet.writing(default={}) as held:
                    held.setdefault("secret", secrets.token_hex(32))
            return bytes.fromhex(held["secret"])
        except TelalError as error:
            log.warning("Other processes will not know the answers of this one: %s", error)
            return secrets.token_bytes(32)

    def _sign(self, words: str) -> str:
        return hmac.new(self.secret, words.encode(), hashlib.sha256).hexdigest()[:_SIGNED]
