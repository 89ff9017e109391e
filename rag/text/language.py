"""Which language a question or a text is written in, with its script."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.script import fold, script_of

SOUTH_SLAVIC = frozenset({"sr-Latn", "sr-Cyrl", "hr", "bs", "cnr"})  # one language for retrieval


@dataclass(frozen=True, slots=True)
class Identified:
    """A BCP 47 tag (`und` where nothing can be told) and how sure it is, from 0 to 1."""

    language: str
    confidence: float


_WORDS = {
    "en": "the of and is in to who what when where which how did was were for on with by has have are that from",
    "sr-Latn": "je u na i da se za su koji sa od kada sta gde ko kako koliko ce o ili nije bio posto li zasto",
    "hr": "je u na i da se za su koji s od kada sto gdje tko kako koliko ce o ili nije bio tijekom li zasto tjedan",
    "bs": "je u na i da se za su koji sa od kada sta gdje ko kako koliko ce o ili nije bio li zasto sedmica",
    "sl": "je v na in da se za so ki s od kdaj kaj kje kdo kako koliko bo o ali ni bil ob zakaj kateri",
    "sq": "eshte ne dhe te se per me nga qe ka kush cfare kur ku si sa nje do per i e u cili pse kane",
    "ro": "este in si de la a cu pe pentru care cine ce cand unde cum cat au fost din un o nu mai s-a sunt",
    "tr": "ve bir bu ne kim nerede ne zaman icin ile da de mi nasil kac hangi oldu olan neden mu var kadar",
}
_TABLE = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_TOKEN = re.compile(r"\w+")


def identify(text: str) -> Identified:
    """The best guess for a text of any length, also without diacritics."""
    script = script_of(text)
    if script == "Zyyy":
        return Identified("und", 0.0)
    if script == "Grek":
        return Identified("el", 0.99)
    if script == "Cyrl":
        return _cyrillic(text.casefold())
    words = _TOKEN.findall(fold(text))
    scores = {language: sum(word in table for word in words) for language, table in _TABLE.items()}
    best = max(scores, key=lambda language: scores[language])
    if not scores[best]:
        return Identified("und", 0.0)
    return Identified(best, scores[best] / (1 + sum(score == scores[best] for score in scores.values()) + scores[best]))


def _cyrillic(text: str) -> Identified:
    if re.search("[ѓќѕ]", text):
        return Identified("mk", 0.95)
    if re.search("[ђћ]", text):
        return Identified("sr-Cyrl", 0.95)
    if re.search("[йщъьюя]", text):
        return Identified("bg", 0.9)
    words = set(_TOKEN.findall(text))
    macedonian = len(words & set("во и на од го ја се со за што дека кој каде кога како ќе да ги не беше".split()))
    serbian = len(words & set("је у и на од са за шта да који где када како ће су не био се".split()))
    return Identified("mk" if macedonian > serbian else "sr-Cyrl", 0.7)
