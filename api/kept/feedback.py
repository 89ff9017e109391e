"""What readers say about answers, one JSON line each; no address, and no question unless the reader sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from api.http.errors import ReportsFull
from api.kept.files import JsonLines, Lines
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredLines

MOST_BYTES = 20_000_000  # of some 8 KB at most each; what came first and was not read yet is never pushed out

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

    @property
    def full(self) -> bool:
        """Is there no room for more? The desk says so."""
        return self._lines.size() > MOST_BYTES

    def add(self, feedback: Feedback) -> None:
        """Keeps it; raises ReportsFull, DiskFull, ReadOnly."""
        if self.full:
            raise ReportsFull("There is no room for more reports.", hint="The newsroom has to read some first.")
        self._lines.add({**asdict(feedback), "at": datetime.now(UTC).isoformat(timespec="seconds")})

    def all(self) -> Iterator[Feedback]:
        """Oldest first, without broken lines."""
        yield from filter(None, map(_feedback, self._lines.all()))

    def erase(self, *, before: str) -> int:
        """Removes what is older than an ISO date. Returns how many."""
        return self._lines.remove(lambda line: str(line.get("at", "")) < before)

    def erase_those(self, which: Callable[[Feedback], bool]) -> int:
        """Removes those for which `which` is true; how many there were."""
        return self._lines.remove(lambda line: (said := _feedback(line)) is not None and which(said))

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Removes feedback that contains something. Returns how many."""
        return self._lines.remove(lambda line: holds("\n".join(str(line.get(n, "")) for n in _WORDS)))


def _feedback(line: Mapping[str, Any]) -> Feedback | None:
    try:
        return Feedback(**line)
    except TypeError:
        return None
