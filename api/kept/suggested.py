"""The first questions that the page offers, kept from one run of the server to the next."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from api.kept.files import JsonSheet, Sheet
from rag.errors import ArchiveBroken, DiskFull, ReadOnly
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredSheet

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question and the language that it is in."""

    question: str
    language: str
    article_id: str | None = None  # that answers it


@dataclass(frozen=True, slots=True)
class Suggested:
    """Suggestions, and the archive's change that they were made at."""

    found: tuple[Suggestion, ...]
    change: int


class SuggestionSheet:
    """`suggestions.json` in the data directory, or a document of the database that machines share."""

    def __init__(self, data_dir: Path, database: Database | None = None) -> None:
        self._sheet: Sheet = JsonSheet(data_dir / "suggestions.json")
        if database is not None:
            self._sheet = StoredSheet(database, "suggestions")

    def read(self, tag: str) -> Suggested | None:
        """Those of a language; None when none were kept."""
        self._sheet.stamp()  # a document in a database is looked at by this
        try:
            held = self._sheet.read(default={}).get(tag)
        except ArchiveBroken as error:
            _log.warning("suggestions are made anew: %s", error)
            return None
        return held and Suggested(tuple(Suggestion(**one) for one in held["found"]), held["change"])

    def write(self, tag: str, suggested: Suggested, *, still: Callable[[], bool]) -> None:
        """Keeps the suggestions if `still()` is true once nobody else is writing. If they cannot be written, the log
        says so."""
        try:
            with self._sheet.writing(default={}) as content:
                if still():
                    content[tag] = {"change": suggested.change, "found": [asdict(one) for one in suggested.found]}
        except (ReadOnly, DiskFull, ArchiveBroken) as error:
            _log.warning("suggestions are not kept: %s", error)

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Removes those whose question or article's id holds something; how many there were."""
        if not self._sheet.stamp():
            return 0
        with self._sheet.writing(default={}) as content:
            return sum(_leave_out(held["found"], holds) for held in content.values())


def _leave_out(found: list[dict[str, str]], holds: Callable[[str], bool]) -> int:
    kept = [one for one in found if not holds(f"{one['question']}\n{one['article_id']}")]
    gone = len(found) - len(kept)
    found[:] = kept
    return gone
