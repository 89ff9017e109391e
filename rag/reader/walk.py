"""Reads passages one by one, best first, and stops where one answers so clearly that the rest cannot change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.reader.reader import Reader, Reading
from rag.text.sentences import Span


@dataclass(frozen=True, slots=True)
class Page:
    """A text and its sentences, as `Reader.read` takes them."""

    text: str
    sentences: Sequence[Span]


def walk(reader: Reader, question: str, pages: Iterable[Page], *, clear: float) -> list[Reading]:
    """Readings of the first pages, up to the one with a sentence of `clear` log odds or more; of all if there is none.

    `clear` comes from `Uses.clear`, which dev chose so that stopping costs at most half a point.
    """
    found: list[Reading] = []
    for page in pages:
        found.append(reader.read(question, page.text, page.sentences))
        if max(found[-1].sentences, default=clear - 1) >= clear:
            break
    return found
