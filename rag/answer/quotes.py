"""What quotes an answer shows and what is said around them: conflicts side by side, timelines, short answers, notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from rag.answer.choose import choose
from rag.answer.cite import cite
from rag.answer.conflicts import Clusters, find_conflict, statements
from rag.answer.context import in_context, transliteration
from rag.answer.extract import Candidate, Extracted
from rag.answer.messages import message
from rag.answer.orders import HIDDEN, orders
from rag.answer.rules import applies
from rag.answer.short import SpanFinder, short_answer
from rag.answer.standing import day_name, notes
from rag.answer.timeline import timeline
from rag.question.kinds import Aim, Form
from rag.text.names import name_key, name_keys
from rag.text.numbers import number_keys
from rag.text.sentences import Span
from rag.types import AnswerStatus, Citation, Note, Sentence, ShortAnswer

MOST = 5  # quotes in an answer
_LONGEST_NAME = 80  # characters of an outlet's name
_ITEMS = 12  # items of a short answer
# Of score: the best quote gives way to one so near that has the short answer. .15 was worse for eight of 322.
_LEADS = 0.05
_LEADING = 2  # of the quotes of a plain answer, those among which the first short answer is looked for


@dataclass(frozen=True, slots=True)
class Plan:
    """The quotes to show in order, what is said before each, and what is said of the whole."""

    quotes: tuple[Candidate, ...]
    leads: tuple[str, ...]
    status: AnswerStatus = AnswerStatus.ANSWERED
    remarks: tuple[Note, ...] = ()
    sides: int = 0  # of the quotes, the first so many contradict each other
    marked: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # quote -> its short answers


@dataclass(frozen=True, slots=True)
class Shown:
    """Proven quotes, ready to be sent."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    short: tuple[ShortAnswer, ...]
    remarks: tuple[Note, ...]
    status: AnswerStatus
    withdrawn: int


def plan(
    question: str,
    found: Extracted,
    aim: Aim,
    *,
    language: str,
    limit: int,
    clusters: Clusters | None = None,
    reader: SpanFinder | None = None,
) -> Plan:
    """The plan of an answer to a question from the sentences found; without quotes when nothing was."""
    chosen = choose(question, found, aim, limit=limit)
    if not chosen:
        return Plan((), ())
    said = [c for c in statements(found.pool, chosen, clusters) if not orders(c.text)]
    made = _of_conflict(question, said, chosen, aim, language) or _of_timeline(found, chosen, aim, language)
    made = made or Plan(chosen, ("",) * len(chosen))
    among = max(made.sides, len(made.quotes) if aim.form is Form.LIST else _LEADING)
    marked: dict[int, tuple[tuple[int, int], ...]] = {}
    for i, c in enumerate(made.quotes[:among]):
        spans = short_answer(question, c.text, c.passage, aim, reader=reader) or _read(found, c, aim)
        if spans:
            marked[i] = tuple((s.start, s.end) for s in spans)
            if not made.sides and aim.form is not Form.LIST:
                break  # one quote gives the short answer of a plain question
    if marked and not made.sides and aim.form is Form.FACT and _may_lead(made, min(marked)):
        made, marked = _leading(made, min(marked)), {0: marked[min(marked)]}
    first = min(marked, default=0)
    remarks = made.remarks or _corroborated(made.quotes[first], marked.get(first, ()), said, language)
    return replace(made, marked=marked, remarks=remarks)


def _read(found: Extracted, c: Candidate, aim: Aim) -> tuple[Span, ...]:
    """The stretch that the reader marks in a quote, where the rules see none and one fact is asked for."""
    span = found.readings.spans.get((c.passage.id, c.start))
    within = span and aim.form is Form.FACT and 0 <= span.start < span.end <= len(c.text)
    return (span,) if span and within and applies("reader_mark") else ()


def _may_lead(made: Plan, number: int) -> bool:
    """Whether the quote with the short answer is near enough to the best one to be shown before it."""
    return 0 < number and made.quotes[number].score >= made.quotes[0].score - _LEADS and applies("lead")


def _leading(made: Plan, number: int) -> Plan:
    """The plan with a quote, and what is said before it, put first."""
    order = [number, *(i for i in range(len(made.quotes)) if i != number)]
    return replace(made, quotes=tuple(made.quotes[i] for i in order), leads=tuple(made.leads[i] for i in order))


def show(made: Plan, text_of: Callable[[str], str | None], language: str) -> Shown:
    """The quotes with their citations, those alone whose offsets are proven in the article's current text."""
    sentences, citations = cite(made.quotes)
    valid = {c.number: c for c in in_context(citations, text_of)}
    kept: list[Sentence] = []
    numbered: list[Citation] = []
    short: dict[str, ShortAnswer] = {}
    for i, s in enumerate(sentences):
        c = valid.get(i + 1)
        if c is None:
            continue
        number = len(numbered) + 1
        other = transliteration(c, language)
        numbered.append(replace(c, number=number, notes=notes(c, language), transliteration=other))
        marks = made.marked.get(i, ())
        kept.append(replace(s, citations=(number,), lead=made.leads[i], marks=marks))
        for start, end in marks:
            _add(short, s.text[start:end], number)
    return Shown(
        tuple(kept),
        tuple(numbered),
        tuple(list(short.values())[:_ITEMS]),
        made.remarks if len(kept) == len(sentences) else (),
        made.status if made.sides < 2 or len(kept) == len(sentences) else AnswerStatus.ANSWERED,
        len(sentences) - len(kept),
    )


def _add(short: dict[str, ShortAnswer], text: str, number: int) -> None:
    """An item of the short answer once, with every citation that gives it."""
    key = " ".join(number_keys(text)) or name_key(text) or text
    known = short.get(key)
    if known is None:
        short[key] = ShortAnswer(text, (number,))
    elif number not in known.citations:
        short[key] = replace(known, citations=(*known.citations, number))


def _of_conflict(
    question: str, said: Sequence[Candidate], chosen: Sequence[Candidate], aim: Aim, language: str
) -> Plan | None:
    found = find_conflict(question, said, aim)
    if found is None or not applies("conflict"):
        return None
    others = [c for c in chosen if c not in found.sides][: MOST - len(found.sides)]
    leads = [_according_to(c, language) for c in found.sides]
    return Plan(
        (*found.sides, *others),
        (*leads, *[""] * len(others)),
        AnswerStatus.CONFLICTING,
        (Note("conflict", message("conflict", language)),),
        len(found.sides),
    )


def _according_to(c: Candidate, language: str) -> str:
    p = c.passage
    outlet = _outlet(c) or p.url or p.article_id
    if p.published is None:
        return message("according_to_undated", language).format(outlet=outlet)
    return message("according_to", language).format(outlet=outlet, day=day_name(p.published.date(), language))


def _outlet(c: Candidate) -> str:
    """The outlet's name as Telal may say it itself; nothing where it is no name but an order or a text."""
    name = HIDDEN.sub("", c.passage.outlet)
    return "" if orders(name) or len(name) > _LONGEST_NAME else name


def _of_timeline(found: Extracted, chosen: Sequence[Candidate], aim: Aim, language: str) -> Plan | None:
    if aim.form is not Form.TIMELINE:
        return None
    events = [e for e in timeline(found.pool, chosen, limit=MOST) if not orders(e.candidate.text)]
    if not events or not applies("timeline"):
        return None
    return Plan(tuple(e.candidate for e in events), tuple(e.lead(language) for e in events))


def _corroborated(
    best: Candidate, marks: tuple[tuple[int, int], ...], said: Sequence[Candidate], language: str
) -> tuple[Note, ...]:
    """How many independent outlets give the short answer; nothing where there is none."""
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
