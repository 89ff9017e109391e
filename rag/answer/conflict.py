"""Finds sources that contradict each other on numbers, days, names or whether something happened. A growing count is no
contradiction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from rag.answer.judge import ClustersOf, ScoredSentence
from rag.answer.short import other_victims, rows
from rag.question.question import Form, Question, Wants
from rag.text.amounts import Amount, amounts, compatible
from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.names import name_keys
from rag.text.numbers import number_keys
from rag.text.phrases import noun_classes, tokens
from rag.text.polarity import denials, opposed
from rag.text.words import terms
from rag.types import Window

_SIDES = 4
_SAME_THING = 0.5  # share of content words in common from which two sentences tell of the same thing
_SAME_CLAIM = 0.6
_COPY = 0.9  # share of words in common from which two sentences are one agency's, whoever printed them
_REPEATED, _LEAST = 0.7, 5  # share of all words in common, and least words, of a sentence that another one changes
_FOREIGN = 2.0  # of log odds
_ON_IT = 0.7  # of the best statement's share of the question's words
_LONG = 3  # letters of a content word
_BEHIND = 4  # words behind a number that may name what it counts
_RUNNING = frozenset({"dead", "hurt", "people"})  # what is counted while it goes on
_AN_HOUR, _DAYS_OF_COUNTING = timedelta(hours=1), timedelta(days=4)
_UNDATED = datetime.max.replace(tzinfo=UTC)
_DATED = frozenset({"day_month", "month_day", "iso", "numeric", "day_word"})
_NEAR_DAYS = 60
_SURE = 1.2  # log odds that the words of another report answer; two hands' 120 cases: 19 of 52 conflicts, none false
_SAME_DAYS = timedelta(days=4)  # between reports of one event
_ORDINAL = re.compile(r"\.\s+[^\W\d_A-ZŠĐČĆŽА-Я]")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements of independent sources that cannot all be true, the best first; at most four."""

    kind: str  # number, day, answer, negation
    sides: tuple[ScoredSentence, ...]


def find_conflict(question: Question, said: Sequence[ScoredSentence]) -> Conflict | None:
    """Returns the first kind of contradiction between the first statement and another, or None."""
    for kind, differ in _CHECKS.items():
        against = [c for c in said[1:] if differ(question, said[0], c)]
        if against:
            return Conflict(kind, (said[0], *_distinct(question, kind, against)))
    return None


def difference(one: ScoredSentence, other: ScoredSentence) -> Literal["day", "negation", ""]:
    """Returns in what two sentences about one event contradict each other, whatever is asked; "" in neither."""
    question = Question("", one.passage.language)
    if _days_differ(question, one, other):
        return "day"
    return "negation" if _one_denies(question, one, other) else ""


def went_on(*reports: tuple[ScoredSentence, Amount]) -> bool:
    """Tells whether one of two reports only counts on from the other."""
    return _grew(*reports)


def _distinct(question: Question, kind: str, against: list[ScoredSentence]) -> list[ScoredSentence]:
    """Returns one statement of each group that agrees among itself."""
    if kind == "negation":
        return against[:1]
    kept: list[ScoredSentence] = []
    for c in against:
        if len(kept) < _SIDES - 1 and all(_CHECKS[kind](question, k, c) for k in kept):
            kept.append(c)
    return kept


def _numbers_differ(question: Question, one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether the number asked for differs, or a number of one thing in two sentences about the same."""
    mine, theirs = counts(one), counts(other)
    if question.wants is Wants.NUMBER:
        a, b = (_asked_number(found, c, question) for found, c in ((mine, one), (theirs, other)))
        if a is None or b is None or compatible(a, b) or _grew((one, a), (other, b)):
            return False
        return _same_unit(a, b, one, other, question) and _share_name(question, one, other)
    if not _tell_the_same(one, other, _SAME_THING):
        return False
    pairs = [(a, b) for a in mine for b in theirs if a.unit and b.unit and a.unit[0] == b.unit[0]]
    single = [p for p in pairs if sum(p[0] is q[0] for q in pairs) == 1 and sum(p[1] is q[1] for q in pairs) == 1]
    return any(not compatible(a, b) for a, b in single)


def counts(c: ScoredSentence) -> list[Amount]:
    """Returns the numbers of a sentence, without ordinals such as "11. sastanak"."""
    return [a for a in amounts(c.text, language=c.passage.language) if not _ORDINAL.match(c.text, a.end)]


def _asked_number(found: list[Amount], c: ScoredSentence, question: Question) -> Amount | None:
    """Returns the one number that the reader marked, else the one before a word of the question, else the sentence's
    only one; none that counts the dead where the hurt are asked for, or the other way round."""
    found = [a for a in found if not other_victims(question, c.text, c.passage.language, a.start, a.end)]
    marked = [a for a in found if c.answer and a.start < c.answer.end and c.answer.start < a.end]
    if len(marked) == 1:
        return marked[0]
    words = {w[:4] for w in terms(question.text.split(" (")[0]) if len(w) > _LONG}
    counted = [a for a in found if any(u[:4] in words for u in a.unit)]
    if len(counted) == 1:
        return counted[0]
    return found[0] if len(found) == 1 and not counted else None


def _grew(*reports: tuple[ScoredSentence, Amount]) -> bool:
    """Tells whether a later report counts more dead, injured or people than an earlier one: the count went on."""
    if any(c.passage.published is None for c, _ in reports):
        return False
    (early, fewer), (late, more) = sorted(reports, key=lambda one: one[0].passage.published or _UNDATED)
    apart = (late.passage.published or _UNDATED) - (early.passage.published or _UNDATED)
    counted = frozenset.intersection(*(noun_classes(c.text, c.passage.language) for c, _ in reports))
    return bool(counted & _RUNNING) and _AN_HOUR <= apart <= _DAYS_OF_COUNTING and fewer.value < more.value


def _same_unit(a: Amount, b: Amount, one: ScoredSentence, other: ScoredSentence, question: Question) -> bool:
    """Tells whether both numbers count the same thing.

    Across languages that thing must be named by the question or by both sentences.
    """
    if ("%" in a.unit) != ("%" in b.unit):
        return False
    if _foreign(one, other):
        mine, theirs = (
            noun_classes(" ".join(c.text[amount.end :].split()[:_BEHIND]), c.passage.language)
            for amount, c in ((a, one), (b, other))
        )
        asked = noun_classes(question.text, question.language)
        return bool(mine & theirs or (mine & asked and theirs & asked))
    return not a.unit or not b.unit or bool({u[:4] for u in a.unit} & {u[:4] for u in b.unit})


def _share_name(question: Question, one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether both sentences share a name with the question and each other. True where the question names
    nothing."""
    asked = (n for n in question.cased if not n.first or n.key[0] == "@")
    named = frozenset(key for name in asked for key in name.key.split())
    return not named or bool(named & _names_with_title(one) & _names_with_title(other))


def _names_with_title(c: ScoredSentence) -> frozenset[str]:
    return c.names | frozenset(name_keys(c.passage.title))


def _days_differ(question: Question, one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether two sentences date one event differently: one day each, different, at most `_NEAR_DAYS` apart.

    Days further apart belong to different events. Across languages only for questions about a day, and only where both
    sentences name all that the question names.
    """
    asks = question.wants is Wants.TIME
    if _foreign(one, other):
        names = question.name_keys if asks else frozenset()
        same = bool(names) and all(names <= _names_with_title(c) for c in (one, other))
    else:
        same = _tell_the_same(one, other, _SAME_THING if asks else _SAME_CLAIM)
    mine, theirs = (_days(one), _days(other)) if same else (set(), set())
    if len(mine) != 1 or len(theirs) != 1:
        return False
    (a,), (b,) = mine, theirs
    return bool(a.start and b.start and 0 < abs((a.start - b.start).days) <= _NEAR_DAYS)


def _days(c: ScoredSentence, start: int = 0, end: int | None = None) -> set[Window]:
    """Returns the days that a sentence names, or that touch its `text[start:end]`."""
    published = c.passage.published
    as_of = published.date() if published else date(2000, 1, 1)
    every = find_dates(c.text, as_of=as_of, language=c.passage.language)
    found = [d for d in every if start < d.end and (end is None or d.start < end)]
    if published is None:
        return {d.window for d in found if d.kind in ("iso", "numeric")}
    return {d.window for d in found if d.kind in _DATED and d.window.start == d.window.end}


def _answers_differ(question: Question, one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether two reports of the same days answer surely and differently: the reader's words for the answer are
    another day or have no name in common; where one of them names nothing, no word."""
    if question.form is Form.LIST or question.wants is Wants.NUMBER or _apart(one, other) > _SAME_DAYS:
        return False
    if not (one.answer and other.answer and other.answers and other.answer.verdict >= _SURE):
        return False
    told = ((one, one.answer), (other, other.answer))
    if question.wants is Wants.TIME:
        mine, theirs = (_days(c, a.start, a.end) for c, a in told)
        return len(mine) == len(theirs) == 1 and mine != theirs
    if any(
        len(r) > 1 and r[0].start < a.end and a.start < r[-1].end for c, a in told for r in rows(c.text, frozenset())
    ):
        return False  # one of several names in a row
    keys = [frozenset(name_keys(c.text[a.start : a.end])) for c, a in told]
    if not all(keys) and not _foreign(one, other):
        keys = [_content(terms(c.text[a.start : a.end]) - terms(question.text)) for c, a in told]
    return all(keys) and keys[0].isdisjoint(keys[1])


def _apart(one: ScoredSentence, other: ScoredSentence) -> timedelta:
    """Returns how far apart two reports were published; where a date is unknown, as far as can be."""
    a, b = one.passage.published, other.passage.published
    return abs(a - b) if a and b else timedelta.max


def _one_denies(question: Question, one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether two sentences of one language say the same words, but one denies them or says the opposite."""
    if not _tell_the_same(one, other, _SAME_CLAIM):
        return False
    a, b = _denials(one), _denials(other)
    if opposed(tokens(one.text), tokens(other.text), one.passage.language):
        return a == b
    return (a == 0) != (b == 0)


def _denials(c: ScoredSentence) -> int:
    return denials(tokens(c.text), c.passage.language)


def _foreign(one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether two sentences are in languages whose words cannot match."""
    mine, theirs = one.passage.language, other.passage.language
    return mine != theirs and family(mine) != family(theirs)


def _tell_the_same(one: ScoredSentence, other: ScoredSentence, share: float) -> bool:
    if _foreign(one, other):
        return False
    a, b = _content(one.terms), _content(other.terms)
    return bool(a and b) and len(a & b) >= share * min(len(a), len(b))


def _content(words: Iterable[str]) -> frozenset[str]:
    return frozenset(w for w in words if len(w) > _LONG and not w.isdigit())


_CHECKS: dict[str, Callable[[Question, ScoredSentence, ScoredSentence], bool]] = {
    "number": _numbers_differ,
    "day": _days_differ,
    "answer": _answers_differ,
    "negation": _one_denies,
}


def statements(
    pool: Sequence[ScoredSentence], chosen: Sequence[ScoredSentence], clusters_of: ClustersOf
) -> list[ScoredSentence]:
    """Returns what each independent source says on the question: its best sentence, the answer's own source first."""
    if not chosen:
        return []
    least = _ON_IT * chosen[0].overlap
    telling = (*chosen, *(p for p in pool if p.overlap >= least or _near(p, chosen[0])))
    clusters = clusters_of(list(dict.fromkeys(c.passage.article_id for c in telling)))
    found: dict[str, ScoredSentence] = {}
    for c in telling:
        source = _source(c, clusters)
        if source not in found and not any(_is_copy(c, other) for other in found.values()):
            found[source] = c
    return list(found.values())


def changed_copies(pool: Sequence[ScoredSentence], best: ScoredSentence) -> frozenset[int]:
    """Returns the places in `pool` of sentences of other articles that repeat the best one with a word or two changed.

    The changed word may be the fact itself, so such a sentence counts however unlikely its passage is to answer.
    """
    own = best.terms
    others = [(n, c.terms) for n, c in enumerate(pool) if c.passage.article_id != best.passage.article_id]
    return frozenset(
        n for n, a in others if min(len(a), len(own)) >= _LEAST and len(a & own) >= _REPEATED * len(a | own)
    )


def _near(c: ScoredSentence, best: ScoredSentence) -> bool:
    """Tells whether a sentence in another language is close enough to the best one to be compared with it.

    Their words cannot match, so it must be as likely to answer, or be about the same thing and name the same place or
    person.
    """
    if not _foreign(c, best):
        return False
    if c.log_odds >= best.log_odds - _FOREIGN:
        return True
    mine, theirs = (noun_classes(x.text, x.passage.language) for x in (c, best))
    return bool(mine & theirs and c.names & best.names)


def _source(c: ScoredSentence, clusters: Mapping[str, str]) -> str:
    cluster, p = clusters.get(c.passage.article_id), c.passage
    return f"cluster:{cluster}" if cluster else f"outlet:{p.facts_from or p.outlet or p.article_id}"


def _is_copy(one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether two sentences have nearly the same words, and the same numbers, names and denials."""
    a, b = one.terms, other.terms
    if len(a & b) < _COPY * max(len(a), len(b)):
        return False
    numbers = (frozenset(number_keys(c.text)) for c in (one, other))
    return len(set(numbers)) == 1 and one.names == other.names and _denials(one) == _denials(other)
