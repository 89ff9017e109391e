"""Whether two keys of name words are one name written otherwise."""

from __future__ import annotations


def alike(one: str, other: str) -> bool:
    """Whether two keys (`rag/text/phones.py`) are of one name."""
    return one == other
