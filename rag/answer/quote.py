"""Chooses the sentences to quote, and adds what is said before them, the short answers and remarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from rag.answer.cite import as_versions, citation, for_reader, in_context
from rag.answer.conflict import changed_copies, find_conflict, statements
from rag.answer.judge import ClustersOf, Evidence, ScoredSentence, TextsOf
from rag.answer.later_count import find_later_count, find_whole_count
from rag.answer.said import Said, say, say_yes_or_no
from rag.answer.short import Proposal, RowName, keys, propose, rows
from rag.question.question import Form, Question, Wants
from rag.question.question_type import asks_of_today, asks_office
from rag.reader.reader import AnswerSpan
from rag.retrieve.stories import Stories
from rag.text.cldr import day_name
from rag.text.language import family
from rag.text.messages import filled, message, source_named
from rag.text.names import name_key
from rag.text.numbers import number_keys
from rag.text.script import HIDDEN
from rag.types import (
    Answer,
    AnswerStatus,
    Citation,
    Excerpt,
    Nearest,
    Note,
    Passage,
    Refusal,
    Sentence,
    ShortAnswer,
    Verdict,
)

MOST = 5  # quotes in an answer
LONG_FORMS = frozenset({Form.LIST})
_UNDATED = datetime.min.replace(tzinfo=UTC)
_LONGEST_NAME = 80  # characters of an outlet's name
_ITEMS = 12  # items of a short answer
_AS_LIKELY = 3.5  # of log odds, within which a report of another time answers as the best one does
_OLD = timedelta(days=365)  # after which what is so may be so no more
_OTHER_TIMES = timedelta(days=30)  # between reports of which the newer may tell what has changed
_NEWEST = 3.0  # log odds that the newest article adds, where the newest is asked for; half of it a week before
_NEAR = 2.0  # log odds within which further sentences of the best one's article come, for lists
_ALIKE = 0.6  # share of words from which two sentences say the same


def answer_to(question: Question) -> Answer:
    """Returns the empty answer to a question."""
    return Answer(
        question.typed,
        AnswerStatus.ANSWERED,
        question.language,
        as_of=question.as_of,
        standalone=question.standalone,
        used_history=question.used_history,
    )


def refuse(base: Answer, reason: str, near: Sequence[Nearest] = (), **said: str) -> Answer:
    """Returns the answer as a refusal for this reason, with the nearest articles."""
    refusal = Refusal(reason, message(reason, base.language, **said), tuple(near))
    return replace(base, status=AnswerStatus.REFUSED, sentences=(), citations=(), short=(), refusal=refusal, notices=())


def choose(evidence: Evidence, *, limit: int) -> tuple[ScoredSentence, ...]:
    """Chooses the sentences to quote, at most `limit`: the best first, then more of its article, then others'."""
    scored = _newest_first(evidence) if evidence.question.wants_latest else list(evidence.sentences)
    best = find_whole_count(evidence, scored[0]) or scored[0]
    firsts = {c.passage.article_id: c for c in reversed(scored)}
    persons = _persons(evidence.question, best, scored) if limit > 1 else None
    taken = [persons, best] if persons and _as_near(persons, best) else [best, *filter(None, [persons])]
    for c in scored:
        if len(taken) == limit:
            break
        if _fits(c, best, firsts, evidence) and all(_share(c, t) < _ALIKE for t in taken):
            taken.append(c)
    rest = sorted(taken[1:], key=lambda c: (c.passage.article_id != best.passage.article_id, c.rank, c.start))
    return (taken[0], *rest)


def _persons(question: Question, best: ScoredSentence, scored: Sequence[ScoredSentence]) -> ScoredSentence | None:
    """The likeliest sentence of the best one's article that names persons where that names states or bodies alone.

    Who signed? "Albania and Croatia signed it" answers less exactly than "It was signed by the ministers Pirro Vengu
    and Ivan Anušić". Words tell a sentence that says as much from one that does not in the question's own language
    alone; in another it is the one whose persons the reader holds likeliest.
    """
    if question.wants is not Wants.PERSON or best.answer is None:
        return None
    named = [item for row in rows(_marked_words(best, best.answer), frozenset()) for item in row]
    if not named or not all(item.place for item in named):
        return None
    asked = frozenset(key for name in question.names for key in name.keys)
    own = [c for c in scored if c.passage.article_id == best.passage.article_id]
    sharing = [c for c in own if c.overlap >= best.overlap / 2 and _names_person(c.text, asked)]
    if sharing or family(best.passage.language) == family(question.language):
        return next(iter(sharing), None)
    marked = [(c.answer.score, c) for c in own if c.answer and _names_person(_marked_words(c, c.answer), asked)]
    return max(marked, key=lambda one: one[0], default=(0.0, None))[1]


def _as_near(c: ScoredSentence, best: ScoredSentence) -> bool:
    """Whether a sentence may stand before the likeliest one: it shares half as much with the question, or is as
    likely."""
    return c.overlap >= best.overlap / 2 or c.log_odds >= best.log_odds - _NEAR


def _marked_words(c: ScoredSentence, answer: AnswerSpan) -> str:
    return c.text[answer.start : answer.end]


def _names_person(text: str, asked: frozenset[str]) -> bool:
    return any(_is_person(item) for row in rows(text, asked) for item in row)


def _is_person(item: RowName) -> bool:
    """Tells whether it is a whole name, and not of a known entity."""
    return len(item.keys) > 1 and not any(key.startswith("@") for key in item.keys)


def _newest_first(evidence: Evidence) -> list[ScoredSentence]:
    """Adds the recency of publication to the sentences' log odds and sorts them."""
    published = [c.passage.published for c in evidence.sentences if c.passage.published and c.answers]
    if not published:
        return list(evidence.sentences)
    newest = max(published)
    scored = []
    for c in evidence.sentences:
        days = (newest - c.passage.published).total_seconds() / 86400 if c.passage.published else None
        more = 0.0 if days is None else _NEWEST / (1 + max(0.0, days) / 7)
        scored.append(replace(c, log_odds=c.log_odds + more))
    return sorted(scored, key=lambda c: (-c.log_odds, c.rank, c.start))


def _fits(c: ScoredSentence, best: ScoredSentence, firsts: Mapping[str, ScoredSentence], evidence: Evidence) -> bool:
    """Tells whether a sentence may be quoted beside the best one.

    An article of another story that answers too gives its best sentence; the best sentence's own article gives more
    only for lists.
    """
    article, own, story = c.passage.article_id, best.passage.article_id, evidence.stories.number
    if article == own:
        return evidence.question.form in LONG_FORMS and c.log_odds >= best.log_odds - _NEAR
    return story[article] != story[own] and c.answers and firsts[article] is c


def _share(one: ScoredSentence, other: ScoredSentence) -> float:
    """Returns the share of the shorter sentence's words that the other has too."""
    return len(one.terms & other.terms) / max(1, min(len(one.terms), len(other.terms)))


def nearest(evidence: Evidence, *, limit: int) -> tuple[ScoredSentence, ...]:
    """Returns what comes nearest where it is in doubt whether anything answers: the best sentence of each story that
    may answer; and after the first, if there is room, one of another passage of its article."""
    least = evidence.fitted.thresholds.partial
    first, *others = evidence.best_of_stories()
    near = [first, *(c for c in others if evidence.passages[c.rank].confidence >= least)][:limit]
    own = [c for c in evidence.sentences if _elsewhere(c, first)]
    return (first, *(own[:1] if len(near) < limit else ()), *near[1:])


def _elsewhere(c: ScoredSentence, first: ScoredSentence) -> bool:
    """Tells whether a sentence is of another passage of the same article, and no headline."""
    same = c.passage.article_id == first.passage.article_id
    return same and c.passage.id != first.passage.id and not c.headline


@dataclass(frozen=True, slots=True)
class QuotePlan:
    """The quotes to show in order, what is said before each, and the remarks on the whole answer."""

    quotes: tuple[ScoredSentence, ...]
    leads: tuple[str, ...] = ()
    remarks: tuple[Note, ...] = ()
    of_one: int = 0  # of the quotes, the first so many tell of one thing
    differ: bool = False  # these contradict each other; else the first counts on from the others
    marked: dict[int, Proposal] = field(default_factory=dict)  # quote -> its likely words
    short: dict[int, tuple[ShortAnswer, ...]] = field(default_factory=dict)  # quote -> what is said alone, uncited


def plan(evidence: Evidence, *, language: str, limit: int, clusters_of: ClustersOf) -> QuotePlan:
    """Plans an answer from the evidence.

    A sentence that contradicts or confirms the best one must be of a passage that may answer, or repeat the best
    sentence with a word changed.
    """
    question, pool = evidence.question, evidence.sentences
    chosen = choose(evidence, limit=limit)
    again = changed_copies(pool, chosen[0])
    answering = [c for n, c in enumerate(pool) if c.answers or n in again]
    said = statements(answering, chosen, clusters_of)
    made = (
        _as_of(chosen, question, language)
        or _counted_on(evidence, chosen, language)
        or _of_conflict(question, said, language)
        or _dated(chosen, question, language)
    )
    marked = _marked(evidence, made)
    first = min(marked, default=0)
    spans = marked[first].spans if marked else ()
    best = made.quotes[first]
    remarks = made.remarks or _corroboration(best, spans, said, evidence.stories, language)
    return replace(made, marked=marked, short=_short_answers(evidence, made, marked), remarks=remarks)


def _marked(evidence: Evidence, made: QuotePlan) -> dict[int, Proposal]:
    """The likely words: of the first quote, of every quote of a list, and of those that tell of one thing, as surely as
    the surest of them."""
    fitted, found = evidence.fitted, dict[int, Proposal]()
    among = max(made.of_one, len(made.quotes) if evidence.question.form is Form.LIST else 1)
    for i, c in enumerate(made.quotes[:among]):
        if proposal := propose(evidence, evidence.passages[c.rank], c):
            found[i] = replace(proposal, probability=round(fitted.short.probability(proposal.values), 4))
    surest = max((found[i].probability for i in range(made.of_one) if i in found), default=0.0)
    marked = {}
    for i, likely in found.items():
        surely = surest if i < made.of_one else likely.probability
        if surely >= fitted.thresholds.mark:
            marked[i] = replace(likely, alone=surely >= fitted.thresholds.short)
    return marked


def _short_answers(
    evidence: Evidence, made: QuotePlan, marked: Mapping[int, Proposal]
) -> dict[int, tuple[ShortAnswer, ...]]:
    """What is said alone of each quote: yes or no where the first one settles it, else the likely words."""
    question, first = evidence.question, made.quotes[0]
    words = message("yes", question.language), message("no", question.language)
    settled = say_yes_or_no(first.text, language=first.passage.language, question=question, words=words)
    if settled and not made.differ:
        return {0: (_short_answer(first.text, settled, round(evidence.passages[first.rank].confidence, 4)),)}
    told = {i: one for i, one in marked.items() if one.alone and (i == 0 or made.differ or not made.of_one)}
    return {i: tuple(_said(made.quotes[i], one, question)) for i, one in told.items()}


def _said(c: ScoredSentence, likely: Proposal, question: Question) -> Iterator[ShortAnswer]:
    on = c.passage.published.date() if c.passage.published else None
    for start, end in likely.spans:
        said = say(c.text, start, end, language=c.passage.language, published=on, question=question)
        yield _short_answer(c.text[start:end], said, likely.probability)


def _short_answer(text: str, said: Said, score: float) -> ShortAnswer:
    return ShortAnswer(text, (), score, said.said, said.kind, said.value, said.unit)


def nearest_articles(evidence: Evidence, texts_of: TextsOf, *, limit: int) -> list[Nearest]:
    """Returns the articles that come nearest, each with its best paragraph and the likeliest sentence marked. Articles
    that were changed or erased meanwhile are left out."""
    stories = evidence.best_of_stories()[:limit]
    quoted = in_context(cite(stories)[1], texts_of)
    return [nearest_article(stories[c.number - 1].passage, _excerpt(c)) for c in quoted]


def _excerpt(c: Citation) -> Excerpt | None:
    if c.context is None:  # a headline
        return None
    at = c.context.start
    return Excerpt(c.context.text, at, c.context.end, (c.start - at, c.end - at))


def nearest_article(p: Passage, excerpt: Excerpt | None) -> Nearest:
    """Describes the article of a passage as one that comes near."""
    return Nearest(p.article_id, p.title, p.outlet, p.url, p.published, p.language, excerpt, p.facts_from)


def show(made: QuotePlan, base: Answer, texts_of: TextsOf, stories: Stories) -> Answer:
    """Adds the planned quotes and their citations to an answer. A quote is left out unless its offsets hold in the
    article's current text."""
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
        numbered.append(replace(for_reader(c, base.language), number=number, also=also))
        spans = made.marked[i].spans if i in made.marked else ()
        kept.append(replace(s, citations=(number,), lead=made.leads[i] if made.leads else "", marks=spans))
        for item in made.short.get(i, ()):
            _add(short, replace(item, citations=(number,)))
    whole = len(kept) == len(sentences)
    conflicting = base.status is AnswerStatus.ANSWERED and made.differ and whole
    return replace(
        base,
        status=AnswerStatus.CONFLICTING if conflicting else base.status,
        sentences=tuple(kept),
        citations=tuple(numbered),
        short=tuple(list(short.values())[:_ITEMS]),
        remarks=made.remarks if whole else (),
        withdrawn=len(sentences) - len(kept),
    )


def _add(short: dict[str, ShortAnswer], item: ShortAnswer) -> None:
    """Adds an item to the short answer; one that is there already gets the citations."""
    key = " ".join(number_keys(item.text)) or name_key(item.text) or item.text
    key = next((k for k in short if _ends_with(k, key) or _ends_with(key, k)), key)
    known = short.setdefault(key, item)
    told = min(known, item, key=lambda one: len(one.text.split()))
    short[key] = replace(told, score=known.score, citations=tuple(dict.fromkeys((*known.citations, *item.citations))))


def _ends_with(name: str, longer: str) -> bool:
    """Tells whether `longer` is the name, of two words or more, with other words before it: "Mbrojtjes Pirro Vengu"."""
    return " " in name and longer.endswith(f" {name}")


def _of_conflict(question: Question, said: Sequence[ScoredSentence], language: str) -> QuotePlan | None:
    found = find_conflict(question, said)
    if found is None:
        return None
    sides = found.sides
    if found.kind == "number":  # it may have been counted on, or corrected
        sides = tuple(sorted(sides, key=lambda c: c.passage.published or _UNDATED, reverse=True))  # stable
    return QuotePlan(
        sides,
        tuple(_according_to(c, language) for c in sides),
        (Note("conflict", message("conflict", language)),),
        of_one=len(sides),
        differ=True,
    )


def _as_of(chosen: Sequence[ScoredSentence], question: Question, language: str) -> QuotePlan | None:
    """Plans an answer to who holds an office from articles of several times: the newest first, each after its day. None
    where they are of one time."""
    if not asks_office(question):
        return None
    likely = [c for c in chosen if c.log_odds >= chosen[0].log_odds - _AS_LIKELY]
    dated = [(c.passage.published.date(), c) for c in likely if c.passage.published]
    dated.sort(key=lambda one: one[0], reverse=True)
    if not dated or dated[0][0] - dated[-1][0] < _OTHER_TIMES:
        return None
    return QuotePlan(
        tuple(c for _, c in dated),
        tuple(filled("{day}:", day=day_name(day, language)) for day, _ in dated),
        remarks=(Note("as_of", message("as_of", language)),),
    )


def _counted_on(evidence: Evidence, chosen: Sequence[ScoredSentence], language: str) -> QuotePlan | None:
    """Plans an answer from the newest count and the one that was likeliest, each after its day."""
    later = find_later_count(evidence, chosen[0])
    if later is None:
        return None
    quotes = (later, chosen[0])
    days = [c.passage.published.date() for c in quotes if c.passage.published]
    leads = tuple(filled("{day}:", day=day_name(day, language)) for day in days)
    return QuotePlan(quotes, leads, (Note("as_of", message("as_of", language)),), of_one=len(quotes))


def _dated(chosen: tuple[ScoredSentence, ...], question: Question, language: str) -> QuotePlan:
    """The quotes; where the question is of today, those of a year ago and more after their day."""
    today = question.as_of or datetime.now(UTC).date()
    if not asks_of_today(question):
        return QuotePlan(chosen)
    days = [c.passage.published.date() if c.passage.published else today for c in chosen]
    leads = tuple(filled("{day}:", day=day_name(day, language)) if today - day >= _OLD else "" for day in days)
    return QuotePlan(chosen, leads if any(leads) else ())


def _according_to(c: ScoredSentence, language: str) -> str:
    p = c.passage
    own = quotable(p.outlet, _LONGEST_NAME) if p.facts_from else ""
    of = _outlet(p, language)
    outlet = f"{own} ({of})" if own and of else of or p.url or p.article_id
    if p.published is None:
        return message("according_to_undated", language, outlet=outlet)
    return message("according_to", language, outlet=outlet, day=day_name(p.published.date(), language))


def _outlet(p: Passage, language: str) -> str:
    """Returns whose report it is, or "" where that name may not be repeated."""
    return quotable(source_named(p.facts_from, language) or p.outlet, _LONGEST_NAME)


def quotable(text: str, longest: int) -> str:
    """Returns a name from an article that Telal may repeat, or "" for a long text."""
    shown = HIDDEN.sub("", text)
    return "" if len(shown) > longest else shown


def _corroboration(
    best: ScoredSentence,
    marks: tuple[tuple[int, int], ...],
    said: Sequence[ScoredSentence],
    stories: Stories,
    language: str,
) -> tuple[Note, ...]:
    """Returns a note on how many independent outlets give the short answer.

    Nothing where there is no short answer, nor where one outlet gives it and others tell the same story, whose
    sentences were not compared.
    """
    items = [best.text[start:end] for start, end in marks]
    outlets = [_outlet(c.passage, language) for c in said if all(_gives(c.text, item) for item in items)]
    outlets = list({outlet.casefold(): outlet for outlet in reversed(outlets) if outlet}.values())[::-1]
    telling = {_outlet(p, language).casefold() for p in stories.others(best.passage.article_id)} - {""}
    if not items or not outlets or (len(outlets) == 1 and telling - {outlets[0].casefold()}):
        return ()
    kind = "corroborated" if len(outlets) > 1 else "single_source"
    text = message(kind, language).format(n=len(outlets), outlets=", ".join(outlets))
    return (Note(kind, text),)


def _gives(sentence: str, item: str) -> bool:
    """Tells whether a sentence holds an item, across scripts and cases: its names by key, its numbers by value."""
    held = keys(sentence)
    wanted = keys(item)
    return bool(wanted) and wanted <= held


def cite(chosen: Sequence[ScoredSentence]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Makes a quote with a citation of its own of each sentence, numbered from 1."""
    citations = tuple(
        citation(i, c.passage, c.start, c.end, c.text, headline=c.headline) for i, c in enumerate(chosen, 1)
    )
    sentences = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE) for c in citations)
    return sentences, citations
