"""Citations of chosen sentences: what a quote shows of where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.evidence.candidate import Candidate
from rag.types import Citation, Passage, Sentence, Verdict


def cite(chosen: Sequence[Candidate]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Each chosen sentence as a quote with a citation of its own, numbered from 1."""
    citations = tuple(citation(i, c.passage, c.start, c.end, c.text) for i, c in enumerate(chosen, 1))
    sentences = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE) for c in citations)
    return sentences, citations


def citation(number: int, passage: Passage, start: int, end: int, quote: str) -> Citation:
    """A citation of the stretch [start, end) of the passage's article."""
    p = passage
    return Citation(
        number, p.id, p.article_id, p.title, p.outlet, p.url, p.published, quote, start, end, p.language, p.kind,
        p.modified, p.status,
    )  # fmt: skip
