"""What is wrong with a written sentence beyond a name or number from nowhere: denied, turned round, swapped, elsewhere.

Each rule compares the sentence with the sentences of its passages that tell of the same. Rules over words need one
language on both sides; denial, opposites, dates and amounts are compared across languages too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from rag.answer.amounts import Amount, amounts
from rag.answer.enumeration import rows
from rag.answer.extract import terms
from rag.answer.phrases import tokens
from rag.answer.polarity import Stand, stand
from rag.answer.roles import exchanged
from rag.text.dates import find_dates
from rag.text.language import family, identify
from rag.text.names import find_names, name_keys
from rag.text.numbers import number_keys
from rag.text.script import fold
from rag.text.sentences import split_sentences
from rag.types import Passage

_CONTENT = 4  # letters of a content word
_STEM = 5
_COVERED = 0.5  # of a sentence's content words that its passages hold, in one language: below it lies another matter
_ALIGNED = 0.34  # of what a sentence says that a passage's sentence must hold to be compared with it
_SCALED = 1000
_MEASURES = {
    "percent": re.compile(
        r"yuzde\W*\||\|\W*(?:%|per ?cent|odsto|posto|procen|odstot|per qind|perqind|la suta|tois ekato)"
    ),
    "money": re.compile(r"[$€£]\W*\||\|\W*(?:[€$£]|e[uv]r[oaiu]|evro|avro|dolar|dollar|dinar|lek|denar|lev|lei|lir)"),
}
_TOLD = 0.7  # of a sentence's own words that tell that one sentence of the passage is what it tells
_FEW = 2  # own words below which that cannot be told
_YEARS = (1900, 2100)  # numbers that are years as a rule
_DAYS = frozenset({"day_month", "month_day", "iso", "numeric", "month_year", "day_range"})


@dataclass(frozen=True)
class Statement:
    """A sentence with what the rules look at."""

    text: str
    language: str
    published: date | None = None

    @cached_property
    def words(self) -> frozenset[str]:
        """Content words, folded and cut."""
        return frozenset(t[:_STEM] for t in terms(self.text) if len(t) >= _CONTENT and not t.isdigit())

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(name_keys(self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(number_keys(self.text))

    @cached_property
    def stand(self) -> Stand:
        return stand(self.text, self.language)

    @cached_property
    def amounts(self) -> list[Amount]:
        return amounts(self.text, language=self.language)

    @cached_property
    def days(self) -> frozenset[tuple[date | None, date | None]]:
        """The days and months that it names."""
        on = self.published or date(2000, 1, 1)
        found = find_dates(self.text, as_of=on, language=self.language)
        return frozenset((d.window.start, d.window.end) for d in found if d.kind in _DAYS)


def faults(sentence: str, passages: Sequence[Passage], language: str | None = None) -> list[str]:
    """The rules that a sentence breaks against its passages, by name; empty means that none sees anything wrong.

    `language` is the sentence's; without it the sentence must tell.
    """
    claim = Statement(sentence, language or _language(sentence, passages))
    evidence = [s for p in passages for s in _statements(p)]
    aligned = _aligned(claim, evidence)
    return [name for name, broken in _RULES.items() if broken(claim, aligned, evidence)]


def _language(sentence: str, passages: Sequence[Passage]) -> str:
    found = identify(sentence).language
    kin = {family(p.language): p.language for p in passages}
    return kin.get(family(found), found)


def _statements(p: Passage) -> list[Statement]:
    day = p.published.date() if p.published else None
    spans = split_sentences(p.text, p.language)
    said = [Statement(p.text[s.start : s.end], p.language, day) for s in spans]
    return [*said, Statement(p.title, p.language, day)]


def _aligned(claim: Statement, evidence: Sequence[Statement]) -> list[Statement]:
    """The sentences that tell most of what the claim tells, best first; those far behind the best are left out."""
    if not any(_one_language(claim, s) for s in evidence):  # words cannot tell: whatever shares a name or a number
        return [s for s in evidence if _shared(claim, s) > 0]
    scored = sorted(((_shared(claim, s), i) for i, s in enumerate(evidence)), key=lambda one: (-one[0], one[1]))
    best = scored[0][0] if scored else 0.0
    return [evidence[i] for score, i in scored if score >= max(_ALIGNED, 0.75 * best)]


def _shared(claim: Statement, said: Statement) -> float:
    """The share of the claim's names, numbers and, in one language, content words that a sentence holds."""
    pairs = [(claim.names, said.names), (claim.numbers, said.numbers)]
    if _one_language(claim, said):
        pairs.append((claim.words, said.words))
    total = sum(len(mine) for mine, _ in pairs)
    return sum(len(mine & theirs) for mine, theirs in pairs) / total if total else 0.0


def _one_language(claim: Statement, said: Statement) -> bool:
    return family(claim.language) == family(said.language)


def _elsewhere(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """Too few of its words are in its passages, or, across languages, none of its names and numbers."""
    same = [s for s in evidence if _one_language(claim, s)]
    if same:
        held = frozenset[str]().union(*(s.words for s in same))
        return bool(claim.words) and len(claim.words & held) < _COVERED * len(claim.words)
    told = claim.names | claim.numbers
    return bool(told) and not any(told & (s.names | s.numbers) for s in evidence)


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


def _misdated(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """Its days are not those of the sentences that tell of the same, nor the days of publication."""
    if not claim.days:
        return False
    published = {(s.published, s.published) for s in evidence}
    near = frozenset[tuple[date | None, date | None]]().union(*(s.days for s in aligned[:2]))
    return any(day not in near and day not in published and not _within(day, near) for day in claim.days)


def _within(day: tuple[date | None, date | None], known: frozenset[tuple[date | None, date | None]]) -> bool:
    """Whether a month is named of which the passages name a day, or a day's year is left out."""
    start, end = day
    return any(start and end and s and e and start <= s and e <= end for s, e in known)


def _miscounted(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """A number stands before another thing than in its passages; one language, and only where the things are named."""
    for mine in (a for a in claim.amounts if not _YEARS[0] <= a.value <= _YEARS[1]):
        theirs = [(s, a) for s in evidence if _one_language(claim, s) for a in s.amounts if a.value == mine.value]
        if theirs and mine.unit and all(_another_thing(mine, claim, a, s) for s, a in theirs):
            return True
    return False


def _mismeasured(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
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
    return frozenset(t[:4] for t in (*before, *behind) if len(t) >= _CONTENT)


def _roles(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """Who did it and to whom are exchanged."""
    return any(exchanged(claim.text, s.text, claim.language, s.language) for s in aligned)


def _misattributed(claim: Statement, aligned: Sequence[Statement], evidence: Sequence[Statement]) -> bool:
    """What it tells is told, but of somebody else: one language, the sentence with its words and the one before."""
    people = [
        frozenset(item.keys)
        for row in rows(claim.text, frozenset())
        for item in row.items
        if not item.place and len(item.keys) > 1
    ]
    own = _own_words(claim)
    if not people or len(own) < _FEW:
        return False
    for i, s in enumerate(evidence):
        if _one_language(claim, s) and len(own & s.words) >= _TOLD * len(own):
            near = s.names | (evidence[i - 1].names if i else frozenset[str]())
            if any(not person & near for person in people):
                return True
    return False


def _own_words(claim: Statement) -> frozenset[str]:
    """Its content words without those of its names."""
    names = {t[:_STEM] for n in find_names(claim.text) for t in tokens(claim.text[n.start : n.end])}
    return claim.words - names


_RULES: dict[str, Callable[[Statement, Sequence[Statement], Sequence[Statement]], bool]] = {
    "elsewhere": _elsewhere,
    "denied": _denied,
    "turned": _turned,
    "misdated": _misdated,
    "miscounted": _miscounted,
    "mismeasured": _mismeasured,
    "roles": _roles,
    "misattributed": _misattributed,
}
