"""Runs the reader over trials and keeps what it said, so that figures and fits need no second run."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.metrics.normalise import contains_any
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
