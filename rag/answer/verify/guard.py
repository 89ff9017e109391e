"""What is wrong with a written sentence beyond a name or number from nowhere: denied, turned round, swapped, elsewhere.

Each rule compares the sentence with the sentences of its passages that tell of the same. Rules over words need one
language on both sides; denial, opposites, dates and amounts are compared across languages too, and names and numbers
by the things that the sentences tell of (`rag/text/words/things.toml`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.answer.verify.guard_clauses import charged, hosts, unborne
from rag.answer.verify.guard_names import misattributed, roles
from rag.answer.verify.guard_numbers import borrowed, miscounted, misdated, mismeasured
from rag.answer.verify.statements import Statement, aligned, claimed, one_language, said_in
from rag.text.language import family
from rag.text.phrases import tokens
from rag.text.polarity import denials, stand
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
