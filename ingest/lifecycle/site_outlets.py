"""The outlets of a site: the operator's file, with what editors added, paused or removed at the desk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from ingest.outlets import Outlet, load_outlets
from rag.config import Settings
from rag.errors import BadInput
from rag.store.archive.open import on_postgres, open_database, sqlite_path
from rag.store.database.database import Database
from rag.store.desk.outlets import OutletChange, OutletChanges


def site_outlets(settings: Settings, database: Database | None = None) -> list[Outlet]:
    """Every outlet, paused ones too; `database`: the archive's, where it is open already (never open it twice).

    Raises BadSettings for the file, the archive's errors.
    """
    return with_changes(load_outlets(settings), _changes(settings, database))


def with_changes(outlets: Iterable[Outlet], changes: Mapping[str, OutletChange]) -> list[Outlet]:
    """The outlets with the editors' changes; what editors added comes last."""
    held = {outlet.name.casefold(): outlet for outlet in outlets}
    for key, change in changes.items():
        if change.removed:
            held.pop(key, None)
        elif key in held or "name" in change.fields:
            fields = held[key].model_dump() if key in held else {}
            held[key] = outlet_of({**fields, **change.fields})
    return list(held.values())


def outlet_of(fields: Mapping[str, object]) -> Outlet:
    """An outlet of fields that a person gave. Raises BadInput that names the field."""
    try:
        return Outlet.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", hint="Mend it and try again.") from error


def _changes(settings: Settings, database: Database | None) -> Mapping[str, OutletChange]:
    if database is not None:
        return OutletChanges(database).all()
    if not on_postgres(settings) and not sqlite_path(settings).exists():
        return {}
    with contextlib.closing(open_database(settings, read_only=True)) as opened:
        return OutletChanges(opened).all()
