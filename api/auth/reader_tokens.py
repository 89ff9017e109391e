"""What readers may see of each outlet's texts: by the outlet's terms, and more by a token that its publisher signed."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.utils import base64url_decode
from pydantic import SecretStr
from starlette.requests import Request

from api.http.errors import RequestRefused
from ingest.outlets import OutletConfig
from rag.errors import BadSettings
from rag.shown import Shown, Shows
from rag.store.database.addresses import canonical
from rag.types import Article

HEADER = "x-telal-reader"
_LONGEST = 4000  # characters of a token
_AUDIENCE = "telal"  # of a token that names whom it is for
_RSA_BITS = 2048
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
        held = shown.id if isinstance(shown, Article) else shown.article_id
        here = shown.url is not None and canonical(shown.url) == canonical(self.article)
        return not self.article or self.article == held or here


@dataclass(frozen=True, slots=True)
class PublisherKey:
    """What a publisher's tokens are checked with, by one algorithm: a token cannot choose another."""

    key: Any
    algorithm: str


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
        """`keys`: of each outlet a secret of 32 characters or more, or a public key (PEM). Raises BadSettings."""
        self._outlets = outlets
        self._keys = {name.casefold(): checked_key(name, key.get_secret_value()) for name, key in keys.items()}
        self._lock = threading.Lock()
        self._read, self._terms = 0.0, dict[str, Shows]()

    def sight(self, request: Request | None) -> Sight:
        """Returns what a reader sees. Raises RequestRefused for a token that is forged, expired or of no outlet
        here."""
        token = request.headers.get(HEADER, "") if request is not None else ""
        grant = read_token(token, self._keys) if token else None
        with self._lock:
            if not self._read or time.monotonic() - self._read > _FRESH_S:
                self._terms = {one.name.casefold(): Shows(one.shows) for one in self._outlets() if one.shows}
                self._read = time.monotonic()
            return Sight(self._terms, grant)


def checked_key(outlet: str, text: str) -> PublisherKey:
    """Returns the key of a publisher with the one algorithm that it is for: HS256 for a secret, RS256 or ES256 for a
    public key. Raises BadSettings."""
    setting = f"TELAL_SERVER__READER_KEYS: the key of {outlet!r}"
    if "-----BEGIN" not in text:
        if len(text) < hashlib.sha256().digest_size:
            raise BadSettings(f"{setting} is shorter than 32 characters.", hint="`openssl rand -hex 32` makes one.")
        return PublisherKey(text, "HS256")
    for algorithm in ("RS256", "ES256"):
        with suppress(jwt.InvalidKeyError, ValueError):
            key: Any = jwt.get_algorithm_by_name(algorithm).prepare_key(text)
            if not hasattr(key, "private_numbers") and (algorithm == "ES256" or key.key_size >= _RSA_BITS):
                return PublisherKey(key, algorithm)
    raise BadSettings(
        f"{setting} is no public key for RS256 or ES256.",
        hint="Give the public half, in PEM: RSA of 2048 bits or more, or the curve P-256.",
    )


def read_token(token: str, keys: Mapping[str, PublisherKey]) -> Grant:
    """Reads a JSON Web Token. Its `iss` is the outlet, `exp` its end, `nbf` its beginning if it has one, `sub` the
    article by id or address (none: all of the outlet), `shows` what may be seen (none: whole). Raises
    RequestRefused."""
    try:
        if len(token) > _LONGEST:
            raise ValueError("it is too long")
        head, said = (_strict_json(base64url_decode(part.encode())) for part in token.split(".")[:2])
        outlet = said["iss"].casefold()
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise _refused("The reader's token is no JSON Web Token with an `iss`.") from error
    if outlet not in keys:
        raise _refused("The reader's token is of an outlet whose key this server does not have.")
    key = keys[outlet]
    if "crit" in head or head.get("alg") != key.algorithm:
        raise _refused(f"The reader's token is not signed by {key.algorithm} alone, as its outlet's key is for.")
    _check_claims(token, said, key)
    shows = said.get("shows", Shows.WHOLE)
    if not isinstance(shows, str) or shows not in set(Shows):
        raise _refused("The reader's token allows (`shows`) neither quote, paragraph nor whole.")
    return Grant(outlet, Shows(shows), said.get("sub", ""))


def _check_claims(token: str, said: Mapping[str, Any], key: PublisherKey) -> None:
    """Raises RequestRefused for a token that is not signed, not yet or no longer valid, or for somebody else."""
    for name in ("exp", *({"nbf", "iat"} & said.keys())):
        if not isinstance(said.get(name), int | float) or isinstance(said[name], bool):
            raise _refused(f"The reader's token says no time, in seconds since 1970, in `{name}`.")
    audience = _AUDIENCE if said.get("aud") else None
    try:
        jwt.decode(token, key.key, [key.algorithm], options={"require": ["exp", "iss"]}, audience=audience)
    except jwt.ExpiredSignatureError as error:
        raise _refused("The reader's token has expired (`exp`).") from error
    except jwt.DecodeError as error:
        raise _refused("The reader's token is not signed with its outlet's key.") from error
    except jwt.InvalidTokenError as error:
        raise _refused(f"The reader's token is not right (`nbf`, `aud`, `sub`): {error}.") from error


def _strict_json(raw: bytes) -> dict[str, Any]:
    """Reads an object without a name twice and without what is no number: two readers would read either differently.
    Raises ValueError."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs) or any(isinstance(v, float) and not math.isfinite(v) for v in made.values()):
            raise ValueError("a name stands twice, or a number is none")
        return made

    value = json.loads(raw, object_pairs_hook=once)
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value


def _refused(what: str) -> RequestRefused:
    return RequestRefused("not-allowed", what, hint="Send a new one, or none: what the licence allows is shown anyway.")
