"""An answer as one text for OpenAI's clients: the first quote bold in its paragraph, further ones a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from api.schemas.replies import safe_url
from rag.events import Cited, Delta, Event
from rag.types import Answer, Citation, Sentence, Verdict


@dataclass(frozen=True, slots=True)
class Piece:
    """What a sentence adds to the text: what stands before its citation marks, the citations, what stands behind."""

    before: str
    citations: tuple[Citation, ...]
    after: str

    @property
    def text(self) -> str:
        return self.before + "".join(f"[{c.number}]" for c in self.citations) + self.after


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as one text, with the place of every citation mark in it (code points, end-exclusive)."""

    text: str
    annotations: tuple[dict[str, Any], ...]


class Pieces:
    """The pieces of an answer from its events, in their order."""

    def __init__(self) -> None:
        self._cited: dict[int, Citation] = {}
        self._begun = False

    def of(self, event: Event) -> Piece | None:
        """What an event adds; None where it is no sentence."""
        if isinstance(event, Cited):
            self._cited[event.citation.number] = event.citation
        return self._piece(event.sentence) if isinstance(event, Delta) else None

    def _piece(self, sentence: Sentence) -> Piece:
        citations = tuple(self._cited[n] for n in sentence.citations)
        first, self._begun = not self._begun, True
        if sentence.verdict is not Verdict.QUOTE:
            return Piece(("" if first else " ") + sentence.text, citations, "")
        if not first:
            return Piece(f"\n\n{sentence.text}", citations, "")
        before, after = citations[0].around
        return Piece(f"{before}**{sentence.text}**" if before or after else sentence.text, citations, after)


def written(answer: Answer, *, base_url: str) -> Written:
    """The pieces joined; or the refusal's message with the nearest articles."""
    if answer.refusal is not None:
        return Written(_refusal(answer), ())
    text, annotations = "", []
    for piece in _pieces(answer):
        at = len(text) + len(piece.before)
        for citation in piece.citations:
            mark = f"[{citation.number}]"
            annotations.append(_annotation(citation, at, at + len(mark), base_url))
            at += len(mark)
        text += piece.text
    return Written(text, tuple(annotations))


def _pieces(answer: Answer) -> Iterator[Piece]:
    pieces = Pieces()
    events: Iterable[Event] = (*map(Cited, answer.citations), *map(Delta, answer.sentences))
    return (piece for event in events if (piece := pieces.of(event)) is not None)


def _annotation(citation: Citation, start: int, end: int, base_url: str) -> dict[str, Any]:
    """An article without an address of its own is cited at ours: no citation is lost."""
    url = safe_url(citation.url) or f"{base_url}v1/articles/{citation.article_id}"
    return {"type": "url_citation", "start_index": start, "end_index": end, "url": url, "title": citation.title}


def _refusal(answer: Answer) -> str:
    assert answer.refusal is not None
    nearest = [
        f"- {n.title} ({n.outlet or '?'}, {n.published:%Y-%m-%d})"
        if n.published
        else f"- {n.title} ({n.outlet or '?'})"
        for n in answer.refusal.nearest
    ]
    return "\n".join([answer.refusal.message, *nearest])
