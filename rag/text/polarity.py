"""Whether a statement is negated, and whether two take different sides of a pair of opposites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rag.text.language import family
from rag.text.phrases import Expression, compile_expressions, count, find, table

_NEGATION = "negation"
# Turkish denies inside the verb: imzalamadı, katılmıyor, etmeyecek, yapmaz. Folded.
_TURKISH = re.compile(
    r"\w{2,}(?:m[ae](?:di|du|mis|mus|z\b|z(?:lar|ler)|y[ae]cak|y[ae]cek)|m[iu]yor|(?:ama|eme)(?:di|du))\w*"
)


def denials(words: Sequence[str], language: str) -> int:
    """How many words of a text deny."""
    found = count(words, _denying(family(language)))
    if family(language) == "tr":
        found += sum(1 for word in words if _TURKISH.fullmatch(word))
    return found


def opposed(one: Sequence[str], other: Sequence[str], language: str) -> bool:
    """Whether the words of two texts name different sides of a pair of opposites, each only one: "won" and "lost"."""
    for pair in _pairs(family(language)):
        mine, theirs = ([find(words, side) is not None for side in pair] for words in (one, other))
        if sum(mine) == 1 and theirs == mine[::-1]:
            return True
    return False


@cache
def _denying(kin: str) -> tuple[Expression, ...]:
    return compile_expressions(table("polarity")[_NEGATION].get(kin, ""))


@cache
def _pairs(kin: str) -> tuple[tuple[tuple[Expression, ...], ...], ...]:
    written = (some[kin] for name, some in table("polarity").items() if name != _NEGATION and kin in some)
    return tuple(tuple(map(compile_expressions, pair)) for pair in written)
