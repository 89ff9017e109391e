"""Sentence borders with exact offsets, in every language and script of the region."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.text.abbreviations import MAY_END, MONTHS, NEVER_END

_CLOSERS = "\"'”“’»«)\\]›"
_OPENERS = "\"'„“”‘»«(\\[‹¿¡—–-"
# A candidate: end marks with closing quotes behind them; Greek writes its question mark as a semicolon.
_CANDIDATE = re.compile(rf"(?:[.!?…]+|;)[{_CLOSERS}]*(?=\s|[^\W\d_])")
_BEFORE = re.compile(r"(?:[^\W_]+(?:\.[^\W\d_]+)*|\S)\Z")
_AFTER = re.compile(rf"\s*[{_OPENERS}]*\s*(\w*)")
_BLOCK = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
_GREEK_BEFORE = re.compile('[\u0370-\u03ff\u1f00-\u1fff][»"”)]*\\Z')
_URL_BEFORE = re.compile(r"(?:https?://|www\.|@)\S*\Z|\b[\w-]+\.[a-z]{2,3}\Z", re.IGNORECASE)
_REACH = 60  # characters looked at before a mark: longer than any abbreviation, so that no look back is quadratic


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: code points, end exclusive."""

    start: int
    end: int


def split_sentences(text: str, language: str = "und") -> list[Span]:
    """The sentences of a text in reading order; every character that is not space lies in exactly one."""
    spans: list[Span] = []
    for block in _BLOCK.finditer(text):
        start = block.start()
        for border in _borders(text, block.start(), block.end(), language):
            spans += _trimmed(text, start, border)
            start = border
        spans += _trimmed(text, start, block.end())
    return spans


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    piece = text[start:end]
    bare = piece.strip()
    if not bare:
        return []
    first = start + len(piece) - len(piece.lstrip())
    return [Span(first, first + len(bare))]


def _borders(text: str, start: int, end: int, language: str) -> Iterator[int]:
    for candidate in _CANDIDATE.finditer(text, start, end):
        if _ends(text, start, end, candidate):
            yield candidate.end()


def _ends(text: str, start: int, end: int, candidate: re.Match[str]) -> bool:
    before = text[max(start, candidate.start() - _REACH) : candidate.start()]
    marks = candidate.group()
    after = _AFTER.match(text, candidate.end(), min(end, candidate.end() + _REACH))
    word_after = after.group(1) if after else ""
    glued = candidate.end() < end and not text[candidate.end()].isspace()
    if marks[0] == ";":
        return bool(_GREEK_BEFORE.search(before)) and not glued
    if glued and not _may_be_glued(before, marks, word_after):
        return False
    if word_after[:1].islower():
        return False
    if marks[0] in "!?" or marks[:2] in ("?!", "!?"):
        return True
    if marks[0] == "…" or marks.startswith(".."):
        return True
    return not _abbreviated(before, marks, word_after)


def _may_be_glued(before: str, marks: str, word_after: str) -> bool:
    """`studim.Këto`: a long small-letter word, one mark, a capitalised word; not an address."""
    word = _BEFORE.search(before)
    is_word = bool(word) and len(word.group()) > 2 and word.group()[1:].islower()  # type: ignore[union-attr]
    capitalised = word_after[:1].isupper() and (len(word_after) == 1 or word_after[1:2].islower())
    return is_word and capitalised and not _URL_BEFORE.search(before)


def _abbreviated(before: str, marks: str, word_after: str) -> bool:
    """Whether the full stop belongs to an abbreviation, an initial or an ordinal."""
    if len(marks) > 1:
        return False
    match = _BEFORE.search(before)
    if match is None:
        return False
    word = match.group()
    key = word.casefold()
    if key in NEVER_END:
        return True
    if key in MAY_END:
        return not word_after[:1].isupper()
    if len(word) == 1 and word.isalpha() and word.isupper():
        return True
    if word.isdigit() or re.fullmatch("[IVXLC]+", word):
        return word_after.casefold() in MONTHS or word_after[:1].isdigit()
    return False
