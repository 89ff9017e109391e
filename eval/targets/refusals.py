"""Tells a refusal in a rival's words: systems without a field for it say it in a sentence."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from rag.text.script import fold

_OPENING = 400  # characters: a refusal says so at once


@cache
def phrases() -> tuple[str, ...]:
    """The folded phrases of refusals.toml, of all languages."""
    raw = tomllib.loads(files("eval.targets").joinpath("refusals.toml").read_text(encoding="utf-8"))
    return tuple(fold(p) for group in raw.values() for p in group["phrases"])


def sounds_like_refusal(text: str) -> bool:
    """Whether the opening of a reply says that there is no answer; an empty reply is one."""
    opening = fold(text[:_OPENING].replace("’", "'"))
    return not opening.strip() or any(p in opening for p in phrases())
