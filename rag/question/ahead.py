"""Whether a question asks what will be, where a passage tells of nothing that was still to come."""

from __future__ import annotations

import re

from rag.text.language import family
from rag.text.phrases import expressions, find, tokens
from rag.types import Passage

_ONE_WORD_FUTURE = re.compile(r"\w(?:iće|aće|иће|аће)\b")  # radiće: Serbian writes the future in one word too


def asks_ahead(question: str, language: str, told: Passage) -> bool:
    """Whether a question asks what will be, and the passage speaks of nothing that was still to come."""
    return _ahead(question, language) and not _ahead(told.text, told.language)


def _ahead(text: str, language: str) -> bool:
    if find(tokens(text), expressions("future", "future", language)):
        return True
    return family(language) == "sh" and bool(_ONE_WORD_FUTURE.search(text.casefold()))
