"""Writes answers in OpenAI's shape: citations as `url_citation` annotations, and complete in our own `citations`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from api.answering.answer_stream import AskedQuestion
from api.deps import Services
from api.openai.schemas import MODEL
from api.schemas.replies import answer_reply, safe_url
from rag.errors import NotFound
from rag.plain import doubts, plain_text, stories, wording
from rag.types import Answer, Citation, Cited, Event, Finished, Sentence, ShortAnswer, Usage, WrittenDelta


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of an answer's text: words before its citation marks, the citations, words behind them."""

    before: str
    citations: tuple[Citation, ...]
    after: str

    @property
    def text(self) -> str:
        return self.before + "".join(f"[{c.number}]" for c in self.citations) + self.after


class TextPieces:
    """Makes the pieces of an answer's text from its events: sentences of a language model as they come, all else at the
    end, when it is known whether the answer is in doubt."""

    def __init__(self) -> None:
        self._cited: dict[int, Citation] = {}
        self._begun = False

    def of(self, event: Event) -> tuple[TextPiece, ...]:
        """Returns the pieces that an event adds to the text."""
        match event:
            case Cited():
                self._cited[event.citation.number] = event.citation
            case WrittenDelta():
                return (self._written(event.sentence),)
            case Finished():
                return tuple(self._rest(event.answer))
        return ()

    def _rest(self, answer: Answer) -> Iterator[TextPiece]:
        if answer.refusal is not None:
            yield self._paragraph(plain_text(answer))
            return
        for said in filter(None, (*wording(answer), *doubts(answer), stories(answer))):
            yield self._paragraph(said)
        for i, item in enumerate(() if answer.written and answer.written.sentences else answer.short):
            yield self._item(item, first=i == 0)
        for i, sentence in enumerate(answer.sentences):
            yield self._quote(sentence, first=i == 0)

    def _written(self, sentence: Sentence) -> TextPiece:
        piece = TextPiece(" " + sentence.text if self._begun else sentence.text, self._cites(sentence.citations), "")
        self._begun = True
        return piece

    def _item(self, item: ShortAnswer, *, first: bool) -> TextPiece:
        words = f"**{item.said}**"
        piece = self._paragraph(words) if first else TextPiece(", " + words, (), "")
        return replace(piece, citations=self._cites(item.citations))

    def _quote(self, sentence: Sentence, *, first: bool) -> TextPiece:
        citations = self._cites(sentence.citations)
        before, after = citations[0].around if first and citations else ("", "")
        words = f"{before}**{sentence.text}**" if before or after else sentence.text
        return replace(self._paragraph(words), citations=citations, after=after)

    def _paragraph(self, text: str) -> TextPiece:
        piece = TextPiece("\n\n" + text if self._begun else text, (), "")
        self._begun = True
        return piece

    def _cites(self, numbers: tuple[int, ...]) -> tuple[Citation, ...]:
        return tuple(self._cited[n] for n in numbers)


def render_message(answer: Answer, *, base_url: str) -> dict[str, Any]:
    """Makes the assistant's message of an answer: one text, annotated at its citation marks (code points,
    end-exclusive). `base_url`: of this server, for articles without an address of their own."""
    text, annotations, pieces = "", [], TextPieces()
    written = answer.written.sentences if answer.written else ()
    events: Iterable[Event] = (*map(Cited, answer.citations), *map(WrittenDelta, written), Finished(answer))
    for piece in (piece for event in events for piece in pieces.of(event)):
        at = len(text) + len(piece.before)
        for citation in piece.citations:
            end = at + len(f"[{citation.number}]")
            url = safe_url(citation.url) or f"{base_url}v1/articles/{citation.article_id}"
            cited = {"start_index": at, "end_index": end, "url": url, "title": citation.title}
            annotations.append({"type": "url_citation", "url_citation": cited})
            at = end
        text += piece.text
    return {"role": "assistant", "content": text, "refusal": None, "annotations": annotations}


_CREATED = 1_764_028_800  # of the first version; clients only show it


@dataclass(frozen=True, slots=True)
class OpenAIReply:
    """Makes the parts of one reply, which share an id, a time and an address."""

    answer_id: str
    created: int
    base_url: str

    def chat(self, answer: Answer, usage: Usage) -> dict[str, Any]:
        """Makes a chat completion."""
        message = render_message(answer, base_url=self.base_url)
        return {
            **self._chat("chat.completion"),
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": _chat_usage(usage),
            **self._ours(answer),
        }

    def chunk(self, delta: dict[str, Any], *, finish: str | None = None) -> dict[str, Any]:
        """Makes a piece of a streamed chat completion."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._chat("chat.completion.chunk"), "choices": [choice]}

    def chat_end(self, answer: Answer) -> dict[str, Any]:
        """Makes the last piece of a stream, with the annotations and our citations."""
        annotated = {"annotations": render_message(answer, base_url=self.base_url)["annotations"]}
        return {**self.chunk(annotated, finish="stop"), **self._ours(answer)}

    def usage_chunk(self, usage: Usage) -> dict[str, Any]:
        """Makes the piece with the tokens, which follows the last one if it was asked for."""
        return {**self._chat("chat.completion.chunk"), "choices": [], "usage": _chat_usage(usage)}

    def _chat(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.answer_id}", "object": kind, "created": self.created, "model": MODEL}

    def _ours(self, answer: Answer) -> dict[str, Any]:
        whole = answer_reply(answer, self.answer_id)
        return {"citations": whole["citations"], "telal": whole}


def _chat_usage(usage: Usage) -> dict[str, Any]:
    total = usage.input_tokens + usage.output_tokens
    return {"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens, "total_tokens": total}


def model_reply() -> dict[str, Any]:
    """Makes the one entry of the list of models."""
    return {"id": MODEL, "object": "model", "created": _CREATED, "owned_by": "telal"}


def require_telal(name: str) -> None:
    """Raises NotFound for another name of a model than `telal`."""
    if name != MODEL:
        raise NotFound(f"There is no model {name[:100]!r} here.", hint=f"Use {MODEL}.")


async def count_usage(telal: Services, question: AskedQuestion, answer: Answer) -> Usage:
    """Counts the tokens of question, conversation and answer by the embedding model."""
    asked = [question.text, *(text for turn in question.history for text in (turn.question, turn.answer))]
    texts = [*asked, render_message(answer, base_url="")["content"]]
    counts = await telal.run(lambda: telal.engine.embedder.count_tokens(texts))
    return Usage(sum(counts[:-1]), counts[-1])
