"""Open sessions at the desk, in the archive's database, so that a session ends on all machines at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, insert, select

from rag.store.database.database import Database
from rag.store.database.desk_tables import sessions
from rag.store.database.rows import micros, moment


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
