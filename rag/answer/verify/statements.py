"""What the guard compares: a sentence with its words, names, numbers, days and things, and which sentences match it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from rag.answer.lexicon.amounts import Amount, amounts
from rag.answer.lexicon.enumeration import Item, rows
from rag.text.dates import find_dates
from rag.text.language import TELLING_WORDS, family, identify
from rag.text.names import find_names, name_keys
from rag.text.numbers import number_keys
from rag.text.phrases import things, tokens
from rag.text.polarity import Stand, stand
from rag.text.script import script_of, terms
from rag.text.sentences import split_sentences
from rag.text.tables import table
from rag.text.when import lexicon
from rag.types import Passage

CONTENT = 4  # letters of a content word
_STEM = 5
_ALIGNED = 0.34  # of what a sentence says that a passage's sentence must hold to be compared with it
_BEST = 0.75  # of the best one's share
_DAYS = frozenset({"day_month", "month_day", "iso", "numeric", "month_year", "day_range"})
Day = tuple[date | None, date | None]


@dataclass(frozen=True)
class Statement:
    """A sentence with what the rules look at."""

    text: str
    language: str
    published: date | None = None

    @cached_property
    def words(self) -> frozenset[str]:
        """Content words, folded and cut."""
        return frozenset(t[:_STEM] for t in terms(self.text) if len(t) >= CONTENT and not t.isdigit())

    @cached_property
    def own_words(self) -> frozenset[str]:
        """Content words without those of its names, of dates and without small words."""
        names = {t[:_STEM] for n in find_names(self.text) for t in tokens(self.text[n.start : n.end])}
        small = TELLING_WORDS.get(script_of(self.text), {})
        told = {t[:_STEM] for t in terms(self.text) if t in small or t in lexicon().months}
        return self.words - names - told

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(name_keys(self.text))

    @cached_property
    def people(self) -> tuple[Item, ...]:
        """Names of two words and more that are no known places, in reading order."""
        return tuple(i for row in self.rows for i in row if not i.place and len(i.keys) > 1)

    @cached_property
    def rows(self) -> tuple[tuple[Item, ...], ...]:
        """Its names, those that stand in a row together."""
        return tuple(row.items for row in rows(self.text, frozenset()))

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
    def things(self) -> frozenset[str]:
        """What it tells of that is compared across languages: things of the table, pairs of opposites."""
        return things(self.text, self.language) | {f"±{name}" for name in self.stand.sides}

    @cached_property
    def days(self) -> frozenset[Day]:
        """The days and months that it names."""
        on = self.published or date(2000, 1, 1)
        found = find_dates(self.text, as_of=on, language=self.language)
        return frozenset((d.window.start, d.window.end) for d in found if d.kind in _DAYS)


def claimed(sentence: str, passages: Sequence[Passage], language: str | None) -> Statement:
    """A sentence to be checked; its language is told from it where it is not known."""
    if language is None:
        found = identify(sentence).language
        language = {family(p.language): p.language for p in passages}.get(family(found), found)
    return Statement(sentence, language)


def said_in(p: Passage) -> list[Statement]:
    """The sentences of a passage, its title last."""
    day = p.published.date() if p.published else None
    spans = split_sentences(p.text, p.language)
    said = [Statement(p.text[s.start : s.end], p.language, day) for s in spans]
    return [*said, Statement(p.title, p.language, day)]


def aligned(claim: Statement, evidence: Sequence[Statement]) -> list[Statement]:
    """The sentences that tell most of what the claim tells, best first; those far behind the best are left out."""
    scored = sorted(((shared(claim, s), i) for i, s in enumerate(evidence)), key=lambda one: (-one[0], one[1]))
    if not any(one_language(claim, s) for s in evidence):  # words cannot tell: whatever shares a name, number or thing
        return [evidence[i] for score, i in scored if score > 0]
    best = scored[0][0] if scored else 0.0
    return [evidence[i] for score, i in scored if score >= max(_ALIGNED, _BEST * best)]


def shared(claim: Statement, said: Statement) -> float:
    """The share of the claim's names, numbers and content words (across languages things) that a sentence holds."""
    pairs = [(claim.names, said.names), (claim.numbers, said.numbers)]
    if one_language(claim, said):
        pairs.append((claim.words, said.words))
    else:
        pairs.append((claim.things, said.things))
    total = sum(len(mine) for mine, _ in pairs)
    return sum(len(mine & theirs) for mine, theirs in pairs) / total if total else 0.0


def one_language(claim: Statement, said: Statement) -> bool:
    """Whether words of the two can be compared."""
    return family(claim.language) == family(said.language)


@cache
def _border(kin: str) -> re.Pattern[str]:
    words = "|".join(table("words/joining")["clauses"].get(kin, "-").split())
    return re.compile(rf"[;:()–—]|,(?!\d)|(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch `text[start:end]` of a sentence between commas, brackets and joining words."""

    start: int
    end: int


def clauses(said: Statement) -> list[Clause]:
    """The clauses of a sentence in reading order; a comma inside a number parts nothing."""
    text = said.text
    cuts = [0, *(at for m in _border(family(said.language)).finditer(text) for at in m.span()), len(text)]
    made = [Clause(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    return [c for c in made if text[c.start : c.end].strip()]
