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
from rag.text.script import fold

_LOWER = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}")
_TEXTS = 4096  # analysed texts that are kept


@dataclass(frozen=True, slots=True)
class TextNames:
    """The names of one text: keys of each run of capitals in order, and the folded words that it writes small."""

    runs: tuple[tuple[str, ...], ...]
    small: frozenset[str]

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all words of all names."""
        return frozenset(key for run in self.runs for key in run)


@lru_cache(maxsize=_TEXTS)
def names_of_text(text: str) -> TextNames:
    """The names of a text; a sentence's first word counts only as part of a longer name or as a known bearer."""
    found = find_names(text)
    joined: list[list[str]] = []
    end = -2
    for name in found:
        sure = not name.first or " " in name.key or name.key[0] == "@"
        if name.start == end + 1 and joined and text[end] in " -":
            joined[-1] += name.key.split()
        elif sure:
            joined.append(name.key.split())
        end = name.end if sure else -2
    small = frozenset(fold(word) for word in _LOWER.findall(text) if word[0].islower())
    return TextNames(tuple(map(tuple, joined)), small)


@dataclass(frozen=True, slots=True)
class SeenNames:
    """What texts together write with capitals: `alone` may stand for a name by itself, `beside` follow each other."""

    alone: frozenset[str] = frozenset()
    beside: frozenset[tuple[str, str]] = frozenset()
    small: frozenset[str] = frozenset()

    def knows(self, word: str, key: str) -> bool:
        """Whether a word typed small is a name of the texts, and no word that they too write small."""
        return key in self.alone and fold(word) not in self.small


NO_NAMES = SeenNames()


def seen_names(texts: Iterable[str]) -> SeenNames:
    """The names that texts (headline and passage of each hit) write with capitals.

    A person goes by the last word of a name, so that one counts alone; the others where the next one follows.
    """
    all_names = [names_of_text(text) for text in texts]
    runs = Counter(run for names in all_names for run in names.runs)
    return SeenNames(
        alone=frozenset(run[-1] for run in runs),
        beside=frozenset(pair for run in runs for pair in zip(run, run[1:], strict=False)),
        small=frozenset().union(*(names.small for names in all_names)),
    )
