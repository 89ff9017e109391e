"""What the reader proposed for the pool, a file for so many examples: reading that broke off goes on from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from research.train.reader.data.examples import Example
from research.train.reader.features import Encoder
from research.train.reader.network import ReaderNetwork
from research.train.verifier.states import see

EXAMPLES = 1500  # a file, some 30 MB


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """Proposed words, a row each: what the verifier judges by (6, hidden), the number of the example, the rank of the
    words in it, and how far they agree with an accepted answer.
    """

    features: NDArray[np.float16]
    example: NDArray[np.int32]
    rank: NDArray[np.int32]
    agreement: NDArray[np.float32]


def read_pool(
    network: ReaderNetwork, encoder: Encoder, pool: Sequence[Example], out: Path, say: Callable[[str], None]
) -> Proposals:
    """The proposals for the whole pool; what is in `out` already is not read again."""
    files = []
    for first in range(0, len(pool), EXAMPLES):
        path = out / f"proposals-{first:06d}.npz"
        if not path.is_file():
            some = pool[first : first + EXAMPLES]
            found = list(see(network, encoder, some, first, Random(first)))
            unfinished = path.with_suffix(".part.npz")
            np.savez(
                unfinished,
                features=np.stack([s.features for s in found]),
                example=np.array([s.example for s in found], np.int32),
                rank=np.array([s.words.rank for s in found], np.int32),
                agreement=np.array([s.agreement for s in found], np.float32),
            )
            unfinished.replace(path)
            say(f"{first + len(some)} of {len(pool)} examples read: {len(found)} proposals.")
        files.append(path)
    return load(files)


def load(files: Sequence[Path]) -> Proposals:
    """The proposals of the files, one after the other."""
    held = [dict(np.load(path).items()) for path in files]
    return Proposals(**{f.name: np.concatenate([h[f.name] for h in held]) for f in fields(Proposals)})
