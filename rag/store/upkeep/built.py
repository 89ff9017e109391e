"""What an index remembers of itself (format, source, last change taken in), and what it answers with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from rag.errors import TransientError
from rag.store.database.records import Identity


class IndexBroken(TransientError):
    """An index cannot be read or written. Stays inside the store: the index is rebuilt and exact search answers."""

    kind = "index-broken"


class Stopping(Exception):
    """The process is to end: what was begun is left as it is, and gone on with at the next start."""


@dataclass(frozen=True, slots=True)
class Built:
    """`change`: all changes up to it are in. `begun`: the archive's last change when the building began.

    `mark`: that of `change` in the archive (Archive.mark); another one there is of another history: a backup was put
    in the archive's place, and grew since. Empty in an index of an older Telal.
    """

    format: int
    identity: Identity
    change: int = 0
    begun: int = 0
    mark: str = ""

    def suits(self, identity: Identity | None) -> bool:
        """Whether it was built from passages, and if it holds vectors from a model, like the archive's of now."""
        if identity is None or self.identity.model_id:
            return self.identity == identity
        return self.identity == without_model(identity)

    def up_to(self, change: int, mark: str = "") -> Built:
        """The same index after it took in the changes up to `change`, which has this mark."""
        return replace(self, change=change, mark=mark)

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: object) -> Built:
        """The inverse of `to_json`; raises IndexBroken for anything else."""
        try:
            fields = json.loads(str(text))
            return cls(**fields | {"identity": Identity(**fields["identity"])})
        except (ValueError, TypeError, KeyError) as error:
            raise IndexBroken("The index does not say what it was built from.") from error


def without_model(identity: Identity) -> Identity:
    """Of an index of words, which stays whole when the archive is embedded anew."""
    return replace(identity, model_id="", dimension=0)


@dataclass(frozen=True, slots=True)
class Scored:
    """What every index answers with: higher is better; equal scores are ordered by key."""

    key: int
    score: float


def ranked(scores: Mapping[int, float]) -> list[Scored]:
    """Best first, equal scores by key."""
    return sorted((Scored(key, score) for key, score in scores.items()), key=lambda s: (-s.score, s.key))


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The last change that each index took in, beside the archive's own; `owner`: this process keeps them."""

    owner: bool
    keyword_change: int  # 0: no keyword index answers
    exact_change: int
    chroma_change: int | None
    chroma_state: Literal["ready", "building", "off", "broken"]
    last_change: int
    passages: int
