"""What the reader says of the best passages: which sentences answer, where in them, and whether any does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.reader.reader import Reader, Reading
from rag.reader.use import Use, Uses
from rag.text.sentences import Span, split_sentences
from rag.types import Passage

PASSAGES = 2  # read at most, best first, some 45 ms each; a clear answer in the first ends it sooner


@dataclass(frozen=True, slots=True)
class Readings:
    """By passage id and the sentence's start in the article.

    `margins`: log odds that the sentence answers, where the reader may pick; `spans`: the short answer in a sentence,
    by offsets into it, where it may mark. `not_here`: probability that none of the passages answers; None where the
    reader has no say.
    """

    margins: Mapping[tuple[str, int], float]
    spans: Mapping[tuple[str, int], Span]
    not_here: float | None


NOTHING_READ = Readings({}, {}, None)


class Reads(Protocol):
    """Reads passages for a question in a language."""

    def __call__(self, question: str, passages: Sequence[Passage], language: str) -> Readings: ...


class Reread:
    """The reader over passages, as far as its table of uses allows."""

    def __init__(self, reader: Reader, uses: Uses) -> None:
        self._reader, self._uses = reader, uses

    def __call__(self, question: str, passages: Sequence[Passage], language: str) -> Readings:
        margins: dict[tuple[str, int], float] = {}
        spans: dict[tuple[str, int], Span] = {}
        doubts: list[float] = []
        for passage in passages[:PASSAGES]:
            may = {use: self._uses.may(use, language, passage.language) for use in Use}
            if not (may[Use.PICK] or may[Use.MARK] or may[Use.REFUSE]):
                continue
            head = f"{passage.title}\n"
            placed = split_sentences(passage.text, passage.language)
            found = self._reader.read(
                question, head + passage.text, [Span(s.start + len(head), s.end + len(head)) for s in placed]
            )
            for i, sentence in enumerate(placed):
                at = (passage.id, passage.start + sentence.start)
                if may[Use.PICK]:
                    margins[at] = found.sentences[i] * self._uses.weight(Use.PICK, language, passage.language)
                answer = found.answers[i]
                if may[Use.MARK] and answer is not None and answer.score > 0:
                    start = answer.span.start - len(head) - sentence.start
                    spans[at] = Span(start, start + answer.span.end - answer.span.start)
            if may[Use.REFUSE]:
                doubts.append(found.not_here)
            if self._clear(found):
                break
        return Readings(margins, spans, min(doubts, default=None))

    def _clear(self, found: Reading) -> bool:
        return max(found.sentences, default=self._uses.clear - 1) >= self._uses.clear
