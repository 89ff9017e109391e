"""Telal's own sentences in the reader's language, from messages.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "sr-Latn", "sr-Cyrl", "hr", "bs", "cnr", "sl", "mk", "bg", "sq", "ro", "el", "tr")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Message id -> language -> sentence."""
    return tomllib.loads(files("rag.answer").joinpath("messages.toml").read_text(encoding="utf-8"))


def message(name: str, language: str) -> str:
    """The sentence `name` in `language`, in English where the language is none of ours; KeyError if unknown."""
    table = catalogue()[name]
    return table.get(language) or table.get(language.split("-")[0]) or table["sr-Latn" if language == "sr" else "en"]
