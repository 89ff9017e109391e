"""An article as readers may see it, and a quote of it in its surroundings, cut on sentence borders."""

from __future__ import annotations

from dataclasses import dataclass

from rag.errors import BadInput, NotFound
from rag.store.archive.archive import Archive
from rag.text.sentences import split_sentences
from rag.types import Article, ArticleStatus

AROUND_CHARS = 300  # shown on either side
_MARGIN = 300  # read beyond that, so that a sentence that is cut by the window is not taken for a whole one


@dataclass(frozen=True, slots=True)
class Context:
    """`before + quote + after` is one stretch of the article's text; offsets in code points."""

    before: str
    quote: str
    after: str
    start: int
    end: int


def context_of(article: Article, start: int, end: int) -> Context:
    """The surroundings of `article.text[start:end]`; raises BadInput when the offsets are not inside the text."""
    text = article.text
    if not 0 <= start < end <= len(text):
        raise BadInput(
            f"The article has {len(text)} characters; {start} to {end} is no stretch of it.",
            hint="It may have changed since: ask again, or name the revision.",
        )
    first, last = _first(text, start, article.language), _last(text, end, article.language)
    return Context(text[first:start], text[start:end], text[end:last], start, end)


def _first(text: str, start: int, language: str) -> int:
    """Where the context begins: the earliest beginning of a sentence in reach, or else of a word."""
    least = max(0, start - AROUND_CHARS)
    if least == 0:
        return 0
    window = max(0, least - _MARGIN)
    spans = split_sentences(text[window:start], language)
    for span in spans[1:]:  # the first may have begun before the window
        if window + span.start >= least:
            return window + span.start
    space = text.find(" ", least, start)
    return start if space < 0 else space + 1


def _last(text: str, end: int, language: str) -> int:
    """Where the context ends: the last end of a sentence in reach, or else of a word."""
    most = min(len(text), end + AROUND_CHARS)
    if most == len(text):
        return most
    spans = split_sentences(text[end : most + _MARGIN], language)
    for span in reversed(spans[:-1]):  # the last may go on behind the window
        if end + span.end <= most:
            return end + span.end
    space = text.rfind(" ", end, most)
    return end if space < 0 else space


def article_for_readers(archive: Archive, article_id: str, *, revision: int | None = None) -> Article:
    """The article, or one of its revisions. Raises Erased, and NotFound also while editors hold it back."""
    article = archive.article(article_id)
    if article.status is ArticleStatus.HELD:
        raise NotFound(f"The article {article_id!r} is held back by its editors.", hint="Try again later.")
    return article if revision is None else archive.article(article_id, revision=revision)
