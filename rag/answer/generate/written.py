"""A language model's answer: its sentences renumbered in the order in which passages are first cited, all checked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from rag.answer.generate.chat import ChatModel
from rag.answer.generate.write import Written, write
from rag.answer.lexicon.messages import message
from rag.answer.lexicon.source_notes import notes
from rag.answer.quote.context import TextsOf, in_context, transliteration
from rag.answer.quote.quotes import citation
from rag.answer.verify.verify import Quote, Withdrawn, quote_instead
from rag.errors import ChatUnavailable
from rag.types import Answer, Citation, Cited, Delta, Event, Hit, Query, Sentence, Verdict


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
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
    base: Answer, query: Query, read: Sequence[Hit], *, chat: ChatModel, texts_of: TextsOf
) -> Generator[Event, None, WrittenAnswer]:
    """Yields citations and sentences as they are verified; returns the answer as far as it came."""
    base = replace(base, answered_by=chat.name)
    reply = Written()
    renumbered: dict[int | Quote, Citation] = {}
    shown: list[Sentence] = []
    withdrawn = 0
    failed: ChatUnavailable | None = None
    try:
        for sentence in write(query.text, read, chat, language=query.language, reply=reply):
            if isinstance(sentence, Withdrawn):
                fresh = _instead(sentence, read, renumbered, texts_of, query.language)
                withdrawn += 1
            else:
                fresh = _number(sentence, read, renumbered, texts_of, query.language)
                withdrawn += fresh is None
            if fresh is None:
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
    return WrittenAnswer(whole, failed=not shown and (failed is not None or bool(reply.unusable) or unsupported))


def _number(
    sentence: Sentence, read: Sequence[Hit], known: dict[int | Quote, Citation], texts_of: TextsOf, language: str
) -> _Numbered | None:
    fresh = []
    for n in sentence.citations:
        if n not in known:
            p = read[n - 1].passage
            made = _cited(known, n, citation(len(known) + 1, p, p.start, p.end, p.text), texts_of, language)
            if made is None:
                return None
            fresh.append(made)
    return _Numbered(replace(sentence, citations=tuple(known[n].number for n in sentence.citations)), tuple(fresh))


def _instead(
    gone: Withdrawn, read: Sequence[Hit], known: dict[int | Quote, Citation], texts_of: TextsOf, language: str
) -> _Numbered | None:
    """The best quote of what a withdrawn sentence cites, which says that it is one."""
    passages = {n: hit.passage for n, hit in enumerate(read, 1)}
    quote = quote_instead(gone, passages, [key for key in known if isinstance(key, Quote)], language)
    if quote is None:
        return None
    p = passages[quote.number]
    said = p.text[quote.start : quote.end]
    cited = citation(len(known) + 1, p, p.start + quote.start, p.start + quote.end, said)
    made = _cited(known, quote, cited, texts_of, language)
    if made is None:
        return None
    return _Numbered(Sentence(said, (made.number,), Verdict.QUOTE, lead=message("instead", language)), (made,))


def _cited(
    known: dict[int | Quote, Citation], key: int | Quote, cited: Citation, texts_of: TextsOf, language: str
) -> Citation | None:
    """The citation with its context and notes, remembered; None where the article does not hold it any more."""
    made = in_context([cited], texts_of)
    if not made:
        return None
    other = transliteration(made[0], language)
    known[key] = replace(made[0], notes=notes(made[0], language), transliteration=other)
    return known[key]
