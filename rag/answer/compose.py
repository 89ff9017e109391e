"""Turns hits into the events of an answer: a refusal where the evidence is too weak, else quotes or sentences,
verified."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answer.conflict.conflicts import ClustersOf
from rag.answer.evidence.candidate import CandidatePool, Sufficiency, candidates, decide
from rag.answer.evidence.reading import Reads
from rag.answer.evidence.weigh import Evidence, TextsOf, weigh
from rag.answer.generate.chat import ChatModel
from rag.answer.generate.write import written
from rag.answer.lexicon.messages import message
from rag.answer.quote.choose import LONG_FORMS
from rag.answer.quote.quotes import MOST, plan, sayable, show
from rag.answer.rules import applies
from rag.config import AnswerSettings
from rag.question.question_type import Aim, aim, smalltalk
from rag.types import Answer, AnswerStatus, Cited, Delta, Event, Finished, Hit, Nearest, Query, Refusal

_NEAREST = 3
_LONGEST_TITLE = 300  # characters of a headline that Telal repeats
_WITH_NEAREST = frozenset({"advice"})  # small talk that may still be about something in the archive


@dataclass(frozen=True, slots=True)
class Tools:
    """What composing needs: the articles' current texts, the reader, an optional language model, and who copied from
    whom."""

    texts_of: TextsOf
    reader: Reads
    chat: ChatModel | None = None
    clusters_of: ClustersOf | None = None


def compose(
    query: Query, hits: Sequence[Hit], *, tools: Tools, settings: AnswerSettings, empty_archive: bool = False
) -> Iterator[Event]:
    """Yields the events of an answer: citations and sentences as they are verified, then the whole answer as the last
    one."""
    base = Answer(query.original, AnswerStatus.ANSWERED, query.language, as_of=query.as_of, standalone=query.text)
    said = smalltalk(query.original, query.language)
    if said and applies("smalltalk"):
        yield Finished(_refused(base, said, hits if said in _WITH_NEAREST else ()))
        return
    if not hits:
        yield Finished(_refused(base, "empty_archive" if empty_archive else "no_match", ()))
        return
    started = time.perf_counter()
    evidence = weigh(query, hits, reader=tools.reader, texts_of=tools.texts_of, passages=settings.passages)
    base = replace(base, timings_ms={"read": (time.perf_counter() - started) * 1000})
    if evidence is None:
        yield Finished(_refused(base, "not_in_archive", hits))
        return
    base = replace(base, confidence=round(evidence.best.probability, 4))
    verdict = decide(evidence, threshold=settings.threshold)
    if not verdict.answers:
        yield Finished(_refusal(base, evidence, verdict, hits))
        return
    if verdict.doubtful:
        base = replace(base, status=AnswerStatus.PARTIAL, notices=(message("perhaps", query.language),))
    found, after = candidates(evidence), aim(query.text, query.language)
    if tools.chat is None:
        yield from _quoted(base, query, found, after, tools, settings)
    else:
        yield from _written(base, query, found, after, tools, settings)


def _quoted(
    base: Answer, query: Query, found: CandidatePool, after: Aim, tools: Tools, settings: AnswerSettings
) -> Iterator[Event]:
    limit = MOST if after.form in LONG_FORMS else min(MOST, settings.max_sentences)
    made = plan(found, after, language=query.language, limit=limit, clusters_of=tools.clusters_of)
    shown = show(made, tools.texts_of, query.language)
    if not shown.sentences:  # every article was erased or changed between the search and now
        yield Finished(_refused(base, "not_in_archive", ()))
        return
    if shown.status is AnswerStatus.CONFLICTING:  # sources that contradict each other on it do tell of it
        base = replace(base, status=shown.status, notices=())
    partial = base.status is AnswerStatus.PARTIAL
    yield from (Cited(c) for c in shown.citations)
    yield from (Delta(s) for s in shown.sentences)
    yield Finished(
        replace(
            base,
            status=base.status if partial else shown.status,
            sentences=shown.sentences,
            citations=shown.citations,
            short=() if partial else shown.short,
            remarks=shown.remarks,
            withdrawn=base.withdrawn + shown.withdrawn,
        )
    )


def _written(
    base: Answer, query: Query, found: CandidatePool, after: Aim, tools: Tools, settings: AnswerSettings
) -> Iterator[Event]:
    """A language model's sentences; the quotes where it gives none that may be shown for reasons of its own."""
    assert tools.chat is not None
    read = [w.read.hit for w in found.evidence.passages]
    told = yield from written(base, query, read, chat=tools.chat, texts_of=tools.texts_of)
    if told.sentences:
        yield Finished(told.answer)
    elif told.failed:
        base = replace(told.answer, answered_by="quotes")
        yield from _quoted(base, query, found, after, tools, settings)
    else:
        yield Finished(_refused(told.answer, "not_in_archive", read))


def _refusal(base: Answer, evidence: Evidence, verdict: Sufficiency, hits: Sequence[Hit]) -> Answer:
    """No answer; where the archive tells of another one than the question names, that is said and shown first."""
    if verdict.other is None:
        return _refused(base, "not_in_archive", hits)
    nearest = verdict.other.read.hit
    told = sayable(nearest.passage.title, _LONGEST_TITLE)
    if not told:
        return _refused(base, "not_in_archive", hits)
    refused = _refused(base, "other_subject", (nearest, *hits))
    assert refused.refusal is not None
    names = (n.surface.removesuffix("'s").removesuffix("’s") for n in verdict.other.missing.names)
    text = refused.refusal.message.format(told=told, asked=", ".join(dict.fromkeys(names)))
    return replace(refused, refusal=replace(refused.refusal, message=text))


def _refused(base: Answer, reason: str, hits: Sequence[Hit]) -> Answer:
    nearest: dict[str, Nearest] = {}
    for hit in hits:
        p = hit.passage
        if len(nearest) < _NEAREST:
            nearest.setdefault(p.article_id, Nearest(p.article_id, p.title, p.outlet, p.url, p.published, p.language))
    refusal = Refusal(reason, message(reason, base.language), tuple(nearest.values()))
    return replace(base, status=AnswerStatus.REFUSED, sentences=(), citations=(), short=(), refusal=refusal, notices=())
