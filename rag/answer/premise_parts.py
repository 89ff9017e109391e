"""What a question takes for granted: its deeds, its names, its other words; and the sentences it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answer.deeds import Deed, deeds
from rag.answer.extract import Candidate, terms
from rag.question.wants import Wants, wants
from rag.text.language import family
from rag.text.languages import TELLING_WORDS
from rag.text.names import find_names
from rag.text.phrases import tokens
from rag.text.script import script_of
from rag.text.sentences import split_sentences
from rag.text.when import lexicon

STEM = 4  # letters by which forms of a word meet


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its deeds, the keys of its names in reading order, its content words without those (cut)."""

    text: str
    language: str
    deeds: tuple[Deed, ...]
    names: tuple[str, ...]
    words: frozenset[str]


def asked(question: str, language: str) -> Asked:
    """What is compared of a question."""
    told, words = deeds(question, language), tokens(question)
    named = [n for n in find_names(question) if not n.first or n.key[0] == "@"]
    taken = {w[:STEM] for n in named for w in terms(question[n.start : n.end])}
    taken |= {word[:STEM] for d in told for word in words[d.start : d.end]}
    small = TELLING_WORDS.get(script_of(question), {})
    content = {w for w in words if len(w) >= STEM and not w.isdigit() and w not in small}
    content = {w[:STEM] for w in content if w not in lexicon().months and wants(w, language) is Wants.OTHER}
    keys = tuple(dict.fromkeys(key for n in named for key in n.key.split()))
    return Asked(question, language, tuple(told), keys, frozenset(content - taken))


def sentences(chosen: Sequence[Candidate]) -> Iterator[Candidate]:
    """The chosen sentences, best first, then the others of their passages."""
    yield from chosen
    known = {(c.passage.id, c.start) for c in chosen}
    for passage, rank in {c.passage.id: (c.passage, c.rank) for c in chosen}.values():
        for span in split_sentences(passage.text, passage.language):
            start = passage.start + span.start
            if (passage.id, start) not in known:
                text = passage.text[span.start : span.end]
                yield Candidate(passage, rank, start, passage.start + span.end, text)


def one_family(one: str, other: str) -> bool:
    """Whether words of two languages can be compared."""
    return family(one) == family(other)
