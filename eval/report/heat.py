"""Heat maps: the telling metrics by language, category and language pair, one map a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.core.record import CaseRecord
from eval.core.show import number
from eval.report.meanings import meaning
from eval.report.runs import Run
from eval.report.table import better_of, signed

METRICS = (
    "recall@1", "recall@5", "ndcg@10", "answer_hit@1", "shown_hit@1", "wrong_answers", "short_precision",
    "status_right", "citation_valid", "language_right", "refusal_recall", "refusal_precision",
)  # fmt: skip
KEYS: dict[str, Callable[[CaseRecord], str | None]] = {
    "language": lambda c: c.language,
    "category": lambda c: c.category,
    "pair": lambda c: None if c.unanswerable else c.pair,
    "languages": lambda c: None if c.unanswerable else c.languages,
}
TITLES = {
    "language": "By language",
    "category": "By category",
    "pair": "By language of question and article",
    "languages": "Question and article in one language, or in two",
}
CHANGE = 0.05  # smaller differences to run A are not written into a cell


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure; `strength` 0 to 1 is how deep its colour is, None without a figure."""

    text: str
    strength: float | None = None
    change: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One language, category or pair."""

    name: str
    cases: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """The map of one run."""

    run: Run
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class HeatSet:
    """The maps of all runs by one key, with the same rows and columns."""

    key: str
    title: str
    metrics: tuple[tuple[str, str], ...]  # name, meaning
    maps: tuple[Heat, ...]


def heat_sets(runs: Sequence[Run]) -> list[HeatSet]:
    """By language, category and pair; a key with a single value in all runs is left out."""
    return [made for key in KEYS if (made := _heat_set(key, runs)) is not None]


def _heat_set(key: str, runs: Sequence[Run]) -> HeatSet | None:
    by = [r.record.metrics_by.get(key, {}) for r in runs]
    names = sorted({name for groups in by for name in groups})
    shown = [m for m in METRICS if any(figures.get(m) is not None for groups in by for figures in groups.values())]
    if len(names) < 2 or not shown:
        return None
    maps = []
    for run in runs:
        counts = Counter(KEYS[key](c) for c in run.record.per_case)
        lines = tuple(Line(n, counts[n], tuple(_tile(key, n, m, run, runs[0]) for m in shown)) for n in names)
        maps.append(Heat(run, lines))
    return HeatSet(key, TITLES[key], tuple((m, meaning(m)) for m in shown), tuple(maps))


def _tile(key: str, name: str, metric: str, run: Run, first: Run) -> Tile:
    value = run.record.metrics_by.get(key, {}).get(name, {}).get(metric)
    if value is None:
        return Tile("–")
    base = first.record.metrics_by.get(key, {}).get(name, {}).get(metric)
    change = 0.0 if base is None or run is first else value - base
    # Squared, for most figures lie between .7 and 1 and are to be told apart.
    tile = Tile(number(metric, value), max(0.0, min(1.0, value)) ** 2)
    if abs(change) < CHANGE:
        return tile
    verdict = "better" if (change > 0) == (better_of(metric) == "higher") else "worse"
    return Tile(tile.text, tile.strength, signed(metric, change), verdict)
