"""A lease: of all processes that share an archive one may do something, and another soon takes over when it is gone."""

from __future__ import annotations

import logging
import secrets
import time

from sqlalchemy import Connection, delete, insert, or_, update
from sqlalchemy.exc import IntegrityError

from rag.errors import TelalError
from rag.store.database.database import Database, server_seconds
from rag.store.database.shared_tables import leases

LASTS_S = 8.0
_TRUSTED_S = 6.0  # the holder stops before the others may begin
_ASK_S = 2.0

_log = logging.getLogger(__name__)


class Lease:
    """The database's clock decides, so that clocks of machines may differ. For one thread at a time."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._holder = secrets.token_hex(8)
        self._trusted_until = 0.0  # by this process's own steady clock
        self._asked_at = -_ASK_S

    def hold(self) -> bool:
        """Take it, or keep it; is it ours? Asks the archive every two seconds. When that cannot be reached the lease
        is ours for six seconds more at most, and nobody else's for eight."""
        now = time.monotonic()
        if now >= self._asked_at + _ASK_S and not self._database.read_only:
            self._asked_at = now
            before = self._trusted_until
            try:
                self._trusted_until = now + _TRUSTED_S if self._taken() else 0.0
                if bool(before) != bool(self._trusted_until):
                    _log.info("The lease %r is %s", self._name, "another's now" if before else "ours from now on")
            except TelalError as error:
                _log.warning("The lease %r cannot be kept at the moment: %s", self._name, error)
        return time.monotonic() < self._trusted_until

    def release(self) -> None:
        """Let others have it at once; again is harmless."""
        if self._trusted_until:
            self._trusted_until, self._asked_at = 0.0, -_ASK_S
            try:
                with self._database.sharing() as connection:
                    mine = (leases.c.name == self._name) & (leases.c.holder == self._holder)
                    connection.execute(delete(leases).where(mine))
            except TelalError as error:
                _log.info("The lease %r ends by itself: %s", self._name, error)

    def _taken(self) -> bool:
        with self._database.sharing() as connection:
            return self._renewed(connection) or self._first(connection)

    def _renewed(self, connection: Connection) -> bool:
        c, until = leases.c, server_seconds() + LASTS_S
        free = or_(c.holder == self._holder, c.until < server_seconds())
        taken = update(leases).where(c.name == self._name, free).values(holder=self._holder, until=until)
        return bool(connection.execute(taken).rowcount)

    def _first(self, connection: Connection) -> bool:
        row = {"name": self._name, "holder": self._holder, "until": server_seconds() + LASTS_S}
        try:
            with connection.begin_nested():
                connection.execute(insert(leases).values(row))
        except IntegrityError:  # somebody else's
            return False
        return True
