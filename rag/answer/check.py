"""Checks the sentences that a language model wrote: by rules, then by a model that judges, where one is set.

The numbers, percentages, sums and dates of a sentence must stand in the sentences that it cites, by value and across
languages: "2.000" and "2,000" are equal, and so are "18. marta" and "18.03.".
Names, denial and synonyms are left alone: no rule over words tells a truth from a lie in another language
(docs/decisions/150-written-above-the-quotes.md). A judge is asked once for all sentences whether what they cite says
what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.answer.chat import ChatModel
from rag.answer.injection import HIDDEN
from rag.answer.prompt import Claim, NumberedSentence, data, template
from rag.text.dates import TimeExpression, find_dates
from rag.text.language import SUPPORTED, family, identify
from rag.text.numbers import Number, find_figures, find_numbers
from rag.text.script import fold
from rag.text.tables import table
from rag.types import Usage, Window

_TELLING = 4  # words from which a sentence tells its language
_SURE = 0.8
_SMALL = 2  # a number word up to here is often no count: "the two ministers"
# Links, markup and code have no place in an answer.
_MARKUP = re.compile(
    r"https?:|www\.|\]\(|<[a-z!/][^>]*>?|```|^\s*[#|{]|\bdata:|\bjavascript:|&#|\{\s*\"", re.IGNORECASE
)
_HOST = re.compile(r"(?<![\w.])(?:[\w-]{2,}\.)+[a-z]{2,}(?:/\S*)?|\S+@\S+\.\w+", re.IGNORECASE)
_DATES = frozenset("day_range year_range iso numeric day_month month_day month_year month year".split())
_PERCENT = re.compile(
    rf"(?:{'|'.join(table('measures')['percent']['before'])})\||\|\W*(?:{'|'.join(table('measures')['percent']['behind'])})"
)

# What a judge's word becomes in `Written.reasons`; a sentence without a verdict is not shown either.
_REASONS = {"supported": "supported", "contradicted": "contradicted"} | dict.fromkeys(
    ("unsaid", "not said"), "not_said"
)
UNJUDGED = "unjudged"
_VERDICT = re.compile(rf"^\W*(\d{{1,2}})\W+({'|'.join(_REASONS)})\b", re.IGNORECASE | re.MULTILINE)


def fault(claim: Claim, sources: Sequence[NumberedSentence], language: str, today: date) -> str:
    """Returns why a written sentence may not be shown, in a word of `Written.reasons`; "" where nothing is wrong.

    `sources` are the sentences that it cites; `language` is the reader's.
    """
    if not sources or claim.text.endswith(":"):  # what only announces says nothing that a source could
        return "no_source"
    if _MARKUP.search(claim.text) or HIDDEN.search(claim.text) or _address(claim.text, sources):
        return "markup"
    if _foreign(claim.text, language):
        return "language"
    if _wrong_date(claim.text, sources, language, today):
        return "date"
    return "number" if _wrong_number(claim.text, sources, language, today) else ""


def _address(text: str, sources: Sequence[NumberedSentence]) -> bool:
    """Tells whether it names a host or an address that none of its sources names."""
    held = fold(" ".join(s.text for s in sources))
    return any(fold(m.group().rstrip(".,;")) not in held for m in _HOST.finditer(text))


def _foreign(text: str, language: str) -> bool:
    if family(language) not in {family(known) for known in SUPPORTED} or len(text.split()) < _TELLING:
        return False
    found = identify(text)
    return found.confidence >= _SURE and family(found.language) != family(language)


def _day_of(source: NumberedSentence, today: date) -> date:
    return source.passage.published.date() if source.passage.published else today


def _wrong_date(text: str, sources: Sequence[NumberedSentence], language: str, today: date) -> bool:
    """Tells whether it names a day, month or year that no source names, nor was published in."""
    borne: dict[int, bool] = {}
    for source in sources:
        day = _day_of(source, today)
        held = [Window(day, day), *(w for _, w in _dates(source.text, day, source.passage.language))]
        for d, window in _dates(text, day, language):
            if d.kind in _DATES:
                borne[d.start] = borne.get(d.start, False) or any(_holds(window, one) for one in held)
    return not all(borne.values())


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
    """Tells whether it holds a number that no source holds, or a percentage that is none there."""
    held: dict[str, set[bool]] = {}
    for source in sources:
        for number in (*find_figures(source.text), *_parts(source.text)):
            held.setdefault(_key(number), set()).add(_percent(source.text, number))
    dates = find_dates(text, as_of=_day_of(sources[0], today), language=language)
    dated = [range(d.start, d.end) for d in dates if d.kind in _DATES]
    mine = [n for n in find_figures(text) if not any(n.start in span for span in dated)]
    others = held.keys() - {_key(n) for n in mine}
    for number in mine:
        in_words = not text[number.start].isdigit() and text[number.start] not in "-−"
        if in_words and (number.value < _SMALL or (number.value == _SMALL and not others)):
            continue
        if _percent(text, number) not in held.get(_key(number), ()):
            return True
    return False


def _parts(text: str) -> Iterator[Number]:
    """Yields the parts of a date as numbers, so that "on the 5th" may be said of "5.10.2024"."""
    for d in find_dates(text, as_of=date(2000, 1, 1)):
        for m in re.finditer(r"\d+", text[d.start : d.end]):
            yield from find_numbers(m.group())


def _key(number: Number) -> str:
    return number.key.removeprefix("-")


def _percent(text: str, number: Number) -> bool:
    before, behind = text[max(0, number.start - 8) : number.start], text[number.end : number.end + 16]
    return bool(_PERCENT.search(fold(f"{before}|{behind}")))


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
    found = {int(n): _REASONS[word.lower()] for n, word in _VERDICT.findall("".join(pieces))}
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
