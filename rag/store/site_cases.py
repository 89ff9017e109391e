"""The cases of a site's own benchmark, which editors keep at the desk."""

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
from rag.store.database.desk_tables import cases
from rag.store.database.rows import micros, moment


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
