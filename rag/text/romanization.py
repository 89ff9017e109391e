"""Names in Latin letters as their own states write them: Bulgarian, Greek, and the South Slavic Cyrillic of the rest.

Bulgarian by the law on transliteration of 2009, Greek by ELOT 743 (ISO 843, type 2); both are what passports show.
"""

from __future__ import annotations

import re
import unicodedata

from rag.text.script import script_of, to_latin

_BULGARIAN = {
    **dict(zip("абвгдезийклмнопрстуфхъь", "abvgdeziyklmnoprstufhay", strict=True)),
    **{"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ю": "yu", "я": "ya"},
}
_IA = re.compile(r"ия\b", re.IGNORECASE)  # София: Sofia
_GREEK = {
    **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)),
    **{"θ": "th", "χ": "ch", "ψ": "ps"},
}
_PAIRS = {"ου": "ou", "γγ": "ng", "γξ": "nx", "γχ": "nch"}
_DIPHTHONGS = {"αυ": "a", "ευ": "e", "ηυ": "i"}
_VOICED = "αεηιουωβγδζλμνρ"
_MP_AS_B = re.compile(r"\bμπ|μπ\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def romanize(text: str, language: str) -> str:
    """A text in Latin letters; as it is where it is in them already. `language` tells Bulgarian from other Cyrillic."""
    match script_of(text):
        case "Grek":
            return _WORD.sub(lambda m: _greek(m.group()), unicodedata.normalize("NFC", text))
        case "Cyrl" if language == "bg":
            return _WORD.sub(lambda m: _letters(_IA.sub("иа", m.group()), _BULGARIAN, m.group()), text)
        case "Cyrl":
            return to_latin(text)
        case _:
            return text


def _letters(word: str, table: dict[str, str], written: str) -> str:
    """The word letter by letter; two for a capital are a capital and a small one, except in capitals."""
    made = ((c, table.get(c.lower(), c)) for c in word)
    capitals = len(written) > 1 and written.isupper()
    return "".join((new.upper() if capitals else new.capitalize()) if c.isupper() else new for c, new in made)


def _greek(word: str) -> str:
    word = _MP_AS_B.sub(lambda m: "B" if m.group()[0].isupper() else "b", word)
    parts, at = [], 0
    bare = _without_accents(word)
    while at < len(word):
        pair = bare[at : at + 2].lower()
        joined = len(pair) == 2 and not _apart(word[at : at + 2])
        if joined and pair in _DIPHTHONGS:
            voiced = bare[at + 2 : at + 3].lower() in tuple(_VOICED)
            new, taken = _DIPHTHONGS[pair] + ("v" if voiced else "f"), 2
        elif joined and pair in _PAIRS:
            new, taken = _PAIRS[pair], 2
        else:
            new, taken = _GREEK.get(bare[at].lower(), bare[at].lower()), 1
        upper = word.isupper() and len(word) > 1
        parts.append(new.upper() if upper else new.capitalize() if word[at].isupper() else new)
        at += taken
    return "".join(parts)


def _without_accents(word: str) -> str:
    """Each letter without its marks, one for one."""
    return "".join(unicodedata.normalize("NFD", c)[0] for c in word)


def _apart(pair: str) -> bool:
    """Whether two vowels are spoken apart: an accent on the first, or a diaeresis on the second."""
    first, second = (unicodedata.normalize("NFD", c) for c in pair)
    return "\u0301" in first or "\u0308" in second
