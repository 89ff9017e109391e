"""The tables of words in `data/`, as TOML."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """A table as written; `name` without its ending."""
    return tomllib.loads(files("rag.text").joinpath(f"data/{name}.toml").read_text(encoding="utf-8"))


@cache
def frequent_words() -> frozenset[str]:
    """The words that every text of some language of ours has, in small letters: no names, and no subject."""
    return frozenset(word for tables in table("frequent").values() for some in tables.values() for word in some.split())


def words(written: str) -> frozenset[str]:
    """The words of an entry."""
    return frozenset(written.split())
