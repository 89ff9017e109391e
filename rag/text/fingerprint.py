"""A text's MinHash fingerprint over its folded words, so that copies match in either script and however they are cut.

Method: Broder 1997, On the resemblance and containment of documents; bands after Leskovec, Rajaraman, Ullman, Mining of
Massive Datasets, ch. 3. Written in numpy without a library because fingerprints are stored: if a library's next version
hashed differently, stored ones would silently match nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import shake_256
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.text.script import fold

WORDS = 3  # in a shingle: two find templates, four lose what an editor touched
PERMUTATIONS = 128  # standard error of a similarity: .044 at .5
BANDS, ROWS = 24, 3  # finds a similarity of .3 in 48 %, .4 in 80 %, .5 in 96 %, .6 in 99.7 % of cases
LEAST_SHINGLES = 8  # shorter texts say too little to be called copies
MOST_CHARS = 60_000  # read of a text; a live blog of more is no wire copy

_WORD = re.compile(r"[^\W_]+")
_CONSTANTS = np.frombuffer(shake_256(b"telal copies").digest(16 * PERMUTATIONS), "<u8").reshape(2, PERMUTATIONS)
_FACTORS, _TERMS = _CONSTANTS[0] | np.uint64(1), _CONSTANTS[1]
_SHIFT = np.uint64(48)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like two texts are: of all their shingles both have (`resemblance`), of the shorter one's (`containment`)."""

    resemblance: float
    containment: float


def shingles(text: str) -> frozenset[str]:
    """Every three words in a row, folded."""
    words = _WORD.findall(fold(text[:MOST_CHARS]))
    return frozenset(" ".join(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1))


def fingerprint(text: str) -> bytes:
    """4 bytes of the number of shingles, then 128 minima of 16 bits; empty for a text of too few words."""
    groups = shingles(text)
    if len(groups) < LEAST_SHINGLES:
        return b""
    hashes = np.fromiter((crc32(s.encode()) for s in groups), np.uint64, len(groups))
    minima = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, np.uint64)
    for part in np.array_split(hashes, len(hashes) // 2048 + 1):  # little memory, whatever the length
        mixed = part[:, None] * _FACTORS + _TERMS  # multiply-shift modulo 2**64
        minima = np.minimum(minima, (mixed ^ (mixed >> np.uint64(29))).min(axis=0))
    scrambled: NDArray[np.uint64] = minima * np.uint64(0x9E3779B97F4A7C15) >> _SHIFT  # depends on all 64 bits
    # The low bits: the high bits of a minimum of many are all alike.
    return np.uint32(len(groups)).tobytes() + scrambled.astype("<u2").tobytes()


def bands(data: bytes) -> list[int]:
    """The keys under which a fingerprint's likes are looked up, below 2**53: with one in common two may be alike."""
    minima = _minima(data)[: BANDS * ROWS].reshape(BANDS, ROWS).astype(np.int64)
    keys = (np.arange(BANDS) << 48) | (minima[:, 0] << 32) | (minima[:, 1] << 16) | minima[:, 2]
    return [int(key) for key in keys]


def likeness(one: bytes, other: bytes) -> Likeness:
    """Estimated from the two fingerprints."""
    shared = float(np.mean(_minima(one) == _minima(other)))
    sizes = [int(np.frombuffer(data[:4], np.uint32)[0]) for data in (one, other)]
    both = shared * sum(sizes) / (1 + shared)
    return Likeness(shared, min(1.0, both / min(sizes)))


def _minima(data: bytes) -> NDArray[np.uint16]:
    return np.frombuffer(data[4:], "<u2")
