"""Checks the sentences that a language model wrote: by rules, then by a model that judges, where one is set.

The numbers, percentages, sums and dates of a sentence must stand in the sentences that it cites, by value and across
languages: "2.000" and "2,000" are equal, and so are "18. marta" and "18.03.". The day on which an article was
published vouches for nothing but that something was told on it.
Names, denial and synonyms are left alone: no rule over words tells a truth from a lie in another language
(docs/decisions/150-written-above-the-quotes.md). A judge is asked once for all sentences whether what they cite says
what they say.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from rag.answer.chat import ChatModel
from rag.answer.figures import Figure, Figures, invented, read_figures
from rag.answer.prompt import Claim, NumberedSentence, data, template
from rag.errors import ReplyCut
from rag.text.dates import TimeExpression, find_dates, meanings
from rag.text.language import SUPPORTED, family, identify
from rag.text.script import HIDDEN, fold
from rag.text.tables import table
from rag.types import Usage, Window

log = logging.getLogger("telal.answer")

_TELLING = 4  # words from which a sentence tells its language
_SURE = 0.8
_NEAR = (frozenset({"sh", "sl"}), frozenset({"mk", "bg"}), frozenset({"mk", "sh"}))  # told apart with difficulty
_MONTH_LETTERS = 4
_CAPITAL_MONTHS = frozenset({"en", "el", "tr"})
_NO_MONTHS = frozenset({"march", "mars", "ocak"})  # other words, too
_BESIDE = 3  # words before a date, and behind it, among which "reported" stands
# Links, markup and code have no place in an answer.
_MARKUP = re.compile(
    r"https?:|www\.|\]\(|<[a-z!/][^>]*>?|```|^\s*[#|{]|\bdata:|\bjavascript:|&#|\{\s*\"", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_HOST = re.compile(
    r"(?<![\w.])(?:[\w-]{2,}\.)+[a-z]{2,}(?:/\S*)?|\S+@\S+\.\w+"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/\S*)?"
    r"|\w[\w-]+ ?[(\[]? ?\bdot\b ?[)\]]? ?[a-z]{2,}",  # "evil dot example"
    re.IGNORECASE,
)
_YEAR = re.compile(r"\d{4}")
_NEWS = timedelta(days=7)
_MOST_CHARS = 600  # of a sentence
_STACKED = re.compile(r"[\u0300-\u036f\u0483-\u0489]{4}")  # no script of the region has four marks on a letter
_DATES = frozenset("day_range year_range iso numeric day_month month_day month_year month year".split())
# What a judge's word becomes in `Written.reasons`; a sentence without a verdict is not shown either.
_REASONS = {"supported": "supported", "contradicted": "contradicted"} | dict.fromkeys(
    ("unsaid", "not said"), "not_said"
)
UNJUDGED = "unjudged"
_VERDICT = re.compile(rf"^\W*(\d{{1,2}})\W+({'|'.join(_REASONS)})\b", re.IGNORECASE | re.MULTILINE)


def fault(
    claim: Claim,
    sources: Sequence[NumberedSentence],
    language: str,
    today: date,
    *,
    dated: Sequence[NumberedSentence] = (),
) -> str:
    """Returns why a written sentence may not be shown, in a word of `Written.reasons`; "" where nothing is wrong.

    `sources` are the sentences that it cites; `language` is the reader's. `dated` bear its dates too, but no number.
    """
    if not sources or claim.text.endswith(":"):  # what only announces says nothing that a source could
        return "no_source"
    unreadable = len(claim.text) > _MOST_CHARS or _STACKED.search(unicodedata.normalize("NFD", claim.text))
    if unreadable or _MARKUP.search(claim.text) or HIDDEN.search(claim.text) or _address(claim.text, sources):
        return "markup"
    if _foreign(claim.text, language):
        return "language"
    return _wrong_figure(claim.text, sources, language, today, dated)


def _wrong_figure(
    text: str,
    sources: Sequence[NumberedSentence],
    language: str,
    today: date,
    dated: Sequence[NumberedSentence] = (),
) -> str:
    if _wrong_date(text, (*sources, *dated), language, today):
        return "date"
    return "number" if _wrong_number(text, sources, language, today) else ""


def untold(source: NumberedSentence, told: Sequence[Claim], language: str, today: date) -> str:
    """Returns which figure of a sentence none of its translations holds: "date", "number", or "" for none."""
    made = [
        NumberedSentence(source.id, replace(source.passage, text=c.text, language=language), 0, len(c.text), c.text)
        for c in told
    ]
    return _wrong_figure(source.text, made, source.passage.language, today)


def dated_beside(
    claim: Claim,
    sources: Sequence[NumberedSentence],
    numbered: Mapping[str, NumberedSentence],
    language: str,
    today: date,
) -> tuple[NumberedSentence, ...]:
    """Returns the sentence before or behind one that is cited, if it names the day of a claim; () if none.

    News tells its day once, and then what happened on it. So the day must be near that of publication, and told whole.
    Where a cited sentence names a date of its own, that of its neighbour is another.
    """
    if any(d.kind in _DATES for source in sources for d in find_dates(source.text, as_of=today)):
        return ()
    for source in sources:
        passage, at = source.id.split(".")
        for beside in (numbered.get(f"{passage}.{int(at) + step}") for step in (-1, 1)):
            if beside and _tells_its_day(beside) and not _wrong_date(claim.text, (*sources, beside), language, today):
                return (beside,)
    return ()


def _tells_its_day(source: NumberedSentence) -> bool:
    """Tells whether its one date is a day with its year, in the week before or after it was published."""
    if source.passage.published is None:
        return False
    published = source.passage.published.date()
    dates = [d for d in find_dates(source.text, as_of=published, language=source.passage.language) if d.kind in _DATES]
    if len(dates) != 1 or not _YEAR.search(source.text, dates[0].start, dates[0].end):
        return False
    day = dates[0].window.start
    return day is not None and day == dates[0].window.end and abs(day - published) <= _NEWS


def _address(text: str, sources: Sequence[NumberedSentence]) -> bool:
    """Tells whether it names a host or an address that none of its sources names."""
    held = fold(" ".join(s.text for s in sources))
    return any(fold(m.group().rstrip(".,;")) not in held for m in _HOST.finditer(text))


def _foreign(text: str, language: str) -> bool:
    if family(language) not in {family(known) for known in SUPPORTED} or len(text.split()) < _TELLING:
        return False
    found = identify(text)
    pair = {family(found.language), family(language)}
    return found.confidence >= _SURE and len(pair) == 2 and not any(pair <= near for near in _NEAR)


def _day_of(source: NumberedSentence, today: date) -> date:
    return source.passage.published.date() if source.passage.published else today


def _wrong_date(text: str, sources: Sequence[NumberedSentence], language: str, today: date) -> bool:
    """Tells whether it names a day, month or year that no source names, unless it says that something was reported on
    the day of publication."""
    borne: dict[int, bool] = {}
    for source in sources:
        day = _day_of(source, today)
        told = list(_dates(source.text, day, source.passage.language))
        held = [w for _, w in told]
        months = {w.start.month for w in held if w.start} | {
            m for _, m in _months(source.text, source.passage.language)
        }
        for d, window in _dates(text, day, language):
            if d.kind in _DATES:
                reported = [Window(day, day)] if _reported(text, d) else []
                borne[d.start] = borne.get(d.start, False) or any(_holds(window, one) for one in (*held, *reported))
                if d.kind == "month" and window.start:
                    borne[d.start] |= window.start.month in months
        for at, month in _months(text, language):  # "podpisana decembra", which no question says so
            if not any(d.start <= at < d.end for d in find_dates(text, as_of=day, language=language)):
                borne[at] = borne.get(at, False) or month in months
    return not all(borne.values())


def _months(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yields where the name of a month stands, whatever stands before it, and its number."""
    capital = family(language) in _CAPITAL_MONTHS
    for m in _WORD.finditer(text):
        word = m.group()
        if (
            len(word) >= _MONTH_LETTERS
            and (capital or word.islower())
            and (number := meanings("months").get(fold(word)))
        ):
            if fold(word) not in _NO_MONTHS:
                yield m.start(), number


def _reported(text: str, d: TimeExpression) -> bool:
    """Tells whether a word such as "announced" stands beside a date."""
    beside = (*_WORD.findall(text[: d.start])[-_BESIDE:], *_WORD.findall(text[d.end :])[:_BESIDE])
    return any(fold(word).startswith(_report_words()) for word in beside)


@cache
def _report_words() -> tuple[str, ...]:
    return tuple(map(fold, table("number_words")["reported"]["words"].split()))


def _dates(text: str, as_of: date, language: str) -> Iterator[tuple[TimeExpression, Window]]:
    """Yields each date with the days that it means by itself, without a "since" before it."""
    for d in find_dates(text, as_of=as_of, language=language):
        alone = find_dates(text[d.start : d.end], as_of=as_of, language=language)
        yield d, alone[0].window if len(alone) == 1 else d.window


def _holds(wide: Window, close: Window) -> bool:
    """Tells whether one window lies in the other."""
    starts = wide.start is None or (close.start is not None and wide.start <= close.start)
    ends = wide.end is None or (close.end is not None and close.end <= wide.end)
    return starts and ends


def _wrong_number(text: str, sources: Sequence[NumberedSentence], language: str, today: date) -> bool:
    """Tells whether it holds a number, score, time or unit that no source holds."""
    held = [read_figures(source.text, source.passage.language) for source in sources]
    held += [Figures(tuple(_parts(source.text)), frozenset(), frozenset()) for source in sources]
    dates = find_dates(text, as_of=_day_of(sources[0], today), language=language)
    dated = [range(d.start, d.end) for d in dates if d.kind in _DATES]
    return invented(read_figures(text, language, dated), held, text, language)


def _parts(text: str) -> Iterator[Figure]:
    """Yields the parts of a date as numbers, so that "on the 5th" may be said of "5.10.2024"."""
    for d in find_dates(text, as_of=date(2000, 1, 1)):
        for m in re.finditer(r"\d+", text[d.start : d.end]):
            yield Figure(d.start, d.end, Decimal(m.group()).normalize(), "", word=False)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A verdict for each sentence, in order, and the usage of the call."""

    verdicts: tuple[str, ...]
    usage: Usage | None


def verdicts(
    model: ChatModel,
    question: str,
    claims: Sequence[tuple[Claim, Sequence[NumberedSentence]]],
    sources: Mapping[str, NumberedSentence],
) -> Verdicts:
    """Asks the model that judges whether each sentence is supported by what it cites. `sources` are all that were
    numbered: the neighbours of a cited sentence are shown too. Raises ChatUnavailable."""
    shown = [_as_text(n, claim, cited, sources) for n, (claim, cited) in enumerate(claims, 1)]
    pieces = model.stream(template("judge"), f"Question: {data(question)}\n\n" + "\n\n".join(shown))
    said: list[str] = []
    try:
        said.extend(pieces)
    except ReplyCut as error:  # what it did not come to is unjudged
        log.warning("%s", error)
    found = {int(n): _REASONS[word.lower()] for n, word in _VERDICT.findall("".join(said))}
    judged = tuple(found.get(n, UNJUDGED) for n in range(1, len(claims) + 1))
    return Verdicts(judged, getattr(pieces, "usage", None))


def _as_text(n: int, claim: Claim, cited: Sequence[NumberedSentence], sources: Mapping[str, NumberedSentence]) -> str:
    around: dict[str, None] = {}
    for source in cited:
        passage, at = source.id.split(".")
        around |= dict.fromkeys(i for i in (f"{passage}.{int(at) + step}" for step in (-1, 0, 1)) if i in sources)
    own = {source.id for source in cited}
    lines = [f"{'original' if i in own else 'around it'}: {data(sources[i].text)}" for i in around]
    days = {f"{s.passage.published:%-d %B %Y}" for s in cited if s.passage.published}
    published = [f"published: {', '.join(sorted(days))}"] if days else []
    return "\n".join([f"Sentence {n}: {data(claim.text)}", *lines, *published])
