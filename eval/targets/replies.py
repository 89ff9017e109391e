"""An answer of Telal's, as JSON, in the terms of every system: the same in this process and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from eval.core.cases import Reply, ShownSentence, ShownShort, Timing
from rag.types import Citation, Passage

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
            ShownSentence(s["text"], tuple(s["citations"]), s.get("verdict"), _context(s, answer), _marks(s))
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


def _marks(sentence: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in sentence.get("marks") or ())


def _context(sentence: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """The stretches of articles that are shown around what a sentence cites."""
    cited = (c for c in answer["citations"] if c["number"] in sentence["citations"])
    return "\n".join(c["context"]["text"] for c in cited if c.get("context"))


_CITATION, _PASSAGE = TypeAdapter(Citation), TypeAdapter(Passage)
_NOTHING: Mapping[str, Any] = {"title": "", "outlet": "", "url": None, "published": None}
_SOMEWHERE: Mapping[str, Any] = {"revision": 1, "ordinal": 0, "text": "", "start": 0, "end": 0, "title": ""}


def to_citation(raw: Mapping[str, Any]) -> Citation:
    """A citation as rag.wire writes it; raises ValueError for another form."""
    return _CITATION.validate_python({**_NOTHING, **_known(Citation, raw)})


def to_passage(raw: Mapping[str, Any]) -> Passage:
    """A passage of the `passages` event, or of a search; raises ValueError for another form."""
    return _PASSAGE.validate_python({**_SOMEWHERE, "id": raw.get("passage_id"), **_known(Passage, raw)})


_SHOWN_BESIDE = {"notes", "also", "transliteration"}  # no metric reads them


def _known(kind: type[Citation | Passage], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that metrics read: another version of Telal may send others."""
    names = {f.name for f in fields(kind)} - _SHOWN_BESIDE
    return {name: value for name, value in raw.items() if name in names and value is not None}
