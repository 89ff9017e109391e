"""Scripts: which one a text is written in, its search folding, and Serbian Latin and Cyrillic into each other."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

# Characters that hide text or reverse it; the languages of the region need none of them.
HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
# Among them those with which a machine reads other words than a reader: reversed, and letters that nobody sees.
MISREAD = re.compile("[\u202d\u202e\U000e0020-\U000e007e]")

# Folding. Serbian and Macedonian letters follow their Latin twin without its diacritic, so that both scripts and bare
# typing meet. Bulgarian letters follow the same row (ж: z as in ž), so that Жорж Папандреу meets Žorž Papandreu.
_CYRILLIC_FOLDED = {
    **dict(zip("абвгдежзијклмнопрстћуфхцчш", "abvgdezzijklmnoprstcufhccs", strict=True)),
    **{"ђ": "dj", "љ": "lj", "њ": "nj", "џ": "dz", "ѓ": "gj", "ќ": "kj", "ѕ": "dz", "й": "j", "ѐ": "e", "ѝ": "i"},
    **{"щ": "st", "ъ": "a", "ь": "j", "ю": "ju", "я": "ja", "ы": "i", "э": "e", "ё": "e", "є": "e", "і": "i"},
    **{"ї": "i", "ґ": "g", "ѣ": "e", "ѫ": "a", "ѵ": "i"},
}
_GREEK_FOLDED = {
    **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstufo", strict=True)),
    **{"θ": "th", "χ": "ch", "ψ": "ps"},
}
_LATIN_FOLDED = {
    **{"đ": "dj", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "þ": "th", "ð": "d", "ħ": "h"},
    **{"ŧ": "t", "ŋ": "n", "ĸ": "k", "ə": "e", "ƒ": "f", "ƶ": "z", "ɛ": "e"},
}
_PUNCTUATION_FOLDED = {
    **dict.fromkeys("‘’‚‛′ʹʻʼʽ´", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "⁄": "/",
}
FOLDING = {**_CYRILLIC_FOLDED, **_GREEK_FOLDED, **_LATIN_FOLDED, **_PUNCTUATION_FOLDED}

_PAIRS = dict(zip("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš", strict=True))
_DIGRAPHS = {"љ": "lj", "њ": "nj", "џ": "dž"}
_ONLY_LATIN = {"ѓ": "gj", "ќ": "kj", "ѕ": "dz", "й": "j", "щ": "št", "ъ": "a", "ь": "", "ю": "ju", "я": "ja"}
_TO_LATIN = {**_PAIRS, **_DIGRAPHS, **_ONLY_LATIN, "ѐ": "e", "ѝ": "i", "ы": "y", "э": "e", "ё": "jo"}
CYRILLIC_TO_LATIN = str.maketrans({**_TO_LATIN, **{c.upper(): latin.capitalize() for c, latin in _TO_LATIN.items()}})

_TO_CYRILLIC = {latin: c for c, latin in {**_PAIRS, **_DIGRAPHS}.items()}
SERBIAN_TO_CYRILLIC = {
    **_TO_CYRILLIC,
    **{latin.upper(): c.upper() for latin, c in _TO_CYRILLIC.items()},
    **{latin.capitalize(): c.upper() for latin, c in _TO_CYRILLIC.items()},
    **{latin[0] + latin[1].upper(): c for c, latin in _DIGRAPHS.items()},
}

# Words in which n+j, d+ž or l+j are two letters: инјекција, надживети, Танјуг. The match ends on the second letter.
NOT_DIGRAPHS = re.compile(
    r"(?<![a-zčćžšđ])(?:(?:in|kon|van|dis(?:in|kon))(?=j(?:ek[ct]|unk|ez))j|tanj(?=ug)"
    r"|(?:na|o|po|pre)dž(?=iv|al|anr|den|njev|up|drel|ar))",
    re.IGNORECASE,
)

_LOOK_CYRILLIC = "АВЕКМНОРСТХЅІЈаеоресхуѕіј"
_LOOK_LATIN = "ABEKMHOPCTXSIJaeopecxysij"
LOOKALIKES = {
    "Latn": str.maketrans(_LOOK_CYRILLIC, _LOOK_LATIN),
    "Cyrl": str.maketrans(_LOOK_LATIN, _LOOK_CYRILLIC),
}


# Marks that only decorate Latin, Greek and Cyrillic letters; vowel signs of other scripts are letters and stay.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARK = re.compile(f"[{_MARKS}]+")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_LETTERS = re.compile(r"[^\W\d_]+")
_SCRIPTS_MEET = re.compile("[A-Za-z](?:(?=[\u0400-\u045f])|(?<=[\u0400-\u045f][A-Za-z]))")
_LATIN_THEN_ENDING = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}[\u0400-\u045f]{1,4}")
_LETTERS_OF = {"Latn": _LATIN, "Cyrl": _CYRILLIC, "Grek": _GREEK}
_OTHER = {"Latn": _CYRILLIC, "Cyrl": _LATIN}


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A folded text; its character `i` came from the original's characters `starts[i]` up to `ends[i]`."""

    text: str
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original text that the folded stretch `start:end` came from."""
        if start >= end:
            at = int(self.starts[start]) if start < len(self.starts) else int(self.ends[-1]) if len(self.ends) else 0
            return at, at
        return int(self.starts[start]), int(self.ends[end - 1])


class _FoldTable(dict[int, str]):
    """One character to its folded form, computed when it is first met (str.translate asks `__missing__`)."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if code < 0x10000:
            self[code] = folded
        return folded


class _LengthTable(dict[int, str]):
    """One character to a character whose code is the length of its folded form."""

    def __missing__(self, code: int) -> str:
        length = chr(len(_FOLD[code]))
        if code < 0x10000:
            self[code] = length
        return length


def _fold_character(character: str) -> str:
    """Compatibility form, without marks, in lower case, and Latin where the script is Cyrillic or Greek."""
    category = unicodedata.category(character)
    if category in ("Cf", "Cs") or _MARK.fullmatch(character):
        return "" if category != "Cs" else " "
    if category == "Cc":
        return character if character in "\n\t\r" else " "
    folded, before = character, ""
    while folded != before:  # at most four rounds: compatibility form, case, letters, case again
        before = folded
        folded = FOLDING.get(folded.casefold(), folded)
        folded = unicodedata.normalize("NFKC", _MARK.sub("", unicodedata.normalize("NFKD", folded))).casefold()
        folded = "".join(FOLDING.get(c, c) for c in folded)
    return folded


_FOLD = _FoldTable()
_LENGTH = _LengthTable()


def fold(text: str) -> str:
    """The form in which text is searched: lower case, no diacritics, Latin letters; `fold(fold(t)) == fold(t)`.

    Serbian, Macedonian and Bulgarian Cyrillic become what a reader types on a bare Latin keyboard (ћ, ć: c; ж: z;
    љ: lj), Greek goes letter by letter. `đ` becomes `dj`.
    """
    if text.isascii() and text.isprintable():
        return text.lower()
    return _prepare(text).translate(_FOLD)


def fold_with_map(text: str) -> FoldedText:
    """`fold(text)` and, for each of its characters, where it came from in `text`."""
    composed, starts, ends = _composed_with_map(text)
    prepared = _unspoof(composed)
    lengths = np.frombuffer(prepared.translate(_LENGTH).encode("latin-1"), dtype=np.uint8)
    return FoldedText(prepared.translate(_FOLD), np.repeat(starts, lengths), np.repeat(ends, lengths))


def _prepare(text: str) -> str:
    return _unspoof(text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text))


@cache
def _cluster() -> re.Pattern[str]:
    """A character with all that canonical composition may join to it; built when the first decomposed text comes."""
    joins = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    for code in range(0x300, 0x20000):
        if unicodedata.combining(chr(code)):
            joins.add(chr(code))
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            joins.add(chr(int(parts[1], 16)))
    return re.compile(f".[{re.escape(''.join(sorted(joins)))}]*", re.DOTALL)


def _composed_with_map(text: str) -> tuple[str, NDArray[np.int32], NDArray[np.int32]]:
    """The text in NFC and the original offsets of each of its characters."""
    if unicodedata.is_normalized("NFC", text):
        starts = np.arange(len(text), dtype=np.int32)
        return text, starts, starts + 1
    pieces, starts_of, ends_of = [], [], []
    for match in _cluster().finditer(text):
        piece = unicodedata.normalize("NFC", match.group())
        pieces.append(piece)
        starts_of += [match.start()] * len(piece)
        ends_of += [match.end()] * len(piece)
    return "".join(pieces), np.array(starts_of, dtype=np.int32), np.array(ends_of, dtype=np.int32)


def two_scripts(text: str) -> bool:
    """Tells whether Latin and Cyrillic letters meet in a text, so that look-alikes are put right in it."""
    return _SCRIPTS_MEET.search(text) is not None


def _unspoof(text: str) -> str:
    """Look-alike letters inside a word of the other script put right, one for one (`Кurti` with a Cyrillic К)."""
    if text.isascii() or not _CYRILLIC.search(text) or not _SCRIPTS_MEET.search(text):
        return text
    script = script_of(text)
    return _LETTERS.sub(lambda match: _one_script(match.group(), script), text)


def _one_script(word: str, script: str) -> str:
    """The word in the script that all its letters can belong to, or else in the one of most of its letters."""
    if not _SCRIPTS_MEET.search(word) or _LATIN_THEN_ENDING.fullmatch(word):
        return word
    possible = [name for name, table in LOOKALIKES.items() if not _OTHER[name].search(word.translate(table))]
    if len(possible) == 1:
        return word.translate(LOOKALIKES[possible[0]])
    latin, cyrillic = len(_LATIN.findall(word)), len(_CYRILLIC.findall(word))
    if latin == cyrillic:
        return word.translate(LOOKALIKES.get(script, {}))
    return word.translate(LOOKALIKES["Latn" if latin > cyrillic else "Cyrl"])


def script_of(text: str) -> str:
    """The script of most letters: `Latn`, `Cyrl`, `Grek`, or `Zyyy` where there is none of them."""
    if text.isascii():
        return "Latn" if _LATIN.search(text) else "Zyyy"
    counts = {script: len(letters.findall(text)) for script, letters in _LETTERS_OF.items()}
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] else "Zyyy"


_CAPITAL_IN_CAPITALS = re.compile("[ЉЊЏЮЯЩЃЌЅ](?=[Ѐ-Я])|(?<=[Ѐ-Я])[ЉЊЏЮЯЩЃЌЅ](?![а-џ])")


def to_latin(text: str) -> str:
    """Serbian and Macedonian Cyrillic in Latin letters with diacritics, capitals kept: Љубав: Ljubav, ЉУБАВ: LJUBAV."""
    if not _CYRILLIC.search(text):
        return text
    capitals = _CAPITAL_IN_CAPITALS.sub(lambda match: match.group().translate(CYRILLIC_TO_LATIN).upper(), text)
    return capitals.translate(CYRILLIC_TO_LATIN)


_TOKEN = re.compile(r"\S+")
_ADDRESS = re.compile(r"\W*(?:https?://|www\.)|.*@|[\w-]+(?:\.[\w-]+){0,4}\.[a-z]{2,4}\W*\Z", re.IGNORECASE)
# No Serbian word has these: a brand or a foreign name, left as it is.
_FOREIGN = re.compile(r"[qwxy]|[^a-zčćžšđ]|([bfglmnprst])\1|(?<![kz])oo", re.IGNORECASE)
_ROMAN = re.compile(r"(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})")
_LETTER = re.compile("[Ll][Jj]|[Nn][Jj]|[Dd][Žž]|[A-Za-zČĆŽŠĐčćžšđ]")
_APART = "\u200c"


def to_cyrillic(text: str) -> str:
    """Serbian Latin in Cyrillic letters. Foreign words, addresses and Roman numerals stay as they are."""
    return _TOKEN.sub(lambda match: _token_to_cyrillic(match.group()), unicodedata.normalize("NFC", text))


def _token_to_cyrillic(token: str) -> str:
    if _ADDRESS.match(token):
        return token
    return _LETTERS.sub(lambda match: _word_to_cyrillic(match.group()), token)


def _word_to_cyrillic(word: str) -> str:
    if _FOREIGN.search(word) or _ROMAN.fullmatch(word):
        return word
    apart = NOT_DIGRAPHS.sub(lambda match: match.group()[:-1] + _APART + match.group()[-1], word)
    return _LETTER.sub(lambda match: SERBIAN_TO_CYRILLIC[match.group()], apart).replace(_APART, "")
