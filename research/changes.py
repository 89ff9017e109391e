"""Makes near misses: a question or claim with one thing changed, so that a text that supported it no longer does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from rag.text.names import Name, find_names, name_key
from rag.text.numbers import Number, find_numbers

Words = dict[str, Any]
_BETWEEN_EQUALS = re.compile(
    r"\A\W*(?:and|or|i|ili|in|ali|и|или|dhe|ose|și|sau|si|και|ή|ve|ile|veya|,|-|–|/)?\W*\Z", re.I
)


@cache
def words(language: str) -> Words:
    """The words to make questions of; a language without its own takes the nearest one's."""
    table: dict[str, Words] = tomllib.loads(files("research").joinpath("words.toml").read_text(encoding="utf-8"))
    near = {"cnr": "bs", "sr": "sr-Latn", "und": "en"}
    return table.get(language) or table[near.get(language, "en")]


def names_of(text: str) -> list[Name]:
    """The names that are surely names: not the first word of a sentence."""
    return [n for n in find_names(text) if not n.first or " " in text[n.start : n.end]]


def swap_name(text: str, others: Sequence[str], random: Random) -> str | None:
    """Another of the given names in place of one; None where there is no name or no other of another entity."""
    found = names_of(text)
    if not found:
        return None
    name = random.choice(found)
    held = {n.key for n in found}
    held |= {part for key in held for part in key.split()}
    fit = [o for o in others if name_key(o) and not held & {name_key(o), *name_key(o).split()}]
    long = " " in text[name.start : name.end]
    alike = [o for o in fit if (" " in o) == long] or fit
    return _put(text, name, random.choice(alike)) if alike else None


def swap_number(text: str, others: Sequence[str], random: Random) -> str | None:
    """Another number, of the same text where it holds one; None where there is none."""
    found = find_numbers(text)
    if not found:
        return None
    number = random.choice(found)
    held = {n.key for n in found}
    fit = [o for o in others if not held & {n.key for n in find_numbers(o)} and find_numbers(o)]
    new = random.choice(fit) if fit and random.random() < 0.6 else _other_number(text, number, random)
    return _put(text, number, new)


def _other_number(text: str, number: Number, random: Random) -> str:
    """The digits that are written, one or two of them changed."""
    written = text[number.start : number.end]
    at = [i for i, c in enumerate(written) if c.isdigit()]
    chosen = set(random.sample(at, min(len(at), random.choice((1, 1, 2)))))
    return "".join(random.choice("123456789".replace(c, "")) if i in chosen else c for i, c in enumerate(written))


def negate(text: str, language: str, random: Random) -> str | None:
    """Negates one verb, or removes its negation. None where there is no known verb."""
    pairs = words(language)["negations"]
    both = [*pairs, *([b, a] for a, b in pairs)]
    found = []
    for old, new in both:
        match = re.search(rf"(?<!\w){re.escape(old)}(?!\w)", text)
        if match and not any(_inside(match, text, b if a == old else a) for a, b in pairs if old in (a, b)):
            found.append((match, new))
    if not found:
        return None
    longest = max(m.end() - m.start() for m, _ in found)
    likely = [f for f in found if f[0].end() - f[0].start() == longest or random.random() < 0.5]
    match, new = random.choice(likely or found)
    return f"{text[: match.start()]}{new}{text[match.end() :]}"


def _inside(match: re.Match[str], text: str, other: str) -> bool:
    """Whether the match is part of its own opposite: `is` in `is not`."""
    around = text[max(0, match.start() - len(other)) : match.end() + len(other)]
    return len(other) > len(match.group()) and re.search(rf"(?<!\w){re.escape(other)}(?!\w)", around) is not None


def swap_roles(text: str, random: Random) -> str | None:
    """Two names of one sentence change places, unless they stand side by side as equals."""
    found = names_of(text)
    pairs = [
        (a, b)
        for i, a in enumerate(found)
        for b in found[i + 1 :]
        if a.key != b.key and not _BETWEEN_EQUALS.match(text[a.end : b.start])
    ]
    if not pairs:
        return None
    a, b = random.choice(pairs)
    first, second = text[a.start : a.end], text[b.start : b.end]
    return f"{text[: a.start]}{second}{text[a.end : b.start]}{first}{text[b.end :]}"


def near_miss(text: str, language: str, beside: str, random: Random) -> tuple[str, str] | None:
    """A false variant of a claim, and how it was made. Names and numbers are taken from the text `beside` if it has
    any."""
    names = [beside[n.start : n.end] for n in names_of(beside)]
    numbers = [beside[n.start : n.end] for n in find_numbers(beside)]
    ways = {
        "name": lambda: swap_name(text, names, random),
        "number": lambda: swap_number(text, numbers, random),
        "negation": lambda: negate(text, language, random),
        "role": lambda: swap_roles(text, random),
    }
    order = random.sample(sorted(ways), len(ways))
    for way in order:
        changed = ways[way]()
        if changed and changed != text:
            return changed, way
    return None


def _put(text: str, old: Name | Number, new: str) -> str:
    return text[: old.start] + new + text[old.end :]
