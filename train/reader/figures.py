"""The reader's figures beside those of the embedding model's sentence cosine, over the same sentences, paired."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.metrics.answers import contains_any, exact_match, token_f1
from eval.metrics.refusal import auroc
from rag.reader.reader import Reader
from train.reader.trials import Shown, Trial


@dataclass(frozen=True, slots=True)
class Read:
    """The reader on one passage, beside the cosines; `holds` are the sentences that answer."""

    margins: tuple[float, ...]
    cosines: tuple[float, ...]
    holds: tuple[int, ...]
    answers: tuple[str, ...]  # the likeliest of each sentence
    answer_scores: tuple[float, ...]
    cosine: float
    stated: float
    gold: bool
    ms: float

    @property
    def margin(self) -> float:
        return max(self.margins)


@dataclass(frozen=True, slots=True)
class Result:
    """A trial's outcome."""

    set: str
    pair: str
    source: str
    here: bool
    claim: bool
    wanted: tuple[str, ...]
    read: tuple[Read, ...]

    @property
    def crossing(self) -> bool:
        """Whether question and text are in languages that do not pass for one."""
        south = {"bs", "hr", "sr-Latn", "sr-Cyrl", "cnr", "sr"}
        asked, told = self.pair.split(":")
        return asked != told and not {asked, told} <= south


def results(trials: Iterable[Trial], reader: Reader, say: Callable[[str], None]) -> Iterator[Result]:
    for number, trial in enumerate(trials):
        read = tuple(_read(trial, shown, reader) for shown in trial.shown if shown.sentences)
        yield Result(trial.set, trial.pair, trial.source, trial.here, trial.claim, trial.answers, read)
        if number % 250 == 249:
            say(f"{number + 1} trials")


def _read(trial: Trial, shown: Shown, reader: Reader) -> Read:
    started = time.perf_counter()
    reading = reader.read(trial.question, shown.text, shown.sentences)
    ms = 1000 * (time.perf_counter() - started)
    texts = [shown.text[s.start : s.end] for s in shown.sentences]
    walked = trial.set.endswith(("/walk", "/absent"))
    holds = tuple(i for i, t in enumerate(texts) if contains_any(t, trial.answers)) if walked else shown.right
    spans = [a.span if a else None for a in reading.answers]
    return Read(
        reading.sentences,
        shown.cosines,
        holds,
        tuple(shown.text[s.start : s.end] if s else "" for s in spans),
        tuple(a.score if a else -30.0 for a in reading.answers),
        shown.cosine,
        reading.stated,
        bool(shown.right),
        ms,
    )


def write(path: Path, found: Sequence[Result]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for result in found:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def read(path: Path) -> list[Result]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [_from_json(json.loads(line)) for line in file]


def _from_json(record: dict[str, Any]) -> Result:
    passages = tuple(Read(**_tuples(part)) for part in record["read"])
    return Result(**{**record, "read": passages, "wanted": tuple(record["wanted"])})


def _tuples(record: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}


Floats = NDArray[np.float64]
Score = Callable[[Read, int], float]
SAMPLES = 2000
CLEAREST = 15  # margins tried for stopping a walk


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over `count` trials: of the reader, of cosine alone, of both joined, and p of the first two.

    The weight of joining is chosen on dev.
    """

    set: str
    name: str
    count: int
    reader: float
    cosine: float | None = None
    joined: float | None = None
    p: float | None = None


def by_reader(read: Read, sentence: int) -> float:
    return read.margins[sentence]


def by_cosine(read: Read, sentence: int) -> float:
    return read.cosines[sentence]


def by_both(weight: float) -> Score:
    return lambda read, sentence: read.cosines[sentence] + weight * read.margins[sentence]


def top_holds(result: Result, score: Score) -> bool:
    """Whether the best sentence of all passages answers."""
    read, sentence = best(result, score)
    return sentence in read.holds


def best(result: Result, score: Score) -> tuple[Read, int]:
    pairs = [(read, i) for read in result.read for i in range(len(read.margins))]
    return max(pairs, key=lambda pair: score(*pair))


def first_is_gold(result: Result, weight: float) -> bool:
    """Whether the right passage comes first, by cosine plus so much of its best sentence's margin."""
    return max(result.read, key=lambda r: r.cosine + weight * r.margin).gold


@dataclass(frozen=True, slots=True)
class Joining:
    """What a log odd of the reader's counts beside a cosine, in one language and across two; when a walk may stop."""

    pick: float = 0.0
    order: float = 0.0
    cross_pick: float = 0.0
    cross_order: float = 0.0
    clear: float = CLEAREST

    def to_pick(self, result: Result) -> float:
        return self.cross_pick if result.crossing else self.pick

    def to_order(self, result: Result) -> float:
        return self.cross_order if result.crossing else self.order


def figures(found: Sequence[Result], joining: Joining) -> list[Figure]:
    """All figures; `joining` was fitted on dev."""
    table: list[Figure] = []
    for name in dict.fromkeys(r.set for r in found):
        of = [r for r in found if r.set == name and r.read]
        answerable = [r for r in of if r.here and not r.claim and any(read.holds for read in r.read)]
        if answerable:
            table.append(_pick(name, answerable, joining))
            table += _spans(name, answerable)
        if name.endswith("/walk"):
            table.append(_walked(name, answerable, joining.clear))
            table.append(_order(name, of, joining))
            absent = [r for r in found if r.set == name.removesuffix("walk") + "absent"]
            table += _refusal(name, of, absent)
        if {r.here for r in of if r.claim} == {True, False}:
            table += _claims(name, [r for r in of if r.claim])
    for answering, other in NEAR:
        table += _refusal(other, _of(found, answering), _of(found, other))
    return table


NEAR = (
    ("dev/squad", "dev/squad-unanswerable"),
    ("dev/ntrex-cross", "dev/ntrex-null"),
    ("dev/balkan", "dev/balkan-null"),
    ("dev/balkan", "dev/balkan-unanswerable"),
)


def _of(found: Iterable[Result], name: str) -> list[Result]:
    return [r for r in found if r.set == name and r.read and not r.claim]


def _pick(name: str, found: Sequence[Result], joining: Joining) -> Figure:
    reader, cosine = ([top_holds(r, s) for r in found] for s in (by_reader, by_cosine))
    both = [top_holds(r, by_both(joining.to_pick(r))) for r in found]
    return Figure(
        name, "top sentence right", len(found), mean(reader), mean(cosine), mean(both), paired(reader, cosine)
    )


def _order(name: str, found: Sequence[Result], joining: Joining) -> Figure:
    reader, cosine = ([first_is_gold(r, w) for r in found] for w in (1e6, 0.0))
    both = [first_is_gold(r, joining.to_order(r)) for r in found]
    return Figure(
        name, "right passage first, of five", len(found), mean(reader), mean(cosine), mean(both), paired(reader, cosine)
    )


def stopped(result: Result, clear: float) -> Result:
    """What of a walk is read when it ends at the first passage with a sentence of `clear` log odds."""
    last = next((i for i, read in enumerate(result.read) if read.margin >= clear), len(result.read) - 1)
    return replace(result, read=result.read[: last + 1])


def _walked(name: str, found: Sequence[Result], clear: float) -> Figure:
    """Top sentence right when the walk stops early; beside it, in the place of p, the passages read a question."""
    short = [stopped(r, clear) for r in found]
    right = mean([top_holds(r, by_reader) for r in short])
    return Figure(
        name,
        "top sentence right, stopping early; passages read",
        len(found),
        right,
        p=mean([len(r.read) for r in short]),
    )


def _spans(name: str, found: Sequence[Result]) -> list[Figure]:
    given = []
    for result in (r for r in found if r.wanted):
        read, sentence = best(result, by_reader)
        given.append((read.answers[sentence], result.wanted))
    if not given:
        return []
    return [
        Figure(name, "short answer, exact", len(given), mean([exact_match(a, w) for a, w in given])),
        Figure(name, "short answer, F1", len(given), mean([token_f1(a, w) for a, w in given])),
    ]


def _refusal(name: str, here: Sequence[Result], absent: Sequence[Result]) -> list[Figure]:
    if not here or not absent:
        return []
    truths = [True] * len(here) + [False] * len(absent)
    every = [*here, *absent]
    cosine = _area([max(max(r.cosines) for r in result.read) for result in every], truths)
    margins = [max(r.margin for r in result.read) for result in every]
    stated = [max(r.stated for r in result.read) for result in every]
    return [
        Figure(name, "AUROC of not here, by margin", len(every), _area(margins, truths), cosine),
        Figure(name, "AUROC of not here, by stated", len(every), _area(stated, truths), cosine),
    ]


def _claims(name: str, found: Sequence[Result]) -> list[Figure]:
    """True claims against each kind of false ones."""
    true = [r for r in found if r.here]
    table = []
    for source in sorted({r.source for r in found if not r.here}):
        false = [r for r in found if not r.here and r.source == source]
        every = [*true, *false]
        area = _area([r.read[0].stated for r in every], [r.here for r in every])
        table.append(Figure(name, f"AUROC of claims, {source}", len(every), area))
    every = list(found)
    area = _area([r.read[0].stated for r in every], [r.here for r in every])
    return [*table, Figure(name, "AUROC of claims, all", len(every), area)]


def _area(confidences: Sequence[float], truths: Sequence[bool]) -> float:
    found = auroc(confidences, truths)
    return float("nan") if found is None else found


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def paired(a: Sequence[bool], b: Sequence[bool]) -> float:
    """Two-sided p of the paired difference by randomisation: each trial's outcomes change sides or not."""
    differences = np.asarray(a, float) - np.asarray(b, float)
    observed = abs(differences.sum())
    signs: Floats = np.random.default_rng(0).choice((-1.0, 1.0), (SAMPLES, len(differences)))
    return float((1 + (np.abs(signs.dot(differences)) >= observed - 1e-9).sum()) / (SAMPLES + 1))


def milliseconds(found: Sequence[Result]) -> float:
    return median(read.ms for result in found for read in result.read)


def markdown(table: Sequence[Figure]) -> str:
    rows = ["| set | figure | n | reader | cosine | joined | p |", "|---|---|---|---|---|---|---|"]
    for f in table:
        cells = [f"{v:.3f}".replace("0.", ".", 1) if v is not None else "" for v in (f.reader, f.cosine, f.joined, f.p)]
        rows.append(f"| {f.set} | {f.name} | {f.count} | {' | '.join(cells)} |")
    return "\n".join(rows)
