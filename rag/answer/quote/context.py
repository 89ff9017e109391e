"""The sentences around a quote, so that a reader understands what the sentence refers to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.check import valid_citations
from rag.answer.evidence.weigh import TextsOf
from rag.answer.lexicon.prompt_injection import orders
from rag.text.script import to_cyrillic, to_latin
from rag.text.sentences import Span, split_sentences
from rag.types import Citation, Context, Transliteration

SENTENCES = 5
CHARS = 700
_ENDED = re.compile(r"[.!?…;][\"'”“’‘»«)\]›]*\Z")


def in_context(citations: Sequence[Citation], texts_of: TextsOf) -> tuple[Citation, ...]:
    """The citations whose quote stands in the article's current text, each with its context."""
    texts = texts_of(list(dict.fromkeys(c.article_id for c in citations)))
    return tuple(replace(c, context=context(c, texts[c.article_id])) for c in valid_citations(citations, texts))


def context(citation: Citation, text: str) -> Context | None:
    """The context of a quote: at most five sentences and 700 characters of its article, or the quote alone.

    It ends before a heading and before a sentence that gives orders to a machine. None for a quote from the headline.
    """
    if citation.headline or citation.quote.strip() in ("", citation.title.strip()):
        return None
    start, end = _stretch(citation, text)
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


def _stretch(citation: Citation, text: str) -> tuple[int, int]:
    """The quote's own sentences, grown by one neighbour after the other as far as these tell and there is room."""
    low, high = max(0, citation.start - CHARS), min(len(text), citation.end + CHARS)
    spans = [Span(s.start + low, s.end + low) for s in split_sentences(text[low:high], citation.language)]
    own = [i for i, s in enumerate(spans) if s.start < citation.end and s.end > citation.start]
    start, end = min(spans[own[0]].start, citation.start), max(spans[own[-1]].end, citation.end)
    if end - start > CHARS:
        return _quoted(citation)
    first, last = own[0], own[-1]
    outwards = sorted(set(range(len(spans))) - set(own), key=lambda n: (max(own[0] - n, n - own[-1]), n))
    for number in outwards:
        s = spans[number]
        beside = number in (first - 1, last + 1)
        if beside and last - first + 1 < SENTENCES and _tells(text[s.start : s.end]):
            grown = min(start, s.start), max(end, s.end)
            if grown[1] - grown[0] <= CHARS:
                start, end = grown
                first, last = min(first, number), max(last, number)
    return start, end


def _quoted(citation: Citation) -> tuple[int, int]:
    return citation.start, citation.end


def _tells(sentence: str) -> bool:
    """Whether it is a sentence to be shown: no heading, no order to a machine."""
    return bool(_ENDED.search(sentence)) and not orders(sentence)
