"""How plausible a text's letters are for the languages that a character set was made for.

Of two sets that can read the same bytes the wrong one gives letters that no language here has (`è` for `č`, `þ` for
`ş`), signs inside words, or capitals in their middle. docs/decisions/055 has figures.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

# Which languages (families of rag.text.language) use an alphabet: a text in none of them was not written in its sets.
LANGUAGES = {
    "sh": ("sh", "sl"), "ro": ("ro",), "tr": ("tr",), "sq": ("sq",), "cyrl": ("sh", "mk", "bg"), "grek": ("el",),
}  # fmt: skip
# Letters beyond ASCII by alphabet, and the sets that can write them, the likelier first.
ALPHABETS = {
    "sh": "čćžšđ",
    "ro": "ăâîşţșț",
    "tr": "çğıöşüâî",
    "sq": "ëç",
    "cyrl": "абвгдђежзијклљмнњопрстћуфхцчџшѓѕќйщъьюя",
    "grek": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",
}
SETS = {
    "cp1250": ("sh", "ro", "sq"),
    "iso8859_2": ("sh", "ro", "sq"),
    "cp1251": ("cyrl",),
    "cp1253": ("grek",),
    "iso8859_7": ("grek",),
    "cp1254": ("tr", "sq"),
    "cp1252": ("sq",),
    "iso8859_5": ("cyrl",),
    "iso8859_9": ("tr", "sq"),
    "iso8859_16": ("sh", "ro", "sq"),
}
QUOTES = frozenset("„“”‚‘’«»–—…·•©®°§€\u00a0´`’¨")
_COMMON = {"cyrl": frozenset("аеиоунтсрвкл"), "grek": frozenset("αεηιοτσςνρ")}
_CAPITAL_INSIDE = -1.0
_STRANGE_LETTER, _SIGN_INSIDE, _CONTROL = -1.5, -1.5, -3.0
BEYOND = re.compile(r"[^\x00-\x7f]")
TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def rate(text: str, charset: str) -> float:
    """From 1, all letters are of one alphabet of that set, to below 0; 0 for a text in ASCII alone."""
    plain = TAGS.sub(" ", text)
    total = len(BEYOND.findall(plain))
    if not total:
        return 0.0
    seen = _counted(plain)
    return max(_sum(seen, alphabet) for alphabet in SETS.get(charset, tuple(ALPHABETS))) / total


@dataclass(frozen=True, slots=True)
class _Seen:
    """A character beyond ASCII and what stands around it."""

    char: str
    inside: bool  # letters on both sides
    after_small: bool
    beside_ascii: bool  # a letter of ASCII on one side


def _counted(text: str) -> Counter[_Seen]:
    found: Counter[_Seen] = Counter()
    for match in BEYOND.finditer(text):
        before = text[match.start() - 1] if match.start() else " "
        after = text[match.end()] if match.end() < len(text) else " "
        ascii_letter = any(c.isascii() and c.isalpha() for c in (before, after))
        found[_Seen(match.group(), before.isalpha() and after.isalpha(), before.islower(), ascii_letter)] += 1
    return found


def _sum(seen: Counter[_Seen], alphabet: str) -> float:
    return sum(count * _worth(one, alphabet) for one, count in seen.items())


def _worth(seen: _Seen, alphabet: str) -> float:
    char, common = seen.char, _COMMON.get(alphabet, frozenset())
    small = "i" if char == "İ" and alphabet == "tr" else char.lower()
    if small in ALPHABETS[alphabet] or small == "i":
        if (char != small and seen.after_small) or (common and seen.beside_ascii):
            return _CAPITAL_INSIDE
        return 1.0 if not common or small in common else 0.8
    if char.isalpha():
        return _STRANGE_LETTER
    if char < "\xa0" or char == "\ufffd":
        return _CONTROL
    if seen.inside:
        return _SIGN_INSIDE
    return 0.6 if char in QUOTES else -0.3
