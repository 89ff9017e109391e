"""What each independent source says on a question: one sentence an outlet, copies of one story counted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rag.answer.evidence.candidate import Candidate
from rag.text.language import family
from rag.text.names import name_keys
from rag.text.numbers import number_keys
from rag.text.phrases import things
from rag.text.polarity import stand
from rag.text.script import terms

_COPY = 0.9  # share of words in common from which two sentences are one agency's, whoever printed them
_FOREIGN = 2.0  # of log odds
_ON_IT = 0.7  # of the best statement's share of the question's words


# Names the clusters of those of these articles that tell a story copied from another: a cluster is one source.
ClustersOf = Callable[[Sequence[str]], Mapping[str, str]]


def statements(
    pool: Sequence[Candidate], chosen: Sequence[Candidate], clusters_of: ClustersOf | None = None
) -> list[Candidate]:
    """What each independent source says on the question: its best sentence, the answer's own source first."""
    if not chosen:
        return []
    least = _ON_IT * chosen[0].overlap
    telling = (*chosen, *(p for p in pool if p.overlap >= least or _near(p, chosen[0])))
    clusters = clusters_of(list(dict.fromkeys(c.passage.article_id for c in telling))) if clusters_of else {}
    found: dict[str, Candidate] = {}
    for c in telling:
        source = _source(c, clusters)
        if source not in found and not any(_copied(c, other) for other in found.values()):
            found[source] = c
    return list(found.values())


def _near(c: Candidate, best: Candidate) -> bool:
    """Whether a sentence of another language than the best one, whose words cannot meet the question's, is as near.

    Near by its vector, or because it tells of the same thing and names the same place or person.
    """
    if family(c.passage.language) == family(best.passage.language):
        return False
    if c.log_odds >= best.log_odds - _FOREIGN:
        return True
    mine, theirs = (things(x.text, x.passage.language) for x in (c, best))
    return bool(mine & theirs) and bool(_names(c) & _names(best))


def _source(c: Candidate, clusters: Mapping[str, str]) -> str:
    cluster = clusters.get(c.passage.article_id)
    return f"cluster:{cluster}" if cluster else f"outlet:{c.passage.outlet or c.passage.article_id}"


def _copied(one: Candidate, other: Candidate) -> bool:
    """Nearly the same words, and the same numbers, names and denials: what differs in one of those is no copy."""
    a, b = terms(one.text), terms(other.text)
    if len(a & b) < _COPY * max(len(a), len(b)):
        return False
    return all(part(one) == part(other) for part in (_number_keys, _names, _denials))


def _number_keys(c: Candidate) -> frozenset[str]:
    return frozenset(number_keys(c.text))


def _denials(c: Candidate) -> int:
    return stand(c.text, c.passage.language).denies


def _names(c: Candidate) -> frozenset[str]:
    return frozenset(name_keys(c.text))
