"""Examples from a file of an archive's own questions, each with the passage that it is asked of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from eval.datasets.lines import Line, read_lines
from rag.errors import BadInput
from research.train.reader.data.build import as_typed
from research.train.reader.data.examples import Example, places, write
from research.train.reader.data.open_sets import led, partnered
from research.train.reader.data.questions import Asked, answered, not_here, read_asked

SEED = 1
HELD = 8  # every so-manieth passage is kept from training, to measure by


@dataclass(frozen=True, slots=True)
class Own:
    """What a file gave: examples to train on, and those of the passages kept back."""

    train: tuple[Example, ...]
    kept: tuple[Example, ...]


def read_own(path: Path) -> Own:
    """Reads lines of `id, language, question, context, answers, unanswerable`, and `title` where there is one.

    Raises BadInput, with file and line, where a field is missing, an answer is not in its passage word for word, or a
    question without an answer is not marked so.
    """
    random = Random(SEED)
    asked = read_asked((_checked(line) for line in read_lines(path)), titled=1.0, random=random)
    if not any(a.answers for a in asked):
        raise BadInput(f"{path} holds no question with an answer.", hint="docs/reader.md shows a line of such a file.")
    for a in asked:
        _find(a, path)
    train, kept = [a for a in asked if not _held(a)], [a for a in asked if _held(a)]
    groups = [led(members, random) for members in partnered(train, "own", random)]
    random.shuffle(groups)
    flat = tuple(as_typed(e, random) for members in groups for e in members)
    return Own(flat, tuple(_plain(kept)))


def write_own(path: Path, out: Path) -> Own:
    """Reads the file, and keeps the examples in `out` as those of a training; returns them."""
    found = read_own(path)
    out.mkdir(parents=True, exist_ok=True)
    write(out / "dev-own.jsonl.gz", found.kept)
    digest = write(out / "train.jsonl.gz", found.train)
    (out / "data.json").write_text(f'{{"digest": "{digest}", "examples": {len(found.train)}}}\n', encoding="utf-8")
    return found


def _checked(line: Line) -> Line:
    answers, unanswerable = line.texts("answers", required=False), line.flag("unanswerable")
    if unanswerable and answers:
        raise line.wrong("unanswerable", "is true, yet there are answers")
    if not unanswerable and not answers:
        raise line.wrong(
            "answers", "is empty", hint='Mark a question that its passage leaves open "unanswerable": true.'
        )
    return Line({**line.fields, "answers": list(answers)}, line.place)


def _find(asked: Asked, path: Path) -> None:
    missing = [a for a in asked.answers if not places(a, asked.within)]
    if missing:
        raise BadInput(
            f"{path}: {asked.id}: the passage does not hold {missing[0]!r}.",
            hint="An answer is given in the words of its passage.",
        )


def _held(asked: Asked) -> bool:
    return int(hashlib.sha256(asked.within.text.encode()).hexdigest(), 16) % HELD == 0


def _plain(kept: Sequence[Asked]) -> list[Example]:
    found = [answered(a, "own") if a.answers else not_here(a, "own-miss", a.within) for a in kept]
    return [e for e in found if e]
