"""Keeps what readers report about answers: no address, and no question unless the reader sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from api.http.errors import RequestRefused
from rag.store.database.database import Database
from rag.store.database.shared_tables import StoredLines

MOST_BYTES = 20_000_000  # at most some 8 KB each; reports that nobody has read yet are never dropped

Verdict = Literal["helpful", "wrong", "wrong_source"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A reader's report about an answer; `citation` is the number of a wrong one."""

    id: str
    verdict: Verdict
    comment: str = ""
    citation: int | None = None
    question: str = ""
    answer: str = ""  # as it was shown
    quote: str = ""  # of the citation that is wrong
    at: str = ""  # ISO 8601, UTC


class FeedbackStore:
    """The readers' reports, in the archive's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lines = StoredLines(database, "feedback")

    @property
    def full(self) -> bool:
        """Tells whether there is no room for more, as the desk shows."""
        return self._lines.size() > MOST_BYTES

    def add(self, feedback: Feedback) -> None:
        """Stores a report. Raises RequestRefused (`reports-full`), DiskFull, ReadOnly."""
        if self.full:
            raise RequestRefused(
                "reports-full", "There is no room for more reports.", hint="The newsroom has to read some first."
            )
        self._lines.add({**asdict(feedback), "at": datetime.now(UTC).isoformat(timespec="seconds")})

    def all(self) -> Iterator[Feedback]:
        """Yields every report, the oldest first."""
        return (Feedback(**line) for line in self._lines.all())

    def erase(self, which: Callable[[Feedback], bool]) -> int:
        """Removes reports for which `which` is true, to the byte where the database can. Returns how many."""
        count = self._lines.remove(lambda line: which(Feedback(**line)))
        if count:
            self._database.wipe()
        return count

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Removes reports with a text for which `holds` is true. Returns how many."""
        return self.erase(lambda one: holds("\n".join((one.question, one.comment, one.answer, one.quote))))
