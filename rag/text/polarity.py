"""Whether a statement is negated, and whether two take different sides of a pair of opposites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rag.text.language import family
from rag.text.phrases import Phrases, phrases
from rag.text.tables import table

_NEGATION = "negation"
# Turkish denies inside the verb: imzalamadı, katılmıyor, etmeyecek, yapmaz. Folded.
_TURKISH = re.compile(
    r"\w{2,}(?:m[ae](?:di|du|mis|mus|z\b|z(?:lar|ler)|y[ae]cak|y[ae]cek)|m[iu]yor|(?:ama|eme)(?:di|du))\w*"
)


def denials(words: Sequence[str], language: str) -> int:
    """How many words of a text deny."""
    turkish = sum(1 for word in words if _TURKISH.fullmatch(word)) if family(language) == "tr" else 0
    return phrases("polarity", _NEGATION, language).count(words) + turkish


def opposed(one: Sequence[str], other: Sequence[str], language: str) -> bool:
    """Whether the words of two texts name different sides of a pair of opposites, each only one: "won" and "lost"."""
    mine, theirs = ({m.tag for m in _opposites(family(language)).every(words)} for words in (one, other))
    clear = {(pair, 1 - side) for pair, side in mine if (pair, 1 - side) not in mine}
    return any((pair, 1 - side) not in theirs for pair, side in clear & theirs)


@cache
def _opposites(kin: str) -> Phrases[tuple[str, int]]:
    pairs = ((name, some[kin]) for name, some in table("polarity").items() if name != _NEGATION and kin in some)
    return Phrases((written, (name, side)) for name, pair in pairs for side, written in enumerate(pair))
