"""Finds sources that contradict each other on numbers, days, names or whether something happened. A growing count is
none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rag.answer.evidence.candidate import Candidate
from rag.answer.lexicon.amounts import Amount, amounts, compatible
from rag.answer.lexicon.enumeration import Item, rows
from rag.question.parse import ParsedQuestion
from rag.question.question_type import Form, Wants
from rag.text.dates import Window, find_dates
from rag.text.language import family, identify
from rag.text.names import find_names, name_keys, question_keys
from rag.text.numbers import number_keys
from rag.text.phrases import things
from rag.text.polarity import find_opposites, stand
from rag.text.script import terms

_ORDINAL = re.compile(r"\.\s+[^\W\d_A-ZŠĐČĆŽА-Я]")
_BEHIND = 4  # words behind a number that may name what it counts
_LONG = 3  # letters of a content word
_RUNNING = frozenset({"dead", "hurt", "people"})  # what is counted while it goes on
_AN_HOUR, _DAYS_OF_COUNTING = timedelta(hours=1), timedelta(days=4)
_UNDATED = datetime.max.replace(tzinfo=UTC)
_COPY = 0.9  # share of words in common from which two sentences are one agency's, whoever printed them
_RETOLD, _TELLING = 0.7, 5  # share of all words in common, and least words, of a sentence that another one changes
_FOREIGN = 2.0  # of log odds
_ON_IT = 0.7  # of the best statement's share of the question's words

# Gives the clusters of those of these articles that are copies: the articles of a cluster count as one source.
ClustersOf = Callable[[Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ConflictQuestion:
    """A question, the keys of its names, and the language that its words are in."""

    asked: ParsedQuestion
    names: frozenset[str]
    language: str


def read_question(asked: ParsedQuestion) -> ConflictQuestion:
    return ConflictQuestion(asked, frozenset(question_keys(asked.text)), identify(asked.text).language)


def grew(*told: tuple[Candidate, Amount]) -> bool:
    """Whether a later report counts more dead, injured or people than an earlier one: the count went on, so no
    conflict."""
    if any(c.passage.published is None for c, _ in told):
        return False
    (early, fewer), (late, more) = sorted(told, key=lambda one: one[0].passage.published or _UNDATED)
    apart = (late.passage.published or _UNDATED) - (early.passage.published or _UNDATED)
    counted = frozenset.intersection(*(things(c.text, c.passage.language) for c, _ in told))
    return bool(counted & _RUNNING) and _AN_HOUR <= apart <= _DAYS_OF_COUNTING and fewer.value < more.value


def counts(c: Candidate) -> list[Amount]:
    """The numbers of a sentence, without ordinals such as "11. sastanak"."""
    found = amounts(c.text, language=c.passage.language)
    return [a for a in found if not _ORDINAL.match(c.text, a.end)]


def find_asked_number(found: list[Amount], about: ConflictQuestion) -> Amount | None:
    """The one number that stands before a word of the question; where none does, the only number of the sentence."""
    words = {w[:4] for w in terms(about.asked.text.split(" (")[0]) if len(w) > _LONG}
    counted = [a for a in found if any(u[:4] in words for u in a.unit)]
    if len(counted) == 1:
        return counted[0]
    return found[0] if len(found) == 1 and not counted else None


def share_name(about: ConflictQuestion, one: Candidate, other: Candidate) -> bool:
    """Whether both sentences share a name with the question and each other. True where the question names nothing."""
    named = frozenset(k for n in find_names(about.asked.text) if not n.first or n.key[0] == "@" for k in n.key.split())
    return not named or bool(named & names_of(one) & names_of(other))


def same_unit(a: Amount, b: Amount, one: Candidate, other: Candidate, about: ConflictQuestion) -> bool:
    """Whether both numbers count the same thing.

    Across languages that thing must be named by the question or by both sentences.
    """
    percent = ("%" in a.unit) == ("%" in b.unit)
    if family(one.passage.language) != family(other.passage.language):
        mine, theirs = (_counted(x, c) for x, c in ((a, one), (b, other)))
        asked = things(about.asked.text, about.language)
        return percent and bool(mine & theirs or (mine & asked and theirs & asked))
    return percent and (not a.unit or not b.unit or bool({u[:4] for u in a.unit} & {u[:4] for u in b.unit}))


def _counted(amount: Amount, c: Candidate) -> frozenset[str]:
    """The things right behind a number."""
    return things(" ".join(c.text[amount.end :].split()[:_BEHIND]), c.passage.language)


def names_of(c: Candidate) -> frozenset[str]:
    """The names of a sentence and of its headline."""
    return frozenset(name_keys(c.text)) | frozenset(name_keys(c.passage.title))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements of independent sources that cannot all be true, the best first; at most four."""

    kind: str  # number, day, name, negation
    sides: tuple[Candidate, ...]


_SIDES = 4
_SAME_THING = 0.5  # share of content words in common from which two sentences tell of the same thing
_SAME_CLAIM = 0.6
_DATED = frozenset({"day_month", "month_day", "iso", "numeric", "day_word"})
_NEAR_DAYS = 60
_TURKISH_AT = re.compile("['’][dt][ae](?:ki)?\\Z")


_LONG = 3  # letters of a content word


def find_conflict(question: ParsedQuestion, said: Sequence[Candidate]) -> Conflict | None:
    """The first kind of contradiction between the first statement and another; else None."""
    if not said:
        return None
    about = read_question(question)
    for kind, differ in _CHECKS.items():
        against = [c for c in said[1:] if differ(about, said[0], c)]
        if against:
            return Conflict(kind, (said[0], *_distinct(about, kind, against)))
    return None


def _distinct(about: ConflictQuestion, kind: str, against: list[Candidate]) -> list[Candidate]:
    """One of those that agree among themselves."""
    kept: list[Candidate] = []
    for c in against:
        if len(kept) < _SIDES - 1 and (kind == "negation" or all(_CHECKS[kind](about, k, c) for k in kept)):
            kept.append(c)
    return kept[:1] if kind == "negation" else kept


def _numbers_differ(about: ConflictQuestion, one: Candidate, other: Candidate) -> bool:
    """The asked number, or a number of the same thing in two sentences that tell of the same."""
    mine, theirs = (counts(c) for c in (one, other))
    if about.asked.wanted is Wants.NUMBER:
        a, b = (find_asked_number(found, about) for found in (mine, theirs))
        same = a and b and same_unit(a, b, one, other, about) and share_name(about, one, other)
        return bool(a and b and same and not compatible(a, b) and not grew((one, a), (other, b)))
    if not _tell_the_same(one, other, _SAME_THING):
        return False
    pairs = [(a, b) for a in mine for b in theirs if a.unit and b.unit and a.unit[0] == b.unit[0]]
    single = [p for p in pairs if sum(p[0] is q[0] for q in pairs) == 1 and sum(p[1] is q[1] for q in pairs) == 1]
    return any(not compatible(a, b) for a, b in single)


def _days_differ(about: ConflictQuestion, one: Candidate, other: Candidate) -> bool:
    """Whether two sentences date one event differently: one day each, different, at most `_NEAR_DAYS` apart.

    Days further apart belong to different events. Across languages only for questions about a day, and only where both
    sentences name all that the question names.
    """
    asks = about.asked.wanted is Wants.TIME
    if family(one.passage.language) == family(other.passage.language):
        same = _tell_the_same(one, other, _SAME_THING if asks else _SAME_CLAIM)
    else:
        same = asks and bool(about.names) and all(about.names <= names_of(c) for c in (one, other))
    mine, theirs = _days(one), _days(other)
    if not same or len(mine) != 1 or len(theirs) != 1:
        return False
    (a,), (b,) = mine, theirs
    return bool(a.start and b.start and 0 < abs((a.start - b.start).days) <= _NEAR_DAYS)


def _days(c: Candidate) -> set[Window]:
    on = c.passage.published.date() if c.passage.published else date(2000, 1, 1)
    found = find_dates(c.text, as_of=on, language=c.passage.language)
    dated = {d.window for d in found if d.kind in _DATED and d.window.start == d.window.end}
    return dated if c.passage.published else {d.window for d in found if d.kind in ("iso", "numeric")}


def _names_differ(about: ConflictQuestion, one: Candidate, other: Candidate) -> bool:
    """One name each, of persons or places as asked, with nothing in common, in sentences that tell the same."""
    if about.asked.wanted not in (Wants.PERSON, Wants.PLACE) or about.asked.form is Form.LIST:
        return False
    mine, theirs = (_named(c, about) for c in (one, other))
    return bool(mine and theirs and not mine & theirs and _tell_the_same(one, other, _SAME_THING))


def _named(c: Candidate, about: ConflictQuestion) -> frozenset[str]:
    """The keys of the one row of names that could be the answer; none where there are several."""
    found = []
    for row in rows(c.text, about.names):
        person = any(not i.place and len(i.keys) > 1 for i in row.items)
        if person == (about.asked.wanted is Wants.PERSON):
            found.append(row)
    return frozenset(k for i in found[0].items for k in _own_keys(i, c)) if len(found) == 1 else frozenset()


def _own_keys(item: Item, c: Candidate) -> tuple[str, ...]:
    """The keys of a name without the Turkish place right behind it: "Sanja Vidak Brezno'daki"."""
    return item.keys[:-1] if _TURKISH_AT.search(c.text[item.start : item.end]) else item.keys


def _one_denies(about: ConflictQuestion, one: Candidate, other: Candidate) -> bool:
    """One language, the same words, but one denies or says the opposite."""
    if not _tell_the_same(one, other, _SAME_CLAIM):
        return False
    a, b = stand(one.text, one.passage.language), stand(other.text, other.passage.language)
    if find_opposites(a, b) - {"before", "more", "rise", "older", "compass"}:
        return a.denies == b.denies
    return (a.denies == 0) != (b.denies == 0)


def _tell_the_same(one: Candidate, other: Candidate, share: float) -> bool:
    if family(one.passage.language) != family(other.passage.language):
        return False
    a, b = _content(one.text), _content(other.text)
    return bool(a and b) and len(a & b) >= share * min(len(a), len(b))


def _content(text: str) -> frozenset[str]:
    return frozenset(w for w in terms(text) if len(w) > _LONG and not w.isdigit())


_CHECKS: dict[str, Callable[[ConflictQuestion, Candidate, Candidate], bool]] = {
    "number": _numbers_differ,
    "day": _days_differ,
    "name": _names_differ,
    "negation": _one_denies,
}


def statements(
    pool: Sequence[Candidate], chosen: Sequence[Candidate], clusters_of: ClustersOf | None = None
) -> list[Candidate]:
    """What each independent source says about the question: its best sentence, the answer's own source first."""
    if not chosen:
        return []
    least = _ON_IT * chosen[0].overlap
    telling = (*chosen, *(p for p in pool if p.overlap >= least or _near(p, chosen[0])))
    clusters = clusters_of(list(dict.fromkeys(c.passage.article_id for c in telling))) if clusters_of else {}
    found: dict[str, Candidate] = {}
    for c in telling:
        source = _source(c, clusters)
        if source not in found and not any(_copied(c, other) for other in found.values()):
            found[source] = c
    return list(found.values())


def retold(pool: Sequence[Candidate], best: Candidate) -> frozenset[int]:
    """The places in `pool` of sentences of other articles that repeat the best one with a word or two changed.

    The changed word may be the fact itself, so such a sentence counts however unlikely its passage is to answer.
    """
    own = terms(best.text)
    others = [(n, terms(c.text)) for n, c in enumerate(pool) if c.passage.article_id != best.passage.article_id]
    return frozenset(
        n for n, a in others if min(len(a), len(own)) >= _TELLING and len(a & own) >= _RETOLD * len(a | own)
    )


def _near(c: Candidate, best: Candidate) -> bool:
    """Whether a sentence in another language is close enough to the best one to be compared with it.

    Their words cannot match, so it must be near by its vector, or tell of the same thing and name the same place or
    person.
    """
    if family(c.passage.language) == family(best.passage.language):
        return False
    if c.log_odds >= best.log_odds - _FOREIGN:
        return True
    mine, theirs = (things(x.text, x.passage.language) for x in (c, best))
    return bool(mine & theirs) and bool(_names(c) & _names(best))


def _source(c: Candidate, clusters: Mapping[str, str]) -> str:
    cluster = clusters.get(c.passage.article_id)
    p = c.passage
    return f"cluster:{cluster}" if cluster else f"outlet:{p.facts_from or p.outlet or p.article_id}"


def _copied(one: Candidate, other: Candidate) -> bool:
    """Nearly the same words, and the same numbers, names and denials: what differs in one of those is no copy."""
    a, b = terms(one.text), terms(other.text)
    if len(a & b) < _COPY * max(len(a), len(b)):
        return False
    return all(part(one) == part(other) for part in (_number_keys, _names, _denials))


def _number_keys(c: Candidate) -> frozenset[str]:
    return frozenset(number_keys(c.text))


def _denials(c: Candidate) -> int:
    return stand(c.text, c.passage.language).denies


def _names(c: Candidate) -> frozenset[str]:
    return frozenset(name_keys(c.text))
