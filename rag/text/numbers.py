"""Numbers as the region writes them, in one form: 2.000, 2,000, 2 000 and 2000 are equal.

A dot or comma before exactly three digits separates thousands where only that reading makes sense. 1.234 alone is read
as 1234 (the region's way), 3,5 and 3.5 as 3.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from rag.text.script import fold, script_of
from rag.text.tables import table

_SPACES = " \u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"(?<![\w.,])[-−]?(?:\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,'’]\d+)*)(?![\d])"
)
_GROUPED = re.compile(r"\d{1,3}(?:([.,'’])\d{3})(?:\1\d{3})*")
_GROUPED_AND_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{3})+),(\d+)|(\d{1,3}(?:,\d{3})+)\.(\d+)")
_PLAIN_DECIMAL = re.compile(r"\d+[.,]\d+")

NUMBER_WORDS: dict[str, int] = {
    fold(word).replace("_", " "): int(value)
    for value, some in table("numbers")["words"].items()
    for word in some.split()
}


def _spelt(word: str) -> str:
    """A word as it is compared: folded, and Greek apart. Macedonian "that" is spelt as Greek "ten" once both are."""
    return ("el:" if script_of(word) == "Grek" else "") + fold(word)


_COUNTED: dict[str, int] = {
    _spelt(word.replace("_", " ")): int(value)
    for name in ("words", "people")
    for value, some in table("numbers")[name].items()
    for word in some.split()
}
_SCALES: dict[str, Decimal] = {
    fold(word): Decimal(scale) for scale, some in table("numbers")["scales"].items() for word in some.split()
}
_SCALE = re.compile(r"[ \u00a0\u202f]?([^\W\d_]+)")
_INFLECTED = re.compile(r"[ \u00a0\u202f]?(?:de )?([^\W\d_]+)")
_WORD = re.compile(r"(?<![\w'’-])[^\W\d_]+(?![\w'’-])")
_SHORTEST = 3  # letters of a number word; shorter ones are other words elsewhere
_STEM = 5
_NAMED = re.compile(r"[^\W\d_][-–]\Z")  # S-400, COVID-19: no number, but a name


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: `text[start:end]` and its value, a scale word (`mil.`, `milijardi`) counted in."""

    start: int
    end: int
    value: Decimal

    @property
    def key(self) -> str:
        """The value without grouping or trailing zeros: `2000`, `3.5`."""
        return f"{self.value.normalize():f}"


def find_numbers(text: str) -> list[Number]:
    """The numbers written in digits, in reading order. Dates like 12.3.2024 are no numbers and are left out."""
    found = []
    for match in _NUMBER.finditer(text):
        value = parse_number(match.group())
        if value is not None:
            factor, scale = _factor(text, match.end()), _SCALE.match(text, match.end())
            end = scale.end() if scale and factor else match.end()
            found.append(Number(match.start(), end, value * factor if factor else value))
    return found


def _factor(text: str, at: int) -> Decimal | None:
    """What a word behind a number multiplies it by: `mil.`, `milijardi`."""
    scale = _SCALE.match(text, at, at + 20)
    return _SCALES.get(fold(scale.group(1))) if scale else None


def find_figures(text: str) -> list[Number]:
    """The numbers in digits and in words, a scale word counted in whatever its form: 2,3 milioane, 20 de milioane,
    εκατομμυρίων. For comparing texts: `find_numbers` knows the common forms alone."""
    found = []
    for start, end, value in (*_in_digits(text), *_in_words(text)):
        factor, upto = scale_behind(text, end)
        found.append(Number(start, upto, value * factor))
    return found


def scale_behind(text: str, end: int) -> tuple[Decimal, int]:
    """What a word behind a number multiplies it by, in whatever form, and where it ends; 1 where there is none."""
    scale = _INFLECTED.match(text, end, end + 24)
    factor = scale and _scale_like(fold(scale.group(1)))
    return (factor, scale.end()) if scale and factor else (Decimal(1), end)


def _in_digits(text: str) -> Iterator[tuple[int, int, Decimal]]:
    for match in _NUMBER.finditer(text):
        value = parse_number(match.group())
        if value is not None and not _NAMED.match(text, max(0, match.start() - 2), match.start()):
            yield match.start(), match.end(), value


def _in_words(text: str) -> Iterator[tuple[int, int, Decimal]]:
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        for n in (2, 1):  # "on iki" before "iki"
            start, end = words[at].start(), words[min(at + n, len(words)) - 1].end()
            value = _COUNTED.get(_spelt(text[start:end])) if end - start >= _SHORTEST else None
            if value is not None:
                yield start, end, Decimal(value)
                at += n
                break
        else:
            at += 1


def _scale_like(word: str) -> Decimal | None:
    """The scale of a word or of another form of it: alike up to two letters of the ending."""
    if word in _SCALES:
        return _SCALES[word]
    stems = (w for w in _SCALES if len(w) >= _STEM and word.startswith(w[: max(_STEM, len(w) - 2)]))
    longest = max(stems, key=len, default="")
    return _SCALES.get(longest)


def parse_number(written: str) -> Decimal | None:
    """The value of a number as written in the region, or nothing for what is a date, a version or an address."""
    bare = re.sub(rf"[{_SPACES}]", "", written).lstrip("-−")
    sign = -1 if written[:1] in "-−" else 1
    if len(bare) > 40 or not bare:
        return None
    digits = _digits(bare)
    return None if digits is None else sign * Decimal(digits)


def _digits(bare: str) -> str | None:
    if bare.isascii() and bare.isdigit():
        return bare
    both = _GROUPED_AND_DECIMAL.fullmatch(bare)
    if both:
        whole, rest = both.group(1) or both.group(3), both.group(2) or both.group(4)
        return re.sub(r"\D", "", whole) + "." + rest
    if _GROUPED.fullmatch(bare) and not bare.startswith("0"):
        return re.sub(r"\D", "", bare)
    if _PLAIN_DECIMAL.fullmatch(bare) and bare.isascii():
        return bare.replace(",", ".")
    return None


def number_keys(text: str) -> list[str]:
    """The keys of a text's numbers, to check that an answer's numbers are in its passages.

    A scale word gives both readings (3,5 milijardi: 3.5 and 3500000000), a date its parts (12.3.2024: 12, 3, 2024).
    """
    keys = []
    for match in _NUMBER.finditer(text):
        value = parse_number(match.group())
        if value is None:
            keys += [str(int(part)) for part in re.findall(r"\d{1,18}", match.group())]
            continue
        keys.append(f"{value.normalize():f}")
        factor = _factor(text, match.end())
        if factor:
            keys.append(f"{(value * factor).normalize():f}")
    return keys
