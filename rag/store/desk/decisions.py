"""What editors decide: outlets, the site's choices, cases of its benchmark, and which readers' reports are settled."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select

from rag.errors import NotFound
from rag.store.database.database import Database
from rag.store.database.desk_tables import cases, choices, outlets, settled_reports
from rag.store.database.rows import micros, moment


@dataclass(frozen=True, slots=True)
class OutletChange:
    """Fields that replace those of the operator's file, or a new outlet, or the removal of one."""

    fields: Mapping[str, Any]
    removed: bool = False


class OutletChanges:
    """By the outlet's name, case-folded. Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, OutletChange]:
        """Every change."""
        with self._database.reading() as connection:
            rows = connection.execute(select(outlets).order_by(outlets.c.key)).all()
        return {row.key: OutletChange(json.loads(row.fields), bool(row.removed)) for row in rows}

    def set(self, name: str, change: OutletChange | None) -> None:
        """Replace the change; None: back to the operator's file."""
        key = name.casefold()
        with self._database.writing() as connection:
            connection.execute(delete(outlets).where(outlets.c.key == key))
            if change is not None:
                fields = json.dumps(dict(change.fields), ensure_ascii=False, sort_keys=True)
                connection.execute(insert(outlets), {"key": key, "fields": fields, "removed": int(change.removed)})


class Choices:
    """Values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """The value of a name; None if not set."""
        with self._database.reading() as connection:
            return connection.scalar(select(choices.c.value).where(choices.c.name == name))

    def set(self, name: str, value: str) -> None:
        """Set a value."""
        with self._database.writing() as connection:
            connection.execute(delete(choices).where(choices.c.name == name))
            connection.execute(insert(choices), {"name": name, "value": value})


@dataclass(frozen=True, slots=True)
class SiteCase:
    """A case of the site's benchmark. `fields` are those of a line in a file of cases."""

    id: str
    at: datetime
    editor: str
    fields: Mapping[str, Any]


class SiteCases:
    """Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[SiteCase]:
        """The oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(cases).order_by(cases.c.at, cases.c.id)).all()
        return [SiteCase(row.id, moment(row.at) or datetime.min, row.editor, json.loads(row.fields)) for row in rows]

    def add(self, editor: str, fields: Mapping[str, Any]) -> str:
        """Add a case. Returns its id."""
        case_id = f"site-{secrets.token_hex(6)}"
        row = {"id": case_id, "at": micros(datetime.now(UTC)), "editor": editor}
        with self._database.writing() as connection:
            connection.execute(insert(cases), row | {"fields": json.dumps(dict(fields), ensure_ascii=False)})
        return case_id

    def remove(self, case_id: str) -> None:
        """Remove a case. Raises NotFound."""
        with self._database.writing() as connection:
            if not connection.execute(delete(cases).where(cases.c.id == case_id)).rowcount:
                raise NotFound(f"There is no case {case_id!r}.", hint="It may have been removed already.")


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a report was settled. `outcome`: mended, right (the answer was right), none (nothing was done)."""

    at: datetime
    editor: str
    outcome: str
    word: str


class Settlements:
    """By the report's digest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, Settlement]:
        """Every report that was settled."""
        with self._database.reading() as connection:
            rows = connection.execute(select(settled_reports)).all()
        return {r.report: Settlement(moment(r.at) or datetime.min, r.editor, r.outcome, r.word) for r in rows}

    def settle(self, report: str, editor: str, outcome: str, word: str) -> None:
        """Record how it was settled, replacing an earlier record."""
        row = {"report": report, "at": micros(datetime.now(UTC)), "editor": editor, "outcome": outcome, "word": word}
        with self._database.writing() as connection:
            connection.execute(delete(settled_reports).where(settled_reports.c.report == report))
            connection.execute(insert(settled_reports), row)
