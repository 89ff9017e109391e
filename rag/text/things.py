"""What news counts and tells of, by one name in every language of the region, from a table."""

from __future__ import annotations

from functools import cache

from rag.text.language import family
from rag.text.phrases import Expression, compiled, table, tokens

_KEY = 2  # letters: no first word is shorter


def things(text: str, language: str) -> frozenset[str]:
    """The table's things that a text names."""
    words = tokens(text)
    index = _index(family(language))
    return frozenset(
        name for at, word in enumerate(words) for name, e in index.get(word[:_KEY], ()) if e.at(words, at) > at
    )


@cache
def _index(kin: str) -> dict[str, tuple[tuple[str, Expression], ...]]:
    """The expressions of a family by the first letters of their first word."""
    made: dict[str, tuple[tuple[str, Expression], ...]] = {}
    for name, written in table("things").items():
        for e in compiled(written.get(kin, "")):
            key = e.words[0].removesuffix("*")[:_KEY]
            made[key] = (*made.get(key, ()), (name, e))
    return made
