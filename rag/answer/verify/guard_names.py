"""What is wrong with the names of a written sentence: roles exchanged, or what is told is told of somebody else."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.lexicon.enumeration import Item
from rag.answer.verify.roles import exchanged
from rag.answer.verify.statements import Clause, Statement, clauses, one_language
from rag.text.names import Name, find_names
from rag.text.phrases import things

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
    said = evidence[at]
    return [n for n, keys in known if not keys & claim.names and not _body(n, said)]


def _body(name: Name, said: Statement) -> bool:
    """Whether a name is made of things alone: "National Theatre" is nobody."""
    return all(things(word, said.language) for word in said.text[name.start : name.end].split())


def _before(evidence: Sequence[Statement], at: int) -> frozenset[str]:
    return evidence[at - 1].names if at else frozenset()


def _of_another_clause(claim: Statement, person: Item, evidence: Sequence[Statement], at: int) -> bool:
    """Whether the clause that tells it names somebody else, and the claim's person stands outside it.

    A subject carries over to the clauses that follow, never back, and not to one that has a subject of its own.
    """
    said, keys = evidence[at], frozenset(person.keys)
    rivals = _rivals(claim, evidence, at)
    theirs = [p for row in said.rows for p in row if keys & frozenset(p.keys)]
    in_rows = {p.start for row in said.rows if len(row) > 1 for p in row}
    if not rivals or not theirs or in_rows & {*(p.start for p in rivals), *(p.start for p in theirs)}:
        return False
    marks = _marks(claim, said)
    told = [(len(marks & _marks(_part(said, c.start, c.end), claim)), c) for c in clauses(said)]
    most = max(score for score, _ in told)
    best = [c for score, c in told if score == most]
    if len(best) != 1 or most < _FEW:
        return False
    clause = best[0]
    if any(clause.start <= p.start < clause.end for p in theirs):
        return False
    if all(p.start >= clause.end for p in theirs) and any(r.start < clause.end for r in rivals):
        return True
    return any(_acts(r, said, clause, claim) for r in rivals if clause.start <= r.start < clause.end)


def _acts(rival: Name, said: Statement, clause: Clause, claim: Statement) -> bool:
    """Whether somebody opens a clause: most of what it shares with the claim follows, and no case says otherwise."""
    written = said.text[rival.start : rival.end]
    if "'" in written or "’" in written:  # a Turkish case
        return False
    shared = _marks(claim, said) & _marks(_part(said, clause.start, clause.end), claim)
    return 2 * len(shared & _marks(_part(said, rival.end, clause.end), claim)) >= len(shared)


def _part(said: Statement, start: int, end: int) -> Statement:
    return Statement(said.text[start:end], said.language)
