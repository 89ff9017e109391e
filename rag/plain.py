"""Writes an answer as plain text. What makes it doubtful is said before it."""

from __future__ import annotations

from rag.text.messages import message, source_named
from rag.types import (
    FOREIGN,
    NEWSROOM,
    Answer,
    AnswerKind,
    AnswerStatus,
    Citation,
    Nearest,
    Note,
    Passage,
    Sentence,
    Story,
    Version,
)

_BEFORE = frozenset({NEWSROOM, FOREIGN})  # kinds of remarks that are read before the quotes


Sourced = Citation | Nearest | Passage | Story | Version  # what a byline is made of


def outlet_of(source: Sourced, language: str) -> str:
    """Returns the outlet; for a brief of the archive's own, also the outlet whose facts it restates."""
    own, of = source.outlet or "?", source_named(source.facts_from, language)
    return f"{own}, {message('facts_from', language, outlet=of)}" if of else own


def byline(source: Sourced, language: str) -> str:
    """Returns the outlet and the day."""
    return outlet_of(source, language) + (f", {source.published:%Y-%m-%d}" if source.published else "")


def doubts(answer: Answer) -> tuple[str, ...]:
    """Returns what must be said first: that editors pinned the answer, that its language is unknown, that the passages
    may not answer or contradict the question, what a digest is."""
    pinned = tuple(note.text for note in answer.remarks if note.kind in _BEFORE)
    doubtful = answer.status in (AnswerStatus.PARTIAL, AnswerStatus.CONTRADICTED) or answer.kind is AnswerKind.DIGEST
    return (*pinned, *(answer.notices if doubtful else ()))


def said_after(answer: Answer) -> tuple[Note, ...]:
    """Returns the remarks that come after the quotes."""
    return tuple(note for note in answer.remarks if note.kind not in _BEFORE)


def wording(answer: Answer) -> tuple[str, ...]:
    """Returns what must be said between a language model's text and the quotes: whose words these are and what was
    checked, or why there are none."""
    written = answer.written
    if written is None:
        return ()
    own = message("own_words", answer.language) if written.sentences and answer.sentences else ""
    return tuple(filter(None, (written.notice, own)))


def short_line(answer: Answer) -> str:
    """Returns the short answer with its citation numbers."""
    return ", ".join(item.said + _numbers(item.citations) for item in answer.short)


def plain_text(answer: Answer) -> str:
    """Returns the answer as text: the language model's sentences or the short answer, then doubts, then quotes or
    stories. A refusal is followed by the nearest articles."""
    if answer.refusal is not None:
        lines, nearest = [*doubts(answer), answer.refusal.message], answer.refusal.nearest
        lines += [message("nearest", answer.language)] if nearest else []
        for near in nearest:
            lines.append(f"- {near.title} ({byline(near, answer.language)}) {near.url or ''}".rstrip())
            lines += [f"  {near.excerpt.text}"] if near.excerpt is not None else []
        return "\n".join(lines)
    written = _join(answer.written.sentences) if answer.written else ""
    line = "" if written else short_line(answer)
    told = (*wording(answer), *doubts(answer), line, _join(answer.sentences), stories(answer))
    return "\n\n".join(filter(None, (written, *told)))


def with_sources(answer: Answer) -> str:
    """Returns the plain text with the remarks and a line for each source, for a language model to read."""
    sources = (
        f"[{c.number}] {c.title} ({byline(c, answer.language)}) {c.url or ''}".rstrip() for c in answer.citations
    )
    return "\n".join([plain_text(answer), *(note.text for note in said_after(answer)), *sources])


def _join(sentences: tuple[Sentence, ...]) -> str:
    return " ".join(s.text + _numbers(s.citations) for s in sentences)


def _numbers(citations: tuple[int, ...]) -> str:
    return "".join(f"[{n}]" for n in citations)


def stories(answer: Answer) -> str:
    """Returns a line for each story of a digest."""
    return "\n".join(f"- {story.title} ({byline(story, answer.language)}): {story.lead}" for story in answer.digest)
