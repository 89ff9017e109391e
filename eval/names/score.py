"""How well names are matched: precision and recall on pairs, and names found in questions that are typed small."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eval.names.pairs import Pair
from rag.text.likeness import same_name


@dataclass(frozen=True, slots=True)
class Row:
    """Pairs of one group: how many there are and how many are taken for one name."""

    group: str
    same: bool
    pairs: int
    matched: int

    @property
    def share(self) -> float:
        """The share that is taken for one name: recall where they are, false alarms where they are not."""
        return self.matched / self.pairs


@dataclass(frozen=True, slots=True)
class Matching:
    """Precision and recall over all pairs, and each group."""

    precision: float
    recall: float
    rows: tuple[Row, ...]


def matching(pairs: Iterable[Pair]) -> Matching:
    """The figures; as many pairs of one name as of two make the precision what it says."""
    counts: dict[tuple[str, bool], list[bool]] = {}
    for pair in pairs:
        counts.setdefault((pair.group, pair.same), []).append(same_name(pair.one, pair.other))
    rows = tuple(Row(group, same, len(found), sum(found)) for (group, same), found in sorted(counts.items()))
    right = sum(row.matched for row in rows if row.same)
    return Matching(
        right / max(1, sum(row.matched for row in rows)),
        right / max(1, sum(row.pairs for row in rows if row.same)),
        rows,
    )
