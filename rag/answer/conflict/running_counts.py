"""Counts that a question asks for: which number a sentence gives, whether two count the same, and how a count grew.

The dead, the hurt and the people of one event are counted anew while it goes on: a later report that gives more of them
contradicts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from rag.answer.evidence.candidate import Candidate
from rag.answer.lexicon.amounts import Amount, amounts
from rag.question.answer_type import Wants
from rag.question.question_type import Aim
from rag.text.language import family, identify
from rag.text.names import find_names, name_keys, question_keys
from rag.text.phrases import things
from rag.text.script import terms

_ORDINAL = re.compile(r"\.\s+[^\W\d_A-ZŠĐČĆŽА-Я]")
_BEHIND = 4  # words behind a number that may name what it counts
_LONG = 3  # letters of a content word
_RUNNING = frozenset({"dead", "hurt", "people"})  # what is counted while it goes on
_AN_HOUR, _DAYS_OF_COUNTING = timedelta(hours=1), timedelta(days=4)
_EARLIER = 3  # counts that are shown beside the newest
_UNDATED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AskedOf:
    """A question, the keys of its names, what it aims at, and its language."""

    text: str
    asked: frozenset[str]
    aim: Aim
    language: str


def asked_of(question: str, aim: Aim) -> AskedOf:
    return AskedOf(question, frozenset(question_keys(question)), aim, identify(question).language)


def running_counts(question: str, best: Candidate, answering: Sequence[Candidate], aim: Aim) -> tuple[Candidate, ...]:
    """The reports of a count that grew, the newest first; empty where it did not, or where one of them gives less.

    `best` answers the question, `answering` may. A report is one article's likeliest sentence. Of several reports that
    give one count the latest is shown; at most four counts, the highest ones.
    """
    about = asked_of(question, aim)
    counted = _counts_like(about, best, answering) if aim.thing is Wants.NUMBER else []
    counted.sort(key=lambda one: one[0].passage.published or _UNDATED)
    steps = [(one, other) for one, other in pairwise(counted) if one[1].value != other[1].value]
    if not steps or not all(grew(*step) for step in steps):
        return ()
    latest = {amount.value: c for c, amount in counted}
    return tuple(latest[value] for value in sorted(latest, reverse=True)[: _EARLIER + 1])


def _counts_like(about: AskedOf, best: Candidate, answering: Sequence[Candidate]) -> list[tuple[Candidate, Amount]]:
    """The dated sentences that count what the best one counts, of the same event as far as names tell."""
    first = asked_for(counts(best), about)
    found: dict[str, tuple[Candidate, Amount]] = {}
    for c in (best, *answering):
        amount = asked_for(counts(c), about)
        if first is None or amount is None or c.passage.published is None or c.passage.article_id in found:
            continue
        alike = same_unit(first, amount, best, c, about) and of_the_same(about, best, c)
        if alike and told_names(best) & told_names(c):
            found[c.passage.article_id] = (c, amount)
    return list(found.values())


def grew(*told: tuple[Candidate, Amount]) -> bool:
    """Whether a later report counts more dead, hurt or people than an earlier one: it goes on, no conflict."""
    if any(c.passage.published is None for c, _ in told):
        return False
    (early, fewer), (late, more) = sorted(told, key=lambda one: one[0].passage.published or _UNDATED)
    apart = (late.passage.published or _UNDATED) - (early.passage.published or _UNDATED)
    counted = frozenset.intersection(*(things(c.text, c.passage.language) for c, _ in told))
    return bool(counted & _RUNNING) and _AN_HOUR <= apart <= _DAYS_OF_COUNTING and fewer.value < more.value


def counts(c: Candidate) -> list[Amount]:
    """The numbers of a sentence that are no ordinals: "11. sastanak"."""
    found = amounts(c.text, language=c.passage.language)
    return [a for a in found if not _ORDINAL.match(c.text, a.end)]


def asked_for(found: list[Amount], about: AskedOf) -> Amount | None:
    """The one number before a word of the question; the only number where none is."""
    words = {w[:4] for w in terms(about.text.split(" (")[0]) if len(w) > _LONG}
    counted = [a for a in found if any(u[:4] in words for u in a.unit)]
    if len(counted) == 1:
        return counted[0]
    return found[0] if len(found) == 1 and not counted else None


def of_the_same(about: AskedOf, one: Candidate, other: Candidate) -> bool:
    """Whether both name somebody or something that the question names, if it names any."""
    named = frozenset(k for n in find_names(about.text) if not n.first or n.key[0] == "@" for k in n.key.split())
    return not named or bool(named & told_names(one) & told_names(other))


def same_unit(a: Amount, b: Amount, one: Candidate, other: Candidate, about: AskedOf) -> bool:
    """Whether both count the same; across languages what they count must be a thing that the question or both name."""
    percent = ("%" in a.unit) == ("%" in b.unit)
    if family(one.passage.language) != family(other.passage.language):
        mine, theirs = (_counted(x, c) for x, c in ((a, one), (b, other)))
        asked = things(about.text, about.language)
        return percent and bool(mine & theirs or (mine & asked and theirs & asked))
    return percent and (not a.unit or not b.unit or bool({u[:4] for u in a.unit} & {u[:4] for u in b.unit}))


def _counted(amount: Amount, c: Candidate) -> frozenset[str]:
    """The things right behind a number."""
    return things(" ".join(c.text[amount.end :].split()[:_BEHIND]), c.passage.language)


def told_names(c: Candidate) -> frozenset[str]:
    """The names of a sentence and of its headline."""
    return frozenset(name_keys(c.text)) | frozenset(name_keys(c.passage.title))
