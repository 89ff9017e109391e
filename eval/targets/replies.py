"""An answer of Telal's, as JSON, in the terms of every system: the same in this process and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eval.core.cases import Reply, ShownSentence, ShownShort, Timing
from rag.types import ArticleStatus, Citation, Context, Passage

DIGEST = "digest"


def to_reply(answer: Mapping[str, Any], ranking: tuple[Passage, ...] | None, timing: Timing) -> Reply:
    """The reply of an answer as rag.wire writes it: what a language model wrote before the quotes; a digest states
    nothing, whatever its status."""
    written = (answer.get("written") or {"sentences": ()})["sentences"]
    refusal = answer.get("refusal") or {}
    digest = answer.get("kind") == DIGEST
    stories = tuple(ShownSentence(s["lead"], context=s["title"]) for s in answer.get("digest") or ())
    return Reply(
        status=DIGEST if digest else answer["status"],
        ranking=ranking,
        sentences=tuple(
            ShownSentence(s["text"], tuple(s["citations"]), s.get("verdict"), _context(s, answer))
            for s in (*written, *answer["sentences"])
        ),
        nearest=stories if digest else tuple(_nearest(n) for n in refusal.get("nearest") or ()),
        short=tuple(ShownShort(s["text"], s.get("score")) for s in answer.get("short") or ()),
        citations=tuple(to_citation(c) for c in answer["citations"]),
        refusal_reason=refusal.get("reason"),
        confidence=answer.get("confidence"),
        timing=timing,
        notices=tuple(answer.get("notices") or ()),
        parts_ms=dict(answer.get("timings_ms") or {}),
    )


def _nearest(article: Mapping[str, Any]) -> ShownSentence:
    """An article that came near: its paragraph and the sentence marked in it; where there is none, its headline."""
    excerpt = article.get("excerpt")
    if not excerpt:
        return ShownSentence(article["title"])
    start, end = excerpt["mark"]
    return ShownSentence(excerpt["text"][start:end], context=excerpt["text"])


def _context(sentence: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """The stretches of articles that are shown around what a sentence cites."""
    cited = (c for c in answer["citations"] if c["number"] in sentence["citations"])
    return "\n".join(c["context"]["text"] for c in cited if c.get("context"))


def to_citation(raw: Mapping[str, Any]) -> Citation:
    """A citation as rag.wire writes it."""
    return Citation(
        number=int(raw["number"]),
        passage_id=str(raw["passage_id"]),
        article_id=str(raw["article_id"]),
        title=str(raw.get("title") or ""),
        outlet=str(raw.get("outlet") or ""),
        url=raw.get("url"),
        published=_moment(raw.get("published")),
        quote=str(raw["quote"]),
        start=int(raw["start"]),
        end=int(raw["end"]),
        language=str(raw.get("language") or "und"),
        kind=str(raw.get("kind") or "report"),
        modified=_moment(raw.get("modified")),
        status=ArticleStatus(raw.get("status") or "live"),
        context=Context(**raw["context"]) if raw.get("context") else None,
        headline=bool(raw.get("headline")),
    )


def to_passage(raw: Mapping[str, Any]) -> Passage:
    """A passage of the `passages` event, or of a search."""
    return Passage(
        id=str(raw.get("passage_id") or raw["id"]),
        article_id=str(raw["article_id"]),
        revision=int(raw.get("revision") or 1),
        ordinal=int(raw.get("ordinal") or 0),
        text=str(raw.get("text") or ""),
        start=int(raw.get("start") or 0),
        end=int(raw.get("end") or 0),
        title=str(raw.get("title") or ""),
        outlet=str(raw.get("outlet") or ""),
        url=raw.get("url"),
        language=str(raw.get("language") or "und"),
        published=_moment(raw.get("published")),
        kind=str(raw.get("kind") or "report"),
    )


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
