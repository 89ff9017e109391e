"""Patterns for the words that pages put around articles (`words.toml`), over folded text."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from rag.text.script import fold

KINDS = ("sponsored", "interview", "analysis", "opinion")  # in the order in which they are believed


@cache
def begins(table: str) -> re.Pattern[str]:
    """Makes a pattern for folded lines that begin with a phrase of a table, after any punctuation."""
    forms = sorted((re.escape(form) for form in _forms(table)), key=len, reverse=True)
    return re.compile(rf"[\W_]{{0,4}}(?:{'|'.join(forms)})(?![a-z0-9])")


@cache
def holds(table: str) -> re.Pattern[str]:
    """Makes a pattern that finds a phrase of a table in folded text."""
    forms = sorted((re.escape(form) for form in _forms(table)), key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(forms)})")


@cache
def kind_words() -> dict[str, str]:
    """Returns the kind of article by the folded label of a section or kicker."""
    tables = _tables()["kind"]
    return {fold(word): kind for kind in reversed(KINDS) for word in tables[kind]["words"]}


def patterns(table: str) -> list[str]:
    """Returns the patterns of a table as written."""
    return list(_tables()[table]["patterns"])


def _forms(table: str) -> set[str]:
    return {fold(form) for forms in _tables()[table].values() for form in forms}


@cache
def _tables() -> dict[str, Any]:
    text = resources.files("ingest.extraction").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def text_in(element: Any) -> str:
    """Returns the text of an element (lxml) on one line."""
    return " ".join(" ".join(element.itertext()).split())
