"""The short answer inside a sentence: the reader's span, brought to whole names, numbers with their unit, and days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from rag.answer.judge import Evidence, ScoredSentence, WeighedPassage, clip, logistic
from rag.question.question import NAME_TYPES, Form, Question, Wants
from rag.reader.reader import AnswerSpan
from rag.text.amounts import Bound, parse_qualifier
from rag.text.dates import find_dates
from rag.text.names import Name, find_names, name_keys
from rag.text.numbers import find_numbers, number_keys
from rag.text.phrases import noun_classes
from rag.text.script import fold
from rag.text.tables import table
from rag.text.words import terms
from rag.types import Passage

_FORMS = frozenset({Form.FACT, Form.LIST})
_WORD = re.compile(r"[^\W_]+")
_FOLLOWING = re.compile(r"[ \u00a0]+([^\W\d_]+)")
_SIGN = re.compile(r"\s*%|\s?[€$£]")
_MONEY = re.compile(r"[€$£]\s?\Z")
VICTIMS = frozenset({"dead", "hurt"})
_CLAUSE = 60  # characters before and behind a number in which that which it counts may stand
_BRACKETS = (("(", ")"), ("[", "]"), ("„", "“"), ("«", "»"))
_LONG = 12  # words from which a stretch is no short answer
_SOME_DAY = date(2000, 1, 1)  # from which "yesterday" is told where there is no other

# What stands between two members of a row: words that end a long name ("Socijalistička narodna partija"), a bracket,
# a comma, "and", or both, and an article.
_ROWS = {name: "|".join(some.split()).replace("_", " ") for name, some in table("joining")["rows"].items()}
_AND, _SMALL = f"(?:{_ROWS['and']})", f"(?:{_ROWS['before']})"
_TAIL = r"(?P<tail>(?:[ \u00a0][^\W\d_]+){0,3}?(?:\s*\([^()]{1,60}\))?)"
_GAP = re.compile(rf"{_TAIL}(?:\s*,\s*(?:{_AND}\s+)?|\s+{_AND}\s+)(?:{_SMALL}\s+)?")
_ASIDE = re.compile(r"\([^()]{1,60}\)")
_BRACKET = re.compile(r"\s*\([^()]*\)\Z")
_SIDE_BY_SIDE = re.compile(r"[ \u00a0-]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Spans of a sentence, [start, end), that may be the short answer, and the features that speak for them.

    Once judged, `probability` is that they are right; `alone`: it is enough to give them by themselves.
    """

    spans: tuple[tuple[int, int], ...]
    values: dict[str, float]
    probability: float = 0.0
    alone: bool = False


def propose(evidence: Evidence, weighed: WeighedPassage, sentence: ScoredSentence) -> Proposal | None:
    """The short answer that the reader marks in a sentence of the passage, its ends put right; None where the question
    wants none, the words are long, or count the dead where the hurt are asked for.
    """
    question = evidence.question
    if sentence.answer is None or question.form not in _FORMS:
        return None
    if other_victims(question, sentence.text, weighed.passage.language, sentence.answer.start, sentence.answer.end):
        return None
    spans = _spans(question, weighed.passage, sentence.text, sentence.answer)
    if any(len(_WORD.findall(sentence.text[start:end])) > _LONG for start, end in spans):
        return None
    words = " ".join(sentence.text[start:end] for start, end in spans)
    values = {
        **weighed.confidence_features,
        "verdict": clip(sentence.answer.verdict),
        "span": sentence.values["span"],
        "apart": clip(sentence.answer.apart),
        "agreed": max((logistic(a.verdict) for a in _elsewhere(evidence, weighed, words)), default=0.0),
        "asked": float(bool(terms(words)) and terms(words) <= terms(question.text)),
        "long": min(1.0, len(_WORD.findall(words)) / _LONG),
    }
    return Proposal(spans, values)


def _elsewhere(evidence: Evidence, weighed: WeighedPassage, words: str) -> Iterator[AnswerSpan]:
    """What the reader marks in the best sentence of another article, where that has the names and numbers of the words,
    in whatever script."""
    own = keys(words)
    for other in evidence.passages:
        best = other.sentences[0]
        if own and best.answer is not None and other.passage.article_id != weighed.passage.article_id:
            if own <= keys(best.text[best.answer.start : best.answer.end]):
                yield best.answer


def keys(text: str) -> frozenset[str]:
    """The keys of a text's names, and its numbers by value."""
    return frozenset((*name_keys(text), *number_keys(text)))


def _spans(question: Question, passage: Passage, text: str, marked: AnswerSpan) -> tuple[tuple[int, int], ...]:
    """The names of a row, each by itself; else the span as one whole thing."""
    start, end = _trim(text, marked)
    items = _row(question, text, marked)
    if len(items) > 1:
        first = items[0] if question.form is Form.LIST else replace(items[0], start=_beginning(text, start, items[0]))
        return tuple((item.start, item.end) for item in (first, *items[1:]))
    start, end = _whole_names(text, start, end)
    start, end = _whole_days(text, start, end, passage)
    if question.wants is Wants.NUMBER:
        start, end = _whole_numbers(text, start, end)
    return (_balance(text, start, end),)


def other_victims(question: Question, text: str, language: str, start: int, end: int) -> bool:
    """Tells whether the dead stand nearest to words, [start, end), where the hurt are asked for, or the reverse.

    The reader marks the first of "killed 59 people and injured more than 100" for both questions, and the verifier
    takes it for right in three of four.
    """
    asked = VICTIMS & question.counted
    nearest = _victims_beside(text, language, start, end)
    return len(asked) == 1 and bool(nearest) and not asked & nearest


def counts_victims(question: Question, text: str, language: str, start: int, end: int) -> bool:
    """Tells whether words, [start, end), surely count the dead or the hurt, whichever is asked for; any number fits
    where neither is."""
    asked = VICTIMS & question.counted
    return not asked or bool(asked & _victims_beside(text, language, start, end))


def _victims_beside(text: str, language: str, start: int, end: int) -> frozenset[str]:
    """Which of the dead and the hurt stand nearest to words, in their clause."""
    words = list(_WORD.finditer(text))
    around = (
        noun_classes(
            " ".join(w.group() for w in words if start - reach <= w.start() and w.end() <= end + reach),
            language,
        )
        & VICTIMS
        for reach in range(0, _CLAUSE, 5)
    )
    return next((found for found in around if found), frozenset())


def _row(question: Question, text: str, marked: AnswerSpan) -> list[RowName]:
    """Finds the row of names that the span touches, without those of the question, for a list; also where names are
    wanted of all that have nothing but brackets between them: three signed, and the span may hold the first alone."""
    if question.form is not Form.LIST and question.wants not in NAME_TYPES:
        return []
    asked = frozenset(key for name in question.names for key in name.keys)
    row = next((list(r) for r in rows(text, asked) if _touch(r[0].start, r[-1].end, marked)), [])
    if question.form is Form.LIST or (row and _of_all(row, text, asked)):
        return row
    return []


def _of_all(row: Sequence[RowName], text: str, asked: Collection[str]) -> bool:
    """Whether a row is of bare names, and no bracket beside one of them tells it apart by a name of the question: who
    signed for Croatia is one of "Pirro Vengu (Albania) and Ivan Anušić (Croatia)"."""
    bare = all(word[0].isupper() for name in row for word in _WORD.findall(text, name.start, name.end))
    aside = _ASIDE.search(text, row[-1].end)
    beside = text[row[0].start : aside.end() if aside else row[-1].end]
    return bare and not any(key in asked for name in find_names(beside) for key in name.key.split())


def _whole_names(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the rest of the names that it begins or ends within."""
    for name in find_names(text):
        if name.start < start < name.end:
            start = _beginning(text, start, name)
        if name.start < end < name.end:
            end = name.end
    return start, end


def _beginning(text: str, start: int, name: Name | RowName) -> int:
    """Returns where a name begins. The reader's beginning is kept where it leaves two words of a name: "Mbrojtjes
    [Pirro Vengu]"."""
    left = [word for word in _WORD.findall(text, start, name.end) if word[0].isupper()]
    return start if name.start < start and len(left) > 1 else min(start, name.start)


def _whole_days(text: str, start: int, end: int, passage: Passage) -> tuple[int, int]:
    """The span with the rest of the days, months or hours that it touches."""
    on = passage.published.date() if passage.published else _SOME_DAY
    found = [d for d in find_dates(text, as_of=on, language=passage.language) if d.start < end and start < d.end]
    return min([start, *(d.start for d in found)]), max([end, *(d.end for d in found)])


def _whole_numbers(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with "about" or a currency sign before a number that it begins with, and the unit behind its last."""
    found = [n for n in find_numbers(text) if n.start < end and start < n.end]
    if found and found[0].start <= start:
        start = _with_about(text, found[0].start, found[0].end)
    if found and found[-1].end >= end:
        end = _unit_end(text, found[-1].end)
    return start, end


def _balance(text: str, start: int, end: int) -> tuple[int, int]:
    """Cuts a bracket that has no counterpart in the span, and what follows it."""
    for opening, closing in _BRACKETS:
        if text[start : start + 1] == opening and closing not in text[start:end]:
            start += 1
        at = text.find(opening, start + 1, end)
        if at > 0 and closing not in text[at:end]:
            end = start + len(text[start:at].rstrip())
    return start, end


def _touch(start: int, end: int, marked: AnswerSpan) -> bool:
    return start < marked.end and marked.start < end


def _trim(text: str, marked: AnswerSpan) -> tuple[int, int]:
    """Cuts punctuation at both ends of the span."""
    inside = list(_WORD.finditer(text, marked.start, marked.end))
    return (inside[0].start(), inside[-1].end()) if inside else (marked.start, marked.end)


def _with_about(text: str, start: int, end: int) -> int:
    """Returns where the number begins, including "more than", "about" or a currency sign before it."""
    said = parse_qualifier(text, start, end)
    if said.bound is not Bound.EXACT:
        return said.start
    money = _MONEY.search(text, max(0, start - 2), start)
    return money.start() if money else start


def _unit_end(text: str, at: int) -> int:
    """Returns where the unit behind a number ends: a sign, or the word that is counted."""
    sign = _SIGN.match(text, at)
    if sign:
        return sign.end()
    word = _FOLLOWING.match(text, at)
    if word is None or fold(word[1]) in _no_unit() or word[1][0].isupper():
        return at
    return word.end()


@cache
def _no_unit() -> frozenset[str]:
    return frozenset(fold(word) for word in table("short")["no_unit"]["words"].split())


@dataclass(frozen=True, slots=True)
class RowName:
    """One member of a row: `sentence[start:end]` and its keys."""

    start: int
    end: int
    keys: tuple[str, ...]
    first: bool = False  # it opens the sentence, so its first word may be no name

    @property
    def place(self) -> bool:
        """Whether it consists of known entities alone."""
        return all(key.startswith("@") for key in self.keys)


def rows(sentence: str, asked: frozenset[str]) -> list[tuple[RowName, ...]]:
    """Returns the names of a sentence without those that the question asks about (`asked`, keys); names in a row are
    grouped."""
    made: list[list[RowName]] = []
    aside = [range(m.start(), m.end()) for m in _ASIDE.finditer(sentence)]
    for item in _row_names(sentence):
        if made and any(item.start in span for span in aside):
            continue  # "Ivan Anušić (Croatia)": what is said of the one before
        if set(item.keys) <= asked or (item.first and len(item.keys) == 1 and not item.place):
            continue
        gap = _GAP.fullmatch(sentence[made[-1][-1].end : item.start]) if made else None
        if gap and not any(c.isupper() for c in gap["tail"].split("(")[0]):
            before = made[-1][-1]
            tail = _BRACKET.sub("", gap["tail"])
            made[-1][-1] = RowName(before.start, before.end + len(tail), before.keys, before.first)
            made[-1].append(item)
        else:
            made.append([item])
    return [tuple(row) for row in made]


def _row_names(sentence: str) -> list[RowName]:
    """Returns the names of a sentence; those that stand side by side ("Demokratska" and "Crna Gora") are one."""
    items: list[RowName] = []
    for name in find_names(sentence):
        item = _row_name(name)
        if items and _SIDE_BY_SIDE.fullmatch(sentence[items[-1].end : item.start]):
            before = items.pop()
            item = RowName(before.start, item.end, (*before.keys, *item.keys), before.first)
        items.append(item)
    return items


def _row_name(name: Name) -> RowName:
    return RowName(name.start, name.end, tuple(name.key.split()), name.first)
