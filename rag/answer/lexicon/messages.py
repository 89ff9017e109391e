"""Telal's own sentences in the reader's language, from messages.toml and notices.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "sr-Latn", "sr-Cyrl", "hr", "bs", "cnr", "sl", "mk", "bg", "sq", "ro", "el", "tr")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Message id -> language -> sentence."""
    return tomllib.loads(files("rag.answer.lexicon").joinpath("messages.toml").read_text(encoding="utf-8"))


@cache
def notices() -> dict[str, dict[str, str]]:
    """English notice of a degraded mode -> language -> sentence."""
    return tomllib.loads(files("rag.answer.lexicon").joinpath("notices.toml").read_text(encoding="utf-8"))


def localise_notice(notice: str, language: str) -> str:
    """A notice about a degraded mode in `language`; the English notice where there is no translation."""
    return _chosen(notices().get(notice, {}), language) or notice


def message(name: str, language: str) -> str:
    """The sentence `name` in `language`, or in English where there is no translation. Raises KeyError for an unknown
    name."""
    table = catalogue()[name]
    return _chosen(table, language) or table["en"]


def _chosen(table: Mapping[str, str], language: str) -> str | None:
    return table.get("sr-Latn" if language == "sr" else language) or table.get(language.split("-")[0])
