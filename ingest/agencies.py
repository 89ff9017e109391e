"""Tells which bylines are those of news agencies."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files


def is_agency(names: Iterable[str]) -> bool:
    """Tells whether all of these bylines are agencies; False for none."""
    said = list(names)
    return bool(said) and all(name in _agencies() for name in said)


@cache
def _agencies() -> frozenset[str]:
    table = tomllib.loads(files("ingest").joinpath("data", "agencies.toml").read_text(encoding="utf-8"))
    return frozenset(form for forms in table["agencies"] for form in forms)
