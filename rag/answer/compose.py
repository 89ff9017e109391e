"""Answers a question from the passages found: with verified quotes, or a refusal where the evidence is too weak."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.judge import Evidence, Snapshot, decide, is_of_another, weigh
from rag.answer.quote import (
    LONG_FORMS,
    MOST,
    QuotePlan,
    answer_to,
    nearest,
    nearest_article,
    nearest_articles,
    plan,
    quotable,
    refuse,
    show,
)
from rag.config import AnswerSettings
from rag.question.mentions import mentions_time
from rag.question.question import Question
from rag.text.messages import message
from rag.types import Answer, AnswerStatus, Cited, Delta, Event, Finished, Hit, Nearest

_NEAREST = 3
_LONGEST_TITLE = 300  # characters of a headline that Telal repeats
_LONGEST_NAME = 80
_WITH_NEAREST = frozenset({"advice"})  # small talk that may still be about something in the archive


def answer_small_talk(question: Question, hits: Sequence[Hit]) -> Iterator[Event]:
    """Yields the answer to small talk. A wish for advice also gets the nearest articles."""
    near = _titles(hits) if question.small_talk in _WITH_NEAREST else ()
    yield Finished(refuse(answer_to(question), question.small_talk, near))


def answer_question(
    question: Question, hits: Sequence[Hit], snapshot: Snapshot, settings: AnswerSettings
) -> Iterator[Event]:
    """Yields the events of an answer: citations and sentences as they are verified, then the whole answer."""
    base = answer_to(question)
    if not hits:
        yield Finished(refuse(base, "no_match"))
        return
    started = time.perf_counter()
    evidence = weigh(question, hits, snapshot, passages=settings.passages, further=settings.further)
    base = replace(base, timings_ms={"read": (time.perf_counter() - started) * 1000})
    if evidence is None:
        yield Finished(refuse(base, "nothing_near"))
        return
    status = decide(evidence, threshold=settings.threshold)
    base = replace(base, status=status, confidence=round(evidence.best.confidence, 4))
    if status is AnswerStatus.REFUSED:
        yield Finished(_refuse_over(base, evidence, snapshot))
    else:
        yield from _quote(base, evidence, snapshot, settings)


def _quote(base: Answer, evidence: Evidence, snapshot: Snapshot, settings: AnswerSettings) -> Iterator[Event]:
    if base.status is AnswerStatus.PARTIAL:
        made = QuotePlan(nearest(evidence, limit=_NEAREST))
        base = replace(base, notices=(message("perhaps", base.language), *_doubt(evidence, base.language)))
    elif base.status is AnswerStatus.CONTRADICTED:
        made = QuotePlan((evidence.contradiction[0],))
        base = replace(base, notices=(message("not_so", base.language),))
    else:
        limit = MOST if evidence.question.form in LONG_FORMS else min(MOST, settings.max_sentences)
        made = plan(evidence, language=base.language, limit=limit, clusters_of=snapshot.clusters_of)
    answer = show(made, base, snapshot.texts_of, evidence.stories)
    if not answer.sentences:  # every article was erased or changed between the search and now
        yield Finished(refuse(base, "nothing_near"))
        return
    yield from map(Cited, answer.citations)
    yield from map(Delta, answer.sentences)
    yield Finished(answer)


def _doubt(evidence: Evidence, language: str) -> Iterator[str]:
    """Yields why the best passage is in doubt, where its article tells of another name or time."""
    question, best = evidence.question, evidence.best
    if name := quotable(best.instead, _LONGEST_NAME):
        yield message("doubt_other_name", language, told=name)
    elif best.missing:
        yield message("doubt_no_name", language, told=best.missing[0].surface)
    published = best.passage.published
    text = f"{best.passage.title}\n{best.passage.text}"
    if question.days and not mentions_time(question.days, text, published=published.date() if published else None):
        yield message("doubt_time", language)


def _refuse_over(base: Answer, evidence: Evidence, snapshot: Snapshot) -> Answer:
    """Refuses, with the paragraphs that come nearest. If the best article is about another subject than the question
    names, the refusal says so and that article comes first."""
    near = nearest_articles(evidence, snapshot.texts_of, limit=_NEAREST)
    best = evidence.best
    title = quotable(best.passage.title, _LONGEST_TITLE) if is_of_another(best) else ""
    if not title:
        return refuse(base, "nothing_near", near)
    first = sorted(near, key=lambda n: n.article_id != best.passage.article_id)
    return refuse(base, "other_subject", first, told=title)


def _titles(hits: Sequence[Hit]) -> list[Nearest]:
    """Returns the first articles of the hits without a paragraph, because nothing of them was read."""
    first = {h.passage.article_id: h.passage for h in reversed(hits)}
    ids = list(dict.fromkeys(h.passage.article_id for h in hits))[:_NEAREST]
    return [nearest_article(first[i], None) for i in ids]
