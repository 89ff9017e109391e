"""Quotes: the sentences chosen, each after what is said before it, and the short answers and remarks on the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from rag.answer.cite import citation, for_reader, in_context
from rag.answer.conflict import changed_copies, find_conflict, statements
from rag.answer.injection import HIDDEN, orders
from rag.answer.judge import Candidate, CandidatePool, ClustersOf, TextsOf, fitted_models
from rag.answer.messages import day_name, message
from rag.answer.short import propose
from rag.answer.versions import Stories, as_versions
from rag.question.question import Form, Question
from rag.question.question_type import asks_office
from rag.text.names import name_key, name_keys
from rag.text.numbers import number_keys
from rag.types import (
    Answer,
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
LONG_FORMS = frozenset({Form.LIST})
_LONGEST_NAME = 80  # characters of an outlet's name
_ITEMS = 12  # items of a short answer
_AS_LIKELY = 3.5  # of log odds, within which a report of another time answers as the best one does
_OTHER_TIMES = timedelta(days=30)  # between reports of which the newer may tell what has changed
_NEWEST = 3.0  # log odds that the newest article adds, where the newest is asked for; half of it a week before
_NEAR = 2.0  # log odds within which further sentences of the best one's article come, for lists
_ALIKE = 0.6  # share of words from which two sentences say the same


def answer_to(question: Question) -> Answer:
    """The answer that there is before anything was found."""
    return Answer(
        question.typed,
        AnswerStatus.ANSWERED,
        question.language,
        as_of=question.as_of,
        standalone=question.standalone,
    )


def choose(found: CandidatePool, *, limit: int) -> tuple[Candidate, ...]:
    """The sentences to quote, at most `limit`: the best first, then its article's further ones, then others'."""
    question = found.evidence.question
    scored = list(found.pool)
    if question.wants_latest:
        scored = _newest_first(scored, found.answering)
    best = scored[0]
    firsts = {c.passage.article_id: c for c in reversed(scored)}
    taken = [best]
    for c in scored[1:]:
        if len(taken) == limit:
            break
        if _fits(c, best, firsts, found) and all(_share(c, t) < _ALIKE for t in taken):
            taken.append(c)
    rest = sorted(taken[1:], key=lambda c: (c.passage.article_id != best.passage.article_id, c.rank, c.start))
    return (best, *rest)


def _newest_first(pool: list[Candidate], answering: frozenset[int]) -> list[Candidate]:
    """The pool with the day of publication in its log odds."""
    newest = max((c.passage.published for c in pool if c.passage.published and c.rank in answering), default=None)
    if newest is None:
        return pool
    scored = []
    for c in pool:
        days = (newest - c.passage.published).total_seconds() / 86400 if c.passage.published else None
        more = 0.0 if days is None else _NEWEST / (1 + max(0.0, days) / 7)
        scored.append(replace(c, log_odds=c.log_odds + more))
    return sorted(scored, key=lambda c: (-c.log_odds, c.rank, c.start))


def _fits(c: Candidate, best: Candidate, firsts: Mapping[str, Candidate], found: CandidatePool) -> bool:
    """Whether a sentence may be quoted beside the best one.

    Another story's article that answers too gives its best sentence; the best sentence's own article gives more only
    for lists.
    """
    article, own, story = c.passage.article_id, best.passage.article_id, found.evidence.stories.number
    if article == own:
        return found.evidence.question.form in LONG_FORMS and c.log_odds >= best.log_odds - _NEAR
    return story[article] != story[own] and c.rank in found.answering and firsts[article] is c


def _share(one: Candidate, other: Candidate) -> float:
    """The share of the shorter sentence's words that the other has too."""
    return len(one.terms & other.terms) / max(1, min(len(one.terms), len(other.terms)))


def nearest(found: CandidatePool, *, limit: int) -> tuple[Candidate, ...]:
    """What comes nearest where it is in doubt whether anything answers: the best sentence of each story that may
    answer; and behind the first, while there is room, one of another passage of its article.
    """
    least = fitted_models().thresholds.partial
    first, *others = found.stories()
    near = [first, *(c for c in others if found.passage_of(c).confidence >= least)][:limit]
    own = [c for c in found.pool if _elsewhere(c, first)]
    return (first, *(own[:1] if len(near) < limit else ()), *near[1:])


def _elsewhere(c: Candidate, first: Candidate) -> bool:
    """Whether a sentence is of another passage of the same article, and no headline."""
    same = c.passage.article_id == first.passage.article_id
    return same and c.passage.id != first.passage.id and not c.headline


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
    """The quotes to show in order, the lead of each, if any, and the remarks on the whole answer."""

    quotes: tuple[Candidate, ...]
    leads: tuple[str, ...] = ()
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
    again = changed_copies(found.pool, chosen[0])
    answering = [c for n, c in enumerate(found.pool) if c.rank in found.answering or n in again]
    said = statements(answering, chosen, clusters_of)
    made = _as_of(chosen, question, language) or _of_conflict(question, said, language) or QuotePlan(chosen)
    marked = _marks(found, made)
    first = min(marked, default=0)
    spans = marked[first].spans if marked else ()
    remarks = made.remarks or _corroboration(made.quotes[first], spans, said, language)
    return replace(made, short_answers=marked, remarks=remarks)


def _marks(found: CandidatePool, made: QuotePlan) -> dict[int, Marks]:
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
    weighed, by = found.passage_of(c), fitted_models()
    proposal = propose(found.evidence.question, weighed.read, found.sentence(c).read, weighed.confidence)
    if proposal is None:
        return None
    probability = round(by.short.probability(proposal.values), 4)
    if surely and probability < by.thresholds.mark:
        return None
    return Marks(proposal.spans, probability, alone=not surely or probability >= by.thresholds.short)


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
        also = as_versions(stories.others(c.article_id))
        numbered.append(replace(for_reader(c, language), number=number, also=also))
        marks = made.short_answers.get(i, NOTHING_MARKED)
        kept.append(replace(s, citations=(number,), lead=made.leads[i] if made.leads else "", marks=marks.spans))
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
    key = next((k for k in short if _ends_with(k, key) or _ends_with(key, k)), key)
    known = short.setdefault(key, item)
    text = min(known.text, item.text, key=lambda t: len(t.split()))
    short[key] = replace(known, text=text, citations=tuple(dict.fromkeys((*known.citations, *item.citations))))


def _ends_with(name: str, longer: str) -> bool:
    """Whether `longer` is the name of two words or more with others before it: "Mbrojtjes Pirro Vengu"."""
    return " " in name and longer.endswith(f" {name}")


def _of_conflict(question: Question, said: Sequence[Candidate], language: str) -> QuotePlan | None:
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


def _as_of(chosen: Sequence[Candidate], question: Question, language: str) -> QuotePlan | None:
    """Who holds an office by articles of several times: the newest first, each after its day."""
    if not asks_office(question):
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


def _corroboration(
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
