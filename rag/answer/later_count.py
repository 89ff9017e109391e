"""Finds a later count of what a question asks for, and the whole where a part was counted: the dead of an event are
counted on for months, and elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rag.answer.figures import Figure, read_figures
from rag.answer.judge import Evidence, ScoredSentence, is_later
from rag.answer.short import VICTIMS, counts_victims, other_victims
from rag.question.question import Form, Question, Wants
from rag.reader.reader import AnswerSpan
from rag.text.amounts import Bound, parse_qualifier
from rag.text.dates import find_dates
from rag.types import Passage

_LEAST_VERDICT = -1.5  # log odds of the words that count; those of a warning or of something else lie lower
_AT_ONCE = timedelta(days=31)  # in which a report with the names of a question is of the same event
_AROUND = timedelta(days=3)  # an event is reported within
_UNDATED = datetime.min.replace(tzinfo=UTC)


def find_later_count(evidence: Evidence, best: ScoredSentence) -> ScoredSentence | None:
    """Returns the sentence of the newest report that counts on from what `best` tells of what is asked for; None where
    none does.

    That report mentions all names of the question and counts more, within a month or of an event whose time it names;
    or it mentions the count that `best` gives and gives another. What is counted of a part, or of another event that is
    smaller, is less.
    """
    question = evidence.question
    told = _told_figure(question, best)
    if told is None:
        return None
    found = []
    for weighed in evidence.passages:
        if not is_later(weighed.passage, best.passage) or weighed.missing:
            continue
        known = any(
            f.value == told.value for f in read_figures(_text(weighed.passage), weighed.passage.language).numbers
        )
        if known or _of_one_event(weighed.passage, best.passage):
            likely = [s for s in weighed.sentences if s.answer and s.answer.verdict >= _LEAST_VERDICT]
            counts = [(s, f) for s in likely if (f := _counted(question, s, told))]
            more = [s for s, f in counts if f.value > told.value or known]
            found += [max(more, key=lambda s: (not s.headline, s.values["span"]))] if more else []
    return max(found, key=lambda s: s.passage.published or _UNDATED, default=None)


def find_whole_count(evidence: Evidence, best: ScoredSentence) -> ScoredSentence | None:
    """Returns the sentence that counts all of the dead or the hurt where `best` counts a part of them: it is of the
    same article, counts more, and shares more with the question. None where none does."""
    question = evidence.question
    told = _told_figure(question, best) if VICTIMS & question.counted else None
    if told is None:
        return None
    own = [s for s in evidence.sentences if s.passage.article_id == best.passage.article_id]
    more = [s for s in own if (f := _counted(question, s, told)) and f.value > told.value]
    whole = max(more, key=lambda s: (s.overlap, not s.headline), default=best)
    return whole if whole.overlap > best.overlap else None


def _told_figure(question: Question, best: ScoredSentence) -> Figure | None:
    """Returns the number that a sentence gives for what is asked; None where something else is asked for or given, as a
    score."""
    if question.wants is not Wants.NUMBER or question.form is not Form.FACT or best.answer is None:
        return None
    if other_victims(question, best.text, best.passage.language, best.answer.start, best.answer.end):
        return None
    score = read_figures(best.text[best.answer.start : best.answer.end], best.passage.language).scores
    return None if score else next(iter(_figures(best, best.answer)), None)


def _counted(question: Question, s: ScoredSentence, told: Figure) -> Figure | None:
    """Returns another number that a sentence gives for what is asked, told as a fact."""
    if s.answer is None or not counts_victims(question, s.text, s.passage.language, s.answer.start, s.answer.end):
        return None
    first = next((f for f in _figures(s, s.answer) if f.value != told.value and f.unit in (told.unit, "")), None)
    return first if first and parse_qualifier(s.text, first.start, first.end).bound is not Bound.MOST else None


def _figures(s: ScoredSentence, marked: AnswerSpan) -> list[Figure]:
    """Returns the numbers in the short answer of a sentence."""
    numbers = read_figures(s.text, s.passage.language).numbers
    return [f for f in numbers if f.start < marked.end and marked.start < f.end]


def _text(p: Passage) -> str:
    return f"{p.title}\n{p.text}"


def _of_one_event(later: Passage, before: Passage) -> bool:
    """Tells whether a later report, which names what the question does, comes soon enough, or names the time of the
    event that was told before."""
    if not later.published or not before.published:
        return False
    if later.published - before.published <= _AT_ONCE:
        return True
    on, today = before.published.date(), later.published.date()
    for one in find_dates(_text(later), as_of=today, language=later.language):
        days = [day for day in (one.window.start, one.window.end) if day]  # "od 3. maja" is open: of, or from, 3 May
        if days and min(days) - _AROUND <= on <= max(days) + _AROUND and not min(days) <= today <= max(days):
            return True
    return False
