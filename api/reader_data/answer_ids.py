"""Makes signed ids of answers, which show later that an answer was given although none is kept."""

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
    """Ids signed with a secret that all processes of a site share."""

    def __init__(self, database: Database) -> None:
        self._sheet = StoredSheet(database, "answers")

    def new(self, request: Request) -> str:
        """Makes an id for the answer to a request, and sends it with the reply as X-Request-Id."""
        signed = f"{int(time.time()):08x}{secrets.token_hex(4)}"
        answer_id = signed + self.digest(signed)
        send_with_reply(request, {"x-request-id": answer_id})
        return answer_id

    def was_given(self, answer_id: str) -> bool:
        """Tells whether an answer of the last seven days has this id."""
        signed, signature = answer_id[:_SIGNED], answer_id[_SIGNED:]
        if not hmac.compare_digest(signature, self.digest(signed)):
            return False
        return time.time() - int(signed[:8], 16) < REPORTABLE_S

    def digest(self, text: str) -> str:
        """Returns a digest that nobody can make without the site's secret."""
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()[:_SIGNED]

    @cached_property
    def secret(self) -> bytes:
        """The secret of the site, made once. If none can be stored, this process has one of its own and accepts reports
        of its own answers only."""
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
