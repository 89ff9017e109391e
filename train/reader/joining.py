"""Fits on dev how the reader's scores are joined with cosines, and when a walk through passages may stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from train.reader.figures import CLEAREST, Joining, by_both, by_reader, first_is_gold, mean, stopped, top_holds
from train.reader.readings import Result

JOINTS = (0.0, 0.002, 0.005, 0.01, 0.02, 0.04)  # what a log odd of the reader counts beside a cosine
COST = 0.005  # of right top sentences, what stopping a walk may cost


def fitted(found: Sequence[Result]) -> Joining:
    """The weights by which most dev trials come out right, of equals the smallest; and when a walk may stop."""
    pick = [r for r in found if r.set.startswith("dev/") and r.here and not r.claim and any(x.holds for x in r.read)]
    walks = [r for r in pick if r.set.endswith("/walk")]
    return Joining(
        *(_weights([r for r in pick if not r.crossing])), *(_weights([r for r in pick if r.crossing])),
        clear=clear_margin(walks),
    )  # fmt: skip


def _weights(pick: Sequence[Result]) -> tuple[float, float]:
    """Of sentences and of passages."""
    walks = [r for r in pick if r.set.endswith("/walk")]
    return (
        _best(lambda w: _balanced(pick, lambda r: top_holds(r, by_both(w)))),
        _best(lambda w: _balanced(walks, lambda r: first_is_gold(r, w))),
    )


def clear_margin(walks: Sequence[Result]) -> float:
    """The least margin at which stopping costs at most half a point of right top sentences."""
    answerable = [r for r in walks if any(read.holds for read in r.read)]
    if len({r.set for r in answerable}) < 2:
        return float(CLEAREST)  # one set of walks is too little to stop by
    whole = mean([top_holds(r, by_reader) for r in answerable])
    for clear in range(CLEAREST):
        if mean([top_holds(stopped(r, clear), by_reader) for r in answerable]) >= whole - COST:
            return float(clear)
    return float(CLEAREST)


def _best(value: Callable[[float], float]) -> float:
    return max(JOINTS, key=lambda w: (value(w), -w))


def _balanced(found: Sequence[Result], right: Callable[[Result], bool]) -> float:
    """The mean over the sets, each counting the same."""
    names = dict.fromkeys(r.set for r in found)
    return mean([mean([right(r) for r in found if r.set == n]) for n in names]) if names else 0.0
