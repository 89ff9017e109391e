"""What a question names or asks for that a text does not hold: names, numbers, what has not happened yet."""

from __future__ import annotations

import re

from rag.text.language import family
from rag.text.names import find_names, name_keys
from rag.text.numbers import number_keys
from rag.text.phrases import expressions, find, tokens
from rag.types import Passage

_ONE_WORD_FUTURE = re.compile(r"\w(?:iće|aće|иће|аће)\b")  # radiće: Serbian writes the future in one word too


def text_of(passage: Passage) -> str:
    """All that a passage tells: headline, day, text."""
    return f"{passage.title}\n{passage.published or ''}\n{passage.text}"


def numbers_missing(question: str, read: str) -> float:
    """The share of the question's numbers that a text does not hold."""
    wanted = set(number_keys(question))
    return len(wanted - set(number_keys(read))) / len(wanted) if wanted else 0.0


def names_missing(question: str, read: str) -> float:
    """The share of the words of the question's names that a text does not hold; a first word may be no name."""
    wanted = {key for name in find_names(question) for key in name.key.split() if not name.first}
    return len(wanted - set(name_keys(read))) / len(wanted) if wanted else 0.0


def asks_ahead(question: str, language: str, told: Passage) -> bool:
    """Whether a question asks what will be, and the passage speaks of nothing that was still to come."""
    return _ahead(question, language) and not _ahead(told.text, told.language)


def _ahead(text: str, language: str) -> bool:
    if find(tokens(text), expressions("future", "future", language)):
        return True
    return family(language) == "sh" and bool(_ONE_WORD_FUTURE.search(text.casefold()))
