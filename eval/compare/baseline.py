"""The same questions for BM25 alone, vectors alone, the usual tutorial's pipeline, and Telal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from eval.core.cases import Suite, Target
from eval.core.record import RunRecord
from eval.run.index import Index, build
from eval.run.run import Bars, How, ask, local_target, quiet
from rag.config import Settings

Opens = Callable[[Suite, Settings], AbstractContextManager[Target]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One column of the table. `mode`: a way of our own retrieval; else `opens` makes the system."""

    name: str
    mode: str | None = None
    opens: Opens | None = None


OWN = (Contender("bm25", "keyword"), Contender("dense", "dense"))
TELAL = Contender("telal", "hybrid")


def baseline(
    suite: Suite,
    settings: Settings,
    how: How,
    *,
    others: tuple[Contender, ...] = (),
    bars: Bars = quiet,
) -> Iterator[tuple[str, RunRecord]]:
    """Name and record of each contender, Telal last; with `how.out`, each in a folder of its own below it."""
    with bars("Indexing", len(suite.documents)) as bar:
        index = build(suite, settings, progress=bar.advance)
    for contender in (*OWN, *others, TELAL):
        with _opened(contender, suite, index) as target:
            own = replace(how, out=_folder(how.out, contender.name))
            yield contender.name, ask(suite, target, index.settings, own, index=index, bars=bars)


def _opened(contender: Contender, suite: Suite, index: Index) -> AbstractContextManager[Target]:
    if contender.opens is not None:
        return contender.opens(suite, index.settings)
    return local_target(index, contender.mode or "hybrid")


def _folder(out: Path | None, name: str) -> Path | None:
    return None if out is None else out / name
