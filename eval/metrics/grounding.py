"""Does every sentence stand on its citations? Offsets, support, altered quotes; no language model needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.core.cases import ShownSentence
from eval.metrics.answers import tokens
from rag.answer.cite import citation_valid
from rag.text.language import family, identify
from rag.text.names import find_names, name_key
from rag.text.numbers import number_keys
from rag.text.script import fold
from rag.types import Citation, Passage

# Every revision's text and title of an article, as ingested; () when it is unknown, None for an unknown title.
RevisionsOf = Callable[[str], Sequence[tuple[str, str | None]]]

# A sentence in its passages' language shares at least half of its longer words with them. A convention, not tuned:
# below it lie sentences that only borrow a name or a number.
MIN_COVERAGE = 0.5
_STEM = 5
_WORD = re.compile(r"[^\W\d_]{2,}")
_QUOTED = re.compile(r"[\"„“”«»]([^\"„“”«»]{12,}?)[\"„“”«»]")


@dataclass(frozen=True, slots=True)
class Tally:
    """A count of good ones among all; metrics over many cases add these up."""

    good: int
    all: int


def valid(citation: Citation, revisions_of: RevisionsOf) -> bool:
    """Whether the offsets reproduce the quote in a revision of the article that is cited."""
    return any(citation_valid(citation, text, title) for text, title in revisions_of(citation.article_id))


def citation_precision(sentences: Sequence[ShownSentence], evidence: Mapping[int, Passage]) -> Tally:
    """Citations that are needed, as in ALCE (Gao et al. 2023): one that supports its sentence, or helps to.

    A citation is not needed when it does not support the sentence alone and the others do without it.
    """
    needed = [_needed(s, n, evidence) for s in sentences for n in s.citations]
    return Tally(sum(needed), len(needed))


def citation_recall(sentences: Sequence[ShownSentence], evidence: Mapping[int, Passage]) -> Tally:
    """Sentences that their citations together support, as in ALCE; one without a citation is not supported."""
    return Tally(sum(is_supported(s.text, _cited(s, evidence)) for s in sentences), len(sentences))


def count_altered_quotes(sentences: Sequence[ShownSentence], evidence: Mapping[int, Passage]) -> Tally:
    """Counts quotes that are not in their passages word for word; `good` is the number of altered ones."""
    altered = [not _verbatim(quote, _cited(s, evidence)) for s in sentences for quote in _quotes(s)]
    return Tally(sum(altered), len(altered))


def is_supported(sentence: str, passages: Sequence[Passage]) -> bool:
    """Whether passages support a sentence: verbatim, or with all its numbers and names and half of its words.

    Words are compared only when sentence and passages are of one language family.
    """
    if not passages:
        return False
    if _verbatim(sentence, passages):
        return True
    return _told(sentence, passages) and _covered(sentence, passages)


def whole(passage: Passage, text: str) -> Passage:
    """The passage with an article's whole text: evidence for a citation that gives no quote."""
    return replace(passage, text=text, start=0, end=len(text))


def _needed(sentence: ShownSentence, number: int, evidence: Mapping[int, Passage]) -> bool:
    if number not in evidence or not is_supported(sentence.text, _cited(sentence, evidence)):
        return False
    if is_supported(sentence.text, [evidence[number]]):
        return True
    others = [evidence[n] for n in sentence.citations if n != number and n in evidence]
    return not is_supported(sentence.text, others)


def _cited(sentence: ShownSentence, evidence: Mapping[int, Passage]) -> list[Passage]:
    return [evidence[n] for n in sentence.citations if n in evidence]


def _quotes(sentence: ShownSentence) -> list[str]:
    if sentence.verdict == "quote":
        return [sentence.text]
    return [found[1].strip(" .,") for found in _QUOTED.finditer(sentence.text)]


def _verbatim(text: str, passages: Sequence[Passage]) -> bool:
    plain = " ".join(text.split())
    return any(plain in " ".join(p.text.split()) for p in passages)


def _told(sentence: str, passages: Sequence[Passage]) -> bool:
    """Whether all its numbers and names stand in the passages, their titles, outlets and days, across scripts."""
    evidence = "\n".join(f"{p.title}\n{p.outlet}\n{p.published or ''}\n{p.text}" for p in passages)
    numbers, words = set(number_keys(evidence)), {name_key(word) for word in _WORD.findall(evidence)}
    stems = {fold(word)[:_STEM] for word in _WORD.findall(evidence)}
    for name in find_names(sentence):
        parts = [word for word in _WORD.findall(sentence[name.start : name.end]) if word[0].isupper()]
        begins = name.first and bool(parts) and fold(parts[0])[:_STEM] in stems  # any word has a capital there
        if not all(name_key(word) in words for word in parts[begins:]):
            return False
    return set(number_keys(sentence)) <= numbers


def _covered(sentence: str, passages: Sequence[Passage]) -> bool:
    if family(identify(sentence).language) not in {family(p.language) for p in passages}:
        return True
    wanted = _stems(sentence)
    held = frozenset[str]().union(*(_stems(f"{p.title} {p.text}") for p in passages))
    return not wanted or len(wanted & held) / len(wanted) >= MIN_COVERAGE


def _stems(text: str) -> frozenset[str]:
    return frozenset(t[:_STEM] for t in tokens(text) if len(t) > 3)
