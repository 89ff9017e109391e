"""Quantities in a few words: "до 20.000 евра", "5–7 km", "two million"; parsed whole or not at all, said in a language.

A word that is not understood may change a number ("2 i po miliona", "5 evra po litru"), so only a noun right behind a
bare number may be unknown: it is what was counted. The words are in data/quantities.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from rag.text.cldr import decimal_mark, money_name, number_name, unit_name
from rag.text.language import family
from rag.text.languages import find_language
from rag.text.names import is_common
from rag.text.numbers import Number, find_figures, parse_number
from rag.text.phrases import Phrases
from rag.text.script import fold
from rag.text.tables import table

_SCALES = (10**9, 10**6, 10**3)
_DIGITS = re.compile(r"[-−]?\d[\d.,'’ \u00a0\u202f\u2009]*")
_UNCLEAR = re.compile(r"\d{1,3}([.,])\d{3}")  # 1.234 in English, 1,234 elsewhere: thousands or decimals
_ATTACHED = re.compile(r"[^\W_]|['’ʼ:/]|[-–—]\w|[.,]\d")  # 5th, 5-ti, 5'inci, 24/7, 3:1
_ORDINAL = re.compile(r"\.\s+[^\W\d_]*[a-zà-žа-џά-ώ]")  # "5. mesto"
_BETWEEN = re.compile(r"[\s,;:!?)]+")
_NOUN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)?")
_SIGNS_BEFORE = ("yuzde", "€", "$", "£", "%")
_MEANT_WORDS = 3  # of the longest expression before a number
_REACH = 40  # characters before a number in which one may stand
_UNIT_WORDS = 3  # of the longest name of a unit
_MILES = frozenset({"tr", "ro", "en", "sq", "el"})  # where "mil" is a mile, or nothing, and not a million


@dataclass(frozen=True, slots=True)
class Quantity:
    """`number * scale` of a unit: `number` as written, `scale` what a word made of it ("million").

    `kind`: money, unit, noun (what is counted is not known to the table) or "". `unit`: an ISO 4217 code or a CLDR id.
    `upper`: the other end of a range. `meant`: about, at_least, more_than, at_most, less_than, nearly or "".
    """

    number: Decimal
    scale: int = 1
    upper: Decimal | None = None
    kind: str = ""
    unit: str = ""
    meant: str = ""

    @property
    def value(self) -> str:
        """The number in plain digits, whatever it is meant as; "" for a range."""
        return "" if self.upper is not None else f"{(self.number * self.scale).normalize():f}"


def parse_quantity(sentence: str, start: int, end: int, language: str) -> Quantity | None:
    """The quantity that `sentence[start:end]` writes, if that is all that it writes; a number that the stretch cuts is
    taken whole, with the unit right behind it."""
    figures = [n for n in find_figures(sentence) if n.start < end and start < n.end]
    if not 1 <= len(figures) <= 2:
        return None
    numbers = [_split(sentence, n, language) for n in figures]
    first, last = figures[0], figures[-1]
    if None in numbers or (len(figures) > 1 and not _joins(sentence[first.end : last.start], language)):
        return None
    rest = sentence[last.end : max(end, last.end)]
    if not sentence[last.end - 1].isdigit():
        rest = rest.removeprefix(".")  # of an abbreviated scale word, "20 δισ.", and no ordinal's
    meant, sign = _before(sentence[: first.start], max(0, first.start - start), language)
    if meant is None or _ATTACHED.match(sentence, last.end) or _NAMED.search(sentence[: first.start]):
        return None
    made = _counted(sign, rest, sentence[max(end, last.end) :], language)
    if made is None:
        return None
    (number, scale), upper = numbers[-1] or (Decimal(0), 1), None
    if len(numbers) > 1:
        low, low_scale = numbers[0] or (Decimal(0), 1)
        if low_scale not in (1, scale) or not low < number or meant:
            return None
        number, upper = low, number
    if (upper or number) * scale >= _TOO_LARGE:
        return None
    return Quantity(number, scale, upper, *made, meant)


_TOO_LARGE = 10**15  # digits in a row that count nothing
_NAMED = re.compile(r"[^\W_][-–.]\Z|[.,:/]\Z")


def _split(sentence: str, figure: Number, language: str) -> tuple[Decimal, int] | None:
    """A figure as the number that is written and what its scale word multiplies it by; None where it is unclear."""
    written = sentence[figure.start : figure.end]
    digits = _DIGITS.match(written)
    if digits is None:
        scale = next((s for s in _SCALES if figure.value >= s), 1)
        return figure.value / scale, scale
    bare = digits.group().strip(" \u00a0\u202f\u2009")
    unclear = _UNCLEAR.fullmatch(bare)
    if unclear and unclear[1] == decimal_mark(language) and not bare.startswith("0"):
        return None
    if written.endswith("mil") and family(language) in _MILES:
        return None
    number = parse_number(bare)
    return (number, int(figure.value / number) if number else 1) if number is not None else None


def _joins(between: str, language: str) -> bool:
    return fold(between).strip() in _forms("range", language)


def _before(words: str, inside: int, language: str) -> tuple[str | None, str]:
    """What the words before a number say of it, and a sign of money or percent. Of the last `inside` characters all
    must be understood, else None; what stands before these is read too, so that no "more than" is cut off."""
    folded = fold(words[-inside:] if inside and words[-inside:].strip() else words[-_REACH:]).rstrip()
    whole = bool(inside and words[-inside:].strip())
    sign = next((s for s in _SIGNS_BEFORE if folded.endswith(s)), "")
    before = folded.removesuffix(sign).split()
    forms = _forms("meant", language)
    if whole:
        return (forms.get(" ".join(before)) if before else ""), sign
    longest = next((n for n in range(_MEANT_WORDS, 0, -1) if " ".join(before[-n:]) in forms), 0)
    ranged = any(map(str.isdigit, "".join(before[-longest - 1 : -longest]))) if longest else False  # "od 5 do 10"
    return (None if ranged else forms[" ".join(before[-longest:])] if longest else ""), sign


def _counted(sign: str, rest: str, behind: str, language: str) -> tuple[str, str] | None:
    """The kind and the unit by a sign before the number, the words behind it, and those behind the stretch."""
    words = rest.strip(" \u00a0.,;")
    if words and rest.startswith("."):
        return None  # an ordinal: "76. minuti"
    if family(language) == "ro":
        words = words.removeprefix("de ")
    if sign:
        return None if words else _unit(sign.replace("yuzde", "%"), language)
    if not words:
        if _ORDINAL.match(behind) or (not rest and _ATTACHED.match(behind)):
            return None
        following = (
            re.split(r"[\s,;:!?)]+", behind.lstrip(" \u00a0"))[:_UNIT_WORDS] if behind[:1] in " \u00a0%€$" else []
        )
        units = (_unit(" ".join(following[:n]), language) for n in range(len(following), 0, -1))
        return next(filter(None, units), ("", ""))
    unit = _unit(words, language)
    if unit or not _NOUN.fullmatch(words):
        return unit
    parts = fold(words).split()
    if (
        _unit(parts[0], language)
        or any(map(is_common, words.split()))
        or any(list(_no_nouns().at(parts, i)) for i in range(len(parts)))
    ):
        return None
    return "noun", ""


def unit_beside(text: str, start: int, end: int, language: str) -> str:
    """The unit of the number `text[start:end]`, by the words behind it or a sign before it; "" where none is known."""
    before = fold(text[max(0, start - 8) : start]).rstrip()
    sign = next((s for s in _SIGNS_BEFORE if before.endswith(s)), "")
    if sign and (found := _unit(sign.replace("yuzde", "%"), language)):
        return found[1]
    behind = text[end : end + _REACH].lstrip(" \u00a0\u202f-")
    if family(language) == "ro":
        behind = behind.removeprefix("de ")
    words = re.split(r"[\s,;:!?)]+", behind)[:_UNIT_WORDS]
    units = (_unit(" ".join(words[:n]), language) for n in range(len(words), 0, -1))
    return next((one[1] for one in units if one), "")


def _unit(written: str, language: str) -> tuple[str, str] | None:
    bare = written.strip(" \u00a0.")
    if bare == "KM":  # convertible marks; kilometres are written small
        return ("money", "BAM") if family(language) == "sh" else None
    folded = fold(bare)
    for name, kind in (("currencies", "money"), ("units", "unit")):
        if found := _forms(name, language).get(folded):
            return kind, found
    return None


@cache
def _forms(name: str, language: str) -> dict[str, str]:
    """The folded forms of a section in a language, and what each means."""
    return dict(_rows(name, family(language)))


def _rows(name: str, kin: str) -> Iterator[tuple[str, str]]:
    for meaning, written in table("quantities")[name].items():
        for form in (*written.get("any", "").split(), *written.get(kin, "").split()):
            yield fold(form).replace("_", " "), meaning


@cache
def _no_nouns() -> Phrases[bool]:
    return Phrases([(table("quantities")["not_a_noun"]["words"].replace("_", "|"), True)])


def say_quantity(quantity: Quantity, language: str) -> str:
    """The quantity in a language, without a noun that no table knows."""
    q, number = quantity, quantity.upper or quantity.number
    told = number_name(number, language, scale=q.scale)
    if q.upper is not None:
        told = f"{number_name(q.number, language)}–{told}"
    if q.kind == "money":
        told = money_name(number, q.unit, language, scale=q.scale, told=told)
    elif q.kind == "unit":
        told = unit_name(number, q.unit, language, scale=q.scale, told=told)
    said = table("quantities")["said"][q.meant] if q.meant else {}
    known = find_language(language)
    return f"{said[known.tag if known else 'en']} {told}" if said else told
