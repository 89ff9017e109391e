"""Answering with a language model: its sentences one by one, each checked before it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from babel import Locale

from rag.answer.generate.chat import ChatModel
from rag.answer.lexicon.prompt_injection import HIDDEN, orders, without_orders
from rag.answer.verify.verify import Withdrawn, check
from rag.text.language import SUPPORTED, family, identify
from rag.text.sentences import split_sentences
from rag.types import Hit, Passage, Sentence, Usage

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
