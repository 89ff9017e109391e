"""Lets a language model write above the quotes. The quotes are shown first and stand whatever the model does."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from rag.answer.chat import Breaker, ChatModel, Models
from rag.answer.check import dated_beside, fault, verdicts
from rag.answer.cite import as_versions, citation, for_reader, in_context
from rag.answer.judge import Snapshot
from rag.answer.prompt import MOST_SENTENCES, Claim, NumberedSentence, Prompt, claims, no_answer, prompt
from rag.answer.read import Reads
from rag.answer.standalone import Restating
from rag.config import ChatSettings
from rag.errors import ChatUnavailable, NobodyWaits, ReplyCut
from rag.question.question import Question
from rag.reader.reader import UNREAD
from rag.retrieve.stories import find_stories
from rag.text.messages import message
from rag.text.sentences import Span
from rag.types import (
    Answer,
    AnswerKind,
    AnswerStatus,
    Citation,
    Cited,
    Event,
    Finished,
    Hit,
    InterimAnswer,
    Original,
    Passage,
    Sentence,
    Usage,
    Verdict,
    Version,
    Written,
    WrittenDelta,
    total,
)

# From this confidence on a model is asked: 98 in 100 answerable questions of the benchmark reach it, and 48 in 100 on
# what is outside the archive (docs/models.md has the curve).
ASK_FROM = 0.10
MOST_PASSAGES, LEAST_PASSAGES = 12, 8
# Log odds. Of 898 true sentences of seven collections 14 lie below, of 330 false ones 72, of 220 about something else
# 203 (docs/models.md).
_LEAST_READ = -6.0
_CONTEXT_TOKENS = 6000  # where the model does not say

log = logging.getLogger("telal.answer")


@dataclass(frozen=True, slots=True)
class Writer:
    """The model that writes, the one that judges what it wrote, and the confidence from which it is asked.

    `reader`: leaves out what it does not find in the originals, where no model judges. The shipped one alone: the score
    from which a sentence counts as found is its own.
    """

    chat: ChatModel
    judge: ChatModel | None = None
    ask_from: float = ASK_FROM
    reader: Reads | None = None
    breaker: Breaker = field(default_factory=Breaker)
    restating: Restating = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "restating", Restating(self.chat))

    @classmethod
    def of(cls, models: Models, settings: ChatSettings, reader: Reads | None = None) -> Writer:
        """Makes the writer of these models."""
        ask_from = ASK_FROM if settings.ask_from is None else settings.ask_from
        return cls(models.chat, models.judge, ask_from, reader if models.judge is None else None)

    def is_asked(self, answer: Answer) -> bool:
        """Tells whether the model is asked: the answer is sure enough or a digest, and the model is not resting."""
        sure = answer.confidence is not None and answer.confidence >= self.ask_from
        return (sure or bool(answer.digest)) and not self.breaker.resting


def written_above(
    events: Iterator[Event], question: Question, hits: Sequence[Hit], snapshot: Snapshot, writer: Writer
) -> Iterator[Event]:
    """The events of an answer of quotes, made from these hits. Where the model is asked, then the answer as it stands
    meanwhile, the model's sentences with the citations that they need beyond the quotes', and the whole answer."""
    for event in events:
        if isinstance(event, Finished) and writer.is_asked(event.answer):
            yield InterimAnswer(event.answer, writer.chat.name)
            yield from _Writing(event.answer, question, hits, snapshot, writer).events()
        else:
            yield event


def without_model(
    interim: InterimAnswer, shown: Sequence[Sentence] = (), citations: Sequence[Citation] = ()
) -> Finished:
    """Returns the answer without waiting for the model any longer: with the sentences already shown and the citations
    that came with them."""
    cited = (*interim.answer.citations, *citations)
    return Finished(_with_written(interim.answer, Written(interim.model, tuple(shown)), cited, cut=True))


def _with_written(answer: Answer, told: Written, citations: Sequence[Citation], *, cut: bool) -> Answer:
    """Adds what was written to the answer; where nothing was, a notice that says why."""
    language = answer.language
    if not told.sentences:
        notice = message("model_no_answer" if told.no_answer else "quotes_instead", language)
        return replace(answer, written=replace(told, notice=notice))
    notice = wording_notice(told, language)
    if cut:
        notice += f" {message('cut_short', language)}"
    doubt = message("perhaps", language)  # of the quotes, which are not what is shown first any more
    stands = answer.status is AnswerStatus.CONFLICTING
    return replace(
        answer,
        status=answer.status if stands else AnswerStatus.ANSWERED,
        refusal=None,
        citations=tuple(citations),
        answered_by=told.model,
        notices=tuple(n for n in answer.notices if n != doubt),
        written=replace(told, notice=notice),
    )


def wording_notice(told: Written, language: str) -> str:
    """Says whose wording it is and what was checked."""
    name = "wording_judged" if told.judge else "wording"
    return message(name, language).format(model=told.model, judge=told.judge)


def passages_for(answer: Answer, found: Sequence[Passage], stories: Sequence[Sequence[Passage]]) -> list[Passage]:
    """Chooses at most twelve passages for the model, those quoted first: of every story the version nearest to the
    reader's language and what is quoted; other versions where that makes fewer than eight. `stories`: the versions of
    each, the nearest first."""
    quoted = {c.passage_id for c in answer.citations}
    ordered = [p for p in found if p.id in quoted] + [p for p in found if p.id not in quoted]
    kept = {p.article_id for p in ordered if p.id in quoted} | {story[0].article_id for story in stories}
    first = [p for p in ordered if p.article_id in kept][:MOST_PASSAGES]
    more = [p for p in ordered if p.article_id not in kept]
    return first + more[: max(0, LEAST_PASSAGES - len(first))]


def unsupported(reader: Reads, claim: Claim, sources: Sequence[NumberedSentence]) -> bool:
    """Tells whether the reader, asked for a written sentence, finds it in none of those that it cites.

    What is about something else it nearly always tells, a false word in a true sentence at times (docs/models.md).
    """
    text, spans = "", []
    for source in sources:
        spans.append(Span(len(text), len(text) + len(source.text)))
        text += f"{source.text}\n"
    (reading,) = reader.read_each(claim.text, [(text, spans)])
    return max(reading.sentences, default=UNREAD) < _LEAST_READ


class _Writing:
    """One reply of the model, handled sentence by sentence."""

    def __init__(
        self, answer: Answer, question: Question, hits: Sequence[Hit], snapshot: Snapshot, writer: Writer
    ) -> None:
        self._answer, self._question, self._hits = answer, question, hits
        self._snapshot, self._writer = snapshot, writer
        self._citations = list(answer.citations)
        self._shown: list[Sentence] = []
        self._reasons: list[str] = []
        self._said_no = self._failed = False
        self._usage: Usage | None = None
        self._judge_ms = 0.0
        self._also: dict[str, tuple[Version, ...]] = {}

    def events(self) -> Iterator[Event]:
        started = time.perf_counter()
        try:
            made = self._prompt()
            if made.sources:  # else every passage carries an order to a machine
                yield from self._sentences(made)
                if not (self._shown or self._reasons or self._said_no):
                    raise ChatUnavailable(
                        "The language model's reply was empty, or all of it in <think>.",
                        hint="A model that reasons first needs more room: raise TELAL_CHAT__MAX_TOKENS.",
                    )
                self._writer.breaker.succeeded()
                if self._reasons and not self._shown:
                    why = ", ".join(f"{reason} {n}" for reason, n in Counter(self._reasons).items())
                    log.warning("All that %s wrote was left out: %s.", self._writer.chat.name, why)
        except NobodyWaits:
            self._failed = True
        except ChatUnavailable as error:  # its words may be a provider's: they are for the log alone
            log.warning("%s", error)
            self._writer.breaker.failed()
            self._failed = True
        spent = (time.perf_counter() - started) * 1000
        yield Finished(self._whole(spent))

    def _prompt(self) -> Prompt:
        question = self._question
        return prompt(
            question.text,
            self._passages(),
            question.language,
            today=self._today,
            history=question.history,
            context_tokens=getattr(self._writer.chat, "context_tokens", None) or _CONTEXT_TOKENS,
        )

    def _passages(self) -> list[Passage]:
        """Returns the passages for the model and remembers the other versions of each article."""
        answer, hits = self._answer, self._hits
        if answer.kind is AnswerKind.DIGEST:
            self._also = {story.article_id: story.also for story in answer.digest}
            openings = self._snapshot.openings([*self._also])
            return [openings[article_id] for article_id in self._also if article_id in openings]
        stories = find_stories(hits, answer.language, self._snapshot.stories_of)
        self._also = {article_id: as_versions(stories.others(article_id)) for article_id in stories.number}
        return passages_for(answer, [hit.passage for hit in hits], stories.versions)

    @property
    def _today(self) -> date:
        return self._question.as_of or datetime.now(UTC).date()

    def _sentences(self, made: Prompt) -> Iterator[Event]:
        """Yields each sentence that passes the rules; where a judge is set, all that it supports, once it has judged
        them."""
        passed = self._claims(made)
        if self._writer.judge is None:
            for one in passed:
                if one is None:
                    self._shown.clear()
                else:
                    yield from self._show(*one, Verdict.WRITTEN)
            return
        whole: list[tuple[Claim, tuple[NumberedSentence, ...]]] = []
        for one in passed:
            whole = [] if one is None else [*whole, one]
        if not whole:
            return
        started = time.perf_counter()
        judged = verdicts(self._writer.judge, self._question.text, whole, made.sources)
        self._judge_ms = (time.perf_counter() - started) * 1000
        self._usage = total((self._usage, judged.usage))
        for (claim, sources), verdict in zip(whole, judged.verdicts, strict=True):
            if verdict == Verdict.SUPPORTED:
                yield from self._show(claim, sources, Verdict.SUPPORTED)
            else:
                self._reasons.append(verdict)

    def _claims(self, made: Prompt) -> Generator[tuple[Claim, tuple[NumberedSentence, ...]] | None]:
        """Yields the sentences that pass the rules, with what they cite; None where all before it was thought."""
        pieces = self._writer.chat.stream(made.system, made.user)
        try:
            said: set[str] = set()
            passed = 0
            for claim in claims(pieces, made.sources):
                if claim is None:
                    said.clear()
                    self._reasons.clear()
                    passed = 0
                    yield None
                    continue
                if no_answer(claim.text):
                    self._said_no = not said
                    return
                if claim.text in said:
                    continue
                said.add(claim.text)
                sources = self._supporting(claim, made)
                if sources:
                    passed += 1
                    yield claim, sources
                if passed >= MOST_SENTENCES:
                    return
        except ReplyCut as error:  # what came whole stands; the reader is told that more may be missing
            log.warning("%s", error)
            self._failed = True
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
            self._usage = total((self._usage, getattr(pieces, "usage", None)))

    def _supporting(self, claim: Claim, made: Prompt) -> tuple[NumberedSentence, ...]:
        """Returns what a sentence rests on; nothing where it does not pass the rules, and why is kept."""
        sources = tuple(made.sources[i] for i in claim.cited if i in made.sources)
        language, today = self._answer.language, self._today
        why, dated = fault(claim, sources, language, today), tuple[NumberedSentence, ...]()
        if why == "date" and (dated := dated_beside(claim, sources, made.sources, language, today)):
            why = fault(claim, sources, language, today, dated=dated)
        reader = self._writer.reader
        if not why and reader is not None and unsupported(reader, claim, sources):
            why = "not_said"
        if why:
            self._reasons.append(why)
            return ()
        return (*sources, *dated)

    def _show(self, claim: Claim, sources: Sequence[NumberedSentence], verdict: Verdict) -> Iterator[Event]:
        """Yields the sentence with its originals, after those of its citations that are new. Nothing where an article
        is gone or changed."""
        originals, fresh = [], []
        for source in sources:
            cited = self._citation(source)
            if cited is None:
                self._reasons.append("no_source")
                return
            if cited.number > len(self._citations):
                self._citations.append(cited)
                fresh.append(cited)
            language = source.passage.language
            originals.append(Original(cited.number, source.start, source.end, source.text, language))
        numbers = tuple(dict.fromkeys(o.citation for o in originals))
        sentence = Sentence(claim.text, numbers, verdict, originals=tuple(originals))
        self._shown.append(sentence)
        yield from (Cited(c) for c in fresh)
        yield WrittenDelta(sentence)

    def _citation(self, source: NumberedSentence) -> Citation | None:
        """Returns the citation that holds the sentence, else a new one; None where the article no longer holds it."""
        p = source.passage
        for c in self._citations:
            if (c.article_id, c.headline) == (p.article_id, source.headline):
                if c.start <= source.start and source.end <= c.end:
                    return c
        made = citation(len(self._citations) + 1, p, source.start, source.end, source.text, headline=source.headline)
        for valid in in_context([made], self._snapshot.texts_of):
            return replace(for_reader(valid, self._answer.language), also=self._also.get(p.article_id, ()))
        return None

    def _whole(self, spent_ms: float) -> Answer:
        judged = self._writer.judge
        told = Written(
            self._writer.chat.name,
            tuple(self._shown),
            left_out=len(self._reasons),
            reasons=tuple(self._reasons),
            no_answer=self._said_no,
            judge=judged.name if judged is not None else "",
        )
        timings = {**self._answer.timings_ms, "model": spent_ms - self._judge_ms}
        if self._judge_ms:
            timings["judge"] = self._judge_ms
        answer = replace(self._answer, usage=self._usage, timings_ms=timings)
        return _with_written(answer, told, self._citations, cut=self._failed)
