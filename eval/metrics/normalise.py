"""Makes answers comparable: case, diacritics, scripts, punctuation and the writing of numbers do not count.

Extends the normalisation of SQuAD (Rajpurkar et al. 2016, evaluate-v2.0.py: lower case, no punctuation, no English
articles, single spaces) by the project's folding, so that a name in Cyrillic equals the same name in Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from rag.text.script import fold

# A plain space does not part thousands here: "in 2020 150 people" would become one number.
_THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f](?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")
_ARTICLES = frozenset({"a", "an", "the"})
_MARK = "\ue000"  # stands for the decimal mark while punctuation is taken out


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, folded; "1.200,5" and "1,200.5" both give `1200.5`."""
    folded = fold(_DECIMAL.sub(_MARK, _THOUSANDS.sub("", text)))
    kept = "".join(c if c == _MARK or unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return tuple(kept.replace(_MARK, ".").split())


def answer_tokens(text: str) -> tuple[str, ...]:
    """As tokens, without the English articles, unless nothing else is left."""
    found = tokens(text)
    return tuple(t for t in found if t not in _ARTICLES) or found


def contains(text: str, answer: str) -> bool:
    """Whether the answer's words stand in the text side by side: "50" is not in "150 people"."""
    wanted = answer_tokens(answer)
    if not wanted:  # an answer of signs alone
        return fold(answer) in fold(text)
    held = tokens(text) if set(wanted) <= _ARTICLES else answer_tokens(text)
    return any(held[i : i + len(wanted)] == wanted for i in range(len(held) - len(wanted) + 1))


def contains_any(text: str, answers: Sequence[str]) -> bool:
    return any(contains(text, answer) for answer in answers)
