"""Near misses beside the question they were made from: one of its names, numbers or years is another.

A group stands in one batch, where the loss compares its members. How much of the training they may be, and that they
count less in the choice of a sentence: docs/reader.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from eval.core.changes import names_of, swap_number
from rag.text.numbers import find_numbers
from train.reader.data.examples import Example
from train.reader.data.names import NamePools

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
