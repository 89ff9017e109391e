"""Adds an outlet to the file of outlets and leaves the rest of it, remarks included, as it is. The only tomlkit."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from ingest.outlets import SOURCES, Outlet, parse_outlets
from rag.errors import BadInput, DiskFull, ReadOnly

HEAD = "Outlets that are taken in. docs/ingestion.md tells what each field means."


def add_outlet(path: Path, outlet: Outlet) -> Outlet:
    """Write the outlet; one of that name gets the new sources beside its own, and the new values. What stands then.

    Raises BadInput when it has no source, BadSettings when the file is not in order, ReadOnly, DiskFull.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before = {held.name.casefold(): held for held in parse_outlets(text, str(path))}.get(outlet.name.casefold())
    given = outlet.model_dump(exclude_defaults=True)
    if before is not None:
        for kind in SOURCES:
            given[kind] = (
                *getattr(before, kind),
                *(u for u in getattr(outlet, kind) if u not in getattr(before, kind)),
            )
        given["name"] = before.name
    whole = Outlet.model_validate({**(before.model_dump(exclude_defaults=True) if before else {}), **given})
    if not whole.sources():
        raise BadInput(f"{whole.name} has no source.", hint="Give --feed, --sitemap, --wordpress or --list.")
    document = tomlkit.parse(text)
    if not text:
        document.add(tomlkit.comment(HEAD))
    listed = document.setdefault("outlet", tomlkit.aot())
    table = _table_of(listed, whole.name)
    for key, value in given.items():
        if value not in ((), "", None) or key in table:
            table[key] = list(value) if isinstance(value, tuple) else value
    if before is None:
        listed.append(table)
    _write(path, tomlkit.dumps(document))
    return whole


def _table_of(listed: AoT, name: str) -> Any:
    for table in listed:
        if str(table.get("name", "")).casefold() == name.casefold():
            return table
    return tomlkit.table()


def _write(path: Path, text: str) -> None:
    """In one step, so that a process that reads it never finds half a file."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        kind = DiskFull if error.errno == errno.ENOSPC else ReadOnly
        raise kind(f"{path} cannot be written: {error.strerror}.", hint="Set TELAL_INGEST__OUTLETS.") from error
