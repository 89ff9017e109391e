"""Sessions at the desk: a signed cookie in exchange for an admin key, and protection against other sites using it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.auth.keys import Key, KeyStore
from api.http.errors import NoKey, NotAllowed
from rag.store.desk.acts import Editor

COOKIE = "telal_desk"
CSRF = "x-telal-desk"
PATH = "/desk"
LASTS_S = 12 * 3600  # a working day
SAFE = frozenset(("GET", "HEAD"))


@dataclass(frozen=True, slots=True)
class Session:
    """An editor at the desk until `ends` (seconds since 1970); `csrf` must come back with every change."""

    editor: Editor
    ends: int
    csrf: str


class Sessions:
    """Signs and reads cookies. They hold no secret, and end after their time, with their key, or when its secret is
    rotated."""

    def __init__(self, keys: KeyStore, secret: Callable[[], str]) -> None:
        """`secret`: random text that every process of the site shares; asked for when it is first needed."""
        self._keys, self._made, self._secret = keys, secret, ""

    @property
    def open(self) -> bool:
        """Is there a desk at all? Only while an admin key can be used."""
        return self._keys.any_with("admin")

    def begin(self, key: Key, request: Request, response: Response) -> Session:
        """A session for the holder of a key, its cookie set on the response."""
        ends, nonce = int(time.time()) + LASTS_S, secrets.token_urlsafe(12)
        value = f"{key.id}.{ends}.{nonce}"
        response.set_cookie(
            COOKIE,
            f"{value}.{self._sign('session', value, key)}",
            max_age=LASTS_S,
            path=PATH,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return self._session(key, ends, value)

    def end(self, response: Response) -> None:
        """Takes the cookie back."""
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")

    def of(self, request: Request) -> Session:
        """The session of a request. Raises NoKey without one, NotAllowed for a change that the desk did not send,
        404 while there is no desk."""
        self.must_be_open()
        session = self._read(request.cookies.get(COOKIE, ""))
        if session is None:
            raise NoKey("Nobody is signed in at the desk.", hint="Sign in with an admin key.")
        if request.method not in SAFE:
            must_come_from_here(request)
            if not hmac.compare_digest(request.headers.get(CSRF, ""), session.csrf):
                raise NotAllowed("The request was not sent by the desk.", hint="Open the desk anew and try again.")
        return session

    def must_be_open(self) -> None:
        """Raises 404 while no admin key can be used."""
        if not self.open:
            raise HTTPException(404)

    def _read(self, cookie: str) -> Session | None:
        value, _, signature = cookie.rpartition(".")
        key_id, _, rest = value.partition(".")
        ends = rest.partition(".")[0]
        key = self._keys.usable(key_id)
        if key is None or "admin" not in key.scopes or not ends.isascii() or not ends.isdigit():
            return None
        if not hmac.compare_digest(signature.encode(), self._sign("session", value, key).encode()):
            return None
        return self._session(key, int(ends), value) if time.time() < int(ends) else None

    def _session(self, key: Key, ends: int, value: str) -> Session:
        return Session(Editor(key.id, key.name), ends, self._sign("csrf", value, key))

    def _sign(self, what: str, value: str, key: Key) -> str:
        self._secret = self._secret or self._made()
        words = f"{what}\0{value}\0{key.digest}".encode()  # the digest changes when the key's secret is rotated
        return hmac.new(self._secret.encode(), words, hashlib.sha256).hexdigest()


def must_come_from_here(request: Request) -> None:
    """Raises NotAllowed for a request that a page of another origin sent, as every browser says of itself."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    elsewhere = site not in (None, "same-origin") or (
        origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    )
    if elsewhere or (site is None and origin is None):
        raise NotAllowed("The request came from another site.", hint="Open the desk at its own address.")
