"""What readers may see of each outlet's texts: by the outlet's terms, and more by a token that its publisher signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from starlette.requests import Request

from api.http.errors import RequestRefused
from ingest.outlets import OutletConfig
from rag.errors import BadSettings
from rag.shown import Shown, Shows
from rag.store.database.addresses import canonical

HEADER = "x-telal-reader"
_LONGEST = 4000  # characters of a token
_FRESH_S = 5.0  # for which the outlets' terms are not read again
_ORDER = (None, Shows.QUOTE, Shows.PARAGRAPH, Shows.WHOLE)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a publisher's token allows: `shows` of one article, by id or address, or of every one of its outlet."""

    outlet: str
    shows: Shows
    article: str = ""

    def covers(self, shown: Shown) -> bool:
        """Tells whether it speaks of an article."""
        if shown.outlet.casefold() != self.outlet:
            return False
        held = getattr(shown, "article_id", None) or getattr(shown, "id", "")
        here = shown.url is not None and canonical(shown.url) == canonical(self.article)
        return not self.article or self.article == held or here


@dataclass(frozen=True, slots=True)
class Sight:
    """How much one reader is shown of each article."""

    terms: Mapping[str, Shows] = field(default_factory=dict)
    """by outlet, in small letters"""
    grant: Grant | None = None

    def level(self, shown: Shown) -> Shows | None:
        """Returns how much of an article is shown; None where its outlet's terms say nothing. A token never lowers
        it."""
        own = self.terms.get(shown.outlet.casefold())
        if self.grant is None or not self.grant.covers(shown) or (own is None and self.grant.shows is not Shows.WHOLE):
            return own
        return max(own, self.grant.shows, key=_ORDER.index)


class ReaderRights:
    """Reads the terms of the outlets, and checks the tokens. Thread-safe."""

    def __init__(self, outlets: Callable[[], list[OutletConfig]], keys: Mapping[str, SecretStr]) -> None:
        """`keys`: the secret of each outlet, of 32 characters or more. Raises BadSettings."""
        self._outlets = outlets
        self._keys = {name.casefold(): key.get_secret_value().encode() for name, key in keys.items()}
        if short := next((name for name, key in self._keys.items() if len(key) < hashlib.sha256().digest_size), None):
            raise BadSettings(
                f"TELAL_SERVER__READER_KEYS: the key of {short!r} is shorter than 32 characters.",
                hint="`openssl rand -hex 32` makes one.",
            )
        self._lock = threading.Lock()
        self._read, self._terms = 0.0, dict[str, Shows]()

    def sight(self, request: Request | None) -> Sight:
        """Returns what a reader sees. Raises RequestRefused for a token that is forged, expired or of no outlet
        here."""
        token = request.headers.get(HEADER, "") if request is not None else ""
        grant = read_token(token, self._keys, now=datetime.now(UTC)) if token else None
        return Sight(self._current_terms(), grant)

    def _current_terms(self) -> dict[str, Shows]:
        with self._lock:
            if not self._read or time.monotonic() - self._read > _FRESH_S:
                self._terms = {one.name.casefold(): Shows(one.shows) for one in self._outlets() if one.shows}
                self._read = time.monotonic()
            return self._terms


def read_token(token: str, keys: Mapping[str, bytes], *, now: datetime) -> Grant:
    """Reads a token: a JSON Web Token, signed by HS256. Its `iss` is the outlet, `exp` its end, `sub` the article by id
    or address (none: all of the outlet), `shows` what may be seen (none: whole). Raises RequestRefused."""
    signed, _, signature = token.rpartition(".")
    first, _, second = signed.partition(".")
    head, said = _json(first), _json(second)
    if len(token) > _LONGEST or head.get("alg") != "HS256" or not isinstance(said.get("iss"), str):
        raise _refused("The reader's token is no JSON Web Token signed by HS256 with an `iss`.")
    key = keys.get(said["iss"].casefold())
    if key is None:
        raise _refused("The reader's token is of an outlet whose key this server does not have.")
    made = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(made, _bytes(signature)):
        raise _refused("The reader's token is not signed with its outlet's key.")
    until, article, shows = said.get("exp"), said.get("sub", ""), said.get("shows", Shows.WHOLE)
    if not isinstance(until, int | float) or isinstance(until, bool) or not isinstance(article, str):
        raise _refused("The reader's token names no time of its end (`exp`), or its `sub` is no text.")
    if until <= now.timestamp():
        raise _refused("The reader's token has expired.")
    if not isinstance(shows, str) or shows not in set(Shows):
        raise _refused("The reader's token allows (`shows`) neither quote, paragraph nor whole.")
    return Grant(said["iss"].casefold(), Shows(shows), article)


def _refused(what: str) -> RequestRefused:
    return RequestRefused("not-allowed", what, hint="Send a new one, or none: what the licence allows is shown anyway.")


def _json(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
