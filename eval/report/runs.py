"""Reads the runs that are to be reported, and names them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.core.record import RunRecord, read_run
from rag.errors import BadInput

MOST = 6  # colours and letters that stay apart in a plot


@dataclass(frozen=True, slots=True)
class Run:
    """A run with the letter and the name under which the page shows it."""

    letter: str
    name: str
    record: RunRecord

    @property
    def title(self) -> str:
        return title_of(self.record)


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs, lettered in the order given. Raises BadInput for none, for too many, and for one that is not whole."""
    if not paths:
        raise BadInput("There is no run to report.", hint="Name a run's folder, or its .json file.")
    if len(paths) > MOST:
        raise BadInput(f"{len(paths)} runs are too many for one report.", hint=f"Name at most {MOST}.")
    records = [_with_cases(path) for path in paths]
    names = Counter(r.target for r in records)
    return [
        Run(chr(ord("A") + i), r.target if names[r.target] == 1 else f"{r.target}, {path.resolve().name}", r)
        for i, (path, r) in enumerate(zip(paths, records, strict=True))
    ]


def _with_cases(path: Path) -> RunRecord:
    run = read_run(path)
    if not run.per_case:
        raise BadInput(f"The run in {path} has no cases.", hint="Look at what its --split and --language left over.")
    return run


def title_of(run: RunRecord) -> str:
    """Suite, split, and the languages of questions and documents where there is one of each."""
    pairs = {(c.language, tuple(c.gold_languages)) for c in run.per_case if not c.unanswerable}
    split = f" ({run.split})" if run.split else ""
    if len(pairs) != 1:
        return f"{run.suite}{split}"
    question, golds = pairs.pop()
    across = f"questions in {question}, documents in {', '.join(golds)}"
    return f"{run.suite}{split}: {question if golds == (question,) else across}"
