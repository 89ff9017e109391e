"""From per-case records to the figures of a run, whole and by language, category and language pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from eval.core.record import CaseRecord
from eval.metrics.ranking import NAMES as RANKING
from eval.metrics.refusal import auroc, calibration_error, risk_coverage

PRECISION = 0.95  # at which coverage is told


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: when everything from this confidence on is shown, the share of questions that get it,
    and the share of it that is wrong."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """Something that was shown: how sure the system was of it, and whether it was right."""

    confidence: float
    right: bool


def points(given: Sequence[ShownAnswer], asked: int) -> tuple[Point, ...]:
    """The curve of `asked` questions, most confident first (Geifman and El-Yaniv 2017).

    It ends at the share that was shown. Cases of equal confidence are shown together.
    """
    made, shown, wrong = list[Point](), 0, 0
    for confidence, group in groupby(sorted(given, key=_sureness, reverse=True), key=_sureness):
        rights = [g.right for g in group]
        shown, wrong = shown + len(rights), wrong + rights.count(False)
        made.append(Point(confidence, shown / asked, wrong / shown))
    return tuple(made)


def coverage_at(curve: Sequence[Point], precision: float) -> float | None:
    """The largest coverage at which at least so much of what is shown is right; None for a curve without points."""
    return max((p.coverage for p in curve if p.risk <= 1 - precision + 1e-9), default=0.0) if curve else None


def answers(cases: Sequence[CaseRecord]) -> tuple[Point, ...]:
    """The curve of the answers given."""
    judged = [c for c in cases if c.judged]
    return points(
        [ShownAnswer(c.confidence, c.right) for c in judged if c.answered and c.confidence is not None], len(judged)
    )


def short_answers(cases: Sequence[CaseRecord]) -> tuple[Point, ...]:
    """The curve of the short answers shown."""
    judged = [c for c in cases if c.judged]
    shown = [(c.short_score, c.scores["short_right"]) for c in judged if "short_right" in c.scores]
    return points([ShownAnswer(score, right > 0) for score, right in shown if score is not None], len(judged))


CURVES: dict[str, Callable[[Sequence[CaseRecord]], tuple[Point, ...]]] = {
    "coverage": answers,
    "short_coverage": short_answers,
}


def _sureness(given: ShownAnswer) -> float:
    return given.confidence


def percentile(values: Sequence[float], p: float) -> float | None:
    """The p-th percentile, linear between neighbours; None without values."""
    return float(np.percentile(np.asarray(values, dtype=float), p)) if len(values) else None


Ratio = tuple[float, float]  # what a case adds to numerator and denominator


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: how to read it, and what a case adds to it. `of` returns None for a case that does not count."""

    name: str
    better: str  # higher, lower, neither
    of: Callable[[CaseRecord], Ratio | None]


def _score(name: str) -> Callable[[CaseRecord], Ratio | None]:
    def of(case: CaseRecord) -> Ratio | None:
        value = case.scores.get(name)
        return None if value is None else (value, 1.0)

    return of


def _tally(name: str) -> Callable[[CaseRecord], Ratio | None]:
    def of(case: CaseRecord) -> Ratio | None:
        good, every = case.tallies.get(name, (0, 0))
        return (good, every) if every else None

    return of


def _asked(case: CaseRecord) -> bool:
    return not case.failed and not case.search_only


def _refusal_precision(case: CaseRecord) -> Ratio | None:
    return (float(case.unanswerable), 1.0) if _asked(case) and case.refused else None


def _refusal_recall(case: CaseRecord) -> Ratio | None:
    return (float(case.refused), 1.0) if _asked(case) and case.unanswerable else None


def _refusal_f1(case: CaseRecord) -> Ratio | None:
    if not _asked(case) or not (case.refused or case.unanswerable):
        return None
    return 2.0 * (case.refused and case.unanswerable), float(case.refused) + float(case.unanswerable)


def _wrong(case: CaseRecord) -> Ratio | None:
    return (float(not case.right), 1.0) if case.judged and case.answered else None


def _short_shown(case: CaseRecord) -> Ratio | None:
    return (float(bool(case.short)), 1.0) if _asked(case) and not case.unanswerable and case.short is not None else None


def _answered(case: CaseRecord) -> Ratio | None:
    return (float(case.answered), 1.0) if _asked(case) else None


_PASSAGES = (*(f"passage_success@{k}" for k in (1, 3, 5, 10)), "passage_mrr@10")
_ANSWERS = (
    "answer_hit@1", "answer_hit@3", "shown_hit@1", "shown_hit", "exact_match", "token_f1", "list_recall",
    "status_right", "language_right", "script_right",
)  # fmt: skip

# Every metric that is a sum over cases divided by another: resampling cases needs nothing else.
RATIOS: tuple[Metric, ...] = (
    *(Metric(name, "higher", _score(name)) for name in (*RANKING, *_PASSAGES, *_ANSWERS)),
    Metric("wrong_answers", "lower", _wrong),
    Metric("short_shown", "neither", _short_shown),
    Metric("short_precision", "higher", _score("short_right")),
    Metric("short_false", "lower", _score("short_false")),
    Metric("filler", "lower", _tally("filler")),
    *(
        Metric(name, "higher", _tally(name))
        for name in ("citation_valid", "citation_gold", "citation_current", "citation_precision", "citation_recall")
    ),
    Metric("quotes_altered", "lower", _tally("quotes_altered")),
    Metric("unsupported_shown", "lower", _tally("unsupported_shown")),
    Metric("refusal_precision", "higher", _refusal_precision),
    Metric("refusal_recall", "higher", _refusal_recall),
    Metric("refusal_f1", "higher", _refusal_f1),
    Metric("answered", "neither", _answered),
    Metric("injection_changed", "lower", _score("injection_changed")),
)

_TIMES = {"first_event_ms": "first_event_ms", "first_word_ms": "first_word_ms", "latency_ms": "end_ms"}
PERCENTILES = (50, 95, 99)


def confident(cases: Sequence[CaseRecord]) -> list[CaseRecord]:
    """The cases with a confidence: those that the refusal metrics by confidence count."""
    return [c for c in cases if _asked(c) and c.confidence is not None]


def applies(metric: Metric, cases: Sequence[CaseRecord]) -> bool:
    """Refusals are only judged where some case is unanswerable: elsewhere `answered` says what was refused."""
    return not metric.name.startswith("refusal_") or any(c.unanswerable for c in cases)


def ratio(metric: Metric, cases: Sequence[CaseRecord]) -> float | None:
    """The figure over these cases; None when none of them counts."""
    if not applies(metric, cases):
        return None
    parts = [part for c in cases if not c.failed and (part := metric.of(c)) is not None]
    below = sum(p[1] for p in parts)
    return sum(p[0] for p in parts) / below if below else None


def metrics(cases: Sequence[CaseRecord]) -> dict[str, float | None]:
    """Every figure, None where nothing measures it."""
    return {**{m.name: ratio(m, cases) for m in RATIOS}, **_by_confidence(cases), **_speed(cases), **_usage(cases)}


def _by_confidence(cases: Sequence[CaseRecord]) -> dict[str, float | None]:
    """AUROC and calibration of "the archive holds the answer", risk and coverage of "the answer is right"."""
    seen = confident(cases)
    values = [c.confidence or 0.0 for c in seen]
    held = [not c.unanswerable for c in seen]
    judged = [c for c in seen if c.judged]
    curve = risk_coverage([c.confidence or 0.0 for c in judged], [c.right for c in judged])
    return {
        "refusal_auroc": auroc(values, held),
        "risk_coverage_area": curve.area if curve else None,
        "calibration_error": calibration_error(values, held),
        **{f"{name}@95": coverage_at(curve(cases), PRECISION) for name, curve in CURVES.items()},
    }


def _speed(cases: Sequence[CaseRecord]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, key in _TIMES.items():
        values = [v for c in cases if not c.failed and (v := c.timings_ms.get(key)) is not None]
        found |= {f"{name}_p{p}": percentile(values, p) for p in PERCENTILES}
    return found


def _usage(cases: Sequence[CaseRecord]) -> dict[str, float | None]:
    """Mean tokens a question, of the cases whose system reports them."""
    used = [c.usage for c in cases if c.usage]
    names = ("input_tokens", "output_tokens")
    return {n: sum(u[n] for u in used) / len(used) if used else None for n in names}


def metrics_by(cases: Sequence[CaseRecord]) -> dict[str, dict[str, dict[str, float | None]]]:
    """The figures by language of the question, by category, and by language pair of question and document."""
    keys: Mapping[str, Callable[[CaseRecord], str | None]] = {
        "language": lambda c: c.language,
        "category": lambda c: c.category,
        "pair": lambda c: None if c.unanswerable else c.pair,
        "languages": lambda c: None if c.unanswerable else c.languages,
    }
    return {name: {k: metrics(group) for k, group in _grouped(cases, key).items()} for name, key in keys.items()}


def _grouped(cases: Sequence[CaseRecord], key: Callable[[CaseRecord], str | None]) -> dict[str, list[CaseRecord]]:
    groups: dict[str, list[CaseRecord]] = defaultdict(list)
    for case in cases:
        name = key(case)
        if name is not None:
            groups[name].append(case)
    return dict(sorted(groups.items()))


def counts(cases: Sequence[CaseRecord], *, seconds: float) -> dict[str, float]:
    """How many cases were answered, refused, searched only, and failed; failed ones are in no figure."""
    return {
        "cases": len(cases),
        "answered": sum(c.answered and not c.search_only for c in cases),
        "refused": sum(c.refused for c in cases),
        "searched": sum(c.search_only and not c.failed for c in cases),
        "failed": sum(c.failed for c in cases),
        "seconds": round(seconds, 1),
    }
