"""What is wrong with the names of a written sentence: roles exchanged, or what is told is told of somebody else."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.enumeration import Item
from rag.answer.roles import exchanged
from rag.answer.statements import Clause, Statement, clauses, one_language
from rag.text.names import Name, find_names

_TOLD = 0.7  # of a sentence's own words that tell that one sentence of the passage is what it tells
_MATCHED = 0.5  # the same where that sentence names somebody else, whom the claim does not name
_FEW = 2  # own words below which that cannot be told


def roles(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """Who did it and to whom are exchanged."""
    return any(exchanged(claim.text, s.text, claim.language, s.language) for s in aligned)


def misattributed(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """What it tells is told, but of somebody else.

    In one language by its own words; across languages by numbers, things and the names that the sentence shares.
    """
    for person in claim.people:
        keys = frozenset(person.keys)
        others = [p for p in claim.people if not keys & frozenset(p.keys)]
        scores = [_score(claim, others, s) for s in evidence]
        most = max(scores, default=0)
        best = [i for i, score in enumerate(scores) if score == most]
        if most == 0:
            continue
        if any(keys & evidence[i].names for i in best):
            if len(best) == 1 and most >= _FEW and _of_another_clause(claim, person, evidence, best[0]):
                return True
        elif _nobodys(claim, keys, most, best, evidence):
            return True
    return False


def _score(claim: Statement, others: Sequence[Item], said: Statement) -> int:
    """How much a sentence shares of what the claim tells of a person; another person counts once, however long."""
    named = sum(bool(frozenset(p.keys) & said.names) for p in others)
    return len(_marks(claim, said) & _marks(said, claim)) + named


def _marks(one: Statement, other: Statement) -> frozenset[str]:
    """What tells that two sentences are of the same: words in one language, things across languages; numbers."""
    return (one.own_words if one_language(one, other) else one.things) | one.numbers


def _nobodys(
    claim: Statement, keys: frozenset[str], most: int, best: Sequence[int], evidence: Sequence[Statement]
) -> bool:
    """Whether the sentences that tell it name somebody else instead, or nobody near them is the one of the claim."""
    same = all(one_language(claim, evidence[i]) for i in best)
    told = len(claim.own_words | claim.numbers)
    if same and (told < _FEW or most < _FEW or most < _MATCHED * told):
        return False
    if all(_rivals(claim, evidence, i) for i in best):
        return True
    return same and most >= _TOLD * told and all(not keys & _before(evidence, i) for i in best)


def _rivals(claim: Statement, evidence: Sequence[Statement], at: int) -> list[Name]:
    """The persons of a sentence whom the claim does not name; by surname alone if the passages name them in full."""
    full = frozenset(key for s in evidence for p in s.people for key in p.keys)
    found = [(n, frozenset(n.key.split())) for n in find_names(evidence[at].text)]
    known = [(n, keys) for n, keys in found if (len(keys) > 1 or keys <= full) and not all(k[0] == "@" for k in keys)]
    return [n for n, keys in known if not keys & claim.names]


def _before(evidence: Sequence[Statement], at: int) -> frozenset[str]:
    return evidence[at - 1].names if at else frozenset()


def _of_another_clause(claim: Statement, person: Item, evidence: Sequence[Statement], at: int) -> bool:
    """Whether the clause that tells it names somebody else, and the claim's person stands only behind it.

    A subject carries over to the clauses that follow, never back.
    """
    said, keys = evidence[at], frozenset(person.keys)
    if not one_language(claim, said):
        return False
    rivals = _rivals(claim, evidence, at)
    theirs = [p for row in said.rows for p in row if keys & frozenset(p.keys)]
    in_rows = {p.start for row in said.rows if len(row) > 1 for p in row}
    if not rivals or not theirs or in_rows & {*(p.start for p in rivals), *(p.start for p in theirs)}:
        return False
    marks = claim.own_words | claim.numbers
    told = [(len(marks & _clause_marks(said, c)), c) for c in clauses(said)]
    most = max(score for score, _ in told)
    best = [c for score, c in told if score == most]
    if len(best) != 1 or most < _FEW:
        return False
    clause = best[0]
    return any(r.end <= clause.end and r.start < min(p.start for p in theirs) for r in rivals) and all(
        p.start >= clause.end for p in theirs
    )


def _clause_marks(said: Statement, clause: Clause) -> frozenset[str]:
    part = Statement(said.text[clause.start : clause.end], said.language)
    return part.own_words | part.numbers
