"""Joins the answers to the several questions of one message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from rag.question.question import Question
from rag.text.messages import message
from rag.types import (
    Answer,
    AnswerStatus,
    Citation,
    Cited,
    Delta,
    Event,
    Finished,
    Hit,
    Nearest,
    Note,
    Sentence,
    ShortAnswer,
    total,
)

MOST = 5  # sentences in all
_NEAREST = 3


def in_turn(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Interleaves the hits of all questions, best first; every passage once."""
    hits: dict[str, Hit] = {}
    for row in zip_longest(*found):
        for hit in row:
            if hit is not None:
                hits.setdefault(hit.passage.id, hit)
    return list(hits.values())


def join_answers(question: Question, answers: Sequence[Answer]) -> Answer:
    """Joins the answers to the parts of a question, given in their order, into one.

    The sentences of a part stay together, the first with the part's question as its lead. At most five sentences are
    shown, shared evenly, and the two sides of a contradiction stay together. A part without an answer is named in a
    remark (`part_missing`) and makes the whole `partial`. When no part has an answer, the first refusal stands, with
    the nearest articles of all parts. Raises ValueError where the number of answers differs from that of the parts.
    """
    parts = _own_questions([part.text for part in question.parts])
    if len(answers) != len(parts):
        raise ValueError(f"{len(answers)} answers for {len(parts)} parts")
    base = replace(
        answers[0],
        question=question.typed,
        language=question.language,
        as_of=question.as_of,
        standalone=question.standalone,
        confidence=min((a.confidence for a in answers if a.confidence is not None), default=None),
        withdrawn=sum(a.withdrawn for a in answers),
        notices=tuple(dict.fromkeys(n for a in answers for n in a.notices)),
        timings_ms=_timings(answers),
        usage=total(a.usage for a in answers),
        answered_by=", ".join(dict.fromkeys(a.answered_by for a in answers if a.sentences)) or "quotes",
    )
    missing = [part for part, a in zip(parts, answers, strict=True) if not a.sentences]
    if len(missing) == len(parts):
        return _refuse(base, answers)
    shown = _Joint()
    room = _room(answers)
    for part, answer, most in zip(parts, answers, room, strict=True):
        shown.add(part, answer, most)
    said = [Note("part_missing", message("part_missing", question.language).format(question=part)) for part in missing]
    if question.holds_more:
        said.append(Note("first_questions", message("first_questions", question.language).format(n=len(parts))))
    remarks = dict.fromkeys((*said, *(r for a, most in zip(answers, room, strict=True) if most for r in a.remarks)))
    return replace(
        base,
        status=_status(answers),
        sentences=tuple(shown.sentences),
        citations=tuple(shown.citations),
        short=tuple(shown.short),
        remarks=tuple(remarks),
        refusal=None,
    )


def _own_questions(parts: Sequence[str]) -> tuple[str, ...]:
    """Removes from each question the earlier one that `followup.join` put behind it."""
    shown = []
    for i, part in enumerate(parts):
        on = next((before for before in parts[:i] if part.endswith(f" {before}")), None)
        shown.append(part.removesuffix(f" {on}") if on else part)
    return tuple(shown)


def events(answer: Answer) -> Iterator[Event]:
    """Yields the events of a joined answer: each citation before the first sentence that uses it, the whole answer
    last."""
    sent: set[int] = set()
    cited = {c.number: c for c in answer.citations}
    for sentence in answer.sentences:
        for number in sentence.citations:
            if number not in sent:
                sent.add(number)
                yield Cited(cited[number])
        yield Delta(sentence)
    yield Finished(answer)


def _room(answers: Sequence[Answer]) -> list[int]:
    """Returns how many sentences of each answer are shown: one from each in turn, while there is room.

    The sides of a contradiction come first and stay together; else the answer would hide it.
    """
    wanted = [len(a.sentences) for a in answers]
    least = [_together(a) for a in answers]
    room = [0] * len(answers)
    left = MOST
    for i, need in enumerate(least):  # a part's sentences that belong together, as long as each later part has one
        later = sum(1 for other in least[i + 1 :] if other)
        room[i] = min(need, max(left - later, min(need, left, 1)))
        left -= room[i]
    while left > 0 and any(have < want for have, want in zip(room, wanted, strict=True)):
        for i, want in enumerate(wanted):
            if left > 0 and room[i] < want:
                room[i] += 1
                left -= 1
    return room


def _together(answer: Answer) -> int:
    if answer.status is AnswerStatus.CONFLICTING:
        return min(2, len(answer.sentences))
    return min(1, len(answer.sentences))


def _status(answers: Sequence[Answer]) -> AnswerStatus:
    found = {a.status for a in answers}
    if AnswerStatus.REFUSED in found or AnswerStatus.PARTIAL in found:
        return AnswerStatus.PARTIAL
    return AnswerStatus.CONFLICTING if AnswerStatus.CONFLICTING in found else AnswerStatus.ANSWERED


def _refuse(base: Answer, answers: Sequence[Answer]) -> Answer:
    nearest: dict[str, Nearest] = {}
    for a in answers:
        for n in a.refusal.nearest if a.refusal else ():
            nearest.setdefault(n.article_id, n)
    refusal = next((a.refusal for a in answers if a.refusal), None)
    if refusal is not None:
        refusal = replace(refusal, nearest=tuple(nearest.values())[:_NEAREST])
    return replace(base, status=AnswerStatus.REFUSED, refusal=refusal, sentences=(), citations=(), short=())


@dataclass
class _Joint:
    """The sentences and citations taken over so far. Citations are numbered anew; a quote of two answers keeps one
    number."""

    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    short: list[ShortAnswer] = field(default_factory=list)

    def add(self, part: str, answer: Answer, most: int) -> None:
        cited = {c.number: c for c in answer.citations}
        numbers: dict[int, int] = {}
        for i, s in enumerate(answer.sentences[:most]):
            for n in s.citations:
                numbers.setdefault(n, self._number(cited[n]))
            lead = "\n".join(filter(None, (part, s.lead))) if i == 0 else s.lead
            self.sentences.append(replace(s, citations=tuple(numbers[n] for n in s.citations), lead=lead))
        for item in answer.short:
            kept = tuple(numbers[n] for n in item.citations if n in numbers)
            if kept:
                self.short.append(replace(item, citations=kept))

    def _number(self, c: Citation) -> int:
        for known in self.citations:
            if (known.article_id, known.start, known.end, known.quote) == (c.article_id, c.start, c.end, c.quote):
                return known.number
        self.citations.append(replace(c, number=len(self.citations) + 1))
        return len(self.citations)


def _timings(answers: Sequence[Answer]) -> dict[str, float]:
    names = dict.fromkeys(name for a in answers for name in a.timings_ms)
    return {name: round(sum(a.timings_ms.get(name, 0.0) for a in answers), 2) for name in names}
