"""The paragraph around a quote, so that a reader understands what the sentence refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.check import valid_citations
from rag.answer.evidence.weigh import TextsOf
from rag.answer.lexicon.prompt_injection import orders
from rag.text.script import to_cyrillic, to_latin
from rag.text.sentences import Span, split_sentences
from rag.types import Citation, Context, Transliteration

SENTENCES = 3
CHARS = 700
_LINE = re.compile(r"[\n\r\u2028\u2029\x0b\x0c\x85]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_ENDED = re.compile(r"[.!?…;][\"'”“’‘»«)\]›]*\Z")


def in_context(citations: Sequence[Citation], texts_of: TextsOf) -> tuple[Citation, ...]:
    """The citations whose quote stands in the article's current text, each with its context."""
    texts = texts_of(list(dict.fromkeys(c.article_id for c in citations)))
    return tuple(replace(c, context=context(c, texts[c.article_id])) for c in valid_citations(citations, texts))


def context(citation: Citation, text: str) -> Context | None:
    """The context of a quote: at most three sentences and 700 characters of its article, or the quote alone.

    The sentences are of one paragraph; where every line is a sentence, of the lines between two blank ones. Headings
    and sentences that give orders to a machine are left out. None for a quote from the headline.
    """
    if citation.headline or citation.quote.strip() in ("", citation.title.strip()):
        return None
    start, end = next(s for s in _stretches(citation, text) if s[1] - s[0] <= CHARS or s == _quoted(citation))
    return Context(start, end, text[start:end])


_READS_LATIN = frozenset({"sr-Latn", "hr", "bs", "cnr"})


def transliteration(citation: Citation, language: str) -> Transliteration | None:
    """A Serbian quote and its context in the script of the reader's `language`; None where it is in that script
    already."""
    before, after = citation.around
    pieces = (before, citation.quote, after)
    match citation.language, language:
        case "sr-Cyrl", reads if reads in _READS_LATIN:
            return Transliteration("Latn", *map(to_latin, pieces))
        case "sr-Latn", "sr-Cyrl":
            return Transliteration("Cyrl", *map(to_cyrillic, pieces))
        case _:
            return None


def _stretches(citation: Citation, text: str) -> Iterator[tuple[int, int]]:
    """What may be shown, most telling first: with both neighbours, the one before, the one after, none; the quote."""
    low, high = _paragraph(text, *_quoted(citation))
    spans = [Span(s.start + low, s.end + low) for s in split_sentences(text[low:high], citation.language)]
    own = [i for i, s in enumerate(spans) if s.start < citation.end and s.end > citation.start]
    start, end = min(spans[own[0]].start, citation.start), max(spans[own[-1]].end, citation.end)
    before = [s.start for s in spans[: own[0]][-1:] if _tells(text[s.start : s.end])]
    after = [s.end for s in spans[own[-1] + 1 :][:1] if _tells(text[s.start : s.end])]
    room = SENTENCES - len(own)
    if room > 1 and before and after:
        yield before[0], after[0]
    if room > 0:
        yield from ((at, end) for at in before)
        yield from ((start, at) for at in after)
    yield start, end
    yield _quoted(citation)


def _quoted(citation: Citation) -> tuple[int, int]:
    return citation.start, citation.end


def _paragraph(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch that the context may be taken from, no further than it could reach."""
    low, high = max(0, start - CHARS), min(len(text), end + CHARS)
    line = _between(_LINE, text, (low, start), (end, high))
    alone = text[line[0] : line[1]].strip() == text[start:end].strip()
    return _between(_BLANK_LINE, text, (low, start), (end, high)) if alone else line


def _between(border: re.Pattern[str], text: str, before: tuple[int, int], after: tuple[int, int]) -> tuple[int, int]:
    """From the last border before to the first one after, or as far as may be looked."""
    low = max((m.end() for m in border.finditer(text, *before)), default=before[0])
    found = border.search(text, *after)
    return low, found.start() if found else after[1]


def _tells(sentence: str) -> bool:
    """Whether it is a sentence to be shown: no heading, no order to a machine."""
    return bool(_ENDED.search(sentence)) and not orders(sentence)
