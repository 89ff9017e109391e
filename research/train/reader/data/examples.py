"""One example to train the reader on: a question or a claim, a text, and what of it is known."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.core.cases import digest
from rag.text.script import fold
from rag.text.sentences import Span, split_sentences


@dataclass(frozen=True, slots=True)
class Example:
    """A question or a claim beside a text.

    `right` are the sentences that answer or support, `spans` the places of the short answer. `absent`: the text is
    about something else, or does not say it; the sentences then yield to "not here". `stated`: whether the text answers
    the question or bears the claim out. A claim with a swapped name is neither `right` nor `absent`, only not `stated`.
    Examples of one `group` are a question and its near misses: they are trained on together and compared. `teaches`:
    the same question on the same segments in its own language; how the reader reads this one is the aim for the other.
    """

    source: str
    question: str
    text: str
    sentences: tuple[Span, ...]
    right: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    absent: bool = False
    stated: bool = True
    claim: bool = False
    pair: str = "und:und"  # languages of question and text
    group: str = ""
    teaches: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with its sentences; a title stands before it on a line of its own and is none of them."""

    text: str
    sentences: tuple[Span, ...]
    language: str
    group: str  # the article or document that it comes from


def passage(text: str, *, language: str, group: str, title: str = "") -> Passage:
    head = f"{title}\n" if title else ""
    spans = (Span(s.start + len(head), s.end + len(head)) for s in split_sentences(text, language))
    return Passage(head + text, tuple(spans), language, group)


def joined(segments: Sequence[str], *, language: str, group: str) -> Passage:
    """A passage whose sentences are the given segments."""
    spans, at = [], 0
    for segment in segments:
        spans.append(Span(at, at + len(segment)))
        at += len(segment) + 1
    return Passage(" ".join(segments), tuple(spans), language, group)


def places(answer: str, within: Passage) -> tuple[Span, ...]:
    """Where an answer stands in the sentences of a passage as whole words, small and capital letters alike."""
    if not answer.strip():
        return ()
    pattern = re.compile(rf"(?<!\w){re.escape(answer.strip())}(?!\w)", re.IGNORECASE)
    first = within.sentences[0].start if within.sentences else 0
    return tuple(Span(*m.span()) for m in pattern.finditer(within.text, first))


def sentences_of(spans: Iterable[Span], within: Passage) -> tuple[int, ...]:
    """The numbers of the sentences in which the spans begin."""
    starts = [s.start for s in spans]
    return tuple(i for i, s in enumerate(within.sentences) if any(s.start <= at < s.end for at in starts))


def best_sentences(question: str, right: Sequence[int], within: Passage) -> tuple[int, ...]:
    """Of several sentences that hold the answer's words those that share most words with the question."""
    if len(right) < 2:
        return tuple(right)
    asked = _terms(question)
    shared = {i: len(asked & _terms(within.text[within.sentences[i].start : within.sentences[i].end])) for i in right}
    return tuple(i for i in right if shared[i] == max(shared.values()))


def _terms(text: str) -> set[str]:
    return {w[:5] for w in re.findall(r"\w+", fold(text)) if len(w) > 2}


def overlapping(start: int, end: int, within: Passage) -> tuple[int, ...]:
    return tuple(i for i, s in enumerate(within.sentences) if s.start < end and start < s.end)


def to_json(example: Example) -> dict[str, Any]:
    record = asdict(example)
    record["sentences"] = [[s.start, s.end] for s in example.sentences]
    record["spans"] = [[s.start, s.end] for s in example.spans]
    if not example.teaches:
        del record["teaches"]
    return record


def from_json(record: dict[str, Any]) -> Example:
    spans = {name: tuple(Span(*pair) for pair in record[name]) for name in ("sentences", "spans")}
    return Example(**{**record, **spans, "right": tuple(record["right"])})


def write(path: Path, examples: Sequence[Example]) -> str:
    """Writes gzipped JSON lines; returns the digest of the examples."""
    records = [to_json(e) for e in examples]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return digest(records)


def read(path: Path) -> list[Example]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [from_json(json.loads(line)) for line in file]
