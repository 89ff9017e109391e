"""What readers say of answers, one JSON line each; no question and no address unless the reader sends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from api.files import append_line, rewriting_lines
from rag.errors import DiskFull

MOST_BYTES = 100_000_000

Verdict = Literal["helpful", "wrong", "wrong_source"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One reader's word on one answer; `citation` names the one that is wrong."""

    id: str
    verdict: Verdict
    comment: str = ""
    citation: int | None = None
    question: str = ""
    at: str = ""  # ISO 8601, UTC


class FeedbackFile:
    """`feedback.jsonl` in the data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "feedback.jsonl"

    def add(self, feedback: Feedback) -> None:
        """Keeps it; raises DiskFull, ReadOnly."""
        if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
            raise DiskFull(f"{self._path} is full.", hint="`telal feedback erase --before DATE` makes room.")
        append_line(self._path, {**asdict(feedback), "at": datetime.now(UTC).isoformat(timespec="seconds")})

    def all(self) -> Iterator[Feedback]:
        """Oldest first; lines that a crash cut short are left out."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    yield Feedback(**json.loads(line))
                except (ValueError, TypeError):
                    continue

    def erase(self, *, before: str) -> int:
        """Removes what is older than an ISO date; how many there were."""
        with rewriting_lines(self._path) as lines:
            kept = [line for line in lines if str(line.get("at", "")) >= before]
            erased = len(lines) - len(kept)
            lines[:] = kept
        return erased

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Removes what readers wrote that holds something; how many there were."""
        if not self._path.exists():
            return 0
        with rewriting_lines(self._path) as lines:
            kept = [line for line in lines if not holds(f"{line.get('question', '')}\n{line.get('comment', '')}")]
            erased = len(lines) - len(kept)
            lines[:] = kept
        return erased
