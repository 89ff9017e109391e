"""Spells words that were typed without diacritics as texts spell them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 2  # letters
_UNMARKED = str.maketrans("đıł", "dil")  # letters whose mark is no accent


def spelled_as(text: str, others: Iterable[str]) -> str:
    """Returns a text without diacritics with the words spelled as the other texts mostly spell them, letter for letter.

    A text that has diacritics, and words that stand in the others as they are, stay.
    """
    if _bare(text) != text.lower():
        return text
    met: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for other in others:
        for word in _WORD.findall(unicodedata.normalize("NFC", other).lower()):
            met[_bare(word)][word] += 1

    def spelled(found: re.Match[str]) -> str:
        word = found[0]
        ways = met.get(word.lower())
        if ways is None or word.lower() in ways or len(word) < _SHORTEST:
            return word
        likeliest = ways.most_common(1)[0][0]
        return likeliest[0].upper() + likeliest[1:] if word[0].isupper() else likeliest

    return _WORD.sub(spelled, text)


def in_small_letters(text: str, language: str) -> str:
    """Returns a text in small letters; Turkish has two kinds of i."""
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    return text.lower()


def _bare(text: str) -> str:
    """Returns a text in small letters without the marks of Latin and Greek ones."""
    apart = unicodedata.normalize("NFD", text.lower())
    bare = "".join(c for c in apart if not unicodedata.combining(c)).translate(_UNMARKED)
    return unicodedata.normalize("NFC", bare)
