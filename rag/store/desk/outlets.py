"""What editors add to the operator's list of outlets or change in it, so that every node visits the same sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from rag.store.database.database import Database
from rag.store.desk.tables import outlets, there


@dataclass(frozen=True, slots=True)
class OutletChange:
    """Fields that take the place of the file's, or make an outlet that the file does not have; or: removed."""

    fields: Mapping[str, Any]
    removed: bool = False


class OutletChanges:
    """By the outlet's name, case-folded. Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, OutletChange]:
        """Every change; none where no desk was ever opened."""
        if not there(self._database):
            return {}
        with self._database.reading() as connection:
            rows = connection.execute(select(outlets).order_by(outlets.c.key)).all()
        return {row.key: OutletChange(json.loads(row.fields), bool(row.removed)) for row in rows}

    def set(self, name: str, change: OutletChange | None) -> None:
        """Keep a change in place of the one before; None: as the operator's file has it."""
        key = name.casefold()
        with self._database.writing() as connection:
            connection.execute(delete(outlets).where(outlets.c.key == key))
            if change is not None:
                fields = json.dumps(dict(change.fields), ensure_ascii=False, sort_keys=True)
                connection.execute(insert(outlets), {"key": key, "fields": fields, "removed": int(change.removed)})
