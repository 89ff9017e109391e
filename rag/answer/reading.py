"""What the reader says of the best passages: which sentences answer, where in them, and whether any does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.reader.reader import Reader, Reading
from rag.reader.use import Use, Uses
from rag.text.sentences import Span, split_sentences
from rag.types import Passage

PASSAGES = 2  # read at most, best first; a clear answer in the first ends it sooner
# Log odds from which a stretch is marked: on dev right in .98 (SQuAD), .93 (Turkish), 1.00 (news; 17) and about three
# of four of our own, whose accepted answers are often put otherwise; from 0 on in .91, .83, .78 and half.
MARKED = 4.0
AROUND = 2  # sentences before and after the best one that are read with it: half the time of whole passages


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
    """Reads passages for a question in a language, each around its best sentence, which begins at the offset given."""

    def __call__(self, question: str, best: Sequence[tuple[Passage, int]], language: str) -> Readings: ...


class Reread:
    """The reader over passages, as far as its table of uses allows."""

    def __init__(self, reader: Reader, uses: Uses) -> None:
        self._reader, self._uses = reader, uses

    def __call__(self, question: str, best: Sequence[tuple[Passage, int]], language: str) -> Readings:
        margins: dict[tuple[str, int], float] = {}
        spans: dict[tuple[str, int], Span] = {}
        doubts: list[float] = []
        for passage, start in best[:PASSAGES]:
            may = {use: self._uses.may(use, language, passage.language) for use in Use}
            if not (may[Use.PICK] or may[Use.MARK] or may[Use.REFUSE]):
                continue
            placed = _around(split_sentences(passage.text, passage.language), start - passage.start)
            if not placed:
                continue
            head = f"{passage.title}\n"
            shift = len(head) - placed[0].start
            text = head + passage.text[placed[0].start : placed[-1].end]
            found = self._reader.read(question, text, [Span(s.start + shift, s.end + shift) for s in placed])
            for i, sentence in enumerate(placed):
                at = (passage.id, passage.start + sentence.start)
                if may[Use.PICK]:
                    margins[at] = found.sentences[i] * self._uses.weight(Use.PICK, language, passage.language)
                answer = found.answers[i]
                if may[Use.MARK] and answer is not None and answer.score > MARKED:
                    begin = answer.span.start - shift - sentence.start
                    spans[at] = Span(begin, begin + answer.span.end - answer.span.start)
            if may[Use.REFUSE]:
                doubts.append(found.not_here)
            if self._clear(found):
                break
        return Readings(margins, spans, min(doubts, default=None))

    def _clear(self, found: Reading) -> bool:
        return max(found.sentences, default=self._uses.clear - 1) >= self._uses.clear


def _around(sentences: Sequence[Span], start: int) -> Sequence[Span]:
    at = next((i for i, sentence in enumerate(sentences) if sentence.start == start), 0)
    return sentences[max(0, at - AROUND) : at + AROUND + 1]
