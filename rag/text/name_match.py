"""Tells whether two keys are one name in two spellings."""

from __future__ import annotations

from functools import lru_cache

from rag.text.gazetteer import endings

# Two keys are one name written otherwise: an edit distance whose costs are low where the region's spellings differ
# (vowels, sounds of one kind, an ending left on; Needleman and Wunsch, J. Mol. Biol. 48, 1970, with transposition).
# Bulgarian writes English names by sound (Джонсън), others keep the spelling: what no key brings together.
# Share of the longer key: on the fitting half .1 finds 2 % less, .18 finds 3 % more and takes 1 % more for the same.
_NEAR = 0.15
_SHORT = 3  # letters that a key must have to be like another
_VOWELS = frozenset("aeiou")
_KINDS = tuple(map(frozenset, ("ckszgh", "vufbp", "ji", "dt", "jgdz", "kh", "vo", "nm")))
_SWAP = 0.7
_VOWEL, _LIKE, _OTHER = 0.35, 0.45, 1.0
_SILENT = frozenset("hj")


@lru_cache(maxsize=200_000)
def same_name(one: str, other: str) -> bool:
    """Tells whether two keys (`rag/text/phones.py`) are of one name. A known entity has one key."""
    if one == other:
        return True
    if "@" in one + other or min(len(one), len(other)) < _SHORT or not _sound_alike(one[0], other[0]):
        return False
    if _with_ending(*sorted((one, other), key=len)):
        return True
    longest = max(len(one), len(other))
    return abs(len(one) - len(other)) <= longest // 2 and _distance(one, other) <= _NEAR * longest


def _with_ending(short: str, long: str) -> bool:
    """Tells whether a key is another with an ending that stems keep."""
    return long.startswith(short) and long[len(short) :] in endings()


def _distance(one: str, other: str) -> float:
    """Returns what it costs to turn one key into the other."""
    before: list[float] = []
    row = [0.0]
    for b in other:
        row.append(row[-1] + _unmatched(b))
    for i, a in enumerate(one):
        last, row, older = row, [row[0] + _unmatched(a)], before
        before = last
        for j, b in enumerate(other):
            cost = min(last[j] + _replaced(a, b), last[j + 1] + _unmatched(a), row[j] + _unmatched(b))
            if i and j and a == other[j - 1] and b == one[i - 1]:
                cost = min(cost, older[j - 1] + _SWAP)
            row.append(cost)
    return row[-1]


def _unmatched(letter: str) -> float:
    """Returns the cost of a letter that the other key lacks."""
    return _VOWEL if letter in _VOWELS else _LIKE if letter in _SILENT else _OTHER


@lru_cache(maxsize=2_000)
def _replaced(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a in _VOWELS and b in _VOWELS:
        return _VOWEL
    return _LIKE if _sound_alike(a, b) else _OTHER


@lru_cache(maxsize=2_000)
def _sound_alike(a: str, b: str) -> bool:
    """Tells whether two letters stand for one kind of sound in some spelling."""
    return a == b or any(a in kind and b in kind for kind in _KINDS)
