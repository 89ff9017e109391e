"""Turns hits into the events of an answer: a refusal where the evidence is too weak, else quotes, verified."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.judge import CandidatePool, Outcome, TextsOf, Tools, candidates, decide, weigh
from rag.answer.messages import message
from rag.answer.quote import (
    LONG_FORMS,
    MOST,
    QuotePlan,
    answer_to,
    nearest,
    nearest_article,
    nearest_articles,
    plan,
    sayable,
    show,
)
from rag.config import AnswerSettings
from rag.question.question import Question
from rag.types import Answer, AnswerStatus, Cited, Delta, Event, Finished, Hit, Nearest, Refusal

_NEAREST = 3
_LONGEST_TITLE = 300  # characters of a headline that Telal repeats
_WITH_NEAREST = frozenset({"advice"})  # small talk that may still be about something in the archive


def compose(
    question: Question, hits: Sequence[Hit], *, tools: Tools, settings: AnswerSettings, empty_archive: bool = False
) -> Iterator[Event]:
    """Yields the events of an answer: citations and sentences as they are verified, then the whole answer as the last
    one."""
    base = answer_to(question)
    if question.small_talk:
        yield Finished(
            _refuse(base, question.small_talk, _titles(hits) if question.small_talk in _WITH_NEAREST else ())
        )
        return
    if not hits:
        yield Finished(_refuse(base, "empty_archive" if empty_archive else "no_match", ()))
        return
    started = time.perf_counter()
    evidence = weigh(question, hits, tools, passages=settings.passages, further=settings.further)
    base = replace(base, timings_ms={"read": (time.perf_counter() - started) * 1000})
    if evidence is None:
        yield Finished(_refuse(base, "nothing_near", ()))
        return
    base = replace(base, confidence=round(evidence.best.confidence, 4))
    found = candidates(evidence)
    outcome = decide(evidence, threshold=settings.threshold)
    if outcome.status is AnswerStatus.REFUSED:
        yield Finished(_refusal(base, found, outcome, tools.texts_of))
        return
    base = replace(base, status=outcome.status)
    yield from _quote(base, found, tools, settings)


def _quote(base: Answer, found: CandidatePool, tools: Tools, settings: AnswerSettings) -> Iterator[Event]:
    if base.status is AnswerStatus.PARTIAL:
        made = QuotePlan(nearest(found, limit=_NEAREST))
        base = replace(base, notices=(message("perhaps", base.language),))
    else:
        limit = MOST if found.evidence.question.form in LONG_FORMS else min(MOST, settings.max_sentences)
        made = plan(found, language=base.language, limit=limit, clusters_of=tools.clusters_of)
    shown = show(made, tools.texts_of, base.language, found.evidence.stories)
    if not shown.sentences:  # every article was erased or changed between the search and now
        yield Finished(_refuse(base, "nothing_near", ()))
        return
    yield from (Cited(c) for c in shown.citations)
    yield from (Delta(s) for s in shown.sentences)
    yield Finished(
        replace(
            base,
            status=shown.status if base.status is AnswerStatus.ANSWERED else base.status,
            sentences=shown.sentences,
            citations=shown.citations,
            short=shown.short,
            remarks=shown.remarks,
            withdrawn=base.withdrawn + shown.withdrawn,
        )
    )


def _refusal(base: Answer, found: CandidatePool, outcome: Outcome, texts_of: TextsOf) -> Answer:
    """No answer, with the paragraphs that come nearest. Where the archive tells of another subject than the question
    names, that is said, and its article shown first.
    """
    near = nearest_articles(found, texts_of, limit=_NEAREST)
    refused = _refuse(base, "nothing_near", near)
    if outcome.other is None:
        return refused
    passage = outcome.other.passage
    told = sayable(passage.title, _LONGEST_TITLE)
    if not told:
        return refused
    names = (n.surface.removesuffix("'s").removesuffix("’s") for n in outcome.other.missing)
    asked = ", ".join(dict.fromkeys(names))
    other = _refuse(base, "other_subject", sorted(near, key=lambda n: n.article_id != passage.article_id))
    assert other.refusal is not None
    return replace(other, refusal=replace(other.refusal, message=other.refusal.message.format(told=told, asked=asked)))


def _refuse(base: Answer, reason: str, near: Sequence[Nearest]) -> Answer:
    refusal = Refusal(reason, message(reason, base.language), tuple(near))
    return replace(base, status=AnswerStatus.REFUSED, sentences=(), citations=(), short=(), refusal=refusal, notices=())


def _titles(hits: Sequence[Hit]) -> list[Nearest]:
    """The first articles of the hits, without a paragraph: nothing of them was read."""
    first = {h.passage.article_id: h.passage for h in reversed(hits)}
    ids = list(dict.fromkeys(h.passage.article_id for h in hits))[:_NEAREST]
    return [nearest_article(first[i], None) for i in ids]
