"""Bulgarian, Macedonian and Greek in Latin letters as people type them, each text in one way of many."""

from __future__ import annotations

import re
import unicodedata
from random import Random

from rag.text.own_script import WAYS

_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_GREEK_ACCENTS = re.compile("[\u0300-\u036f]")
_STEP = {
    language: re.compile("|".join(sorted(ways, key=len, reverse=True)), re.IGNORECASE)
    for language, ways in WAYS.items()
}


def typed_latin(text: str, language: str, random: Random) -> str:
    """The text without Greek accents, capitals kept."""
    way = {letters: random.choice(latin.split()) for letters, latin in WAYS[language].items()}
    if language == "el":
        text = without_accents(text)

    def latin(found: re.Match[str]) -> str:
        letters = found.group()
        made = way[letters.lower()]
        return made[:1].upper() + made[1:] if letters[0].isupper() else made

    return _STEP[language].sub(latin, text)


def without_accents(text: str) -> str:
    """Greek as it is typed in haste; letters of other scripts keep their marks."""
    return _GREEK_ACCENTS.sub("", unicodedata.normalize("NFD", text)) if _GREEK.search(text) else text
