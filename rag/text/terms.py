"""The words of a text, folded and cut, so that inflected forms of one word meet."""

from __future__ import annotations

import re

from rag.text.script import fold

STEM = 5  # letters by which inflected forms still meet: right sentence .863, whole words .846
_WORD = re.compile(r"\w+")


def terms(text: str) -> frozenset[str]:
    """The words of a text, folded and cut to a common length."""
    return frozenset(w[:STEM] for w in _WORD.findall(fold(text)))
