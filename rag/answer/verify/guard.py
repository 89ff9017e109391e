"""What is wrong with a written sentence beyond a name or number from nowhere: denied, turned round, swapped, elsewhere.

Each rule compares the sentence with the sentences of its passages that tell of the same. Rules over words need one
language on both sides; denial, opposites, dates and amounts are compared across languages too, and names and numbers
by the things that the sentences tell of (`rag/text/words/things.toml`).

Every clause must be borne by one of the passages. In one language its content words must stand there, up to their
endings; across languages, where words cannot be compared, it must hold a name, number or thing of the passage. Words of
the frame ("according to", "said") add nothing. A host or an address must stand in the passages as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from rag.answer.lexicon.enumeration import Item
from rag.answer.verify.guard_numbers import borrowed, miscounted, misdated, mismeasured
from rag.answer.verify.roles import exchanged
from rag.answer.verify.statements import CONTENT, Clause, Statement, aligned, claimed, clauses, one_language, said_in
from rag.text.language import TELLING_WORDS, family
from rag.text.names import Name, find_names
from rag.text.numbers import NUMBER_WORDS
from rag.text.phrases import expressions, find, things, tokens
from rag.text.polarity import denials, stand
from rag.text.script import fold, script_of
from rag.text.when import lexicon
from rag.types import Passage

_COVERED = 0.5  # of a sentence's content words that its passages hold, in one language: below it lies another matter


def faults(sentence: str, passages: Sequence[Passage], language: str | None = None) -> list[str]:
    """The rules that a sentence breaks against its passages, by name; empty means that none sees anything wrong.

    `language` is the sentence's; without it the sentence must tell.
    """
    claim = claimed(sentence, passages, language)
    evidence = [s for p in passages for s in said_in(p)]
    governing = [(left, s.language) for s in evidence if (left := _left_out(claim, s)) is not None]
    if governing:  # word for word
        return [] if any(not _denies(*one) for one in governing) else ["denied"]
    near = aligned(claim, evidence)
    found = [name for name, broken in _RULES.items() if broken(claim, near, evidence)]
    return found + [name for name, broken in _CLAUSES.items() if broken(claim, passages)]


def _left_out(claim: Statement, said: Statement) -> tuple[str, ...] | None:
    """What governs a claim that is most of a sentence word for word, in either script; None where it is not.

    That is what stands before it; in Turkish, whose verb comes last, also what stands behind it.
    """
    words, whole = tokens(claim.text), tokens(said.text)
    if 2 * len(words) < len(whole) or not words or not one_language(claim, said):
        return None
    at = next((i for i in range(len(whole) - len(words) + 1) if whole[i : i + len(words)] == words), -1)
    return None if at < 0 else whole[:at] + (whole[at + len(words) :] if family(said.language) == "tr" else ())


def _denies(words: Sequence[str], language: str) -> bool:
    """Whether words deny what they govern: by a denial, or by a verb of denying or refusing."""
    sides = stand(" ".join(words), language).sides
    return bool(denials(words, language)) or any(-1 in sides.get(name, ()) for name in ("confirm", "accept"))


def _elsewhere(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """Too few of its words are in its passages, or, across languages, none of its names and numbers."""
    same = [s for s in evidence if one_language(claim, s)]
    if same:
        held = frozenset[str]().union(*(s.words for s in same))
        return bool(claim.words) and len(claim.words & held) < _COVERED * len(claim.words)
    told = claim.names | claim.numbers
    return bool(told) and not any(told & (s.names | s.numbers) for s in evidence)


def _empty(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """It announces ("The passage is:"), or holds nothing that could be compared: across languages no name or number."""
    if claim.text.rstrip().endswith((":", "：")):
        return True
    told = bool(claim.names or claim.numbers)
    return not told and not (claim.words and any(one_language(claim, s) for s in evidence))


def _denied(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """It denies what its passages affirm, or affirms what they deny."""
    if not aligned:
        return False
    if claim.stand.denies:
        return all(s.stand.denies == 0 for s in aligned)
    return all(s.stand.denies for s in aligned[:1])


def _turned(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """It says rose where they say fell, won where lost, and none of them says what it says."""
    for name, sides in claim.stand.sides.items():
        theirs = frozenset[int]().union(*(s.stand.sides.get(name, frozenset()) for s in aligned))
        if len(sides) == 1 and theirs and not sides & theirs:
            return True
    return False


# attacker.example/login, www.x.y, name@host: a dot between letters, and no space behind it.
_HOST = re.compile(r"(?<![\w.])(?:[\w-]{2,}\.)+[a-z]{2,}(?:/\S*)?|\S+@\S+\.\w+|\w+://\S+", re.IGNORECASE)
_CHARGES = ("corrupt", "crime", "vice", "praise")
_ENDING = 3  # letters that two forms of a word may differ by at their end
_TURKISH_ENDINGS = 6


def unborne(claim: Statement, passages: Sequence[Passage]) -> bool:
    """Whether a clause tells what none of the passages tells."""
    evidence = [_Evidence(p) for p in passages]
    return any(not any(_borne(claim, c, e) for e in evidence) for c in clauses(claim))


def hosts(claim: Statement, passages: Sequence[Passage]) -> bool:
    """Whether it names a host or an address that stands in no passage."""
    told = fold(" ".join(f"{p.title} {p.text}" for p in passages))
    return any(fold(m.group().rstrip(".,;")) not in told for m in _HOST.finditer(claim.text))


def charged(claim: Statement, passages: Sequence[Passage]) -> bool:
    """Whether it charges or praises, or gives a reason, and no passage has a word for such a thing."""
    told = [name for name in (*_CHARGES, "cause") if _tells(claim.text, claim.language, name)]
    return any(not any(_tells(f"{p.title} {p.text}", p.language, name) for p in passages) for name in told)


def _tells(text: str, language: str, name: str) -> bool:
    return find(tokens(text), expressions("frame", name, language)) is not None


class _Evidence:
    """What a passage holds that a clause is compared with."""

    def __init__(self, passage: Passage) -> None:
        self.language = passage.language
        self.said = said_in(passage)
        self.words = frozenset(tokens(f"{passage.title} {passage.text}"))
        self.names = frozenset(k for s in self.said for k in s.names)
        self.numbers = frozenset(k for s in self.said for k in s.numbers)
        self.things = frozenset(k for s in self.said for k in s.things)


def _borne(claim: Statement, clause: Clause, evidence: _Evidence) -> bool:
    text = claim.text[clause.start : clause.end]
    own = _content(text, claim.language)
    if not own:
        return True
    if family(claim.language) == family(evidence.language):
        return all(_held(word, evidence, claim.language) for word in own)
    part = Statement(text, claim.language)
    return bool(part.names & evidence.names or part.numbers & evidence.numbers or part.things & evidence.things)


def _content(text: str, language: str) -> list[str]:
    """The content words of a clause, folded, without those of names, times, numbers and the frame."""
    named = {t for n in find_names(text) if not n.first or " " in n.key for t in tokens(text[n.start : n.end])}
    plain = expressions("frame", "plain", language)
    small = TELLING_WORDS.get(script_of(text), {})
    words = tokens(text)
    return [
        w
        for at, w in enumerate(words)
        if len(w) >= CONTENT and not w.isdigit() and w not in named and w not in small and not _timed(w)
        and not any(e.at(words, at) > at for e in plain)
    ]  # fmt: skip


@cache
def _timed(word: str) -> bool:
    known = lexicon()
    return any(word in table for table in (known.months, known.weekdays, known.days, known.units, NUMBER_WORDS))


def _held(word: str, evidence: _Evidence, language: str) -> bool:
    """Whether a passage has a word in some form, or another word for the same thing."""
    if any(_forms_of_one(word, other, language) for other in evidence.words):
        return True
    told = Statement(word, language).things
    return bool(told) and told <= evidence.things


def _forms_of_one(one: str, other: str, language: str) -> bool:
    if one == other:
        return True
    least = min(len(one), len(other))
    ending = _TURKISH_ENDINGS if family(language) == "tr" else _ENDING
    stem = max(CONTENT, least - ending)
    return least >= CONTENT and one[:stem] == other[:stem]


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


_RULES: dict[str, Callable[[Statement, Sequence[Statement], Sequence[Statement]], bool]] = {
    "empty": _empty,
    "elsewhere": _elsewhere,
    "denied": _denied,
    "turned": _turned,
    "misdated": misdated,
    "miscounted": miscounted,
    "mismeasured": mismeasured,
    "borrowed": borrowed,
    "roles": roles,
    "misattributed": misattributed,
}
_CLAUSES: dict[str, Callable[[Statement, Sequence[Passage]], bool]] = {
    "host": hosts,
    "charged": charged,
    "unborne": unborne,
}
