"""The state that an index records of itself, and how it catches up with the archive, some changes at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import TransientError
from rag.store.archive.archive import Archive
from rag.store.database.records import Batch, Identity


class IndexBroken(TransientError):
    """An index cannot be read, written or asked. Stays inside the store: the index is rebuilt and exact search
    answers."""

    kind = "index-broken"


@dataclass(frozen=True, slots=True)
class IndexState:
    """What an index was built from. `change`: the last change that is in it. `begun`: the archive's last change when
    building began.

    `mark` is the archive's mark of `change` (Archive.mark). Where the archive has another one, a backup was restored
    and written to since. Empty in an index of an older Telal. `made_by`: the name of the class that wrote it.
    """

    format: int
    identity: Identity
    change: int = 0
    begun: int = 0
    mark: str = ""
    made_by: str = ""

    def is_of(self, made_by: str, format: int) -> bool:
        """Whether it was written by this class in this format."""
        return (self.made_by, self.format) == (made_by, format)

    def suits(self, identity: Identity | None) -> bool:
        """Whether it was built with the archive's present model and chunking (a keyword index: with its chunking)."""
        if identity is None or self.identity.model_id:
            return self.identity == identity
        return self.identity == without_model(identity)

    def up_to(self, change: int, mark: str = "") -> IndexState:
        """The same index after it took in the changes up to `change`, which has this mark."""
        return replace(self, change=change, mark=mark)

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: object) -> IndexState:
        """The inverse of `to_json`; raises IndexBroken for anything else."""
        try:
            fields = json.loads(str(text))
            return cls(**fields | {"identity": Identity(**fields["identity"])})
        except (ValueError, TypeError, KeyError) as error:
            raise IndexBroken("The index does not say what it was built from.") from error


def without_model(identity: Identity) -> Identity:
    """The identity of a keyword index, which stays valid when the archive gets the vectors of another model."""
    return replace(identity, model_id="", dimension=0)


@dataclass(frozen=True, slots=True)
class ScoredKey:
    """A search result of any index. Higher is better; equal scores are ordered by key."""

    key: int
    score: float


def sort_scores(scores: Mapping[int, float]) -> list[ScoredKey]:
    """The scores as results, best first, equal ones by key."""
    return sorted((ScoredKey(key, score) for key, score in scores.items()), key=lambda s: (-s.score, s.key))


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The last change that each index took in, beside the archive's own; `owner`: this process keeps them."""

    owner: bool
    keyword_change: int  # 0: no keyword index answers
    exact_change: int
    vector_store_change: int | None  # of the vector store; None: it is not open
    vector_store_state: Literal["ready", "building", "off", "broken"]
    last_change: int
    passages: int


class FollowingIndex(Protocol):
    """An index that follows the archive."""

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None: ...

    def count(self) -> int: ...

    def close(self) -> None: ...


NO_KEYS = np.empty(0, np.int64)


class IndexOutdated(Exception):
    """The index cannot be brought up to the archive and must be built anew.

    `servable`: its answers are right until then, as far as the archive still knows the passages.
    """

    def __init__(self, reason: str, *, servable: bool = False) -> None:
        super().__init__(reason)
        self.servable = servable


def catch_up(index: FollowingIndex, built: IndexState, archive: Archive, *, last: int, changes: int) -> IndexState:
    """Takes in the next `changes` changes up to `last`; returns what the index is then built from.

    After a failure in the middle the same changes are taken in again, which must do no harm. Raises IndexOutdated.
    """
    if built.change == last and of_this_history(built, archive):
        return built
    must_follow(built, archive, last=last)
    upto = min(last, built.change + changes)
    removed = archive.removed_keys(built.change, upto) if built.change > 0 else NO_KEYS  # at first nothing is in
    after = built.up_to(upto, archive.mark(upto))
    index.apply(removed, archive.read_added(built.change, upto), after)
    return after


def must_follow(built: IndexState, archive: Archive, *, last: int) -> None:
    """Raises IndexOutdated when the content of the index is uncertain, or when an article in it was erased since.

    Deleted text and vectors remain in the files of both kinds of index. Only a fresh directory is without them.
    """
    if built.change > last:
        raise IndexOutdated(f"it is at change {built.change}, the archive at {last}")
    if not of_this_history(built, archive):
        raise IndexOutdated("a backup was put in the archive's place")
    if not built.suits(archive.identity):
        raise IndexOutdated("it was built with another model or chunking")
    if archive.erased_since(built.begun):
        raise IndexOutdated("an article was erased", servable=True)


def of_this_history(built: IndexState, archive: Archive) -> bool:
    """Whether the archive still has the last change of the index. Not so after an older backup was restored."""
    return not built.mark or built.mark == archive.mark(built.change)


def whole(built: IndexState) -> bool:
    """Whether the index was built to the end, even if it lags behind now."""
    return built.change >= built.begun


def compare(index: FollowingIndex, built: IndexState, archive: Archive) -> None:
    """Raises IndexOutdated when the index does not hold as many passages as the archive."""
    if (found := difference(archive, built.change, index.count)) is not None:
        raise IndexOutdated(found, servable=True)


def difference(archive: Archive, change: int, count: Callable[[], int]) -> str | None:
    """How an index at a change differs from the archive, in plain words; None when it holds as many passages or the
    archive moves."""
    if archive.last_change() != change:
        return None
    wanted, held = archive.count_live(change), count()
    if archive.last_change() != change or held == wanted:
        return None
    return f"it holds {held:,} passages, the archive {wanted:,}"


_FIRST_S, _MOST_S = 0.5, 30.0


class Backoff:
    """Pauses that double with every failure in a row, from half a second to half a minute."""

    def __init__(self) -> None:
        self._pause_s = _FIRST_S
        self._next = 0.0

    @property
    def due(self) -> bool:
        """Is it time to try (again)?"""
        return time.monotonic() >= self._next

    def lengthen(self) -> None:
        """Wait longer than last time."""
        self._next = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _MOST_S)

    def reset(self) -> None:
        """Wait no more."""
        self._pause_s, self._next = _FIRST_S, 0.0
