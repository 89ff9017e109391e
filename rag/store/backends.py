"""What a vector store and a keyword index must have, and those that there are, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.config import VectorsSettings
from rag.errors import BadSettings
from rag.own_class import own_class
from rag.store.database.records import Batch
from rag.store.upkeep.catchup import IndexState, ScoredKey
from rag.types import Filters

VECTOR_STORES = {"chroma": "rag.store.vectors.chroma:ChromaStore"}
KEYWORD_INDEXES = {"tantivy": "rag.store.keyword.index:TantivyIndex"}


class VectorStore(Protocol):
    """Passages by their vectors. A cache: it is filled from the archive, and deleted and filled again after every
    error. One process writes; its threads search meanwhile.
    """

    def __init__(self, settings: VectorsSettings, directory: Path | None, *, dimension: int, empty: bool) -> None:
        """Opens what is there, or begins anew where nothing is or `empty` is asked for.

        `directory` is empty, or as a store that was closed left it, perhaps one of another class, which is no error:
        `state` then gives None. It is None where the settings name a server (`url`).
        """

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None:
        """Take out passages by key, take in others (vectors (n, dimension), all equally long), then remember `state`.

        Unknown keys are taken out without an error, known ones get the new vector.
        """

    def state(self) -> IndexState | None:
        """What was last remembered, by whichever process; None before that."""

    def count(self) -> int:
        """How many passages are in."""

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages to a vector (dimension,) by cosine, best first."""

    def close(self) -> None:
        """Write down what is not written yet, and let go of the files or the server."""


@dataclass(frozen=True, slots=True)
class KeywordQuery:
    """What to search for, under which filters, and among which keys (None: all).

    With `names_outside`, a language: only the names of the text, in passages of other languages than that one and its
    relatives, scored by the share of the names that they hold.
    """

    text: str
    limit: int
    filters: Filters = Filters()  # noqa: RUF009
    among: Sequence[int] | None = None
    names_outside: str | None = None


@dataclass(frozen=True, slots=True)
class WordWeights:
    """The inverse document frequency of each word of a question, near 0 for one in every passage; and the highest
    score that any passage could have for them."""

    rarity: dict[str, float]
    reachable: float


class KeywordIndex(Protocol):
    """Passages by their words. One process writes; others may read the same directory.

    An index may also have a method `verify()`, which compares its files with checksums of them and raises IndexBroken:
    it is called after every opening, in the background, and by `telal doctor`.
    """

    def __init__(self, directory: Path, *, write: bool) -> None:
        """Opens what is in the directory; in an empty one, begins anew to write."""

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None:
        """Take out passages by key, take in others, and remember `state`: all of it or nothing."""

    def state(self) -> IndexState | None:
        """What was last remembered, by whichever process, and is searched from now on; None before that."""

    def count(self) -> int:
        """How many passages are in."""

    def search(self, query: KeywordQuery) -> list[ScoredKey]:
        """The passages with most of the query's rarest words, best first, equal scores by key."""

    def weigh(self, words: Sequence[str]) -> WordWeights:
        """What the folded words of a question weigh (`words` in rag/store/keyword/index.py)."""

    def close(self) -> None:
        """Let go of the files; searching still works until the next opening."""


def vector_store(name: str) -> type[VectorStore]:
    """The class that TELAL_VECTORS__MODE names. Raises BadSettings."""
    found: type[VectorStore] = _class("TELAL_VECTORS__MODE", name, VECTOR_STORES, VectorStore)
    return found


def keyword_index(name: str) -> type[KeywordIndex]:
    """The class that TELAL_SEARCH__KEYWORD names. Raises BadSettings."""
    found: type[KeywordIndex] = _class("TELAL_SEARCH__KEYWORD", name, KEYWORD_INDEXES, KeywordIndex)
    return found


def _class(setting: str, name: str, known: Mapping[str, str], protocol: type[Any]) -> Any:
    place = known.get(name, name)
    if ":" not in place:
        raise BadSettings(
            f"{setting}: there is no {name!r}.", hint=f"Use {', '.join(known)}, or package.module:Class of your own."
        )
    found = own_class(setting, place)
    wanted = [method for method in vars(protocol) if not method.startswith("_")]
    lacking = [method for method in wanted if not callable(getattr(found, method, None))]
    if lacking:
        hint = f"A {protocol.__name__} is a class with {', '.join(wanted)} (docs/contributing.md)."
        raise BadSettings(f"{setting}: {name} has no {', '.join(lacking)}.", hint=hint)
    return found
