"""What readers say about answers, one JSON line each; no address, and no question unless the reader sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from api.kept.files import JsonLines, Lines
from rag.errors import DiskFull
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredLines

MOST_BYTES = 100_000_000

_WORDS = ("question", "comment", "answer", "quote")

Verdict = Literal["helpful", "wrong", "wrong_source"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One reader's feedback on an answer; `citation` is the wrong one."""

    id: str
    verdict: Verdict
    comment: str = ""
    citation: int | None = None
    question: str = ""
    answer: str = ""  # as it was shown
    quote: str = ""  # of the citation that is wrong
    at: str = ""  # ISO 8601, UTC


class FeedbackFile:
    """`feedback.jsonl` in the data directory, or a table of the database that machines share."""

    def __init__(self, data_dir: Path, database: Database | None = None) -> None:
        self._lines: Lines = JsonLines(data_dir / "feedback.jsonl")
        if database is not None:
            self._lines = StoredLines(database, "feedback")

    def add(self, feedback: Feedback) -> None:
        """Keeps it; raises DiskFull, ReadOnly."""
        if self._lines.size() > MOST_BYTES:
            raise DiskFull(
                "There is no more room for feedback.", hint="`telal feedback erase --before DATE` makes room."
            )
        self._lines.add({**asdict(feedback), "at": datetime.now(UTC).isoformat(timespec="seconds")})

    def all(self) -> Iterator[Feedback]:
        """Oldest first, without broken lines."""
        for line in self._lines.all():
            try:
                yield Feedback(**line)
            except TypeError:
                continue

    def erase(self, *, before: str) -> int:
        """Removes what is older than an ISO date. Returns how many."""
        return self._lines.remove(lambda line: str(line.get("at", "")) < before)

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Removes feedback that contains something. Returns how many."""
        return self._lines.remove(lambda line: holds("\n".join(str(line.get(n, "")) for n in _WORDS)))
