"""Makes citations: a stretch of an article, checked against its text, with the sentences around it and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from rag.answer.judge import TextsOf
from rag.text.cldr import day_name
from rag.text.dates import find_dates
from rag.text.languages import LANGUAGES, scripts_of
from rag.text.messages import message
from rag.text.script import to_cyrillic, to_latin
from rag.text.sentences import Span, split_sentences
from rag.types import ArticleStatus, Citation, Context, Note, Passage, Transliteration, Version

SENTENCES = 5
CHARS = 700
_ENDED = re.compile(r"[.!?…;][\"'”“’‘»«)\]›]*\Z")
_KINDS = {"opinion": "note_opinion", "analysis": "note_analysis", "interview": "note_interview"}
_SPONSORED = frozenset({"sponsored", "advertorial", "promo", "pr"})
_UPDATED_AFTER = timedelta(hours=12)  # a change within the day is how articles are written, not a correction
# Expressions for one day, relative to the day of writing. A bare weekday is left out: it may be the last or the next.
_RELATIVE = frozenset({"day_word", "ago", "which_weekday"})
_MOST_DAYS = 2  # explained beside one quote


def citation(number: int, passage: Passage, start: int, end: int, quote: str, *, headline: bool = False) -> Citation:
    """Makes a citation of the stretch [start, end) of the passage's article, or of its title."""
    p = passage
    return Citation(
        number, p.id, p.article_id, p.title, p.outlet, p.url, p.published, quote, start, end, p.language, p.kind,
        p.modified, p.status, headline=headline, facts_from=p.facts_from,
    )  # fmt: skip


def citation_valid(c: Citation, article_text: str, title: str | None = None) -> bool:
    """Tells whether the offsets reproduce the quote (code points, end-exclusive); for a headline, in the article's
    `title`.

    Without `title` the citation's own title is used, which the archive gave with the passage.
    """
    text = article_text if not c.headline else c.title if title is None else title
    return bool(c.quote and article_text) and text[c.start : c.end] == c.quote


def valid_citations(citations: Iterable[Citation], texts: Mapping[str, str]) -> tuple[Citation, ...]:
    """Returns the citations whose quote stands in the article's current text. `texts` are by article id; articles that
    are gone have none."""
    return tuple(c for c in citations if citation_valid(c, texts.get(c.article_id, "")))


def in_context(citations: Sequence[Citation], texts_of: TextsOf) -> tuple[Citation, ...]:
    """Returns the citations whose quote stands in the article's current text, each with its context."""
    texts = texts_of(list(dict.fromkeys(c.article_id for c in citations)))
    return tuple(replace(c, context=context(c, texts[c.article_id])) for c in valid_citations(citations, texts))


def for_reader(c: Citation, language: str) -> Citation:
    """Adds to a citation the notes for a reader of this language, and the quote in their script."""
    return replace(c, notes=notes(c, language), transliteration=transliteration(c, language))


def context(c: Citation, text: str) -> Context | None:
    """Returns the sentences around a quote: at most five and 700 characters of its article, or the quote alone.

    They end before a heading. None for a quote from the headline.
    """
    if c.headline or c.quote.strip() in ("", c.title.strip()):
        return None
    start, end = _stretch(c, text)
    return Context(start, end, text[start:end])


def _stretch(c: Citation, text: str) -> tuple[int, int]:
    """Grows the quote's sentences by one neighbour after the other while these may be shown and there is room."""
    low, high = max(0, c.start - CHARS), min(len(text), c.end + CHARS)
    spans = [Span(s.start + low, s.end + low) for s in split_sentences(text[low:high], c.language)]
    own = [i for i, s in enumerate(spans) if s.start < c.end and s.end > c.start]
    first, last = own[0], own[-1]
    start, end = min(spans[first].start, c.start), max(spans[last].end, c.end)
    if end - start > CHARS:
        return c.start, c.end
    outwards = sorted(set(range(len(spans))) - set(own), key=lambda n: (max(own[0] - n, n - own[-1]), n))
    for number in outwards:
        s = spans[number]
        beside = number in (first - 1, last + 1)
        if beside and last - first + 1 < SENTENCES and _ENDED.search(text[s.start : s.end]):
            grown = min(start, s.start), max(end, s.end)
            if grown[1] - grown[0] <= CHARS:
                start, end = grown
                first, last = min(first, number), max(last, number)
    return start, end


def transliteration(c: Citation, language: str) -> Transliteration | None:
    """Returns a Serbian quote and its context in the script of the reader's `language`; None where it is in that script
    already."""
    written, reads = LANGUAGES.get(c.language), LANGUAGES.get(language)
    if not written or not reads or written.family != reads.family or written.script == reads.script:
        return None
    if reads.script not in scripts_of(written.primary):
        return None
    before, after = c.around
    pieces = (before, c.quote, after)
    if reads.script == "Latn":
        return Transliteration("Latn", *map(to_latin, pieces))
    return Transliteration("Cyrl", *map(to_cyrillic, pieces))


def notes(c: Citation, language: str) -> tuple[Note, ...]:
    """Returns what a reader should know beside a quote: the kind of source, and which day its "yesterday" was."""
    return (*_standing(c, language), *_days(c, language))


def _standing(c: Citation, language: str) -> Iterator[Note]:
    if c.kind in _SPONSORED:
        yield Note("sponsored", message("note_sponsored", language))
    elif c.kind in _KINDS:
        yield Note(c.kind, message(_KINDS[c.kind], language))
    if c.status is ArticleStatus.RETRACTED:
        yield Note("retracted", message("note_retracted", language))
    if c.modified:
        day = day_name(c.modified.date(), language)
        if c.status is ArticleStatus.CORRECTED:
            yield Note("corrected", message("note_corrected", language, day=day))
        elif c.published and c.modified - c.published > _UPDATED_AFTER:
            yield Note("updated", message("note_updated", language, day=day))


def _days(c: Citation, language: str) -> Iterator[Note]:
    """Yields a note for each expression of the quote that is relative to its day: "yesterday", "three days ago"."""
    dates = find_dates(c.quote, as_of=c.published.date(), language=c.language) if c.published else []
    relative = [d for d in dates if d.kind in _RELATIVE and d.window.start == d.window.end]
    for d in relative[:_MOST_DAYS]:
        if d.window.start is not None:
            day = day_name(d.window.start, language)
            yield Note("day", message("note_day", language, word=c.quote[d.start : d.end], day=day))


def as_versions(passages: Iterable[Passage]) -> tuple[Version, ...]:
    """Describes articles as other versions of a story."""
    return tuple(
        Version(p.article_id, p.title, p.outlet, p.url, p.language, p.published, p.facts_from) for p in passages
    )
