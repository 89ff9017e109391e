"""Bulgarian, Greek and Cyrillic questions in Latin letters, as their press writes names."""

from __future__ import annotations

import re
import unicodedata

from rag.text.script import to_latin

# Bulgarian: the Transliteration Act of 2009 (streamlined system); -ия at a word's end is -ia.
_BULGARIAN = {
    **dict(zip("абвгдезиклмнопрстуфхъь", "abvgdeziklmnoprstufhay", strict=True)),
    **{"ж": "zh", "й": "y", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ю": "yu", "я": "ya", "ѝ": "i"},
}
# Greek: ELOT 743 (ISO 843 type 2), with the press's b, d, g for μπ, ντ, γκ at a word's beginning.
_GREEK_LETTERS = {
    **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)),
    **{"θ": "th", "χ": "ch", "ψ": "ps"},
}
_GREEK_PAIRS = {"ου": "ou", "γγ": "ng", "γξ": "nx", "γχ": "nch", "μπ": "mp", "ντ": "nt", "γκ": "gk"}
_GREEK_INITIAL = {"μπ": "b", "ντ": "d", "γκ": "g"}
_GREEK_VOICED = "αάεέηήιίοόυύωώβγδζλμνρ"
_GREEK_WORD = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]+")
_GREEK_STEP = re.compile("ου|[αεη]υ|γγ|γξ|γχ|μπ|ντ|γκ|.", re.DOTALL)
_BULGARIAN_WORD = re.compile("[\u0400-\u04ff]+")
_DIAERESIS = "\u0308"


def romanise(text: str, language: str) -> str:
    """A text in Latin letters, capitals kept; Serbian and Macedonian keep their diacritics."""
    text = _from_greek(text)
    return _from_bulgarian(text) if language.startswith("bg") else to_latin(text)


def _from_bulgarian(text: str) -> str:
    """България: Bulgaria, Борисов: Borisov, Щърбанов: Shtarbanov."""
    return _BULGARIAN_WORD.sub(lambda match: _like(match.group(), _bulgarian(match.group().lower())), text)


def _from_greek(text: str) -> str:
    """Μητσοτάκης: Mitsotakis, Παπανδρέου: Papandreou, Μπακογιάννη: Bakogianni."""
    return _GREEK_WORD.sub(lambda match: _like(match.group(), _greek(match.group())), text)


def _like(word: str, latin: str) -> str:
    """The Latin word with the capitals of the original."""
    if len(word) > 1 and word.isupper():
        return latin.upper()
    return latin[:1].upper() + latin[1:] if word[:1].isupper() else latin


def _bulgarian(word: str) -> str:
    ending = "ia" if len(word) > 2 and word.endswith("ия") else ""
    stem = word[:-2] if ending else word
    return "".join(_BULGARIAN.get(letter, letter) for letter in stem) + ending


def _bare_greek(word: str) -> str:
    """Small letters without accents; a diaeresis keeps vowels apart (Μαΐου)."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in decomposed if c == _DIAERESIS or not unicodedata.combining(c))


def _greek(word: str) -> str:
    bare = _bare_greek(word)
    initial = _GREEK_INITIAL.get(bare[:2])
    rest = bare[2:] if initial else bare
    return (initial or "") + _GREEK_STEP.sub(lambda match: _greek_step(match, rest), rest).replace(_DIAERESIS, "")


def _greek_step(match: re.Match[str], word: str) -> str:
    step = match.group()
    if len(step) == 1:
        return _GREEK_LETTERS.get(step, step)
    after = word[match.end() : match.end() + 1]
    if step[1] == "υ" and step[0] != "ο" and after != _DIAERESIS:
        return _GREEK_LETTERS[step[0]] + ("v" if after in _GREEK_VOICED and after else "f")
    return _GREEK_PAIRS.get(step) or "".join(_GREEK_LETTERS[letter] for letter in step)
