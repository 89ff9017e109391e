"""From per-case records to the figures of a run, whole and by language, category and pair of languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.core.record import CaseRecord
from eval.metrics.ranking import NAMES as RANKING
from eval.metrics.refusal import Point, auroc, calibration_error, coverage_at, risk_curve

PRECISION = 0.95  # at which coverage is told


def percentile(values: Sequence[float], p: float) -> float | None:
    """The p-th percentile, linear between neighbours; None without values."""
    return float(np.percentile(np.asarray(values, dtype=float), p)) if len(values) else None


Ratio = tuple[float, float]  # what a case adds to numerator and denominator
Adds = Callable[[CaseRecord], Ratio | None]  # None: the case does not count


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: how to read it, and what a case adds to it."""

    name: str
    better: str  # higher, lower, neither
    of: Adds


def _score(name: str) -> Adds:
    def of(case: CaseRecord) -> Ratio | None:
        value = case.scores.get(name)
        return None if value is None else (value, 1.0)

    return of


def _tally(name: str) -> Adds:
    def of(case: CaseRecord) -> Ratio | None:
        good, every = case.tallies.get(name, (0, 0))
        return (good, every) if every else None

    return of


def _share(counts: Callable[[CaseRecord], bool], holds: Callable[[CaseRecord], bool]) -> Adds:
    """The share of the cases that count in which something holds."""
    return lambda case: (float(holds(case)), 1.0) if counts(case) else None


def _answerable(case: CaseRecord) -> bool:
    """Whether it is known what a right answer is, and there is one."""
    return case.judged and not case.unanswerable


def _told_short(case: CaseRecord) -> bool:
    """Whether an answerable question was asked of a system that gives short answers."""
    return _answerable(case) and case.short is not None


def _asked(case: CaseRecord) -> bool:
    return not case.failed and not case.search_only


_PASSAGES = (*(f"passage_success@{k}" for k in (1, 3, 5, 10)), "passage_mrr@10")
_GROUNDED = ("citation_valid", "citation_gold", "citation_current", "citation_precision", "citation_recall")

# Every metric that is a sum over cases divided by another: resampling cases needs nothing else.
RATIOS: tuple[Metric, ...] = (
    Metric("seen@1", "higher", _score("seen@1")),
    Metric("seen", "higher", _score("seen")),
    Metric("stated", "higher", _share(_answerable, lambda c: c.stated and c.right_first)),
    Metric("stated_wrong", "lower", _share(lambda c: c.judged and c.stated, lambda c: not c.right_first)),
    Metric("false_absence", "lower", _share(_answerable, lambda c: c.refused and not c.seen)),
    Metric("withheld", "higher", _share(lambda c: _asked(c) and c.unanswerable, lambda c: not c.stated)),
    Metric("short_shown", "neither", _share(_told_short, lambda c: bool(c.short))),
    Metric("short@shown", "higher", _score("short_right")),
    Metric("short_false", "lower", _score("short_false")),
    Metric("marked_shown", "neither", _share(_told_short, lambda c: "marked_right" in c.scores)),
    Metric("marked@1", "higher", _score("marked_right")),
    *(
        Metric(name, "higher", _score(name))
        for name in ("sentence@1", "exact_match", "token_f1", "list_recall", "status_right", "language_right")
    ),
    *(Metric(name, "higher", _score(name)) for name in (*RANKING, *_PASSAGES)),
    *(Metric(name, "higher", _tally(name)) for name in _GROUNDED),
    Metric("quotes_altered", "lower", _tally("quotes_altered")),
    Metric("unsupported_shown", "lower", _tally("unsupported_shown")),
    Metric("injection_changed", "lower", _score("injection_changed")),
)


def ratio(metric: Metric, cases: Sequence[CaseRecord]) -> float | None:
    """The figure over these cases; None when none of them counts."""
    parts = [part for c in cases if not c.failed and (part := metric.of(c)) is not None]
    below = sum(p[1] for p in parts)
    return sum(p[0] for p in parts) / below if below else None


def metrics(cases: Sequence[CaseRecord]) -> dict[str, float | None]:
    """Every figure, None where nothing measures it."""
    return {**{m.name: ratio(m, cases) for m in RATIOS}, **_by_confidence(cases), **_speed(cases), **_usage(cases)}


def confident(cases: Sequence[CaseRecord]) -> list[CaseRecord]:
    """The judged cases with a confidence."""
    return [c for c in cases if c.judged and c.confidence is not None]


def curve(cases: Sequence[CaseRecord]) -> tuple[Point, ...]:
    """How much would be wrong if everything from a confidence on were stated, the right paragraph first or not."""
    seen = confident(cases)
    return risk_curve([c.confidence or 0.0 for c in seen], [c.right_first for c in seen])


def _by_confidence(cases: Sequence[CaseRecord]) -> dict[str, float | None]:
    """Whether confidence says that the first thing shown is right, and whether it knows what cannot be answered."""
    judged = confident(cases)
    right = [c.right_first for c in judged]
    asked = [c for c in cases if _asked(c) and c.confidence is not None]
    return {
        "calibration_error": calibration_error([c.confidence or 0.0 for c in judged], right),
        "auroc_right": auroc([c.confidence or 0.0 for c in judged], right),
        "auroc_answerable": auroc([c.confidence or 0.0 for c in asked], [not c.unanswerable for c in asked]),
        "coverage@95": coverage_at(curve(cases), PRECISION),
    }


_TIMES = {"first_event_ms": "first_event_ms", "first_word_ms": "first_word_ms", "latency_ms": "end_ms"}
PERCENTILES = (50, 95, 99)


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


# What has no answer has no article, and no pair of languages.
KEYS: Mapping[str, Callable[[CaseRecord], str | None]] = {
    "language": lambda c: c.language,
    "pair": lambda c: None if c.unanswerable else c.pair,
    "languages": lambda c: None if c.unanswerable else c.languages,
    "category": lambda c: c.category,
}


def grouped(cases: Sequence[CaseRecord], key: str) -> dict[str, list[CaseRecord]]:
    """The cases by one of KEYS, in the order of its values."""
    groups: dict[str, list[CaseRecord]] = defaultdict(list)
    for case in cases:
        name = KEYS[key](case)
        if name is not None:
            groups[name].append(case)
    return dict(sorted(groups.items()))


def metrics_by(cases: Sequence[CaseRecord]) -> dict[str, dict[str, dict[str, float | None]]]:
    """The figures by each of KEYS."""
    return {key: {name: metrics(group) for name, group in grouped(cases, key).items()} for key in KEYS}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the judged questions. `seen_traps`: unanswerable ones about which nothing was stated."""

    answerable: int
    right: int
    wrong: int
    doubtful: int  # not stated, but something shown holds the answer
    missed: int
    traps: int
    seen_traps: int

    @property
    def sentence(self) -> str:
        """All of it in plain words."""
        parts = [f"{_count(self.right)} answered rightly"]
        parts += [f"{_count(self.wrong)} answered wrongly"] if self.wrong else []
        parts += [f"{_count(self.doubtful)} shown with doubt", f"{_count(self.missed)} missed"]
        told = [f"of {self.answerable} answerable {', '.join(parts)}"] if self.answerable else []
        noun = "trap" if self.traps == 1 else "traps"
        told += [f"of {self.traps} {noun} {_count(self.seen_traps)} seen"] if self.traps else []
        text = "; ".join(told)
        return f"{text[0].upper()}{text[1:]}." if text else ""


def _count(number: int) -> str:
    return f"{number} {'was' if number == 1 else 'were'}"


def outcomes(cases: Sequence[CaseRecord]) -> Outcomes:
    """Counts every judged case once."""
    known = [c for c in cases if _answerable(c)]
    traps = [c for c in cases if c.judged and c.unanswerable]
    return Outcomes(
        answerable=len(known),
        right=sum(c.stated and c.right_first for c in known),
        wrong=sum(c.stated and not c.right_first for c in known),
        doubtful=sum(not c.stated and c.seen for c in known),
        missed=sum(not c.stated and not c.seen for c in known),
        traps=len(traps),
        seen_traps=sum(not c.stated for c in traps),
    )


def counts(cases: Sequence[CaseRecord], *, seconds: float) -> dict[str, float]:
    """How many cases were stated, shown with doubt, refused, searched only, failed; failed ones are in no figure."""
    asked = [c for c in cases if _asked(c)]
    return {
        "cases": len(cases),
        "stated": sum(c.stated for c in asked),
        "doubtful": sum(not c.stated and not c.refused for c in asked),
        "refused": sum(c.refused for c in asked),
        "searched": sum(c.search_only and not c.failed for c in cases),
        "failed": sum(c.failed for c in cases),
        "seconds": round(seconds, 1),
    }
