"""Ordinary words that are spelt like the name of a known bearer: `sad` (now) and the USA, `un` (flour) and the UN."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from rag.text.language import family
from rag.text.script import fold


@cache
def _table() -> dict[str, frozenset[str]]:
    text = resources.files("rag.text").joinpath("data/ordinary.toml").read_text(encoding="utf-8")
    written: dict[str, str] = tomllib.loads(text)
    return {kin: frozenset(words.split()) for kin, words in written.items()}


def is_ordinary(word: str, language: str) -> bool:
    """Whether a word, typed small, is an ordinary one of that language more often than a name."""
    return fold(word) in _table().get(family(language), frozenset())
