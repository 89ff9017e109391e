"""Near misses beside the question they were made from: one of its names, numbers or years is another.

A group stands in one batch, where the loss compares its members. How much of the training they may be, and that they
count less in the choice of a sentence: docs/reader.md.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from random import Random

from eval.datasets.lines import read_lines
from rag.text.names import name_key
from rag.text.numbers import find_numbers
from rag.text.script import to_cyrillic
from research.changes import names_of, swap_number
from research.train.reader.data.examples import Example

MOST = 2  # near misses of a question
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

Group = tuple[Example, ...]


def group(example: Example, language: str, beside: str, pools: NamePools, random: Random) -> Group:
    """The example and up to two near misses of it; alone where its question has nothing to swap.

    `beside` is the passage in the question's language, or empty: where names of the same text come from.
    """
    ways: dict[str, Callable[[], str | None]] = {
        "foreign": lambda: _foreign(example, language, beside, pools, random),
        "same-text": lambda: _same_text(example, beside, random),
        "year": lambda: _year(example.question, example.text, random),
        "number": lambda: _number(example.question, example.text, random),
    }
    order = random.sample(sorted(ways), len(ways))
    made = {way: changed for way in order if (changed := ways[way]()) and changed != example.question}
    chosen = list(made.items())[:MOST]
    if not chosen:
        return (example,)
    mark = f"{random.getrandbits(48):012x}"
    return (
        replace(example, group=mark),
        *(_miss(example, changed, f"{example.source}-swap-{way}", mark) for way, changed in chosen),
    )


def _miss(example: Example, question: str, source: str, mark: str) -> Example:
    return replace(example, source=source, question=question, right=(), spans=(), absent=True, stated=False, group=mark)


def _foreign(example: Example, language: str, beside: str, pools: NamePools, random: Random) -> str | None:
    names = names_of(example.question)
    if not names:
        return None
    name = random.choice(names)
    own = example.question[name.start : name.end]
    other = pools.other(own, language, random, not_in=f"{beside} {example.text}")
    return _put(example.question, name.start, name.end, other)


def _same_text(example: Example, beside: str, random: Random) -> str | None:
    """A name that the passage holds too, so that the words alone do not betray it."""
    names = names_of(example.question)
    if not names or not beside:
        return None
    name = random.choice(names)
    held = {part for n in names for part in n.key.split()}
    answers = {example.text[s.start : s.end] for s in example.spans}
    long = " " in example.question[name.start : name.end]
    fit = [beside[n.start : n.end] for n in names_of(beside) if not held & set(n.key.split())]
    fit = [f for f in fit if f not in answers and (" " in f) == long]
    return _put(example.question, name.start, name.end, random.choice(fit) if fit else None)


def _year(question: str, text: str, random: Random) -> str | None:
    found = _YEAR.search(question)
    if not found:
        return None
    near = [str(int(found[0]) + d) for d in (-12, -4, -3, -2, -1, 1, 2, 3, 4)]
    fit = [y for y in near if y not in text]
    return _put(question, *found.span(), random.choice(fit) if fit else None)


def _number(question: str, text: str, random: Random) -> str | None:
    numbers = [text[n.start : n.end] for n in find_numbers(text)]
    return swap_number(question, numbers, random) if not _YEAR.search(question) else None


def _put(text: str, start: int, end: int, new: str | None) -> str | None:
    return f"{text[:start]}{new}{text[end:]}" if new else None


LISTS, SENTENCES = "train/entity_lists.json", "train/names.jsonl.gz"
# Weights are shipped, so rows whose licence forbids that or is not told stay out.
LICENCES = frozenset({"CC BY-SA 4.0", "MIT"})
_KINDS = {"PER": "person", "LOC": "place", "ORG": "body"}
_NEAR = {"cnr": "bs", "sr": "sr-Latn"}


class Kind(StrEnum):
    """What a name is of, as far as its letters tell."""

    PERSON = "person"
    PLACE = "place"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class NamePools:
    """Names by language and kind; a language without its own borrows the English ones."""

    names: Mapping[tuple[str, Kind], Sequence[str]]
    places: frozenset[str]  # keys of places in any language

    def kind(self, name: str) -> Kind:
        if name_key(name) in self.places:
            return Kind.PLACE
        return Kind.PERSON if " " in name.strip() else Kind.BODY

    def other(self, name: str, language: str, random: Random, *, not_in: str = "") -> str | None:
        """Another name of the same kind that `not_in` does not hold; None where the language has none."""
        kind = self.kind(name)
        language = _NEAR.get(language, language)
        fit = self.names.get((language, kind)) or self.names.get(("en", kind), ())
        held = {*name_key(name).split(), *name_key(" ".join(n for n in _words(not_in))).split()}
        for _ in range(8):
            chosen = random.choice(fit) if fit else ""
            if chosen and not held & set(name_key(chosen).split()):
                return chosen
        return None


def _words(text: str) -> Iterable[str]:
    return (text[n.start : n.end] for n in names_of(text))


def read_pools(data: Path, texts: Iterable[tuple[str, str]]) -> NamePools:
    """From CLDR's places, annotated sentences, and the names in `texts` (language, text)."""
    found: dict[tuple[str, Kind], set[str]] = defaultdict(set)
    lists = json.loads((data / LISTS).read_text(encoding="utf-8"))
    for by_language in lists["places"].values():
        for language, name in by_language.items():
            found[language, Kind.PLACE].add(name)
    places = frozenset(name_key(n) for (_, kind), names in found.items() if kind is Kind.PLACE for n in names)
    for line in read_lines(data / SENTENCES):
        if line.fields["licence"] in LICENCES and not line.fields.get("in_articles"):
            for entity in line.fields["entities"]:
                if entity["type"] in _KINDS:
                    name = line.fields["text"][entity["start"] : entity["end"]]
                    found[line.fields["language"], Kind(_KINDS[entity["type"]])].add(name)
    plain = NamePools({}, places)
    for language, text in texts:
        for name in _words(text):
            found[language, plain.kind(name)].add(name)
    for kind in Kind:
        found["sr-Cyrl", kind] |= {to_cyrillic(n) for n in found["sr-Latn", kind]}
    return NamePools({k: sorted(n for n in names if len(n) > 2) for k, names in found.items()}, places)
