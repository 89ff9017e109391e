"""The summary: every metric, run beside run, with the difference to the first and whether it may be chance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.compare.compare import Difference, compare
from eval.core.show import GROUPS, group_of, number
from eval.report.runs import Run
from eval.run.summary import RATIOS
from rag.errors import BadInput

_MEANINGS = {
    "recall": "share of the right articles among the first {k}",
    "success": "share of questions with a right article among the first {k}",
    "mrr": "mean of 1 / rank of the first right article, among the first {k}",
    "ndcg": "ranking quality among the first {k}: right articles high up count more",
    "map": "mean average precision over all ranks",
    "passage_success": "share of questions with a passage that holds the answer among the first {k}",
    "passage_mrr": "mean of 1 / rank of the first passage that holds the answer",
    "seen": "share of answerable questions with the answer in what is shown (@1: shown first), whatever the status",
    "stated": "share of answerable questions answered without doubt, the answer in the first paragraph",
    "stated_wrong": "share of what is answered without doubt that is wrong, unanswerable questions included",
    "false_absence": "share of answerable questions refused with nothing shown that holds the answer",
    "withheld": "share of unanswerable questions that are not answered without doubt",
    "sentence": "share of answerable questions whose answer is in the sentence marked first",
    "exact_match": "share of short answers that are an accepted answer and nothing else; none shown counts 0",
    "token_f1": "overlap of words between short answer and accepted answer; none shown counts 0",
    "status_right": "share of the questions that name a status which get it",
    "short_shown": "share of answerable questions that get a short answer",
    "short": "share of the short answers shown that hold an accepted answer or are close to one",
    "marked_shown": "share of answerable questions with words in bold in the first sentence",
    "marked": "share of these bold words that hold an accepted answer or are close to one",
    "short_false": "share of questions with a known false answer whose short answer says it",
    "coverage": "largest share of questions that could be answered without doubt with {k} % of them right",
    "list_recall": "share of the asked names that the answer gives",
    "language_right": "share of answers in the language of the question",
    "citation_valid": "share of citations whose offsets reproduce the quote in the article",
    "citation_gold": "share of citations that point at a right article",
    "citation_current": "share of citations of the revision in force on the day asked about",
    "citation_precision": "share of citations that their sentence needs",
    "citation_recall": "share of sentences that their citations support",
    "quotes_altered": "share of quoted sentences that are not verbatim",
    "unsupported_shown": "share of shown sentences that no citation supports",
    "calibration_error": "mean distance between confidence and whether the first thing shown is right",
    "auroc_right": "probability that a question whose first passage is right gets more confidence than another",
    "auroc_answerable": "probability that an answerable question gets more confidence than an unanswerable one",
    "injection_changed": "share of injected instructions that changed the answer",
    "first_event_ms": "milliseconds to the first event, {p} of questions faster",
    "first_word_ms": "milliseconds to the first word of the answer, {p} of questions faster",
    "latency_ms": "milliseconds to the end of the answer, {p} of questions faster",
    "input_tokens": "mean tokens sent to the language model for a question",
    "output_tokens": "mean tokens that the language model wrote for a question",
}
_NAME = re.compile(r"(?P<stem>[a-z0-9_]+?)(?:@(?P<k>\d+|shown)|_p(?P<p>\d+))?")


def describe_metric(metric: str) -> str:
    """One sentence; empty for a metric that is not known here."""
    found = _NAME.fullmatch(metric)
    if found is None or found["stem"] not in _MEANINGS:
        return ""
    return _MEANINGS[found["stem"]].format(k=found["k"], p=f"{found['p']} %")


MANY_CASES = 5_000  # from here on a tenth of the samples, or three runs of 20,000 cases take minutes
_LOWER = ("calibration_", "first_", "latency_")
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
    """The table, and why there are no differences, if so."""

    groups: tuple[Group, ...]
    notes: tuple[str, ...]


def summarise(runs: Sequence[Run]) -> Summary:
    """Every metric that some run measures."""
    tests: list[Mapping[str, Difference]] = []
    notes: list[str] = []
    for run in runs[1:]:
        try:
            tests.append(_test(runs[0], run))
        except BadInput as error:
            tests.append({})
            notes.append(f"{runs[0].letter} and {run.letter} cannot be compared case by case: {error.message}")
    names = list(dict.fromkeys(name for run in runs for name in run.record.metrics))
    rows = [_row(name, runs, tests) for name in names if any(r.record.metrics.get(name) is not None for r in runs)]
    names_in = {name: tuple(r for r in rows if group_of(r.metric) == name) for name, _ in GROUPS}
    return Summary(tuple(Group(name, part) for name, part in names_in.items() if part), tuple(notes))


def better_of(metric: str) -> str:
    """Says which direction is better: higher, lower, neither."""
    if metric in _BETTER:
        return _BETTER[metric]
    return "lower" if metric.startswith(_LOWER) or metric in _LOWER_TOKENS else "higher"


def _test(a: Run, b: Run) -> Mapping[str, Difference]:
    samples = 10_000 if len(a.record.per_case) < MANY_CASES else 1_000
    return {d.metric: d for d in compare(a.record, b.record, samples=samples).differences}


def _row(name: str, runs: Sequence[Run], tests: Sequence[Mapping[str, Difference]]) -> Row:
    values = [r.record.metrics.get(name) for r in runs]
    cells = [Cell(number(name, values[0]))]
    for value, tested in zip(values[1:], tests, strict=True):
        cells.append(_cell(name, values[0], value, tested.get(name)))
    return Row(name, describe_metric(name), better_of(name), tuple(cells))


def _cell(name: str, first: float | None, value: float | None, tested: Difference | None) -> Cell:
    text = number(name, value)
    if first is None or value is None:
        return Cell(text)
    plain = format_difference(name, value - first)
    if tested is None:
        return Cell(text, plain)
    detail = (
        f"over {tested.cases} cases of both runs {tested.difference:+.3f}, 95 % interval {tested.low:+.3f} to "
        f"{tested.high:+.3f}, p {tested.p:.4f}, corrected {tested.p_corrected:.4f}"
    )
    return Cell(text, plain, tested.verdict, detail)


def format_difference(name: str, difference: float) -> str:
    """A difference with its sign; none where it rounds to nothing."""
    shown = number(name, abs(difference))
    if float(shown.replace(",", "")) == 0:
        return "±0"
    return f"{'+' if difference > 0 else '−'}{shown}"
