"""Letter tables: what each letter of the region becomes in search, in Latin and in Cyrillic."""

from __future__ import annotations

import re

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
FOLDED = {**_CYRILLIC_FOLDED, **_GREEK_FOLDED, **_LATIN_FOLDED, **_PUNCTUATION_FOLDED}

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
