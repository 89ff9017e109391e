"""The names that texts write with capitals, by key: so that the same word typed without one is known as a name.

Source of the idea: a word's case is told by how it is written elsewhere (Lita et al., tRuEcasIng, ACL 2003).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.text.names import find_names
from rag.text.phones import stem_of_name

_LOWER = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}")
_TEXTS = 4096  # analysed texts that are kept


@dataclass(frozen=True, slots=True)
class Run:
    """Words with capitals side by side, keys in order; `first`: a lone word that opens a sentence, maybe no name."""

    keys: tuple[str, ...]
    first: bool


@dataclass(frozen=True, slots=True)
class TextNames:
    """The names of one text, and the stems of the words that it writes small."""

    runs: tuple[Run, ...]
    small: tuple[str, ...]


@lru_cache(maxsize=_TEXTS)
def names_of_text(text: str) -> TextNames:
    """The names of a text."""
    runs: list[Run] = []
    end = -2
    for name in find_names(text):
        keys = tuple(name.key.split())
        if name.start == end + 1 and text[end] in " -":
            runs[-1] = Run((*runs[-1].keys, *keys), False)
        else:
            runs.append(Run(keys, name.first and len(keys) == 1 and keys[0][0] != "@"))
        end = name.end
    small = tuple(stem_of_name(word) for word in _LOWER.findall(text) if word[0].islower())
    return TextNames(tuple(runs), small)


@dataclass(frozen=True, slots=True)
class SeenNames:
    """What texts together write with capitals: `alone` may stand for a name by itself, `beside` follow each other."""

    alone: frozenset[str] = frozenset()
    beside: frozenset[tuple[str, str]] = frozenset()


NO_NAMES = SeenNames()


def seen_names(texts: Iterable[str]) -> SeenNames:
    """The names that texts (headline and passage of each hit) write with capitals.

    A person goes by the last word of a name, so that one counts alone, if it is seldomer written small; the others
    where the next one follows.
    """
    every = [names_of_text(text) for text in texts]
    runs = [run.keys for names in every for run in names.runs if not run.first]
    small = Counter(stem for names in every for stem in names.small)
    last = Counter(run[-1] for run in runs)
    return SeenNames(
        alone=frozenset(key for key, count in last.items() if count > small[key]),
        beside=frozenset(pair for run in runs for pair in zip(run, run[1:], strict=False)),
    )
