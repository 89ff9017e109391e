"""What an answer is streamed as: passages found, citations, sentences, the whole answer last. Frozen."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Answer, Citation, Hit, Sentence


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Stream event: what retrieval found, best first."""

    hits: tuple[Hit, ...]
    standalone: str


@dataclass(frozen=True, slots=True)
class Delta:
    """Stream event: a verified sentence to show next."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Cited:
    """Stream event: a citation, sent before the first sentence that uses it."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Finished:
    """Stream event: the whole answer; always the last."""

    answer: Answer


Event = PassagesFound | Cited | Delta | Finished
