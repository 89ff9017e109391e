"""What a new article adds to the clusters of copies, and which bylines are agencies."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from rag.text.fingerprint import fingerprint
from rag.types import Article


def is_agency(names: Iterable[str]) -> bool:
    """Are all of these bylines agencies?"""
    said = list(names)
    return bool(said) and all(name in _agencies() for name in said)


def print_of(article: Article) -> bytes:
    """The fingerprint of the text without the headline, since copies get new ones."""
    return fingerprint(article.text)


@cache
def _agencies() -> frozenset[str]:
    table = tomllib.loads(files("ingest").joinpath("data", "agencies.toml").read_text(encoding="utf-8"))
    return frozenset(form for forms in table["agencies"] for form in forms)
