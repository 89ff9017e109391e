"""Answering with a language model: its sentences one by one, each checked before it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from babel import Locale

from rag.answer.chat import ChatModel
from rag.answer.verify import check
from rag.text.sentences import split_sentences
from rag.types import Hit, Sentence

_NUMBER = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_LEADING = re.compile(r"^(?:\s*\[[\d,\s]+\])+")
_NO_ANSWER = re.compile(r"^\W*NO ANSWER\W*$")
_MOST_CHARS = 8000  # a reply that never ends is cut here


@cache
def prompt(name: str) -> str:
    """The text of a prompt file."""
    return files("rag.answer").joinpath(f"prompts/{name}.md").read_text(encoding="utf-8")


def messages(question: str, hits: Sequence[Hit], language: str) -> tuple[str, str]:
    """The system and the user message for a question over numbered passages."""
    passages = "\n\n".join(_numbered(i, hit) for i, hit in enumerate(hits, 1))
    system = prompt("answer").format(language=_language_name(language))
    return system, prompt("question").format(question=question, passages=passages)


def write(question: str, hits: Sequence[Hit], model: ChatModel, *, language: str) -> Iterator[Sentence | None]:
    """The model's sentences as they are verified; None stands for one that was withdrawn.

    Citation numbers point into `hits`, from 1. Nothing is yielded when the model says that it has no answer.
    Raises ChatUnavailable.
    """
    shown = {i: hit.passage for i, hit in enumerate(hits, 1)}
    system, user = messages(question, hits, language)
    for text, cited in sentences(model.stream(system, user)):
        if _NO_ANSWER.match(text):
            return
        yield check(text, cited, shown)


def sentences(pieces: Iterator[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Whole sentences with the citation numbers that stand in or right after them, as pieces of text arrive."""
    buffer, length = "", 0
    for piece in pieces:
        buffer += piece
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


def _numbered(number: int, hit: Hit) -> str:
    p = hit.passage
    day = f"{p.published:%Y-%m-%d}" if p.published else "undated"
    text = p.text.replace("[", "(").replace("]", ")")  # an article must not carry citation numbers of its own
    return f"[{number}] {p.outlet or 'unknown outlet'}, {day}: {p.title}\n{text}"


def _language_name(tag: str) -> str:
    try:
        return str(Locale.parse("sr_Latn_ME" if tag == "cnr" else tag, sep="-" if "-" in tag else "_").english_name)
    except Exception:  # babel raises several kinds for tags it does not know
        return "the language of the question"
