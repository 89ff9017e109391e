"""A linear model over hashed character n-grams: what a text's letters say for each language, in whole numbers.

`python -m research.language_ngrams` makes its weights. All sums are of integers, so every processor gives the same.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

BITS = 15
LONGEST = 5  # letters of an n-gram, the spaces around a word among them; longer words count once more as they are
LEVELS = 32  # of a weight, to one unit of log odds
_WORD = re.compile(r"[^\W_]+")
_LETTER = re.compile(r"[^\W\d_]")  # "4e" and "6to" are words, "2025" is none
_SPACE = 32
_OFFSET, _PRIME = 0x811C9DC5, 0x01000193  # FNV-1a, over whole characters
_LENGTHS = 0x9E3779B1


@dataclass(frozen=True, slots=True)
class Ngrams:
    """`weights[bucket, label]` in steps of 1 / LEVELS; `scripts`: those that each label is written or typed in."""

    labels: tuple[str, ...]
    scripts: tuple[frozenset[str], ...]
    weights: NDArray[np.int8]

    def log_odds(self, text: str, script: str) -> dict[str, float]:
        """By label, up to a common constant, of those of a script."""
        sums = self.weights[buckets(text)].sum(axis=0, dtype=np.int64).tolist()
        found = zip(self.labels, self.scripts, sums, strict=True)
        return {label: points / LEVELS for label, scripts, points in found if script in scripts}


def buckets(text: str) -> NDArray[np.int64]:
    """Where the n-grams of a text, and its words, are kept: as often as they occur, none over the border of a word."""
    words = [w for w in _WORD.findall(unicodedata.normalize("NFC", text).casefold()) if _LETTER.search(w)]
    if not words:
        return np.empty(0, np.int64)
    codes = np.frombuffer(f" {' '.join(words)} ".encode("utf-32-le", "replace"), np.uint32)
    space = codes == _SPACE
    before = np.concatenate(([0], np.cumsum(space)))  # spaces before each character
    hashes: NDArray[np.uint32] = np.full(len(codes), _OFFSET, np.uint32)
    found: list[NDArray[np.uint32]] = []
    for length in range(1, LONGEST + 1):
        count = len(codes) - length + 1
        hashes = (hashes[:count] ^ codes[length - 1 :]) * np.uint32(_PRIME)
        inside = before[max(length - 1, 1) : max(length - 1, 1) + count] - before[1 : 1 + count]
        whole = ~space if length == 1 else inside == 0
        found.append(hashes[whole] + np.uint32(length * _LENGTHS & 0xFFFFFFFF))
    found.append(np.array([zlib.crc32(word.encode("utf-8", "replace")) for word in words], np.uint32))
    return _mixed(np.concatenate(found)).astype(np.int64)


def _mixed(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The lowest bits of hashes after all bits have met (the end of MurmurHash3)."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return (hashes ^ (hashes >> np.uint32(16))) & np.uint32((1 << BITS) - 1)


@cache
def language_ngrams() -> Ngrams:
    """Those that Telal comes with."""
    with as_file(files("rag.text").joinpath("data/language_ngrams.npz")) as path, np.load(path) as held:
        scripts = tuple(frozenset(str(names).split()) for names in held["scripts"])
        return Ngrams(tuple(map(str, held["labels"])), scripts, held["weights"])
