"""Recognises greetings, thanks, insults, requests for advice and questions about Telal itself."""

from __future__ import annotations

from rag.text.names import find_names
from rag.text.phrases import expressions, find, tokens

_WHOLE = ("greeting", "thanks", "insult")
_LONGEST = 12  # words: whatever is longer is a question with a greeting in front
_AFTER_ABOUT = 4  # words that may follow "who are you": "... and what do you do"


def smalltalk(text: str, language: str) -> str | None:
    """`greeting`, `thanks`, `insult`, `about` or `advice`; None for a question on the news."""
    said = tokens(text)
    if not said or (len(said) > _LONGEST and not find(said, expressions("smalltalk", "advice", language))):
        return None
    for kind in _WHOLE:
        if _fills(said, kind, language):
            return kind
    if _about(text, said, language):
        return "about"
    if find(said, expressions("smalltalk", "advice", language)):
        return "advice"
    return None


def _fills(said: tuple[str, ...], kind: str, language: str) -> bool:
    """Whether the text is made of such expressions and small words beside them alone."""
    own, filler = expressions("smalltalk", kind, language), expressions("smalltalk", "filler", language)
    at, met = 0, False
    while at < len(said):
        ends = [e.at(said, at) for e in own]
        if max(ends, default=-1) > at:
            at, met = max(ends), True
        elif max((e.at(said, at) for e in filler), default=-1) > at:
            at += 1
        else:
            return False
    return met


def _about(text: str, said: tuple[str, ...], language: str) -> bool:
    place = find(said, expressions("smalltalk", "about", language), start_only=True)
    if place is None or len(said) - place.end > _AFTER_ABOUT:
        return False
    return not [n for n in _names_inside(text) if "telal" not in n]


def _names_inside(text: str) -> list[str]:
    return [name.key for name in find_names(text) if not name.first]
