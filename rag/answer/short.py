"""The short answer inside a quote: names, a number with its unit, a day, a place; by rules, or by a reader's span."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rag.answer.amounts import Bound, meant
from rag.answer.enumeration import Item, longest, rows
from rag.answer.extract import terms
from rag.answer.rules import applies
from rag.question.kinds import Aim, Form
from rag.question.wants import Wants
from rag.text.dates import find_dates
from rag.text.names import question_keys
from rag.text.numbers import find_numbers, number_keys
from rag.text.script import fold
from rag.types import Passage


@dataclass(frozen=True, slots=True)
class Span:
    """`sentence[start:end]`, and how sure it is, 0 to 1."""

    start: int
    end: int
    score: float = 1.0


class SpanFinder(Protocol):
    """A reader that marks the answer inside a sentence."""

    def span(self, question: str, sentence: str) -> Span | None:
        """The answer's stretch of the sentence; None where it sees none."""
        ...


SURE = 0.5  # a reader's span below this is not marked
_CLEAR = 1.4  # a candidate stands so many times nearer to the question's words than the next, or nothing is marked
_REACH = 3  # words behind a number among which the counted thing is looked for
_COUNTED = 4  # letters by which glasa and glasova meet
_WORD = re.compile(r"[^\W_]+")
_FOLLOWING = re.compile(r"[ \u00a0]+([^\W\d_]+)")
_SIGN = re.compile(r"\s*%|\s?[€$£]")
_MONEY = re.compile(r"[€$£]\s?\Z")
_HANGING = re.compile(r"[-‑–'’][^\W\d_]|\.\s[a-zа-я]")
_NO_UNIT = frozenset(
    "and i a in и а dhe e și και ve is was were je su bi ce od do of to for za se na u v во в the an or ili ali but iz "
    "s sa са with from at as no kao ka që te të në për din de la cu al au care që koji koja koje who which that than "
    "nego more vise over jest sta po pri ko so si o ob by on have has had before after are be were ima imaju ще ќе "
    "će".split()
)
_PLACE_BEFORE = frozenset(
    "in at near from to u na iz kod kraj pri v iz od kraj во на кај од в във край на në ne nga pranë te tek la în "
    "lângă din σε στη στην στο στον στις στα από κοντά".split()
)
_OFFICES = frozenset(
    "Mbrojtjes Jashtme Jashtëm Brendshme Brendshëm Drejtësisë Financave Shëndetësisë Arsimit Kryeministri "
    "Kryeministrja Presidenti Presidentja Ministri Ministrja Minister President Premier Prime Премиерот "
    "Претседателот Πρωθυπουργός Υπουργός Πρόεδρος Bakanı Başbakan Cumhurbaşkanı".split()
)
_WITH_A_SHORT_ANSWER = frozenset({Form.FACT, Form.LIST})


def short_answer(
    question: str, sentence: str, passage: Passage, aim: Aim, *, reader: SpanFinder | None = None
) -> tuple[Span, ...]:
    """The stretches of a quote that are the short answer; empty where there is none or nothing is sure."""
    if reader is not None:
        found = reader.span(question, sentence)
        if found is not None and found.score >= SURE:
            return (found,)
    if aim.form not in _WITH_A_SHORT_ANSWER:
        return ()
    if aim.form is Form.LIST:
        return _row(question, sentence) if applies("short_row") else ()
    if aim.thing is Wants.TIME and applies("short_day"):
        return _days(question, sentence, passage)
    if aim.thing is Wants.NUMBER and applies("short_number"):
        return _numbers(question, sentence)
    if aim.thing is Wants.PERSON and applies("short_person"):
        return _people(question, sentence)
    if aim.thing is Wants.PLACE and applies("short_place"):
        return _places(question, sentence)
    return ()


def _days(question: str, sentence: str, passage: Passage) -> tuple[Span, ...]:
    """The day that stands nearest to the question's words, and is not one of them."""
    on = passage.published.date() if passage.published else date(2000, 1, 1)
    asked = {question[d.start : d.end].casefold() for d in find_dates(question, as_of=on)}
    asked_numbers = set(number_keys(question))
    spans = [
        Span(d.start, d.end)
        for d in find_dates(sentence, as_of=on, language=passage.language)
        if sentence[d.start : d.end].casefold() not in asked
        and (d.kind != "year" or not set(number_keys(sentence[d.start : d.end])) & asked_numbers)
    ]
    whole = [s for s in spans if re.search(r"\d", sentence[s.start : s.end])] or spans
    return _nearest(question, sentence, whole, clear=1.0)


def _numbers(question: str, sentence: str) -> tuple[Span, ...]:
    """The number of what the question counts; where the sentence does not name that, the only clear one."""
    asked = set(number_keys(question))
    words = {word[:_COUNTED] for word in terms(question.split(" (")[0])}  # not of what a follow-up hangs on
    dated = [range(d.start, d.end) for d in find_dates(sentence, as_of=date(2000, 1, 1))]
    counted: list[Span] = []
    others: list[Span] = []
    for n in find_numbers(sentence):
        if n.key in asked or _HANGING.match(sentence, n.end) or any(n.start in span for span in dated):
            continue
        following = _FOLLOWING.findall(sentence[n.end : n.end + 60])[:_REACH]
        at = next((i for i, word in enumerate(following) if len(word) > 2 and _term(word)[:_COUNTED] in words), None)
        (others if at is None else counted).append(
            Span(_with_about(sentence, n.start, n.end), _unit_end(sentence, n.end, at))
        )
    return _nearest(question, sentence, counted or others)


def _with_about(sentence: str, start: int, end: int) -> int:
    """The beginning of "more than", "about" or a sign of money before a number, or the number's own."""
    said = meant(sentence, start, end)
    if said.bound is not Bound.EXACT:
        return said.start
    money = _MONEY.search(sentence, max(0, start - 2), start)
    return money.start() if money else start


def _unit_end(sentence: str, at: int, counted: int | None) -> int:
    """Behind the unit: a sign, or the word that is counted (the one at `counted`, else the first)."""
    sign = _SIGN.match(sentence, at)
    if sign:
        return sign.end()
    end = at
    for _ in range(1 if counted is None else counted + 1):
        word = _FOLLOWING.match(sentence, end)
        if word is None or fold(word[1]) in _NO_UNIT or word[1][0].isupper():
            break
        end = word.end()
    return end


def _people(question: str, sentence: str) -> tuple[Span, ...]:
    """Two words with capitals that are no known place or body; a row of them where there is one."""
    asked = {word for key in question_keys(question) for word in key.split()}
    found = [
        r
        for r in rows(sentence, frozenset(question_keys(question)))
        if any(_person(i, sentence) and not asked.intersection(i.keys) for i in r.items)
    ]
    chosen = _nearest(question, sentence, [Span(r.start, r.end) for r in found])
    row = next((r for r in found if chosen and r.start == chosen[0].start), None)
    return tuple(Span(_behind_office(sentence, i), i.end) for i in row.items) if row else ()


def _behind_office(sentence: str, item: Item) -> int:
    """Where the name begins: "ministri i Mbrojtjes Pirro Vengu" has a capital that is not his."""
    words = list(_WORD.finditer(sentence, item.start, item.end))
    office = len(words) > 2 and words[0].group() in _OFFICES
    return words[1].start() if office else item.start


def _person(item: Item, sentence: str) -> bool:
    return not any(key.startswith("@") for key in item.keys) and len(sentence[item.start : item.end].split()) >= 2


def _row(question: str, sentence: str) -> tuple[Span, ...]:
    row = longest(rows(sentence, frozenset(question_keys(question))))
    return tuple(Span(i.start, i.end) for i in row.items) if row and len(row.items) > 1 else ()


def _places(question: str, sentence: str) -> tuple[Span, ...]:
    spans = []
    for row in rows(sentence, frozenset(question_keys(question))):
        before = _WORD.findall(sentence[: row.start])
        if (before and before[-1].casefold() in _PLACE_BEFORE) or "'" in sentence[row.start : row.end]:
            spans.append(Span(row.start, row.end))
    return _nearest(question, sentence, spans)


def _nearest(question: str, sentence: str, spans: list[Span], *, clear: float = _CLEAR) -> tuple[Span, ...]:
    """The span that stands nearest to the words of the question, if clearly so."""
    if len(spans) < 2:
        return tuple(spans)
    asked = terms(question)
    at = [m.start() for m in _WORD.finditer(sentence) if len(m.group()) > 2 and _term(m.group()) in asked]
    scored = sorted(((_nearness(s, at), s) for s in spans), key=lambda one: -one[0])
    return (scored[0][1],) if at and scored[0][0] >= clear * scored[1][0] else ()


def _nearness(span: Span, at: list[int]) -> float:
    return sum(1 / (4 + abs(a - (span.end if a > span.start else span.start))) for a in at)


def _term(word: str) -> str:
    return next(iter(terms(word)), "")
