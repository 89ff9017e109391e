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


def words(written: str) -> frozenset[str]:
    """The words of an entry."""
    return frozenset(written.split())
