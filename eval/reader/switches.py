"""Writes the table of the reader's uses: on where dev shows it better than the embedding model alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.metrics.refusal import auroc
from eval.reader.figures import Joining, by_both, by_cosine, first_is_gold, mean, top_holds
from eval.reader.readings import Result
from rag.reader.use import TABLE
from rag.text.language import family

CLAIMS_FROM = 0.8  # AUROC from which the guard may ask the reader
ENOUGH = 40  # trials of a pair of languages from which it may be an exception
MARKS_FROM = 0.5  # share of short answers that overlap with an accepted one
HEAD = """\
# For which tasks the reader is switched on, for question and text in one language and in two. Written by
# `telal train measure --fit` from dev figures (docs/reader.md).
# [pairs] is for exceptions: "asked:told" = { pick = false }.
# A weight is what a log odd of the reader's counts beside a cosine of the embedding model; from `clear` log odds on, no
# further passage is read.
"""


def write_uses(found: Sequence[Result], joining: Joining, path: Path = TABLE) -> None:
    """Decides by the sets of dev, each weighing the same."""
    dev = [r for r in found if r.set.startswith("dev/") and r.read]
    rows = [HEAD]
    for name, crossing in (("same", False), ("cross", True)):
        of = [r for r in dev if r.crossing is crossing]
        rows.append(
            f"[{name}]\n" + "".join(f"{use} = {str(on).lower()}\n" for use, on in switches(of, joining).items())
        )
    rows.append(f"[weights.same]\npick = {joining.pick}\norder = {joining.order}\n")
    rows.append(f"[weights.cross]\npick = {joining.cross_pick}\norder = {joining.cross_order}\n")
    rows.append(f"[walk]\nclear = {joining.clear}\n")
    rows.append("[pairs]\n" + "".join(f'"{pair}" = {{ pick = false }}\n' for pair in worse_pairs(dev, joining)))
    path.write_text("\n".join(rows), encoding="utf-8")


def switches(dev: Sequence[Result], joining: Joining) -> dict[str, bool]:
    asked = [r for r in dev if not r.claim]
    answerable = [r for r in asked if r.here and any(read.holds for read in r.read)]
    walks = [r for r in answerable if r.set.endswith("/walk")]

    def picked(result: Result) -> bool:
        return top_holds(result, by_both(joining.to_pick(result)))

    return {
        "order": _gain(walks, lambda r: first_is_gold(r, joining.to_order(r)), lambda r: first_is_gold(r, 0.0)) > 0,
        "pick": _gain(answerable, picked, lambda r: top_holds(r, by_cosine)) > 0,
        "mark": _marks(answerable) >= MARKS_FROM,
        "refuse": _refuses(asked),
        "guard": _guards([r for r in dev if r.claim]),
    }


def worse_pairs(dev: Sequence[Result], joining: Joining) -> list[str]:
    """Pairs of languages with trials enough, in which joining picks the right sentence less often than cosine."""
    answerable = [r for r in dev if r.here and not r.claim and any(read.holds for read in r.read)]
    pairs: dict[str, list[Result]] = defaultdict(list)
    for result in answerable:
        pairs[":".join(family(part) for part in result.pair.split(":"))].append(result)
    return [p for p, of in sorted(pairs.items()) if len(of) >= ENOUGH and _lost(of, joining)]


def _lost(found: Sequence[Result], joining: Joining) -> bool:
    return sum(top_holds(r, by_both(joining.to_pick(r))) - top_holds(r, by_cosine) for r in found) < 0


def _gain(found: Sequence[Result], new: Callable[[Result], bool], old: Callable[[Result], bool]) -> float:
    """The mean gain over the sets; none where nothing was measured."""
    names = dict.fromkeys(r.set for r in found)
    gains = [mean([new(r) - old(r) for r in found if r.set == name]) for name in names]
    return mean(gains) if gains else 0.0


def _marks(found: Sequence[Result]) -> float:
    """How often the short answer of the right sentence overlaps with an accepted one."""
    from eval.metrics.answers import token_f1

    scores = []
    for result in (r for r in found if r.wanted):
        for read in result.read:
            scores += [token_f1(read.answers[i], result.wanted) > 0.5 for i in read.holds[:1]]
    return mean(scores) if scores else 0.0


def _refuses(found: Sequence[Result]) -> bool:
    """Whether the margin tells what is here from what is not better than the best sentence's cosine does."""
    truths = [any(read.holds for read in r.read) for r in found]
    margin = auroc([max(read.margin for read in r.read) for r in found], truths)
    cosine = auroc([max(max(read.cosines) for read in r.read) for r in found], truths)
    return margin is not None and cosine is not None and margin > cosine


def _guards(found: Sequence[Result]) -> bool:
    area = auroc([r.read[0].stated for r in found], [r.here for r in found])
    return area is not None and area >= CLAIMS_FROM
