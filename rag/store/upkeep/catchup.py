"""What an index records of itself, what any index must have, and how results and states of indexes are told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import TransientError
from rag.store.database.records import Identity

NO_KEYS = np.empty(0, np.int64)


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

    @property
    def whole(self) -> bool:
        """Whether the index was built to the end, even if it lags behind now."""
        return self.change >= self.begun

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


class FollowingIndex(Protocol):
    """An index that follows the archive."""

    def apply(self, removed: NDArray[np.int64], added: Iterable[Any], state: IndexState) -> None:
        """Take out passages by key, take in others, then remember `state`."""

    def state(self) -> IndexState | None:
        """What was last remembered, by whichever process; None before that."""

    def count(self) -> int:
        """How many passages are in."""

    def close(self) -> None:
        """Let go of the files."""


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
