"""The words of a text, folded and cut, so that inflected forms of one word meet."""

from __future__ import annotations

import re

from rag.text.script import fold

STEM = 5  # letters by which inflected forms still meet: right sentence .863, whole words .846
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words of a text, folded, in reading order."""
    return _WORD.findall(fold(text))


def terms(text: str) -> frozenset[str]:
    """The words of a text, folded and cut to a common length."""
    return frozenset(w[:STEM] for w in words(text))
