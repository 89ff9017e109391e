"""The summary: every metric, run beside run, with the difference to the first and whether it may be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from eval.compare.compare import Difference, compare
from eval.core.show import group_of, number
from eval.report.meanings import meaning
from eval.report.runs import Run
from eval.run.summary import RATIOS
from rag.errors import BadInput

MANY_CASES = 5_000  # from here on a tenth of the samples, or three runs of 20,000 cases take minutes
HEADLINES = (
    "recall@5", "answer_hit@1", "shown_hit@1", "wrong_answers", "short_precision", "coverage@95", "refusal_f1",
    "latency_ms_p50",
)  # fmt: skip
_LOWER = ("quotes_altered", "unsupported_", "injection_", "risk_", "calibration_", "first_", "latency_")
_LOWER_TOKENS = ("input_tokens", "output_tokens")
_BETTER = {m.name: m.better for m in RATIOS}


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure. `change`: its difference to run A; `verdict`: better or worse when that is hardly chance."""

    text: str
    change: str = ""
    verdict: str = ""
    detail: str = ""  # interval and p-value, in words


@dataclass(frozen=True, slots=True)
class Row:
    """One metric over all runs."""

    metric: str
    meaning: str
    better: str  # higher, lower, neither
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of one kind."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The table, the figures that stand at the top, and why there are no differences, if so."""

    groups: tuple[Group, ...]
    headlines: tuple[Row, ...]
    notes: tuple[str, ...]


def summarise(runs: Sequence[Run]) -> Summary:
    """Every metric that some run measures."""
    tests: list[Mapping[str, Difference]] = []
    notes: list[str] = []
    for run in runs[1:]:
        try:
            tests.append(_tested(runs[0], run))
        except BadInput as error:
            tests.append({})
            notes.append(f"{runs[0].letter} and {run.letter} cannot be compared case by case: {error.message}")
    names = list(dict.fromkeys(name for run in runs for name in run.record.metrics))
    rows = [_row(name, runs, tests) for name in names if any(r.record.metrics.get(name) is not None for r in runs)]
    groups = tuple(Group(name, tuple(part)) for name, part in groupby(rows, key=lambda r: group_of(r.metric)))
    return Summary(groups, tuple(r for name in HEADLINES for r in rows if r.metric == name), tuple(notes))


def better_of(metric: str) -> str:
    """Which direction is better: higher, lower, neither."""
    if metric in _BETTER:
        return _BETTER[metric]
    return "lower" if metric.startswith(_LOWER) or metric in _LOWER_TOKENS else "higher"


def _tested(a: Run, b: Run) -> Mapping[str, Difference]:
    samples = 10_000 if len(a.record.per_case) < MANY_CASES else 1_000
    return {d.metric: d for d in compare(a.record, b.record, samples=samples).differences}


def _row(name: str, runs: Sequence[Run], tests: Sequence[Mapping[str, Difference]]) -> Row:
    values = [r.record.metrics.get(name) for r in runs]
    cells = [Cell(number(name, values[0]))]
    for value, tested in zip(values[1:], tests, strict=True):
        cells.append(_cell(name, values[0], value, tested.get(name)))
    return Row(name, meaning(name), better_of(name), tuple(cells))


def _cell(name: str, first: float | None, value: float | None, tested: Difference | None) -> Cell:
    text = number(name, value)
    if first is None or value is None:
        return Cell(text)
    plain = signed(name, value - first)
    if tested is None:
        return Cell(text, plain)
    detail = (
        f"over {tested.cases} cases of both runs {tested.difference:+.3f}, 95 % interval {tested.low:+.3f} to "
        f"{tested.high:+.3f}, p {tested.p:.4f}, corrected {tested.p_corrected:.4f}"
    )
    return Cell(text, plain, tested.verdict, detail)


def signed(name: str, difference: float) -> str:
    """A difference with its sign; none where it rounds to nothing."""
    shown = number(name, abs(difference))
    if float(shown.replace(",", "")) == 0:
        return "±0"
    return f"{'+' if difference > 0 else '−'}{shown}"
