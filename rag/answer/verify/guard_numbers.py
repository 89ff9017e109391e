"""What is wrong with the days and numbers of a written sentence: another day, another thing counted or measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.lexicon.amounts import Amount
from rag.answer.verify.statements import CONTENT, Clause, Day, Statement, clauses, one_language
from rag.text.names import find_names
from rag.text.numbers import number_keys
from rag.text.phrases import table, things, tokens
from rag.text.script import fold

_SCALED = 1000
_MEASURES = {
    name: re.compile(rf"{'|'.join(at['before'])}\W*\||\|\W*(?:{'|'.join(at['behind'])})")
    for name, at in table("measures").items()
}
_YEARS = (1900, 2100)  # numbers that are years as a rule
_NEAR = 5  # words on each side of a number that tell what it counts
_THING = 2  # words right behind a number, which tell it best
_STEM = 4


def misdated(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """Its days are not those of the sentences that tell of the same, nor the days of publication."""
    if not claim.days:
        return False
    published = {(s.published, s.published) for s in evidence}
    near = frozenset[Day]().union(*(s.days for s in aligned[:2]))
    return any(day not in near and day not in published and not _within(day, near) for day in claim.days)


def _within(day: Day, known: frozenset[Day]) -> bool:
    """Whether a month is named of which the passages name a day, or a day's year is left out."""
    start, end = day
    return any(start and end and s and e and start <= s and e <= end for s, e in known)


def _counted(said: Statement) -> list[Amount]:
    """Its numbers that are no years."""
    return [a for a in said.amounts if not _YEARS[0] <= a.value <= _YEARS[1]]


def miscounted(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """A number stands before another thing than in its passages; one language, and only where the things are named."""
    for mine in _counted(claim):
        theirs = [(s, a) for s in evidence if one_language(claim, s) for a in s.amounts if a.value == mine.value]
        if theirs and mine.unit and all(_another_thing(mine, claim, a, s) for s, a in theirs):
            return True
    return False


def mismeasured(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """A number is a percentage, or money, or in millions in the passages alone or in the claim alone; any language."""
    for mine in claim.amounts:
        same = [(s, a) for s in evidence for a in s.amounts if a.value == mine.value]
        if same and all(_measure(mine, claim) != _measure(a, s) for s, a in same):
            return True
        scaled = {
            k for s in evidence for a in s.amounts if a.value >= _SCALED for k in number_keys(s.text[a.start : a.end])
        }
        if not same and mine.value < _SCALED and f"{mine.value.normalize():f}" in scaled:
            return True
    return False


def _measure(amount: Amount, said: Statement) -> str:
    around = fold(said.text[max(0, amount.start - 8) : amount.start] + "|" + said.text[amount.end : amount.end + 16])
    return next((name for name, pattern in _MEASURES.items() if pattern.search(around)), "")


def _another_thing(mine: Amount, claim: Statement, theirs: Amount, said: Statement) -> bool:
    a, b = _around(mine, claim), _around(theirs, said)
    return bool(a and b) and not a & b


def _around(amount: Amount, said: Statement) -> frozenset[str]:
    """The content words right before and behind a number."""
    before = tokens(said.text[: amount.start])[-2:]
    behind = tokens(said.text[amount.end :])[:3]
    return frozenset(t[:_STEM] for t in (*before, *behind) if len(t) >= CONTENT)


@dataclass(frozen=True, slots=True)
class _Place:
    """A clause of a passage's sentence with its numbers of one measure."""

    at: int  # of the sentence
    clause: Clause
    amounts: tuple[Amount, ...]


def borrowed(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """Another number of the passages stands with the words that the claim has around its own.

    In one language clauses are compared by words near the number; across languages whole sentences by the things,
    names and other numbers that they share with the claim.
    """
    mine = [a for a in _counted(claim)]
    told = {a.value for a in claim.amounts}
    for amount in mine:
        places = _places(claim, amount, evidence)
        own = [p for p in places if any(a.value == amount.value for a in p.amounts)]
        rivals = [p for p in places if p not in own and not any(a.value in told for a in p.amounts)]
        if not own or not rivals:
            continue
        if _others_turn(claim, amount, own, evidence):
            return True
        a, b = (max(_likeness(claim, amount, p, evidence) for p in some) for some in (own, rivals))
        if b > a and b > 1 and not any(_bare(p, evidence) for p in own):
            return True
    return False


def _places(claim: Statement, amount: Amount, evidence: Sequence[Statement]) -> list[_Place]:
    """Every clause that holds a number of the same measure."""
    measure, found = _measure(amount, claim), []
    for at, s in enumerate(evidence):
        same = [a for a in _counted(s) if _measure(a, s) == measure]
        for c in clauses(s) if same else ():
            inside = tuple(a for a in same if c.start <= a.start < c.end)
            if inside:
                found.append(_Place(at, c, inside))
    return found


def _likeness(claim: Statement, amount: Amount, place: _Place, evidence: Sequence[Statement]) -> int:
    """How many of the words near a claim's number a clause holds; what is counted counts twice."""
    said = evidence[place.at]
    text = said.text[place.clause.start : place.clause.end]
    behind = tokens(claim.text[amount.end :])[:_NEAR]
    if not one_language(claim, said):
        thing = things(" ".join(claim.text[amount.end :].split()[: _THING + 1]), claim.language)
        return 2 * len(thing & things(text, said.language))
    near = {t[:_STEM] for t in (*tokens(claim.text[: amount.start])[-_NEAR:], *behind) if len(t) >= CONTENT}
    thing_words = {t[:_STEM] for t in behind[:_THING] if len(t) >= CONTENT}
    held = {t[:_STEM] for t in tokens(text)}
    return len(near & held) + len(thing_words & held)


def _bare(place: _Place, evidence: Sequence[Statement]) -> bool:
    """Whether a clause says nothing but the number, perhaps of whom: "and he 15,250"."""
    said = evidence[place.at]
    text = said.text[place.clause.start : place.clause.end]
    named = {t for n in find_names(text) for t in tokens(text[n.start : n.end])}
    return not any(len(t) >= CONTENT and not t.isdigit() and t not in named for t in tokens(text))


def _others_turn(claim: Statement, amount: Amount, own: Sequence[_Place], evidence: Sequence[Statement]) -> bool:
    """ "She had 18,400 votes and he 15,250": two numbers of one thing belong to two persons in the order of both."""
    if not claim.people:
        return False
    for place in own:
        said = evidence[place.at]
        pair = [a for a in _counted(said) if _measure(a, said) == _measure(amount, claim)]
        order = [a.value for a in pair]
        sides = [c for c in clauses(said) if any(c.start <= a.start < c.end for a in pair)]
        if len(order) != 2 or len(sides) != 2 or not any(_bare(_Place(place.at, c, ()), evidence) for c in sides):
            continue
        people = _pair_of(evidence, place.at)
        first = frozenset(claim.people[0].keys)
        turns = [i for i, keys in enumerate(people) if keys & first]
        if len(people) == 2 and len(turns) == 1 and order[turns[0]] != amount.value:
            return True
    return False


def _pair_of(evidence: Sequence[Statement], at: int) -> list[frozenset[str]]:
    """The two persons named in a sentence or, where it names none, in the one before it; empty where not two."""
    for s in (evidence[at], *evidence[max(0, at - 1) : at]):
        people = [frozenset(i.keys) for row in s.rows for i in row if not i.place]
        if len(people) == 2:
            return people
    full = [frozenset(i.keys) for i in evidence[at - 1].people] if at else []
    return full if len(full) == 2 else []
