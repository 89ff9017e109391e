"""What editors have chosen for the whole site, and the secret that their sessions are signed with."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, insert, select

from rag.store.database.database import Database
from rag.store.desk.tables import choices

_SECRET = "session_secret"


class Choices:
    """Values by name, in a database whose tables were made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """The value of a name; None when none was chosen."""
        with self._database.reading() as connection:
            return connection.scalar(select(choices.c.value).where(choices.c.name == name))

    def set(self, name: str, value: str) -> None:
        """Choose a value in place of the one before."""
        with self._database.writing() as connection:
            connection.execute(delete(choices).where(choices.c.name == name))
            connection.execute(insert(choices), {"name": name, "value": value})

    def secret(self) -> str:
        """256 random bits, made once and the same for every process of the site."""
        held = self.get(_SECRET)
        if held is not None:
            return held
        with self._database.writing() as connection:  # whoever comes first makes it
            query = select(choices.c.value).where(choices.c.name == _SECRET)
            held = connection.scalar(query)
            if held is None:
                held = secrets.token_urlsafe(32)
                connection.execute(insert(choices), {"name": _SECRET, "value": held})
        return held
