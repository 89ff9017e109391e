"""What machines share that is no article, in the archive's database: documents read as a whole, and lines of a log."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from rag.errors import TelalError
from rag.store.database.database import Database
from rag.store.database.rows import chunks
from rag.store.database.shared_tables import lines, sheets

_POLL_S = 1.0
_CLOSE_S = 5.0


class StoredSheet:
    """One JSON document, changed by one process at a time.

    A server follows it: changes by others are there a moment after their commit, and looking at it never waits for the
    database. Whoever does not follow asks the database each time.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._seen: tuple[int, str | None] = (0, None)
        self._stop = threading.Event()
        self._bell = threading.Event()
        self._threads: list[threading.Thread] = []

    def follow(self) -> None:
        """Read it, and from now on whenever it changes. Raises the archive's errors."""
        self._look()
        self._threads = [
            threading.Thread(target=self._take_in, name="telal-sheet", daemon=True),
            threading.Thread(
                target=self._database.listen, args=(self._bell.set, self._stop), name="telal-sheet-listen", daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Follow no longer; again is harmless."""
        self._stop.set()
        self._bell.set()
        for thread in self._threads:
            thread.join(_CLOSE_S)
        self._threads = []

    def stamp(self) -> int:
        """Changes whenever the document did; 0 when there is none."""
        if not self._threads:
            self._look()
        return self._seen[0]

    def read(self, *, default: Any) -> Any:
        """What it holds; `default` when there is none."""
        value = self._seen[1]
        return default if value is None else json.loads(value)

    @contextmanager
    def writing(self, *, default: Any) -> Iterator[Any]:
        """The content to change in place, written back as a whole; an error leaves it as it was."""
        with self._database.writing() as connection:
            row = connection.execute(select(sheets).where(sheets.c.name == self._name)).first()
            content = default if row is None else json.loads(row.value)
            yield content
            values = {"version": row.version + 1 if row else 1, "value": json.dumps(content, ensure_ascii=False)}
            mine = sheets.c.name == self._name
            made = insert(sheets).values(name=self._name) if row is None else update(sheets).where(mine)
            connection.execute(made.values(values))
        self._look()

    def _look(self) -> None:
        query = select(sheets.c.version, sheets.c.value).where(sheets.c.name == self._name)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        self._seen = (row.version, row.value) if row else (0, None)

    def _take_in(self) -> None:
        while not self._stop.is_set():
            self._bell.wait(_POLL_S)
            self._bell.clear()
            try:
                self._look()
            except TelalError as error:  # without the database nothing is answered either
                _log.info("The %s are as they were until the database answers: %s", self._name, error)


class StoredLines:
    """JSON objects in the order in which they came."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name

    def add(self, value: dict[str, Any]) -> None:
        """Keep one more."""
        number = select(func.coalesce(func.max(lines.c.number), 0) + 1).scalar_subquery()
        made = insert(lines).values(number=number, name=self._name, value=json.dumps(value, ensure_ascii=False))
        with self._database.sharing() as connection:
            connection.execute(made)

    def all(self) -> Iterator[dict[str, Any]]:
        """The oldest first."""
        query = select(lines.c.value).where(lines.c.name == self._name).order_by(lines.c.number)
        with self._database.reading() as connection:
            yield from map(json.loads, connection.scalars(query.execution_options(yield_per=500)))

    def remove(self, gone: Callable[[dict[str, Any]], bool]) -> int:
        """Without those for which `gone` is true; how many they were."""
        with self._database.sharing() as connection:
            rows = connection.execute(select(lines.c.number, lines.c.value).where(lines.c.name == self._name)).all()
            numbers = [row.number for row in rows if gone(json.loads(row.value))]
            for some in chunks(numbers):
                connection.execute(delete(lines).where(lines.c.number.in_(some)))
        return len(numbers)

    def size(self) -> int:
        """Characters that are kept."""
        query = select(func.sum(func.length(lines.c.value))).where(lines.c.name == self._name)
        with self._database.reading() as connection:
            return int(connection.scalar(query) or 0)
