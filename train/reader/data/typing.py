"""Questions as readers type them: small letters, no question mark, no diacritics, Latin for Cyrillic."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from eval.datasets.typed import bare, other_script
from train.reader.data.examples import Example

SMALL, BARE, LATIN = 0.28, 0.10, 0.06  # shares of the questions


def as_typed(example: Example, random: Random) -> Example:
    """The same example, its question typed in one of these ways or as it was; claims stay."""
    if example.claim:
        return example
    return replace(example, question=_typed(example.question, example.pair.split(":")[0], random.random()))


def _typed(question: str, language: str, drawn: float) -> str:
    if drawn < SMALL:
        return question.lower().rstrip("?; ")
    if drawn < SMALL + BARE:
        return bare(question, language)
    if drawn < SMALL + BARE + LATIN and language in ("mk", "bg", "sr-Cyrl", "el"):
        return other_script(question, language)
    return question
