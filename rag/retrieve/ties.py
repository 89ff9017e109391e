"""What decides between passages that retrieval cannot tell apart: their language, and that more outlets are heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rag.retrieve.fuse import Fused
from rag.text.language import family
from rag.types import Hit, Passage

TIE = 0.002  # of a fused score; the first hit lies some .1 above the tenth. docs/decisions/025
NEAR_SCORE = 0.05  # of the best score, within which another outlet has something to say on the question
_OF_ONE_OUTLET = 4  # passages, while others are near


def preferred(part: Sequence[Fused], live: Mapping[int, Passage], language: str) -> list[Fused]:
    """Of passages that score alike those in a language first, then those of its family, else as they were.

    `part` is best first. Those within `TIE` of the first of a run are a run.
    """
    ordered: list[Fused] = []
    run: list[Fused] = []
    for f in part:
        if run and run[0].score - f.score > TIE:
            ordered.extend(sorted(run, key=lambda r: _distance(live.get(r.key), language)))
            run = []
        run.append(f)
    return [*ordered, *sorted(run, key=lambda r: _distance(live.get(r.key), language))]


def _distance(passage: Passage | None, language: str) -> int:
    if passage is None:
        return 3
    if passage.language == language:
        return 0
    if passage.language.split("-")[0] == language.split("-")[0]:
        return 1
    return 2 if family(passage.language) == family(language) else 3


def several_outlets(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """The best `limit` hits, in their order; of one outlet at most four while others' further down come near the best.

    So that where sources contradict each other both are read, though one of them has written more about it.
    """
    first, further = list(hits[:limit]), hits[limit:]
    near = [h for h in further if h.score >= hits[0].score - NEAR_SCORE]
    counted = Counter(h.passage.outlet for h in first)
    for hit in near:
        outlet, most = counted.most_common(1)[0]
        if most <= _OF_ONE_OUTLET or not outlet:
            break
        if counted[hit.passage.outlet] < _OF_ONE_OUTLET and hit.passage.outlet:
            first.remove(next(h for h in reversed(first) if h.passage.outlet == outlet))
            first.append(hit)
            counted[outlet] -= 1
            counted[hit.passage.outlet] += 1
    return first
