"""The guard on made pairs: sentences that are true to a passage, and lies of known kinds made from them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.answer.verify.verify import Supports, check
from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.names import Name, find_names
from rag.text.numbers import find_numbers
from rag.types import Passage

STORIES = Path(__file__).parents[1] / "benchmarks/guard/stories.jsonl"
TRUE = "true"
_SEED = 7
_OUTSIDE = ("Stefan Ordanov", "Lana Merik", "Viktor Salaj")  # names that no story has
_NEIGHBOUR = 1  # the story whose passage stands for "another passage"


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim against a passage; `kind` is `true` or the kind of lie."""

    id: str
    kind: str
    split: str
    claim: str
    claim_language: str
    passage: str
    passage_language: str

    @property
    def across(self) -> bool:
        """Whether claim and passage are of two languages; sr, hr and bs are one."""
        return family(self.claim_language) != family(self.passage_language)


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair and whether the guard let it through."""

    pair: Pair
    passed: bool

    @property
    def wrong(self) -> bool:
        """A lie let through, or a true sentence withdrawn."""
        return self.passed != (self.pair.kind == TRUE)


def read_stories(path: Path = STORIES) -> list[dict[str, object]]:
    """The stories as written: passages in six languages with claims that are true, and some that are not."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def made_pairs(path: Path = STORIES, *, split: str | None = None) -> list[Pair]:
    """Every pair: each claim and each of its lies against the passage of its own and of every other language."""
    stories = [s for s in read_stories(path) if split in (None, s["split"])]
    pairs = []
    for at, story in enumerate(stories):
        texts: dict[str, dict[str, object]] = story["texts"]  # type: ignore[assignment]
        languages = list(texts)
        another: dict[str, dict[str, object]] = stories[(at + _NEIGHBOUR) % len(stories)]["texts"]  # type: ignore[assignment]
        for language in languages:
            for across in languages:
                passage, elsewhere = str(texts[across]["passage"]), str(another[across]["passage"])
                for n, claim in enumerate(texts[language]["claims"]):  # type: ignore[arg-type, var-annotated]
                    name = f"{story['id']}-{language}-{across}-{n}"
                    own = str(texts[language]["passage"])
                    for kind, text in _variants(claim, own, random.Random(f"{_SEED}{name}")):
                        at_passage = elsewhere if kind == "other passage" else passage
                        pairs.append(
                            Pair(f"{name}-{kind}", kind, str(story["split"]), text, language, at_passage, across)
                        )
    return pairs


def _variants(claim: dict[str, str], passage: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    text = claim["text"]
    yield TRUE, text
    yield "other passage", text
    for kind in ("roles", "negated", "opposite", "swapped"):
        if claim.get(kind):
            yield {"swapped": "number in passage"}.get(kind, kind), claim[kind]
    for kind, make in _MADE.items():
        made = make(text, passage, draw)
        if made and made != text:
            yield kind, made


def _number(text: str, passage: str, draw: random.Random) -> str | None:
    """A number changed into one that stands nowhere."""
    found = _plain_numbers(text)
    if not found:
        return None
    start, end = draw.choice(found)
    known = set(re.findall(r"\d+", passage))
    other = next(n for n in (str(draw.randint(2, 97)) for _ in range(100)) if n not in known)
    return text[:start] + other + text[end:]


def _number_inside(text: str, passage: str, draw: random.Random) -> str | None:
    """A number changed into another of the passage's."""
    found = _plain_numbers(text)
    others = [passage[a:b] for a, b in _plain_numbers(passage) if passage[a:b] not in text]
    if not found or not others:
        return None
    start, end = draw.choice(found)
    return text[:start] + draw.choice(others) + text[end:]


def _plain_numbers(text: str) -> list[tuple[int, int]]:
    """The numbers as written, without those of dates."""
    dated = [range(d.start, d.end) for d in find_dates(text, as_of=datetime(2025, 1, 1).date())]
    found = []
    for n in find_numbers(text):
        digits = re.match(r"[\d.,]*\d", text[n.start : n.end])
        if digits and not any(n.start in span for span in dated):
            found.append((n.start, n.start + digits.end()))
    return found


def _day(text: str, passage: str, draw: random.Random) -> str | None:
    """The day of a date changed."""
    match = re.search(r"(?<!\d)(\d{1,2})(?=\.? [^\W\d_]+\.? \d{4})", text) or re.search(
        r"(?<=[a-zë] )(\d{1,2})(?= [a-zë]+ \d{4})", text
    )
    if match is None:
        return None
    other = str(int(match[1]) % 28 + 1)
    return text[: match.start(1)] + other + text[match.end(1) :] if other not in passage else None


def _year(text: str, passage: str, draw: random.Random) -> str | None:
    match = re.search(r"\b20(\d\d)\b", text)
    return text[: match.start()] + str(int(match[0]) - 3) + text[match.end() :] if match else None


def _name(text: str, passage: str, draw: random.Random) -> str | None:
    """A name changed into one that stands nowhere."""
    found = _full_names(text)
    if not found:
        return None
    name = draw.choice(found)
    return text[: name.start] + draw.choice(_OUTSIDE) + text[name.end :]


def _name_inside(text: str, passage: str, draw: random.Random) -> str | None:
    """A name changed into another of the passage's that the sentence does not have."""
    found = _full_names(text)
    others = [
        n for n in _full_names(passage) if not any(set(n.key.split()) & set(m.key.split()) for m in find_names(text))
    ]
    if not found or not others:
        return None
    name, other = draw.choice(found), draw.choice(others)
    return text[: name.start] + passage[other.start : other.end] + text[name.end :]


def _full_names(text: str) -> list[Name]:
    return [n for n in find_names(text) if len(text[n.start : n.end].split()) == 2]


_MADE: dict[str, Callable[[str, str, random.Random], str | None]] = {
    "number": _number,
    "number in passage": _number_inside,
    "day": _day,
    "year": _year,
    "name": _name,
    "name in passage": _name_inside,
}


def judge(pairs: Sequence[Pair], supports: Supports | None = None) -> list[Judged]:
    """What the guard does with each pair, as it would with a model's sentence."""
    return [Judged(pair, _passes(pair, supports)) for pair in pairs]


def _passes(pair: Pair, supports: Supports | None) -> bool:
    day = datetime(2025, 6, 1, tzinfo=UTC)
    passage = Passage(
        "p", "a", 1, 0, pair.passage, 0, len(pair.passage), "", "Glasnik", language=pair.passage_language, published=day
    )
    return check(pair.claim, [1], {1: passage}, language=pair.claim_language, supports=supports) is not None
