"""Answering with a language model: its sentences one by one, each checked before it is shown."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from babel import Locale

from rag.answer.evidence.weigh import TextsOf
from rag.answer.generate.chat import ChatModel
from rag.answer.lexicon.messages import message
from rag.answer.lexicon.prompt_injection import HIDDEN, orders, without_orders
from rag.answer.lexicon.source_notes import notes
from rag.answer.quote.context import in_context, transliteration
from rag.answer.quote.quotes import citation
from rag.answer.verify.verify import Quote, Withdrawn, check, quote_instead
from rag.errors import ChatUnavailable
from rag.text.language import SUPPORTED, family, identify
from rag.text.sentences import split_sentences
from rag.types import Answer, Citation, Cited, Delta, Event, Hit, Passage, Query, Sentence, Usage, Verdict

_NUMBER = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_LEADING = re.compile(r"^(?:\s*\[[\d,\s]+\])+")
_NO_ANSWER = re.compile(r"^\W*NO ANSWER\W*$")
_MOST_CHARS = 8000  # a reply that never ends is cut here
_MOST_SENTENCES = 12  # shown or not: an answer is one to four
_CHARS_A_TOKEN = 3
_CONTEXT_TOKENS = 6000  # where the model does not say
_TELLING = 4  # words from which a sentence tells its language
_SURE = 0.8
# Links, markup and code have no place in an answer: nothing of them is shown.
_MARKUP = re.compile(
    r"https?:|www\.|\]\(|<[a-z!/][^>]*>?|```|^\s*[#|{]|\bdata:|\bjavascript:|&#|\{\s*\"", re.IGNORECASE
)
_BOLD = re.compile(r"\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)|^\s*(?:[-*•]|\d{1,2}[.)])\s+")


@dataclass
class Written:
    """What became of a reply beside its sentences."""

    usage: Usage | None = None
    unusable: str = ""  # why nothing of it could be shown, though the passages may hold the answer


@cache
def prompt(name: str) -> str:
    """The text of a prompt file."""
    return files("rag.answer.generate").joinpath(f"prompts/{name}.md").read_text(encoding="utf-8")


def messages(
    question: str, hits: Sequence[Hit], language: str, *, context_tokens: int = _CONTEXT_TOKENS
) -> tuple[str, str]:
    """The system and the user message for a question over numbered passages, the passages cut to fit."""
    fitting = fit([hit.passage for hit in hits], context_tokens)
    passages = "\n\n".join(_numbered(i, p) for i, p in enumerate(fitting, 1))
    system = prompt("answer").format(language=_language_name(language))
    return system, prompt("question").format(question=visible(question), passages=passages)


def fit(passages: Sequence[Passage], context_tokens: int) -> list[Passage]:
    """The passages, each cut to its share of the budget on a sentence border (in mid-sentence if it has none)."""
    share = max(200, context_tokens * _CHARS_A_TOKEN // max(1, len(passages)))
    return [_cut(p, share) for p in passages]


def _cut(p: Passage, share: int) -> Passage:
    """Without sentences that give orders to a machine, hidden characters, and what is too long. Never for quoting."""
    text = without_orders(p.text, p.language)
    title = "" if orders(p.title) else visible(p.title)
    if len(text) > share:
        ends = [s.end for s in split_sentences(text[: share + 1], p.language) if s.end <= share]
        text = text[: ends[-1] if ends else share]
    return replace(p, text=visible(text), title=title)


def visible(text: str) -> str:
    """The text without characters that hide it or turn it round."""
    return HIDDEN.sub("", text)


def write(
    question: str,
    hits: Sequence[Hit],
    model: ChatModel,
    *,
    language: str,
    reply: Written | None = None,
) -> Iterator[Sentence | Withdrawn]:
    """The model's sentences as they are verified, and those that were withdrawn.

    Citation numbers point into `hits`, from 1. Nothing is yielded when the model says that it has no answer; `reply`
    is told what it took, and why nothing of it is usable (another language, markup, nothing at all). Raises
    ChatUnavailable.
    """
    reply = reply if reply is not None else Written()
    budget = getattr(model, "context_tokens", _CONTEXT_TOKENS)
    system, user = messages(question, hits, language, context_tokens=budget)
    shown = dict(enumerate(fit([hit.passage for hit in hits], budget), 1))
    pieces = model.stream(system, user)
    seen = 0
    try:
        for text, cited in sentences(pieces):
            if _NO_ANSWER.match(text):
                reply.unusable = ""
                return
            seen += 1
            fault = _unfit(text, language)
            reply.unusable = fault or reply.unusable
            checked = None if fault else check(_plain(text), cited, shown, language=language)
            yield checked or (Withdrawn("") if fault else Withdrawn(_plain(text), cited))
            if seen >= _MOST_SENTENCES:
                break
        if not seen:
            reply.unusable = "The language model's reply was empty."
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
        reply.usage = getattr(pieces, "usage", None)


def _unfit(text: str, language: str) -> str:
    """Why a sentence is not looked at any further; empty when it may be."""
    if _MARKUP.search(text) or HIDDEN.search(text):
        return "The language model wrote links or markup."
    if family(language) in {family(known) for known in SUPPORTED} and len(text.split()) >= _TELLING:
        found = identify(text)
        if found.confidence >= _SURE and family(found.language) != family(language):
            return "The language model wrote in another language."
    return ""


def _plain(text: str) -> str:
    """Without signs of emphasis and lists."""
    return _BOLD.sub("", text).strip()


def sentences(pieces: Iterator[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Whole sentences with the citation numbers that stand in or right after them, as pieces of text arrive."""
    buffer, length = "", 0
    for piece in pieces:
        buffer += piece[: _MOST_CHARS + 1]
        length += len(piece)
        ready, buffer = _complete(buffer)
        yield from map(_parsed, ready)
        if length > _MOST_CHARS:
            buffer = ""  # the unfinished sentence is dropped with the rest
            break
    ready, rest = _complete(buffer)
    yield from map(_parsed, ready)
    if _NUMBER.sub("", rest).strip():
        yield _parsed(rest)


def _complete(buffer: str) -> tuple[list[str], str]:
    """The sentences that are surely over, and what is left. Numbers after a full stop belong to what is before it."""
    starts = [s.start for s in split_sentences(buffer)]
    borders: list[int] = []
    for start in starts[1:]:
        leading = _LEADING.match(buffer[start:])
        at = start + leading.end() if leading else start
        rest = buffer[at:].lstrip()
        if rest and not rest.startswith("[") and (not borders or at > borders[-1]):
            borders.append(at)
    edges = [0, *borders]
    return [buffer[a:b] for a, b in zip(edges, borders, strict=False)], buffer[edges[-1] :]


def _parsed(raw: str) -> tuple[str, tuple[int, ...]]:
    cited = [int(n) for group in _NUMBER.findall(raw) for n in group.split(",")]
    return _NUMBER.sub("", raw).strip(), tuple(dict.fromkeys(cited))


def _numbered(number: int, p: Passage) -> str:
    day = f"{p.published:%Y-%m-%d}" if p.published else "undated"
    return f"[{number}] {_data(p.outlet) or 'unknown outlet'}, {day}: {_data(p.title)}\n{_data(p.text)}"


def _data(text: str) -> str:
    """Text of others as the model sees it: nothing hidden, no citation numbers of its own, no marks that end it."""
    return visible(text).replace("[", "(").replace("]", ")").replace("<", "‹").replace(">", "›").replace("```", "'''")


def _language_name(tag: str) -> str:
    try:
        return str(Locale.parse("sr_Latn_ME" if tag == "cnr" else tag, sep="-" if "-" in tag else "_").english_name)
    except Exception:  # babel raises several kinds for tags it does not know
        return "the language of the question"


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
