"""Keeps editors signed in at the desk by a cookie, and protects it from requests of other sites."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.auth.access import check_same_origin, network_of
from api.auth.keys import Key, KeyStore
from api.desk.acts import Editor
from api.http.errors import RequestRefused
from rag.store.database.database import Database
from rag.store.database.desk_tables import sessions
from rag.store.database.rows import micros, moment

COOKIE = "telal_desk"
CSRF = "x-telal-desk"
PATH = "/desk"
LASTS_S = 12 * 3600  # a working day
SAFE = frozenset(("GET", "HEAD"))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session. `digest` names it and cannot be turned back into the cookie; `network`: where it was begun from."""

    digest: str
    key_id: str
    key_digest: str  # of the key's secret then: the session ends when another takes its place
    editor: str
    began: datetime
    ends: datetime
    network: str


class OpenSessions:
    """Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, session: OpenSession) -> None:
        """Keeps one more; what is past its time is erased."""
        times = {"began": micros(session.began), "ends": micros(session.ends)}
        with self._database.sharing() as connection:
            connection.execute(delete(sessions).where(sessions.c.ends <= micros(datetime.now(UTC))))
            connection.execute(insert(sessions), asdict(session) | times)

    def find(self, digest: str) -> OpenSession | None:
        """The session of that name, unless it has ended."""
        return next(iter(self._those(sessions.c.digest == digest)), None)

    def all(self) -> list[OpenSession]:
        """The newest first."""
        return self._those()

    def end(self, *, key_id: str, digest: str | None = None) -> int:
        """Ends one session of a key, or all of them; how many there were."""
        which = [sessions.c.key_id == key_id, *([] if digest is None else [sessions.c.digest == digest])]
        with self._database.sharing() as connection:
            return connection.execute(delete(sessions).where(*which)).rowcount

    def _those(self, *which: ColumnElement[bool]) -> list[OpenSession]:
        now = micros(datetime.now(UTC))
        query = select(sessions).where(sessions.c.ends > now, *which).order_by(sessions.c.began.desc())
        with self._database.reading() as connection:
            rows = [row._asdict() for row in connection.execute(query)]
        return [OpenSession(**row | {name: moment(row[name]) for name in ("began", "ends")}) for row in rows]


@dataclass(frozen=True, slots=True)
class Session:
    """An editor who is signed in. The page sends `csrf` with every change."""

    editor: Editor
    open: OpenSession
    csrf: str


class Sessions:
    """The sessions of editors, in the archive's database.

    A session ends when an editor ends it, after twelve hours, and when its key ends or gets a new secret.
    """

    def __init__(self, keys: KeyStore, kept: OpenSessions) -> None:
        self._keys, self._kept = keys, kept

    @property
    def open(self) -> bool:
        """Tells whether there is a desk: only while an admin key can be used."""
        return self._keys.any_with("admin")

    def begin(self, key: Key, request: Request, response: Response) -> Editor:
        """Begins a session for the holder of a key, and sets its cookie on the response."""
        cookie, now, editor = secrets.token_urlsafe(32), datetime.now(UTC), Editor(key.id, key.name)
        ends = now + timedelta(seconds=LASTS_S)
        self._kept.begin(OpenSession(_digest(cookie), key.id, key.digest, key.name, now, ends, network_of(request)))
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=LASTS_S,
            path=PATH,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return editor

    def end(self, session: Session, response: Response) -> None:
        """Ends a session on every machine, and deletes its cookie."""
        self._kept.end(key_id=session.editor.key_id, digest=session.open.digest)
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")

    def end_all(self, session: Session) -> int:
        """Ends every session of this editor's key, this one too. Returns how many there were."""
        return self._kept.end(key_id=session.editor.key_id)

    def all(self) -> list[OpenSession]:
        """Returns the open sessions of every editor, the newest first."""
        return [one for one in self._kept.all() if self._holds(one)]

    def of(self, request: Request) -> Session:
        """Returns the session of a request.

        Raises RequestRefused: `no-key` without a session, `not-allowed` for a change that the desk did not send. Raises
        404 while there is no desk.
        """
        self.check_open()
        cookie = request.cookies.get(COOKIE, "")
        found = self._kept.find(_digest(cookie)) if cookie else None
        if found is None or not self._holds(found):
            raise RequestRefused("no-key", "Nobody is signed in at the desk.", hint="Sign in with an admin key.")
        session = Session(Editor(found.key_id, found.editor), found, _digest(f"csrf {cookie}"))
        if request.method not in SAFE:
            check_same_origin(request)
            if not hmac.compare_digest(request.headers.get(CSRF, "").encode(), session.csrf.encode()):
                raise RequestRefused(
                    "not-allowed", "The request was not sent by the desk.", hint="Open the desk again and retry."
                )
        return session

    def check_open(self) -> None:
        """Raises 404 while no admin key can be used."""
        if not self.open:
            raise HTTPException(404)

    def _holds(self, session: OpenSession) -> bool:
        """Tells whether the key of a session is unchanged and may use the desk."""
        key = self._keys.usable(session.key_id)
        return key is not None and "admin" in key.scopes and key.digest == session.key_digest


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
