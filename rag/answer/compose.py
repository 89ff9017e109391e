"""From hits to the events of an answer: enough evidence or a refusal, quotes or a model's sentences, all verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answer.chat import ChatModel
from rag.answer.conflicts import Clusters
from rag.answer.evidence import Features, calibration, features, naming, perhaps
from rag.answer.extract import NOTHING_FOUND, Extracted, extract
from rag.answer.messages import message
from rag.answer.quotes import MOST, plan, show
from rag.answer.reading import Reads
from rag.answer.rules import applies
from rag.answer.short import SpanFinder
from rag.answer.smalltalk import smalltalk
from rag.answer.verify import Supports
from rag.answer.written import written
from rag.config import AnswerSettings
from rag.events import Cited, Delta, Event, Finished
from rag.question.kinds import Aim, Form, aim
from rag.retrieve.ties import several_outlets
from rag.types import Answer, AnswerStatus, Hit, Nearest, Query, Refusal

_NEAREST = 3
_WITH_NEAREST = frozenset({"advice"})  # small talk that may still be about something in the archive
_LONG_FORMS = frozenset({Form.LIST, Form.TIMELINE, Form.SUMMARY})


@dataclass(frozen=True, slots=True)
class Tools:
    """What composing needs: sentence vectors (n, dim), words' rarity, languages' lean, an article's current text.

    Optional: a reader that marks answers, one that scores whether a text supports a claim, who copied from whom, what
    the reader says of passages.
    """

    embed: Callable[[Sequence[str]], NDArray[np.float32]]
    rarity: Callable[[Sequence[str]], dict[str, float]]
    leans: Callable[[NDArray[np.float32], str], dict[str, float]]
    text_of: Callable[[str], str | None]
    chat: ChatModel | None = None
    spans: SpanFinder | None = None
    supports: Supports | None = None
    clusters: Clusters | None = None
    reads: Reads | None = None


def compose(
    query: Query,
    vector: NDArray[np.float32],
    hits: Sequence[Hit],
    *,
    tools: Tools,
    settings: AnswerSettings,
    empty_archive: bool = False,
) -> Iterator[Event]:
    """The events of an answer: citations and sentences as they are verified, then the whole answer, always last."""
    base = Answer(query.asked, AnswerStatus.ANSWERED, query.language, as_of=query.as_of, standalone=query.text)
    said = smalltalk(query.asked, query.language)
    if said and applies("smalltalk"):
        yield Finished(_refused(base, said, hits if said in _WITH_NEAREST else ()))
        return
    if not hits:
        yield Finished(_refused(base, "empty_archive" if empty_archive else "no_match", ()))
        return
    read = several_outlets(hits, settings.passages)
    started = time.perf_counter()
    found, seen = evidence(query, vector, hits, tools=tools, settings=settings)
    confidence = calibration().probability(seen)
    threshold = settings.threshold if settings.threshold is not None else calibration().threshold
    base = replace(base, confidence=round(confidence, 4))
    if confidence < threshold and applies("doubt"):
        read = perhaps(query.text, read, seen, confidence, threshold) if applies("perhaps") else []
        found = evidence(query, vector, read, tools=tools, settings=settings)[0] if read else NOTHING_FOUND
        base = replace(base, status=AnswerStatus.PARTIAL, notices=(message("perhaps", query.language),))
    base = replace(base, timings_ms={"extract": (time.perf_counter() - started) * 1000})
    if not found.chosen:
        yield Finished(_refused(base, "not_in_archive", hits))
        return
    after = aim(query.text, query.language)
    if tools.chat is None:
        yield from _quoted(base, query, found, after, tools, settings)
    else:
        yield from _written(base, query, read, found, after, tools, settings)


def evidence(
    query: Query, vector: NDArray[np.float32], hits: Sequence[Hit], *, tools: Tools, settings: AnswerSettings
) -> tuple[Extracted, Features]:
    """The sentences of the best passages that answer best, and what speaks for the archive holding the answer."""
    near = naming(query.text, hits)
    read = several_outlets(near, settings.passages) if applies("several_outlets") else near[: settings.passages]
    found = extract(
        query.text, vector, read, embed=tools.embed, rarity=tools.rarity, leans=tools.leans(vector, query.language),
        language=query.language, limit=settings.max_sentences, reads=tools.reads,
    )  # fmt: skip
    seen = features(
        query.text, hits, read, language=query.language, best_sentence=found.best_cosine, coverage=found.coverage,
        top=found.chosen[0].passage if found.chosen else None, not_here=found.readings.not_here,
    )  # fmt: skip
    return found, seen


def _quoted(
    base: Answer, query: Query, found: Extracted, after: Aim, tools: Tools, settings: AnswerSettings
) -> Iterator[Event]:
    limit = MOST if after.form in _LONG_FORMS else min(MOST, settings.max_sentences)
    limit = limit if applies("further") else 1
    made = plan(
        query.text, found, after, language=query.language, limit=limit, clusters=tools.clusters, reader=tools.spans
    )
    shown = show(made, tools.text_of, query.language)
    if not shown.sentences:  # every article was erased or changed between the search and now
        yield Finished(_refused(base, "not_in_archive", ()))
        return
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
    base: Answer, query: Query, read: Sequence[Hit], found: Extracted, after: Aim, tools: Tools,
    settings: AnswerSettings,
) -> Iterator[Event]:  # fmt: skip
    """A language model's sentences; the quotes where it gives none that may be shown for reasons of its own."""
    assert tools.chat is not None
    told = yield from written(base, query, read, chat=tools.chat, text_of=tools.text_of, supports=tools.supports)
    if told.sentences:
        yield Finished(told.answer)
    elif told.failed:
        base = replace(told.answer, answered_by="quotes")
        yield from _quoted(base, query, found, after, tools, settings)
    else:
        yield Finished(_refused(told.answer, "not_in_archive", read))


def _refused(base: Answer, reason: str, hits: Sequence[Hit]) -> Answer:
    nearest: dict[str, Nearest] = {}
    for hit in hits:
        p = hit.passage
        if len(nearest) < _NEAREST:
            nearest.setdefault(p.article_id, Nearest(p.article_id, p.title, p.outlet, p.url, p.published, p.language))
    refusal = Refusal(reason, message(reason, base.language), tuple(nearest.values()))
    return replace(base, status=AnswerStatus.REFUSED, sentences=(), citations=(), short=(), refusal=refusal, notices=())
