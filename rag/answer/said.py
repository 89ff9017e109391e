"""What a reader is told of the words that answer: in the form of the question's language, without translating.

Numbers, money, units, days, hours, states and cities are said as CLDR writes them; a name that the reader cannot read
is put in Latin letters. What cannot be said so stands as its source writes it. Readers of Serbian, Croatian, Bosnian
and Montenegrin read each other's words, so between these only the script changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from rag.answer.yes_no import settles
from rag.question.question import Form, Question, Wants
from rag.text.cldr import day_name, day_of_year, days_name, month_name, month_of_year, weekday_name
from rag.text.dates import TimeExpression, find_dates
from rag.text.gazetteer import name_in, person_known, place_of
from rag.text.language import family
from rag.text.languages import LANGUAGES, find_language
from rag.text.names import find_names, is_common
from rag.text.quantities import Quantity, parse_quantity, say_quantity
from rag.text.romanization import romanize
from rag.text.script import fold, script_of, to_cyrillic, to_latin
from rag.text.tables import table
from rag.types import ShortKind

_LETTER = re.compile(r"[^\W_]")
_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ][^\W\d_]+)*")
_CLOCK = re.compile(r"(?<![\d:.])([01]?\d|2[0-4])[:.]([0-5]\d)(?![\d:]|\.\d)")
_SLASHES = re.compile(r"\d\d?/\d\d?/\d{4}")
_OLD_YEAR = re.compile(r"\D*(1[0-8]\d\d)\D*")  # `find_dates` knows those of two centuries
_YEAR = re.compile(r"\d{4}")
_MONTHS = 12
_MONTH = 27  # days between the first and the last of the shortest
_ISO = "%Y-%m-%d"
_ANY_DAY = date(2000, 1, 1)  # of publication, where that is not known: only what does not depend on it is said
_RELATIVE = frozenset({"day_word", "ago", "which_weekday", "which_unit", "year_word"})
_UNSURE = frozenset({"past_n", "which_month"})  # "the last five days", "last May": no one day or month is meant
_KINDS = {
    Wants.PERSON: ShortKind.PERSON,
    Wants.TIME: ShortKind.DATE,
    Wants.PLACE: ShortKind.PLACE,
    Wants.NUMBER: ShortKind.NUMBER,
}
_LATIN_ELSEWHERE = frozenset({"en", "hr", "bs", "sl", "sq", "ro", "tr"})  # write foreign names as their owners do
_BY_SOUND = frozenset({"sr-Latn", "sr-Cyrl", "cnr", "mk", "bg", "el"})  # write them as they sound
_CONTESTED = frozenset({"@xk", "@mk"})  # said by CLDR only where the source's own name has as many words as CLDR's


@dataclass(frozen=True, slots=True)
class Said:
    """A short answer in the reader's form. `value`, `unit`: as in `rag.types.ShortAnswer`."""

    said: str
    kind: ShortKind = ShortKind.OTHER
    value: str = ""
    unit: str = ""


def say(sentence: str, start: int, end: int, *, language: str, published: date | None, question: Question) -> Said:
    """What a reader is told of the words `sentence[start:end]`. Pure.

    `language`, `published`: of the passage. Words that the stretch cuts are taken whole.
    """
    start, end = _whole(sentence, start, end)
    words, reads = sentence[start:end], find_language(question.language)
    reader = reads.tag if reads else "en"
    kind = _KINDS.get(question.wants, ShortKind.OTHER)
    if find_language(language) is None or not _LETTER.search(words):
        return Said(words, kind)
    own = family(language) == family(reader)
    quantity: Callable[[], Said | None] = partial(_quantity, sentence, start, end, language, reader, own=own)
    lasting: Callable[[], Said | None] = partial(_quantity, sentence, start, end, language, reader, own=own, units=True)
    day: Callable[[], Said | None] = partial(_time, words, language, published, reader, own=own, asked=question.wants)
    place: Callable[[], Said | None] = partial(_place, words, language, reader, own=own)
    ways: dict[Wants, tuple[Callable[[], Said | None], ...]] = {
        Wants.TIME: (day, lasting),
        Wants.NUMBER: (quantity, day),
        Wants.PLACE: (place,),
        Wants.PERSON: (),
        Wants.NAME: (),
    }
    made = next((said for way in ways.get(question.wants, (day, quantity, place)) if (said := way())), None)
    return made or Said(_named(words, language, reader), kind)


def say_yes_or_no(sentence: str, *, language: str, question: Question, words: tuple[str, str]) -> Said | None:
    """`words`, yes and no in the reader's language, where a sentence settles a question of that form; else None."""
    settled = settles(question, sentence, language) if question.form is Form.YESNO else None
    if settled is None:
        return None
    return Said(words[not settled], ShortKind.YES_NO, "yes" if settled else "no")


def _whole(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without white space at its ends, grown to whole words."""
    while start < end and sentence[start].isspace():
        start += 1
    while start < end and sentence[end - 1].isspace():
        end -= 1
    while 0 < start < end and sentence[start - 1].isalnum() and sentence[start].isalnum():
        start -= 1
    while start < end < len(sentence) and sentence[end - 1].isalnum() and sentence[end].isalnum():
        end += 1
    return start, end


def _in_script(words: str, language: str, reader: str) -> str:
    """Words that a reader of a language knows, or of one of its close relatives, in the script of that reader."""
    if family(reader) == "sh" and script_of(words) == "Cyrl" and reader != "sr-Cyrl":
        return to_latin(words)
    return to_cyrillic(words) if reader == "sr-Cyrl" and language in ("sr-Latn", "cnr") else words


def _quantity(
    sentence: str, start: int, end: int, language: str, reader: str, *, own: bool, units: bool = False
) -> Said | None:
    """A number, money or a measure; only a measure with `units`."""
    found = parse_quantity(sentence, start, end, language)
    if found is None or (units and found.kind != "unit"):
        return None
    said = _in_script(sentence[start:end], language, reader) if own else say_quantity(found, reader)
    kind = ShortKind.MONEY if found.kind == "money" else ShortKind.NUMBER
    return Said(said, kind, found.value, _unit(found))


def _unit(found: Quantity) -> str:
    """An ISO 4217 code as it is; of a CLDR id what stands behind the kind of measure: `kilometer`."""
    return found.unit if found.kind == "money" else found.unit.partition("-")[2]


def _time(words: str, language: str, published: date | None, reader: str, *, own: bool, asked: Wants) -> Said | None:
    """A day, month, year or hour, if that is all that the words write."""
    clock = _CLOCK.search(words) if asked is Wants.TIME else None
    rest = words[: clock.start()] + " " * len(clock.group()) + words[clock.end() :] if clock else words
    found = find_dates(rest, as_of=published or _ANY_DAY, language=language)
    days = [d for d in found if d.kind != "weekday"] or found
    alone = None if days or clock or asked is not Wants.TIME else _OLD_YEAR.fullmatch(rest)
    year = alone[1] if alone else ""
    if (
        len(days) > 1
        or not (days or clock or alone)
        or not _only_time(rest.replace(year, " ") if year else rest, found)
    ):
        return None
    at = f"{int(clock[1]):02}:{clock[2]}" if clock and int(clock[1]) < 24 else ""
    if clock and not at:
        return None
    made = _day(words, days[0], language, published, reader) if days else Said(year, ShortKind.DATE, year)
    if made is None or (at and made.value and len(made.value) != len("2020-08-23")):
        return None
    said = ", ".join(filter(None, (made.said, at)))
    value = "T".join(filter(None, (made.value, at)))
    kept = own and not (days and days[0].kind in _RELATIVE)
    return Said(_in_script(words, language, reader) if kept else said, ShortKind.DATE, value)


def _only_time(words: str, found: list[TimeExpression]) -> bool:
    """Whether nothing but small words stands beside the expressions of time, and none that moves them ("since",
    "before", "in the middle of")."""
    left = list(words)
    for d in found:
        left[d.start : d.end] = " " * (d.end - d.start)
    some = [fold(word) for word in _TOKEN.findall("".join(left))]
    moving = {form for name in ("since", "until", "from", "to") for form in _folded(table("dates")[name]["words"])}
    known = set(_folded(table("said")["beside"]["words"]))
    return all(word in known or (is_common(word) and word not in moving) for word in some)


def _folded(written: str) -> Iterator[str]:
    return (fold(word) for word in written.split())


def _day(words: str, found: TimeExpression, language: str, published: date | None, reader: str) -> Said | None:
    """One expression of time in the reader's form; None where its day is not plain."""
    first, last = found.window.start, found.window.end
    written = words[found.start : found.end]
    if first is None or last is None or _unsure(found, first, last, published):
        return None
    if found.kind == "numeric" and language == "en" and _SLASHES.search(written) and first.day <= _MONTHS:
        return None  # 3/4/2024 is April here and March in America
    if not _YEAR.search(written) and found.kind not in _RELATIVE:
        return _undated(found, first, reader)
    if first == last:
        return Said(day_name(first, reader), ShortKind.DATE, first.strftime(_ISO))
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        years = (first.year,) if first.year == last.year else (first.year, last.year)
        return Said("–".join(map(str, years)), ShortKind.DATE, "/".join(map(str, years)))
    if (first.month, first.day) == (last.month, 1):
        return Said(month_name(first, reader), ShortKind.DATE, f"{first:%Y-%m}")
    return Said(days_name(first, last, reader), ShortKind.DATE, f"{first:{_ISO}}/{last:{_ISO}}")


def _unsure(found: TimeExpression, first: date, last: date, published: date | None) -> bool:
    """Whether it may mean other days than those found: relative to an unknown day; "three years ago", no one year; the
    word for "last week", which may be that for "last Sunday"."""
    vague = found.kind == "ago" or (found.kind == "which_unit" and (last - first).days < _MONTH)
    return found.kind in _UNSURE or (first != last and vague) or (found.kind in _RELATIVE and published is None)


def _undated(found: TimeExpression, first: date, reader: str) -> Said | None:
    """A day or a month that is written without its year: which it is, the article need not say."""
    match found.kind:
        case "weekday":
            return Said(weekday_name(first, reader), ShortKind.DATE)
        case "month":
            return Said(month_of_year(first, reader), ShortKind.DATE, f"--{first:%m}")
        case "day_month" | "month_day":
            return Said(day_of_year(first, reader), ShortKind.DATE, f"--{first:%m-%d}")
        case _:
            return None


def _place(words: str, language: str, reader: str, *, own: bool) -> Said | None:
    """States and cities that are all that the words name, in the reader's language."""
    parts = [part.split() for part in re.split(r"\s*,\s*", words)]
    parts = [part[1:] if len(part) > 1 and is_common(part[0]) else part for part in parts]
    found = [(part, place_of([word.strip("\"'„“”«».") for word in part])) for part in parts if part]
    if not found or not all(entity for _, entity in found):
        return None
    names = [name_in(entity, reader) if _plain(part, entity, language) else "" for part, entity in found]
    said = ", ".join(names) if all(names) and not own else _named(words, language, reader)
    return Said(said, ShortKind.PLACE)


def _plain(part: list[str], entity: str, language: str) -> bool:
    """Whether a source's name of a state is no choice of its own between contested ones."""
    return entity not in _CONTESTED or len(part) == len(name_in(entity, language).split())


def _named(words: str, language: str, reader: str) -> str:
    """Names in a script that the reader reads; all else as the source writes it."""
    if family(language) == family(reader):
        return _in_script(words, language, reader)
    script = script_of(words)
    if not _all_names(words):
        return words
    told = _known_people(words) if reader in _LATIN_ELSEWHERE and language in _BY_SOUND else words
    if script in ("Latn", LANGUAGES[reader].script):
        return told
    by_sound = family(reader) in ("sh", "sl") and script == "Cyrl"
    return to_latin(told) if by_sound else romanize(told, language)


def _all_names(words: str) -> bool:
    """Whether each word is part of a name, or a small one between names."""
    return all(word[0].isupper() or word[0].isdigit() or is_common(word) for word in _TOKEN.findall(words))


def _known_people(words: str) -> str:
    """The words with people of the table by their own names."""
    for name in reversed(find_names(words)):
        known = person_known(name.key)
        words = words[: name.start] + known + words[name.end :] if known else words
    return words
