"""What readers say about answers; no address, and no question unless the reader sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from api.http.errors import ReportsFull
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredLines

MOST_BYTES = 20_000_000  # of some 8 KB at most each; what came first and was not read yet is never pushed out

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


class FeedbackStore:
    """In the archive's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
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
        """Oldest first."""
        return (Feedback(**line) for line in self._lines.all())

    def erase(self, which: Callable[[Feedback], bool]) -> int:
        """Removes those for which `which` is true, to the byte where the database can. Returns how many."""
        count = self._lines.remove(lambda line: which(Feedback(**line)))
        if count:
            self._database.wipe()
        return count

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Removes feedback that contains something. Returns how many."""
        return self.erase(lambda one: holds("\n".join((one.question, one.comment, one.answer, one.quote))))
