"""Cuts an article into passages on sentence borders, with exact offsets into its text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.store.database.records import passage_id
from rag.text.sentences import Span, split_sentences
from rag.types import Article, Passage

CHUNKING = "sentences/2"
LONG_BEGINNING_CHARS = 300  # about 75 tokens
TITLE_MAX_CHARS = 200  # a headline longer than that would crowd the passage out of its own vector
TOKEN_CHARS = 4  # of a token, about: a stretch of target * 4 characters seldom needs a second cut
MARKS_MAX = 16  # combining marks kept with their letter; more is no writing
SPACE = re.compile(r"\s+")

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of one that is too long for a passage."""

    span: Span
    tokens: int


def describe_chunking(target: int) -> str:
    """Names the way of chunking for the archive, which cannot mix passages that were cut in different ways."""
    return f"{CHUNKING};tokens={target}"


def embedded_text(passage: Passage) -> str:
    """Returns the text that a passage's vector is made of: mostly the headline and the passage.

    The headline names what later or short passages only allude to. Before a long first passage, which repeats it, it
    would only blur the vector (docs/decisions/005): embedding it twice cost RealTimeQA .013 of recall@1.
    """
    if passage.ordinal == 0:
        repeated = " ".join(passage.text.split()).startswith(passage.title.removesuffix("…").rstrip())
        if repeated or len(passage.text) >= LONG_BEGINNING_CHARS:
            return passage.text
    return f"{passage.title[:TITLE_MAX_CHARS]}\n{passage.text}"


def chunk(article: Article, count_tokens: CountTokens, target: int) -> list[Passage]:
    """Cuts a text into passages of at most `target` tokens: as few as possible, of similar length, covering all but
    white space."""
    pieces = list(_pieces(article, count_tokens, target))
    spans = [Span(group[0].span.start, group[-1].span.end) for group in _balance(pieces, target)]
    return [_passage(article, ordinal, span) for ordinal, span in enumerate(spans)]


def _passage(article: Article, ordinal: int, span: Span) -> Passage:
    return Passage(
        id=passage_id(article.id, article.revision, span.start, span.end),
        article_id=article.id,
        revision=article.revision,
        ordinal=ordinal,
        text=article.text[span.start : span.end],
        start=span.start,
        end=span.end,
        title=article.title,
        outlet=article.outlet,
        url=article.url,
        language=article.language,
        published=article.published,
        modified=article.modified,
        kind=article.kind,
        status=article.status,
    )


def _balance(pieces: Sequence[_Piece], target: int) -> list[list[_Piece]]:
    """Groups pieces into the fewest passages within `target`, of similar length, so that the last one is not a
    stump."""
    fewest = len(_pack(pieces, target))
    low, high = max(sum(p.tokens for p in pieces) // max(fewest, 1), 1), target
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if len(_pack(pieces, middle)) <= fewest else (middle + 1, high)
    return _pack(pieces, high)


def _pack(pieces: Sequence[_Piece], limit: int) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    filled = 0
    for piece in pieces:
        if not groups or filled + piece.tokens > limit:
            groups.append([])
            filled = 0
        groups[-1].append(piece)
        filled += piece.tokens
    return groups


def _pieces(article: Article, count_tokens: CountTokens, target: int) -> Iterator[_Piece]:
    spans = [part for s in split_sentences(article.text, article.language) for part in _short(article.text, s, target)]
    counts = count_tokens([article.text[s.start : s.end] for s in spans])
    for span, tokens in zip(spans, counts, strict=True):
        if tokens <= target:
            yield _Piece(span, tokens)
        else:
            yield from _halve(article.text, span, count_tokens, target)


def _short(text: str, span: Span, target: int) -> Iterator[Span]:
    """Cuts a sentence of more than about twice the target before its tokens are counted: lists can be megabytes."""
    step = target * TOKEN_CHARS
    while span.end - span.start > 2 * step:
        head, span = _cut(text, span, span.start + step)
        yield head
    yield span


def _halve(text: str, span: Span, count_tokens: CountTokens, target: int) -> Iterator[_Piece]:
    halves = _cut(text, span, (span.start + span.end) // 2)
    for half in halves:
        tokens = count_tokens([text[half.start : half.end]])[0]
        if tokens <= target or half.end - half.start < 2:
            yield _Piece(half, tokens)
        else:
            yield from _halve(text, half, count_tokens, target)


def _cut(text: str, span: Span, near: int) -> tuple[Span, Span]:
    """Cuts a span in two at the last space before `near`; without a space, at `near` or behind its combining marks."""
    gaps = [m.start() for m in SPACE.finditer(text, max((span.start + near) // 2, span.start + 1), near)]
    at = gaps[-1] if gaps else near
    while not gaps and at < min(span.end - 1, near + MARKS_MAX) and unicodedata.combining(text[at]):
        at += 1
    space = SPACE.match(text, at, span.end)
    return Span(span.start, span.start + len(text[span.start : at].rstrip())), Span(
        space.end() if space else at, span.end
    )
