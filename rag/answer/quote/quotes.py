"""Cites and shows the chosen quotes, with what is said around them: conflicts, short answers, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from rag.answer.conflict.conflicts import ClustersOf, find_conflict, retold, statements
from rag.answer.evidence.answer_span import propose
from rag.answer.evidence.candidate import Candidate, CandidatePool
from rag.answer.evidence.judge import judge
from rag.answer.evidence.versions import Stories, as_versions
from rag.answer.evidence.weigh import TextsOf
from rag.answer.lexicon.messages import message
from rag.answer.lexicon.prompt_injection import HIDDEN, orders
from rag.answer.lexicon.source_notes import day_name, notes
from rag.answer.quote.choose import choose, nearest
from rag.answer.quote.context import in_context, transliteration
from rag.question.parse import ParsedQuestion
from rag.question.question_type import Form, asks_office
from rag.text.names import name_key, name_keys
from rag.text.numbers import number_keys
from rag.types import (
    AnswerStatus,
    Citation,
    Excerpt,
    Nearest,
    Note,
    Passage,
    Sentence,
    ShortAnswer,
    Verdict,
)

MOST = 5  # quotes in an answer
_LONGEST_NAME = 80  # characters of an outlet's name
_ITEMS = 12  # items of a short answer
_AS_LIKELY = 3.5  # of log odds, within which a report of another time answers as the best one does
_OTHER_TIMES = timedelta(days=30)  # between reports of which the newer may tell what has changed


@dataclass(frozen=True, slots=True)
class Marks:
    """The likely words within a quote: their spans, end-exclusive, the probability that they are right, and whether
    that is enough to give them alone.
    """

    spans: tuple[tuple[int, int], ...]
    probability: float
    alone: bool = False


NOTHING_MARKED = Marks((), 0.0)


@dataclass(frozen=True, slots=True)
class QuotePlan:
    """The quotes to show in order, the lead of each, and the remarks on the whole answer."""

    quotes: tuple[Candidate, ...]
    leads: tuple[str, ...]
    status: AnswerStatus = AnswerStatus.ANSWERED
    remarks: tuple[Note, ...] = ()
    sides: int = 0  # of the quotes, the first so many contradict each other
    short_answers: dict[int, Marks] = field(default_factory=dict)  # quote -> its short answer


@dataclass(frozen=True, slots=True)
class QuotedSentences:
    """Quotes whose offsets were verified, ready to be sent."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    short: tuple[ShortAnswer, ...]
    remarks: tuple[Note, ...]
    status: AnswerStatus
    withdrawn: int


def plan(found: CandidatePool, *, language: str, limit: int, clusters_of: ClustersOf | None = None) -> QuotePlan:
    """The plan of an answer from the sentences found.

    A sentence that contradicts or confirms the best one must be of a passage that may answer, or repeat the best
    sentence with a word changed.
    """
    question = found.evidence.question
    chosen = choose(found, limit=limit)
    again = retold(found.pool, chosen[0])
    answering = [c for n, c in enumerate(found.pool) if c.rank in found.answering or n in again]
    said = statements(answering, chosen, clusters_of)
    made = (
        _as_of(chosen, question, language)
        or _of_conflict(question, said, language)
        or QuotePlan(chosen, ("",) * len(chosen))
    )
    marked = _marked(found, made)
    first = min(marked, default=0)
    spans = marked[first].spans if marked else ()
    remarks = made.remarks or _corroborated(made.quotes[first], spans, said, language)
    return replace(made, short_answers=marked, remarks=remarks)


def _marked(found: CandidatePool, made: QuotePlan) -> dict[int, Marks]:
    """The short answers: of the first quote, of every quote of a list; of the other sides where the first has one."""
    among = max(made.sides, len(made.quotes) if found.evidence.question.form is Form.LIST else 1)
    marked: dict[int, Marks] = {}
    for i, c in enumerate(made.quotes[:among]):
        short = _short(found, c, surely=not (i and made.sides and 0 in marked))
        if short:
            marked[i] = short
    return marked


def _short(found: CandidatePool, c: Candidate, *, surely: bool) -> Marks | None:
    """The likely words of a quote; `surely`: where they are likely enough to be right."""
    weighed, by = found.passage_of(c), judge()
    proposal = propose(found.evidence.question, weighed.read, found.sentence(c).read, weighed.confidence)
    if proposal is None:
        return None
    probability = round(by.short.probability(proposal.values), 4)
    if surely and probability < by.thresholds.mark:
        return None
    return Marks(proposal.spans, probability, alone=not surely or probability >= by.thresholds.short)


def in_doubt(found: CandidatePool, *, limit: int) -> QuotePlan:
    """The passages that come nearest where none is sure to answer."""
    quotes = nearest(found, limit=limit)
    return QuotePlan(quotes, ("",) * len(quotes))


def nearest_articles(found: CandidatePool, texts_of: TextsOf, *, limit: int) -> list[Nearest]:
    """The articles that come nearest, each with its best paragraph, the likeliest sentence marked in it; an article
    that was changed or erased meanwhile is left out.
    """
    stories = found.stories()[:limit]
    quoted = in_context(cite(stories)[1], texts_of)
    return [nearest_article(stories[c.number - 1].passage, _excerpt(c)) for c in quoted]


def _excerpt(c: Citation) -> Excerpt | None:
    if c.context is None:  # a headline
        return None
    at = c.context.start
    return Excerpt(c.context.text, at, c.context.end, (c.start - at, c.end - at))


def nearest_article(p: Passage, excerpt: Excerpt | None) -> Nearest:
    """The article of a passage as one that comes near."""
    return Nearest(p.article_id, p.title, p.outlet, p.url, p.published, p.language, excerpt, p.facts_from)


def show(made: QuotePlan, texts_of: TextsOf, language: str, stories: Stories) -> QuotedSentences:
    """The quotes with their citations. A quote is left out unless its offsets hold in the article's current text."""
    sentences, citations = cite(made.quotes)
    valid = {c.number: c for c in in_context(citations, texts_of)}
    kept: list[Sentence] = []
    numbered: list[Citation] = []
    short: dict[str, ShortAnswer] = {}
    for i, s in enumerate(sentences):
        c = valid.get(i + 1)
        if c is None:
            continue
        number = len(numbered) + 1
        other = transliteration(c, language)
        also = as_versions(stories.others(c.article_id))
        numbered.append(replace(c, number=number, notes=notes(c, language), transliteration=other, also=also))
        marks = made.short_answers.get(i, NOTHING_MARKED)
        kept.append(replace(s, citations=(number,), lead=made.leads[i], marks=marks.spans))
        for start, end in marks.spans if marks.alone else ():
            _add(short, ShortAnswer(s.text[start:end], (number,), marks.probability))
    return QuotedSentences(
        tuple(kept),
        tuple(numbered),
        tuple(list(short.values())[:_ITEMS]),
        made.remarks if len(kept) == len(sentences) else (),
        made.status if made.sides < 2 or len(kept) == len(sentences) else AnswerStatus.ANSWERED,
        len(sentences) - len(kept),
    )


def _add(short: dict[str, ShortAnswer], item: ShortAnswer) -> None:
    """An item of the short answer once, with every citation that gives it."""
    key = " ".join(number_keys(item.text)) or name_key(item.text) or item.text
    key = next((k for k in short if _titled(k, key) or _titled(key, k)), key)
    known = short.setdefault(key, item)
    text = min(known.text, item.text, key=lambda t: len(t.split()))
    short[key] = replace(known, text=text, citations=tuple(dict.fromkeys((*known.citations, *item.citations))))


def _titled(name: str, longer: str) -> bool:
    """Whether `longer` is the name of two words or more with others before it: "Mbrojtjes Pirro Vengu"."""
    return " " in name and longer.endswith(f" {name}")


def _of_conflict(question: ParsedQuestion, said: Sequence[Candidate], language: str) -> QuotePlan | None:
    found = find_conflict(question, said)
    if found is None:
        return None
    return QuotePlan(
        found.sides,
        tuple(_according_to(c, language) for c in found.sides),
        AnswerStatus.CONFLICTING,
        (Note("conflict", message("conflict", language)),),
        len(found.sides),
    )


def _as_of(chosen: Sequence[Candidate], question: ParsedQuestion, language: str) -> QuotePlan | None:
    """Who holds an office by articles of several times: the newest first, each after its day."""
    if not asks_office(question.text, question.language):
        return None
    likely = [c for c in chosen if c.log_odds >= chosen[0].log_odds - _AS_LIKELY]
    dated = [(c.passage.published.date(), c) for c in likely if c.passage.published]
    dated.sort(key=lambda one: one[0], reverse=True)
    if not dated or dated[0][0] - dated[-1][0] < _OTHER_TIMES:
        return None
    return QuotePlan(
        tuple(c for _, c in dated),
        tuple(f"{day_name(day, language)}:" for day, _ in dated),
        remarks=(Note("as_of", message("as_of", language)),),
    )


def _according_to(c: Candidate, language: str) -> str:
    p = c.passage
    own = sayable(p.outlet, _LONGEST_NAME) if p.facts_from else ""
    outlet = f"{own} ({_outlet(c)})" if own and _outlet(c) else _outlet(c) or p.url or p.article_id
    if p.published is None:
        return message("according_to_undated", language).format(outlet=outlet)
    return message("according_to", language).format(outlet=outlet, day=day_name(p.published.date(), language))


def _outlet(c: Candidate) -> str:
    """Whose report it is, if Telal may say the name itself; "" where that is an order or a whole text."""
    return sayable(c.passage.facts_from or c.passage.outlet, _LONGEST_NAME)


def sayable(text: str, longest: int) -> str:
    """A name from an article that Telal may repeat; "" where it gives orders or is too long."""
    shown = HIDDEN.sub("", text)
    return "" if orders(shown) or len(shown) > longest else shown


def _corroborated(
    best: Candidate, marks: tuple[tuple[int, int], ...], said: Sequence[Candidate], language: str
) -> tuple[Note, ...]:
    """How many independent outlets give the short answer; nothing where there is no short answer."""
    items = [best.text[start:end] for start, end in marks]
    outlets = [_outlet(c) for c in said if all(_gives(c.text, item) for item in items)]
    outlets = list({outlet.casefold(): outlet for outlet in reversed(outlets) if outlet}.values())[::-1]
    if not items or not outlets:
        return ()
    kind = "corroborated" if len(outlets) > 1 else "single_source"
    text = message(kind, language).format(n=len(outlets), outlets=", ".join(outlets))
    return (Note(kind, text),)


def _gives(sentence: str, item: str) -> bool:
    """Whether a sentence holds an item, across scripts and cases: its names by key, its numbers by value."""
    held = _keys(sentence)
    wanted = _keys(item)
    return bool(wanted) and wanted <= held


def _keys(text: str) -> frozenset[str]:
    return frozenset((*name_keys(text), *number_keys(text)))


def cite(chosen: Sequence[Candidate]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Each chosen sentence as a quote with a citation of its own, numbered from 1."""
    citations = tuple(
        citation(i, c.passage, c.start, c.end, c.text, headline=c.headline) for i, c in enumerate(chosen, 1)
    )
    sentences = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE) for c in citations)
    return sentences, citations


def citation(number: int, passage: Passage, start: int, end: int, quote: str, *, headline: bool = False) -> Citation:
    """A citation of the stretch [start, end) of the passage's article, or of its title."""
    p = passage
    return Citation(
        number, p.id, p.article_id, p.title, p.outlet, p.url, p.published, quote, start, end, p.language, p.kind,
        p.modified, p.status, headline=headline, facts_from=p.facts_from,
    )  # fmt: skip
