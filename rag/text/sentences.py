"""Sentence borders with exact offsets, in every language and script of the region.

Every end mark is a candidate; what stands before it (abbreviation, initial, number) and behind it (small letter,
capital, number) decides. A newline always ends a sentence: headlines are run into text without a full stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.text.dates import meanings
from rag.text.language import family
from rag.text.script import fold
from rag.text.tables import table, words

_TABLE = table("sentences")
BEFORE_NAMES = words(_TABLE["before_names"])
BEFORE_NUMBERS = words(_TABLE["before_numbers"])
MAY_END = words(_TABLE["may_end"])
MONTHS = words(_TABLE["months"])
DATE_OPENERS = words(_TABLE["date_openers"])
STARTERS = words(_TABLE["starters"])

_CLOSERS = "\"'”“’‘»«)\\]›"
_OPENERS = "\"'„“”‘’»«(\\[‹¿¡—–-"
_LETTER = r"[^\W\d_]"
# End marks with closing quotes and footnote numbers behind them; Greek writes its question mark as a semicolon.
_CANDIDATE = re.compile(rf"(?:(?<![.!?…])[.!?…]++|;)[{_CLOSERS}]*(?:\[\d{{1,3}}\])*(?=\s|{_LETTER}|[„«“(\u200b\ufeff])")
_TOKEN_BEFORE = re.compile(rf"([^\s{_OPENERS}]+(?:-[^\s{_OPENERS}]+)*)?[{_CLOSERS}]*\Z")
_WORD_AFTER = re.compile(rf"[\s\u200b\ufeff{_OPENERS}]*([\w&]*)")
_BLOCK = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
_GREEK_BEFORE = re.compile('[\u0370-\u03ff\u1f00-\u1fff%\\d][»"”)]*\\Z')
_ADDRESS = re.compile(r"(?:https?://|www\.|@)|\.[a-z]{2,4}\Z|\A[\w-]+\.[\w.-]*/", re.IGNORECASE)
_DOMAIN_END = frozenset("rs hr ba me si mk bg al ro gr tr com net org info eu co uk edu gov tv io xk js".split())
_TURKISH = re.compile("[ğışİ]")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_ROMAN = re.compile("[IVXLC]+")
_ACRONYM = re.compile(rf"(?:{_LETTER}{{1,2}}\.)+{_LETTER}{{1,2}}")
_VOWEL = re.compile(f"[{_TABLE['vowels']}]", re.IGNORECASE)
_DATED_OPENING = re.compile(r"\W*\w{1,6}\s(?:[\w-]+\s){0,2}\d+\.?\s\w+\Z")
_REACH = 60  # characters looked at on either side: longer than any abbreviation, so no look back is quadratic
_AND_OTHERS = words(_TABLE["and_others"])
_SHORT_WORDS = words(_TABLE["short_words"])
_ZONES = frozenset("ET EST EDT CET CEST GMT UTC PT PST BST".split())
_FOLDED_MONTHS = frozenset(map(fold, MONTHS))
_NUMBERED = tuple(fold(word) for word in _TABLE["numbered"].split())
_OBLIQUE_STARTERS = frozenset(map(fold, words(_TABLE["oblique_starters"])))
_OBLIQUE = re.compile(r"(?:oj|og|om)\Z")  # of an adjective in the singular
_PLACING = frozenset("na u o po pri".split())
_PLACED = re.compile(r"(?:oj|om|im|ima|u|[^l]i)\Z")  # behind these prepositions; `Smanjili` is a verb
_PARTICIPLE = re.compile(r"(?:[^n]en|an|[^n]ena|ana|nje|nja|nju)\Z")
_NO_PARTICIPLE = frozenset(_TABLE["no_participle"].split())
_NOT_AFTER_NAME = frozenset("е и о а у e i o a u".split())  # single letters that are words


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: code points, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Stop:
    """A possible sentence end: the token before the mark, the word behind it, and what lies between."""

    sentence: str  # from the sentence's beginning, the last `_REACH` characters at most
    behind: str  # the next `_REACH` characters at most
    token: str
    previous: str  # the token before `token`
    marks: str
    word: str
    glued: bool
    kin: str  # `tr`, `sh` or another family

    @property
    def capital(self) -> bool:
        return self.word[:1].isupper() or self.word[:1].istitle()


def split_sentences(text: str, language: str = "und") -> list[Span]:
    """The sentences of a text in reading order; every character that is not space lies in exactly one.

    `language` (BCP 47) matters for ordinals before a capital: in Turkish, where `und` looks for Turkish letters, and in
    Serbian, Croatian, Bosnian and Montenegrin.
    """
    kin = "tr" if language == "und" and _looks_turkish(text) else family(language)
    spans: list[Span] = []
    for block in _BLOCK.finditer(text):
        start = block.start()
        for border in _borders(text, block.start(), block.end(), kin):
            spans += _trim(text, start, border)
            start = border
        spans += _trim(text, start, block.end())
    return spans


def _looks_turkish(text: str) -> bool:
    """Whether ğ, ı, ş, İ are as frequent as in Turkish (6 in 100 letters), not only in a name that is mentioned."""
    sample = text[:1000]
    return len(_TURKISH.findall(sample)) > 0.02 * len(sample)


def _trim(text: str, start: int, end: int) -> list[Span]:
    piece = text[start:end]
    bare = piece.strip()
    if not bare:
        return []
    first = start + len(piece) - len(piece.lstrip())
    return [Span(first, first + len(bare))]


def _borders(text: str, start: int, end: int, kin: str) -> Iterator[int]:
    begin = start
    for candidate in _CANDIDATE.finditer(text, start, end):
        if _is_border(_stop(text, begin, end, candidate, kin)):
            begin = candidate.end()
            yield begin


def _stop(text: str, begin: int, end: int, candidate: re.Match[str], kin: str) -> _Stop:
    at, after = candidate.span()
    sentence = text[max(begin, at - _REACH) : at]
    tokens = sentence.rsplit(None, 2)
    match = _TOKEN_BEFORE.search(tokens[-1]) if tokens and not sentence[-1:].isspace() else None
    word = _WORD_AFTER.match(text, after, min(end, after + _REACH))
    return _Stop(
        sentence=sentence,
        behind=text[after : min(end, after + _REACH)],
        token=(match.group(1) or "") if match else "",
        previous=tokens[-2] if len(tokens) > 1 else "",
        marks=candidate.group(),
        word=word.group(1) if word else "",
        glued=not text[after].isspace() and text[after] not in "\u200b\ufeff",
        kin=kin,
    )


def _is_border(stop: _Stop) -> bool:
    if stop.marks[0] == ";":
        return not stop.glued and not stop.word[:1].islower() and bool(_GREEK_BEFORE.search(stop.sentence))
    if stop.glued and not _runs_on(stop):
        return False
    if stop.word[:1].islower() and not _starts_small(stop.word):
        return False
    if stop.sentence.endswith("("):  # (?)
        return False
    if stop.marks[0] in "!?…" or stop.marks[:2] in ("..", ".?", ".!"):
        return True
    return not _stop_belongs_to_token(stop)


def _starts_small(word: str) -> bool:
    """`iPhone`, `eBay`: a name that begins a sentence with a small letter."""
    return word[1:2].isupper() and word[2:3].islower()


def _runs_on(stop: _Stop) -> bool:
    """`studim.Këto`: two sentences glued together, and not an address or an abbreviation."""
    token, word = stop.token, stop.word
    capitalised = stop.capital and (len(word) == 1 or word[1:2].islower() or (len(word) > 2 and word.isupper()))
    if not capitalised or word.casefold() in _DOMAIN_END or _ADDRESS.search(token):
        return False
    if token.isdigit():
        return len(token) == 4
    if not token.isalpha():
        return token.endswith((")", "%")) or ("-" in token and "." not in token)
    short = len(token) < 3 or token.casefold() in BEFORE_NAMES or token.casefold() in BEFORE_NUMBERS
    return (
        (token[1:].islower() and not short)
        or (len(token) == 2 and token in _SHORT_WORDS)
        or token.isupper()
        and not short
    )


def _stop_belongs_to_token(stop: _Stop) -> bool:
    """Whether the full stop is part of an abbreviation, an initial or an ordinal."""
    token = stop.token
    if not token:
        return False
    if _NUMBER.fullmatch(token):
        return _is_ordinal(stop)
    if len(token) == 1 and token.isalpha():
        return _is_initial(stop)
    if _ROMAN.fullmatch(token):
        return stop.word[:1].isdigit() or (stop.kin == "tr" and stop.capital)
    return _is_abbreviation(stop)


def _is_ordinal(stop: _Stop) -> bool:
    short = len(stop.token) <= 2
    if stop.sentence.strip("".join((stop.token, " ", _OPENERS))) == "":
        return True  # 1. at the beginning of a line: the number of a list
    if stop.word[:1].isdigit():
        return short and len(stop.word) <= 4
    if stop.word.casefold() in MONTHS:
        return True
    if len(stop.token) == 4 and stop.capital:
        return _is_of_a_date(stop)
    acronym = len(stop.word) > 1 and stop.word.isupper()
    return short and (acronym or (stop.capital and (stop.kin == "tr" or (stop.kin == "sh" and _is_in_a_name(stop)))))


def _is_in_a_name(stop: _Stop) -> bool:
    """Whether a number is of the name behind it: `na 39. Svetskom prvenstvu`, `otvoren je 17. Salon`.

    A participle in the singular counts nothing, and hardly a sentence begins with an adjective in an oblique case.
    """
    before, word = fold(stop.previous.strip("(),")), fold(stop.word)
    if stop.word in STARTERS or word in _OBLIQUE_STARTERS:
        return False
    if before in _FOLDED_MONTHS or word.startswith(_NUMBERED):
        return True
    if before in _PLACING:
        return bool(_PLACED.search(word))
    participle = before not in _NO_PARTICIPLE and bool(_PARTICIPLE.search(before))
    return stop.previous[:1].islower() and (participle or bool(_OBLIQUE.search(word)))


def _is_of_a_date(stop: _Stop) -> bool:
    """`19. septembra 2022. Andrija Mandić`: a year's full stop is no border where one side of it would be no sentence.

    Before it stands nothing but a date, perhaps with a place; or behind it nothing but a name.
    """
    words = stop.sentence.removesuffix(stop.token).split()
    dated = all(_dates(word, before) for before, word in zip(["", *words], words, strict=False))
    name, end, _ = re.split(r"([.!?]|\Z)", stop.behind, maxsplit=1)
    return dated or (bool(end) and all(word[0].isupper() for word in name.split()))


def _dates(word: str, before: str) -> bool:
    """Whether a word is of a date, opens one, or is a place beside it: `U Beogradu, u petak, 19. septembra`."""
    bare = fold(word.strip(".,"))
    opens = fold(before) in DATE_OPENERS
    place = word[:1].isupper() and (word.endswith(",") or opens)
    return place or bare.isdigit() or bare in DATE_OPENERS or bare in meanings("months") or bare in meanings("weekdays")


def _is_initial(stop: _Stop) -> bool:
    token = stop.token
    if token.isupper():
        return not (stop.word in STARTERS and len(stop.word) > 1 and _ROMAN.fullmatch(token))
    if token.casefold() in ("г", "g", "в", "ч", "m", "l", "t", "h") and stop.previous[:1].isdigit():
        return _DATED_OPENING.fullmatch(stop.sentence) is not None if token in "гg" else False
    return token not in _NOT_AFTER_NAME


def _is_abbreviation(stop: _Stop) -> bool:
    token, digit = stop.token, stop.word[:1].isdigit()
    key = token.casefold().replace("\u0307", "")  # İnş. in small letters has a combining dot
    if (key in _AND_OTHERS and stop.previous in ("i", "и")) or (stop.kin == "tr" and key == "vs"):
        return False
    if token in BEFORE_NAMES or key in BEFORE_NAMES:
        return token != "St" or stop.word not in STARTERS
    if digit or _ROMAN.fullmatch(stop.word):
        return key in BEFORE_NUMBERS or token in BEFORE_NUMBERS
    if key in MAY_END or token in MAY_END:
        return stop.word in ("Şti", "Sti") or (stop.word in _ZONES and key in ("p.m", "a.m", "pm", "am"))
    if _ACRONYM.fullmatch(token):
        return stop.word not in STARTERS
    return len(token) <= 3 and not token.isupper() and token.isalpha() and not _VOWEL.search(token)
