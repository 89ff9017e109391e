"""Light conflation of folded terms for the keyword index: one form for the cases and articles of a word.

English goes through Snowball; the other languages have suffix tables of our own, because Snowball's stemmers for them
want diacritics or another script, which folded terms no longer have, and it has none for Albanian, Macedonian,
Bulgarian and Slovene.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import snowballstemmer

from rag.text.language import family

# Endings of folded words, by the least number of letters that stay. Longest first within a line; one is cut.
_ENDINGS: dict[str, tuple[tuple[int, str], ...]] = {
    "sh": (
        (4, "ijama ovima evima ostima anjima enjima"),
        (3, "ama ima oga omu ome emu ega ova eva ove eve ovi evi og om em oj im ih eg ju jem jom ao la lo li le"),
        (3, "a e i o u"),
    ),
    "sl": (
        (4, "ostjo ostmi stvom"),
        (3, "ega emu imi ami ema oma jem jih ima ih im em om ov ev ah eh jo la lo li le"),
        (3, "a e i o u"),
    ),
    "mk": (
        (4, "ovite evite injata stvoto"),
        (3, "ite ata oto eto iot jot ot ta to te ovi evi inja va la lo le"),
        (3, "a e i o u"),
    ),
    "bg": (
        (4, "ovete stvoto ijata"),
        (3, "ijat ite ata oto eto ovo jat at ta to te ove eve ija la lo li"),
        (3, "a e i o u"),
    ),
    "sq": (
        (4, "isht ave eve uese imit imin"),
        (3, "ise ine jes jen jet ave ve it in et es en ut un at ja je te ur i e a u t s n"),
    ),
    "ro": ((4, "iilor iile ului ilor elor"), (3, "iei ile ele lui ul ii ei le ea a e i u")),
    "el": ((4, "ontas menos"), (3, "ous eis ion ies ias ios iou ia on ou os is es as oi ai ei i a o e u")),
    "tr": (
        (4, "larinin lerinin larini lerini larina lerine larinda lerinde larindan lerinden"),
        (4, "larin lerin lari leri lara lere larda lerde lardan lerden"),
        (3, "lar ler nin nun dan den tan ten yla yle sinin sini sina sine inda inde unda unde indan inden"),
        (3, "si su in un yi yu ya ye da de ta te la le i u a e"),
    ),
}
_SHORTEST = 4
_FINAL_VOWEL = re.compile("(?<=.{4})[aeiou]$")
_TWO_LAYERS = frozenset({"tr", "sq"})  # anlaşma-da: the case hangs on a vowel that the bare form loses too


@lru_cache(maxsize=100_000)
def conflate(term: str, language: str) -> str:
    """The folded term without its ending; unchanged where the language has no table or the term is short.

    `conflate("beogradskog", "sr-Latn") == conflate("beogradski", "hr") == "beogradsk"`
    """
    if len(term) < _SHORTEST or not term.isalpha():
        return term
    known = family(language)
    if known == "en":
        return str(_english().stemWord(term)) if term.isascii() else term
    for ending in _patterns().get(known, ()):
        cut = ending.sub("", term)
        if cut != term:
            return _FINAL_VOWEL.sub("", cut) if known in _TWO_LAYERS else cut
    return term


@cache
def _english() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    return {
        language: tuple(
            re.compile(rf"(?<=.{{{least}}})(?:" + "|".join(sorted(endings.split(), key=len, reverse=True)) + ")$")
            for least, endings in table
        )
        for language, table in _ENDINGS.items()
    }
