"""What is wrong with a clause of a written sentence: it tells what no passage tells, gives a reason, charges, praises.

Every clause must be borne by one of the passages. In one language its content words must stand there, up to their
endings; across languages, where words cannot be compared, it must hold a name, number or thing of the passage. Words of
the frame ("according to", "said") add nothing. A host or an address must stand in the passages as written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rag.answer.verify.statements import CONTENT, Clause, Statement, clauses, said_in
from rag.text.language import TELLING_WORDS, family
from rag.text.names import find_names
from rag.text.numbers import NUMBER_WORDS
from rag.text.phrases import expressions, find, tokens
from rag.text.script import fold, script_of
from rag.text.when import lexicon
from rag.types import Passage

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
