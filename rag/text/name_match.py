"""Tells whether two keys are one name in two spellings."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from rag.text.gazetteer import endings
from rag.text.phones import letters_of_name
from rag.text.tables import table

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
_FLEETING = re.compile("(?<=[^aeiou])[ae](?=[^aeiou]i?$)")
_DOUBLE = re.compile(r"(.)\1+")
_LEAST = 2  # letters that stay before an ending
_WITHOUT_POSSESSIVES = frozenset({"mk", "bg"})


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


def same_form(one: str, other: str, kin: str) -> bool:
    """Tells whether two words are forms of one name in a language of that family (`rag/text/language.py`): they differ
    in their endings, in a vowel that falls out before one (Vršac, Vršca), or in k and c (Rijeka, Rijeci).

    Unlike `same_name` it knows no other spelling: Marković is not Markov, nor Andrej Andraž.
    """
    return not _bases(one, kin).isdisjoint(_bases(other, kin))


@lru_cache(maxsize=100_000)
def _bases(word: str, kin: str) -> frozenset[str]:
    """Returns what may be left of a word without its ending."""
    letters, found = _letters(word), set[str]()
    for at in range(min(_LEAST, len(letters)), len(letters) + 1):
        if letters[at:] in _endings_of(kin):
            found |= {letters[:at], _FLEETING.sub("", letters[:at])}
    return frozenset(base[:-1] + "c" if base.endswith("k") else base for base in found)


def _letters(word: str) -> str:
    return _DOUBLE.sub(r"\1", letters_of_name(word).replace("S", "s").replace("E", "e"))


@cache
def _endings_of(kin: str) -> frozenset[str]:
    """Returns the endings of a family. Macedonian and Bulgarian -ov makes another surname, not a possessive."""
    made = table("endings").get(kin, "").split()
    return frozenset({"", *(_letters(e) for e in made if not (kin in _WITHOUT_POSSESSIVES and e.startswith("ov")))})


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
