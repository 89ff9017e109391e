"""A language model's answer: its sentences renumbered in the order in which passages are first cited, all checked."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from rag.answer.chat import ChatModel
from rag.answer.cite import citation
from rag.answer.context import in_context, transliteration
from rag.answer.messages import message
from rag.answer.standing import notes
from rag.answer.verify import Supports
from rag.answer.write import Written, write
from rag.errors import ChatUnavailable
from rag.events import Cited, Delta, Event
from rag.types import Answer, Citation, Hit, Query, Sentence

TextOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Told:
    """The answer as the model gave it; `failed` when the model, not the archive, is why it has no sentences."""

    answer: Answer
    failed: bool = False

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return self.answer.sentences


@dataclass(frozen=True, slots=True)
class _Numbered:
    sentence: Sentence
    citations: tuple[Citation, ...]  # those that it is the first to use


def written(
    base: Answer, query: Query, read: Sequence[Hit], *, chat: ChatModel, text_of: TextOf, supports: Supports | None
) -> Generator[Event, None, Told]:
    """Yields citations and sentences as they are verified; returns the answer as far as it came."""
    base = replace(base, answered_by=chat.name)
    reply = Written()
    renumbered: dict[int, Citation] = {}
    shown: list[Sentence] = []
    withdrawn = 0
    failed: ChatUnavailable | None = None
    try:
        for sentence in write(query.text, read, chat, language=query.language, supports=supports, reply=reply):
            fresh = None if sentence is None else _number(sentence, read, renumbered, text_of, query.language)
            if fresh is None:
                withdrawn += 1
                continue
            shown.append(fresh.sentence)
            yield from (Cited(c) for c in fresh.citations)
            yield Delta(fresh.sentence)
    except ChatUnavailable as error:
        failed = error
    answer = replace(base, withdrawn=withdrawn, usage=reply.usage)
    unsupported = bool(withdrawn) and not shown
    if failed is not None or reply.unusable or unsupported:
        name = "cut_short" if shown else "quotes_instead"
        said = failed.message if failed is not None else reply.unusable or message("unsupported", query.language)
        answer = replace(answer, notices=(*base.notices, message(name, query.language), said))
    whole = replace(answer, sentences=tuple(shown), citations=tuple(renumbered.values()))
    return Told(whole, failed=not shown and (failed is not None or bool(reply.unusable) or unsupported))


def _number(
    sentence: Sentence, read: Sequence[Hit], known: dict[int, Citation], text_of: TextOf, language: str
) -> _Numbered | None:
    fresh = []
    for n in sentence.citations:
        if n not in known:
            p = read[n - 1].passage
            made = in_context([citation(len(known) + 1, p, p.start, p.end, p.text)], text_of)
            if not made:
                return None
            other = transliteration(made[0], language)
            known[n] = replace(made[0], notes=notes(made[0], language), transliteration=other)
            fresh.append(known[n])
    return _Numbered(replace(sentence, citations=tuple(known[n].number for n in sentence.citations)), tuple(fresh))
