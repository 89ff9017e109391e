"""From hits to the events of an answer: enough evidence or a refusal, quotes or a model's sentences, all verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answer.chat import ChatModel
from rag.answer.evidence import Features, calibration, features, naming, perhaps
from rag.answer.extract import NOTHING_FOUND, Extracted, citation, cite, extract
from rag.answer.messages import message
from rag.answer.verify import valid_citations
from rag.answer.write import write
from rag.config import AnswerSettings
from rag.errors import ChatUnavailable
from rag.types import (
    Answer,
    AnswerStatus,
    Citation,
    Cited,
    Delta,
    Event,
    Finished,
    Hit,
    Nearest,
    Query,
    Refusal,
    Sentence,
)

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Tools:
    """What composing needs: sentence vectors (n, dim), words' rarity, languages' lean, an article's current text."""

    embed: Callable[[Sequence[str]], NDArray[np.float32]]
    rarity: Callable[[Sequence[str]], dict[str, float]]
    leans: Callable[[NDArray[np.float32]], dict[str, float]]
    text_of: Callable[[str], str | None]
    chat: ChatModel | None = None


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
    if not hits:
        reason = "empty_archive" if empty_archive else "no_match"
        yield Finished(_refused(base, reason, ()))
        return
    read = hits[: settings.passages]
    started = time.perf_counter()
    found, seen = evidence(query, vector, hits, tools=tools, settings=settings)
    confidence = calibration().probability(seen)
    threshold = settings.threshold if settings.threshold is not None else calibration().threshold
    extract_ms = (time.perf_counter() - started) * 1000
    base = replace(base, confidence=round(confidence, 4), timings_ms={"extract": extract_ms})
    if confidence < threshold:
        read = perhaps(query.text, read, seen, confidence, threshold)
        found = evidence(query, vector, read, tools=tools, settings=settings)[0] if read else NOTHING_FOUND
        base = replace(base, status=AnswerStatus.PARTIAL, notices=(message("perhaps", query.language),))
    if not found.chosen:
        yield Finished(_refused(base, "not_in_archive", hits))
        return
    if tools.chat is None:
        yield from _quoted(base, found, tools)
    else:
        yield from _written(base, query, read, found, tools, tools.chat)


def evidence(
    query: Query, vector: NDArray[np.float32], hits: Sequence[Hit], *, tools: Tools, settings: AnswerSettings
) -> tuple[Extracted, Features]:
    """The sentences of the best passages that answer best, and what speaks for the archive holding the answer."""
    read = naming(query.text, hits)[: settings.passages]
    found = extract(
        query.text, vector, read, embed=tools.embed, rarity=tools.rarity, leans=tools.leans(vector),
        language=query.language, limit=settings.max_sentences,
    )  # fmt: skip
    seen = features(
        query.text, hits, read, language=query.language, best_sentence=found.best_cosine, coverage=found.coverage
    )
    return found, seen


def _quoted(base: Answer, found: Extracted, tools: Tools) -> Iterator[Event]:
    sentences, citations = cite(found.chosen)
    valid = valid_citations(citations, tools.text_of)
    kept = [s for s in sentences if set(s.citations) <= {c.number for c in valid}]
    if not kept:  # every article was erased or changed between the search and now
        yield Finished(_refused(base, "not_in_archive", ()))
        return
    for c in valid:
        yield Cited(c)
    for s in kept:
        yield Delta(s)
    yield Finished(
        replace(
            base,
            sentences=tuple(kept),
            citations=valid,
            withdrawn=base.withdrawn + len(sentences) - len(kept),
        )  # fmt: skip
    )


def _written(
    base: Answer, query: Query, read: Sequence[Hit], found: Extracted, tools: Tools, chat: ChatModel
) -> Iterator[Event]:
    """A model's sentences, renumbered in the order in which passages are first cited."""
    base = replace(base, answered_by=chat.name)
    renumbered: dict[int, Citation] = {}
    shown: list[Sentence] = []
    withdrawn = 0
    try:
        for sentence in write(query.text, read, chat, language=query.language):
            fresh = None if sentence is None else _number(sentence, read, renumbered, tools)
            if fresh is None:
                withdrawn += 1
                continue
            shown.append(fresh.sentence)
            yield from (Cited(c) for c in fresh.citations)
            yield Delta(fresh.sentence)
    except ChatUnavailable as error:
        if not shown:
            note = f"{error.message} The answer below is quotes only."
            yield from _quoted(replace(base, answered_by="quotes", notices=(*base.notices, note)), found, tools)
            return
        base = replace(base, notices=(*base.notices, f"{error.message} The answer may be cut short."))
    base = replace(base, withdrawn=withdrawn)
    if not shown:
        yield Finished(_refused(base, "nothing_supported" if withdrawn else "not_in_archive", read))
        return
    yield Finished(replace(base, sentences=tuple(shown), citations=tuple(renumbered.values())))


@dataclass(frozen=True, slots=True)
class _Numbered:
    sentence: Sentence
    citations: tuple[Citation, ...]  # those that it is the first to use


def _number(sentence: Sentence, read: Sequence[Hit], known: dict[int, Citation], tools: Tools) -> _Numbered | None:
    fresh = []
    for n in sentence.citations:
        if n not in known:
            p = read[n - 1].passage
            made = citation(len(known) + 1, p, p.start, p.end, p.text)
            if not valid_citations([made], tools.text_of):
                return None
            known[n] = made
            fresh.append(made)
    return _Numbered(replace(sentence, citations=tuple(known[n].number for n in sentence.citations)), tuple(fresh))


def _refused(base: Answer, reason: str, hits: Sequence[Hit]) -> Answer:
    nearest: dict[str, Nearest] = {}
    for hit in hits:
        p = hit.passage
        if len(nearest) < _NEAREST:
            nearest.setdefault(p.article_id, Nearest(p.article_id, p.title, p.outlet, p.url, p.published, p.language))
    refusal = Refusal(reason, message(reason, base.language), tuple(nearest.values()))
    return replace(base, status=AnswerStatus.REFUSED, sentences=(), citations=(), refusal=refusal, notices=())
