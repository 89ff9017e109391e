"""Keeps keys: public ones for the pages of a site, secret ones with scopes. Of secrets only digests are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from rag.errors import ArchiveBroken, BadInput, NotFound
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredSheet

Kind = Literal["public", "secret"]
SCOPES = ("ask", "search", "follow", "ingest", "admin")
PUBLIC_SCOPES = ("ask", "search")

_TOKEN = re.compile(r"telal_(sk|pk)_([0-9a-z]{12})(?:_([A-Za-z0-9_-]{43}))?")


@dataclass(frozen=True, slots=True)
class Key:
    """A key. Of a secret of 256 random bits only the SHA-256 is kept, from which nobody can guess it."""

    id: str
    name: str
    kind: Kind
    scopes: tuple[str, ...]
    created: datetime
    digest: str = ""
    origins: tuple[str, ...] = ()
    limit: str = ""  # for the key as a whole, e.g. "5000/day", besides the limits of each visitor
    expires: datetime | None = None
    revoked: datetime | None = None
    former_digest: str = ""  # of the secret before the last rotation, valid until `former_until`
    former_until: datetime | None = None

    def usable(self, now: datetime) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key with its token, which is shown once and kept nowhere."""

    key: Key
    token: str


class KeyStore:
    """The keys, in the archive's database.

    Every process of the machine sees a change at its next request, other machines a moment later. The keys are replaced
    as a whole, so their stamp tells whether to read them again.
    """

    def __init__(self, database: Database) -> None:
        self._sheet = StoredSheet(database, "keys")
        self._where = f"The sheet of keys in {database.name}"
        self._lock = threading.Lock()
        self._stamp: object = None
        self._keys: dict[str, Key] = {}

    def follow(self) -> None:
        """Starts to follow changes by other machines, so that looking up a key never waits for them."""
        self._sheet.follow()

    def close(self) -> None:
        """Stops following."""
        self._sheet.close()

    def all(self) -> list[Key]:
        """Returns every key, revoked ones too, the oldest first."""
        return sorted(self._current().values(), key=lambda key: key.created)

    def by_token(self, token: str) -> Key | None:
        """Returns the usable key of a token; None if there is none."""
        match = _TOKEN.fullmatch(token)
        key = self._current().get(match[2]) if match else None
        now = datetime.now(UTC)
        if match is None or key is None or not key.usable(now):
            return None
        if key.kind == "public":
            return key if match[1] == "pk" and match[3] is None else None
        return key if match[1] == "sk" and match[3] and _is_secret_of(key, match[3], now) else None

    def by_origin(self, origin: str) -> Key | None:
        """Returns a usable public key for pages of this origin; None if there is none."""
        now = datetime.now(UTC)
        found = (k for k in self._current().values() if k.kind == "public" and origin in k.origins and k.usable(now))
        return next(found, None)

    def usable(self, key_id: str) -> Key | None:
        """Returns the key of an id if it can be used; else None."""
        key = self._current().get(key_id)
        return key if key is not None and key.usable(datetime.now(UTC)) else None

    def any_with(self, scope: str) -> bool:
        """Tells whether there is a usable secret key with this scope."""
        now = datetime.now(UTC)
        return any(k.kind == "secret" and scope in k.scopes and k.usable(now) for k in self._current().values())

    def create(
        self,
        name: str,
        *,
        kind: Kind,
        scopes: Sequence[str] = PUBLIC_SCOPES,
        origins: Sequence[str] = (),
        limit: str = "",
        expires: datetime | None = None,
    ) -> NewKey:
        """Makes a key. Raises BadInput for unknown scopes, wrong origins, and a key without any scope."""
        allowed = PUBLIC_SCOPES if kind == "public" else SCOPES
        wrong = [scope for scope in scopes if scope not in allowed]
        if wrong or not scopes:
            raise BadInput(f"A {kind} key cannot have the scope {', '.join(wrong) or '(none)'}.", hint=f"{allowed}")
        if kind == "public" and not origins:
            raise BadInput("A public key needs the origins of its sites.", hint="--origin https://news.example")
        secret = secrets.token_urlsafe(32) if kind == "secret" else ""
        key = Key(
            id="".join(secrets.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(12)),
            name=name,
            kind=kind,
            scopes=tuple(scopes),
            created=datetime.now(UTC),
            digest=_digest(secret) if secret else "",
            origins=tuple(map(checked_origin, origins)),
            limit=limit,
            expires=expires,
        )
        self._change({key.id: key})
        return NewKey(key, _token(key, secret))

    def revoke(self, key_id: str) -> Key:
        """Ends a key at once. Raises NotFound."""
        return self._change({key_id: replace(self._found(key_id), revoked=datetime.now(UTC))})

    def rotate(self, key_id: str, *, keep_former: timedelta = timedelta(0)) -> NewKey:
        """Gives a key a new secret; the former one works for `keep_former` longer. Raises NotFound, BadInput."""
        key = self._found(key_id)
        if key.kind == "public" or key.revoked is not None:
            raise BadInput(f"The key {key_id} has no secret to rotate, or was revoked.", hint="Create a new one.")
        secret = secrets.token_urlsafe(32)
        former_until = datetime.now(UTC) + keep_former
        new = replace(key, digest=_digest(secret), former_digest=key.digest, former_until=former_until)
        return NewKey(self._change({key_id: new}), _token(new, secret))

    def _found(self, key_id: str) -> Key:
        key = self._current().get(key_id)
        if key is None:
            raise NotFound(f"There is no key {key_id!r}.", hint="`telal keys list` shows them.")
        return key

    def _current(self) -> dict[str, Key]:
        now = self._sheet.stamp()
        with self._lock:
            if now != self._stamp:
                self._keys = _parsed(self._sheet.read(default={"keys": []}), self._where)
                self._stamp = now
            return self._keys

    def _change(self, changed: dict[str, Key]) -> Key:
        with self._sheet.writing(default={"keys": []}) as content:
            keys = _parsed(content, self._where) | changed
            content["keys"] = _KEYS.dump_python(list(keys.values()), mode="json")
        return next(iter(changed.values()))


def checked_origin(text: str) -> str:
    """Returns an origin as browsers send it. Raises BadInput."""
    try:
        parts = urlsplit(text.strip().lower().rstrip("/"))
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise BadInput(f"{text!r} is not an origin.", hint="Write it as https://news.example, without a path.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, standard) else "")


def _token(key: Key, secret: str) -> str:
    return f"telal_sk_{key.id}_{secret}" if key.kind == "secret" else f"telal_pk_{key.id}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _is_secret_of(key: Key, secret: str, now: datetime) -> bool:
    digest = _digest(secret)
    former = key.former_digest if key.former_until is not None and now < key.former_until else ""
    return hmac.compare_digest(digest, key.digest) | hmac.compare_digest(digest, former)


def _parsed(content: Any, where: str) -> dict[str, Key]:
    try:
        return {key.id: key for key in _KEYS.validate_python(content["keys"])}
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveBroken(f"{where} is damaged: {error}.", hint="Restore a backup.") from error


_KEYS = TypeAdapter(list[Key])
