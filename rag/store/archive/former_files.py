"""Takes in what an earlier Telal kept in files of the data directory: keys, the secret of answer ids, feedback."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from pathlib import Path
from typing import Any

from rag.errors import ArchiveBroken
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredLines, StoredSheet

MOVED = ".moved"
_SHEETS = {"keys.json": "keys", "answers.json": "answers"}
_FEEDBACK = "feedback.jsonl"
_GONE = ("conversations.sqlite", "suggestions.json", "keys.lock", "answers.lock")

_log = logging.getLogger(__name__)


def take_in(data_dir: Path, database: Database) -> None:
    """Moves them into the database, once. Keys and secret are renamed afterwards; feedback is removed, as it may quote
    articles that are erased later. Conversations, which end by themselves, are removed.

    Raises ArchiveBroken for a file that is damaged.
    """
    names = (*_SHEETS, _FEEDBACK, *_GONE)
    if not any((data_dir / name).exists() for name in names):
        return
    if database.read_only:
        _log.warning("The keys and feedback in %s are not taken in, as it may not be written.", data_dir)
        return
    folder = os.open(data_dir, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # workers start together
        for path in [path for name in names if (path := data_dir / name).exists()]:
            try:
                _take(path, database)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ArchiveBroken(f"{path} is damaged: {error}.", hint="Restore it, or move it away.") from error
    finally:
        os.close(folder)


def _take(path: Path, database: Database) -> None:
    if name := _SHEETS.get(path.name):
        with StoredSheet(database, name).writing(default={}) as sheet:
            _merge(sheet, json.loads(path.read_text("utf-8")))
        path.replace(path.with_name(path.name + MOVED))
        return
    if path.name == _FEEDBACK:
        lines = StoredLines(database, "feedback")
        known = [*lines.all()]  # after a crash in the middle
        lines.add(*(line for line in _whole_lines(path) if line not in known))
    path.unlink()


def _merge(sheet: dict[str, Any], former: dict[str, Any]) -> None:
    """Adds what the sheet lacks: of keys those whose id it does not have."""
    for name, value in former.items():
        held = sheet.setdefault(name, value)
        if name == "keys":
            ids = {one["id"] for one in held}
            held += [one for one in value if one["id"] not in ids]


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """Those that no crash cut short."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
