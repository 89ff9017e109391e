"""A run's cases as they finish, one a line, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from eval.core.record import CaseRecord, case_from_json
from rag.errors import BadInput

JOURNAL_FILE = "journal.jsonl"


class Journal:
    """Lines after a head that says what was run; `done` holds the cases that need not be asked again."""

    def __init__(self, path: Path, head: Mapping[str, Any], *, overwrite: bool = False) -> None:
        """Takes up the journal at `path` or begins one; raises BadInput when it is another run's."""
        self.path = path
        self.done: dict[str, CaseRecord] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size and not overwrite:
            self._take_up(head)
        kept = [json.dumps({"journal": dict(head)}, ensure_ascii=False)]
        kept += [json.dumps(asdict(c), ensure_ascii=False) for c in self.done.values()]
        path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")  # a torn last line is gone
        self._file = path.open("a", encoding="utf-8")

    def write(self, case: CaseRecord) -> None:
        """On the disk when this returns, as far as the system flushes."""
        self._file.write(json.dumps(asdict(case), ensure_ascii=False) + "\n")
        self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def _take_up(self, head: Mapping[str, Any]) -> None:
        lines = self.path.read_text(encoding="utf-8").splitlines()
        held = _parsed(lines[0])
        if not held or "journal" not in held:
            raise BadInput(f"{self.path} is not a run's journal.", hint="Name another --out, or use --overwrite.")
        differing = sorted(k for k in {*head, *held["journal"]} if head.get(k) != held["journal"].get(k))
        if differing:
            raise BadInput(
                f"{self.path.parent} holds another run: {', '.join(differing)} differ.",
                hint="Name another --out, or use --overwrite.",
            )
        for record in filter(None, map(_parsed, lines[1:])):
            case = case_from_json(record)
            if not case.failed:  # those are tried again
                self.done[case.id] = case


def _parsed(line: str) -> dict[str, Any] | None:
    """A line's record; None for one that was cut off when the run was killed."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
