"""Which language a question or a text is written in, with its script, also without diacritics.

py3langid (BSD, 5 MB, offline) gives the odds; words and letters that only one language has correct them.
Measured on NTREX dev segments cut to five to ten words, sr/hr/bs/cnr as one: see tests/rag/text/test_language.py.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from rag.text.languages import LANGUAGES, Language, find_language
from rag.text.script import fold, script_of
from rag.text.tables import table


def _speakers(tables: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Each word with the languages that list it."""
    sets = {language: set(words.split()) for language, words in tables.items()}
    every = {word for words in sets.values() for word in words}
    return {word: tuple(language for language, words in sets.items() if word in words) for word in every}


TELLING_WORDS = {script: _speakers(tables) for script, tables in table("frequent").items()}

# Words that tell a language by how they are written, or by opening the question: Slovene has "sta" and "ko" too, but
# neither with a caron nor, in the sense of "when" and of the dual, at the beginning.
WRITTEN_WORDS = dict.fromkeys("šta što".split(), "sh")
OPENING_WORDS = dict.fromkeys("ko sta sto".split(), "sh")

# Telling Serbian, Croatian, Bosnian and Montenegrin apart: word beginnings, folded, with the varieties that use them.
VARIETY_WORDS: dict[str, str] = table("varieties")


# What yat became: mjesto, vrijeme, djeca in the west; mesto, vreme, deca in Serbia.
_IJEKAVIAN = re.compile(
    r"\b\w*(?:[bcdfgkmpstvz]je(?!k[at]|ci|ns|r[aeiou]\b)\w|[^aeiou\W]ije(?!nt|tet|t[au]\b|n[aeiou]?\b|m\b|ra)\w|lje(?:po|ti|to)|rje[sck]\w|vlje\w|nje(?:ga|go)v\w)"
)
_EKAVIAN = re.compile(
    r"\b(?:predsed|sedni[ckv]|vrem|mest[aou]|posle|pre\b|gde|ovde|negde|ned?elj|mesec|dete|deca|dece|covek|re[ck][aeiu]?\b|rec[ijm]|"
    r"vest[iu]?\b|lep|uvek|vide[lt]|vrede|hte[lt]|zele[lt]|resen|promen|cen[aeu]\b|uspe|mer[aeu]\b|svet|sever|del[aou]|"
    r"uslov|bezbed|leto|letos|primer|celo|vera|delu|smen|deli|izves|savet|odel|zahtev|cel[aeiou]\b|pobed|sledec|namer|"
    r"razume|ozled|povred|ubed|stepen|dva?desete|telo|bez?begl|sme[ln]|ten[aeo]\b|umesto|reš|verov|ocen)\w*"
)
_STARTS = {
    variety: re.compile(r"\b(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")")
    for variety, words in VARIETY_WORDS.items()
}
_CROATIAN_VERBS = re.compile(r"\w{3,}ira(?:ti|n|la|o|ju)\b|\bnije\b(?=$)|\b(?:ce|cu|cemo) \w+(?:ti|ci)\b")
_SERBIAN_VERBS = re.compile(r"\w{3,}(?:ova(?:ti|n|la|o)|uj[eu])\b|\b(?:ce|cu|cemo|moze|mogu|treba|zeli|hoce) da\b")


# What a hint is worth in words of one variety. Of 51 questions in the four (reader_dev, calibrate) 18 get their own tag
# without a hint, 45 with their own, 21 with Serbian for all; of 54 of dev 25, 42 and 21.
_HINTED = 1.6
_TIE = 0.1


def variety(text: str, *, hint: str | None = None) -> str:
    """`sr-Latn`, `hr`, `bs` or `cnr` for a text in the Latin script that is one of them; see `identify` for `hint`."""
    folded = fold(text)
    points = {name: float(len(set(starts.findall(folded)))) for name, starts in _STARTS.items()}
    west, east = len(_IJEKAVIAN.findall(folded)), len(_EKAVIAN.findall(folded))
    points["sr-Latn"] += 1.5 * east - 1.5 * west + 0.2
    for name in ("hr", "bs", "cnr"):
        points[name] += west - 1.5 * east
    points["hr"] += 0.5 * len(_CROATIAN_VERBS.findall(folded)) - 0.7 * len(_SERBIAN_VERBS.findall(folded))
    points["cnr"] -= 1.5  # the rarest of the four: only two of its own words and nothing of its neighbours name it
    if hint in points:
        points[hint] += _HINTED
    if hint == "cnr" and east <= west:  # without marks it has no words that its neighbours lack: theirs are its
        points["cnr"] = max(points["cnr"], points["bs"], points["sr-Latn"]) + _TIE
    return max(points, key=lambda name: points[name])


SUPPORTED = frozenset(LANGUAGES)


def _name(one: Language) -> str:
    """The name under which a language is told from the others of its script: of several of one family the family's,
    until `variety` tells them apart."""
    kin = [other for other in LANGUAGES.values() if (other.script, other.family) == (one.script, one.family)]
    return one.family if len(kin) > 1 else one.tag


def _labels() -> dict[str, dict[str, tuple[str, ...]]]:
    """py3langid's labels by script and name; it has none for Montenegrin."""
    made: dict[str, dict[str, tuple[str, ...]]] = {}
    for one in LANGUAGES.values():
        names = made.setdefault(one.script, {})
        names[_name(one)] = (*names.get(_name(one), ()), one.primary)
    return made


_LABELS = _labels()
# Letters that settle the matter, by the one name that has them.
TELLING_LETTERS = {letter: _name(one) for one in LANGUAGES.values() for letter in one.own_letters}
_WORD_WEIGHT = 0.8  # log odds of one telling word: flat between .6 and 1.6 on the dev segments
_LETTER_WEIGHT = 3.0
_HINT_WEIGHT = 1.5  # log odds; of 150 calibrate questions a right hint mends 6 of 6 and a wrong one breaks 2
_PRIOR = {
    "sr-Cyrl": 0.25,
    "sh": 0.15,
}  # the model underrates Serbian: without it 34 of 970 dev segments in Cyrillic are taken for Macedonian
# Languages that a question is likely to be in when it is in none of ours; a rarer label is a mistake of the model.
_FOREIGN = frozenset("de fr it es pt nl hu pl cs sk ru uk be sv da no fi lt lv et ca".split()) - {
    one.primary for one in LANGUAGES.values()
}
_SURE = {"ru": 0.35, "uk": 0.35, "be": 0.35}  # they share letters and small words with Bulgarian and Macedonian
_SURE_OF_FEW = 0.55  # of fewer words than these
_FEW = 6
_SHORT = 12  # words of a text in which a name outweighs the rest
_LEFT = 2
_ENOUGH = 600  # characters read; more changed no decision on the dev articles
_FLOOR = 1e-6
_UNLABELLED = 0.02  # odds of a language that py3langid has no label for: its own words and letters must say it
_TOKEN = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """A BCP 47 tag (`und` where nothing can be told) and how sure it is, from 0 to 1.

    `told`: a word or a letter of its own speaks for it, not the odds of its letters alone.
    """

    language: str
    confidence: float
    told: bool = False

    @property
    def supported(self) -> bool:
        """Whether it is one of the languages that Telal is at home in."""
        return self.language in SUPPORTED


@lru_cache(maxsize=256)
def family(language: str) -> str:
    """The tag under which a language is searched: `sh` for sr, hr, bs and cnr in either script."""
    known = find_language(language)
    return known.family if known else language.split("-")[0].lower()


def relatives(language: str) -> tuple[str, ...]:
    """The primary subtags of the languages that are searched as one with a language."""
    kin = family(language)
    return tuple(dict.fromkeys((kin, *(one.primary for one in LANGUAGES.values() if one.family == kin))))


def identify(text: str, *, hint: str | None = None) -> LanguageGuess:
    """The best guess for a text of any length; a language that is none of ours is named when it is plain.

    `hint` is a language that the reader is likely to write, a page's or a conversation's: it decides near-ties.
    """
    sample = text[:_ENOUGH]
    script = script_of(sample)
    if script not in _LABELS:
        return LanguageGuess("und", 0.0)
    if len(_LABELS[script]) == 1:
        return LanguageGuess(next(iter(_LABELS[script])), 0.99, told=True)
    telling = _without_names(sample)
    odds = _odds(telling)
    scores = _scored(telling, script, odds)
    hinted = hint and family(hint)
    for name in scores:
        if family(name) == hinted:
            scores[name] += _HINT_WEIGHT
    best = max(scores, key=lambda language: scores[language])
    foreign = _foreign(odds, scores, best, sample)
    if foreign:
        return foreign
    confidence = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
    hinted_by = _HINT_WEIGHT if family(best) == hinted else 0.0
    told = scores[best] - hinted_by - _PRIOR.get(best, 0.0) - _log_odds(odds, _labels_of(best)) > _WORD_WEIGHT / 2
    return LanguageGuess(_named(best, sample, hint), confidence, told)


def _without_names(sample: str) -> str:
    """A short text without the names whose letters tell where somebody is from, if two other words are left.

    "Who is Ivan Anušić?" is an English question. Words with a capital inside a sentence are taken for names.
    """
    words = _TOKEN.findall(sample)
    if len(words) > _SHORT or sample.isupper():
        return sample
    own = [word for i, word in enumerate(words) if i == 0 or not word[0].isupper()]
    return " ".join(own) if len(own) >= _LEFT and len(own) < len(words) else sample


def warm_up() -> None:
    """Load the model (a third of a second, 75 MB) before the first question needs it."""
    _model()


@cache
def _model() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _odds(sample: str) -> dict[str, float]:
    letters = " ".join(_TOKEN.findall(sample))
    return dict(_model().rank(letters if letters else sample))


def _scored(sample: str, script: str, odds: dict[str, float]) -> dict[str, float]:
    """Log odds of each of our languages in that script."""
    labels = _LABELS[script]
    scores = {name: _PRIOR.get(name, 0.0) + _log_odds(odds, labels[name]) for name in labels}
    lowered = sample.casefold()
    for word in set(_TOKEN.findall(lowered if script == "Cyrl" else fold(sample))):
        for language in TELLING_WORDS.get(script, {}).get(word, ()):
            scores[language] += _WORD_WEIGHT
    for language in _told_by_form(lowered):
        if language in scores:
            scores[language] += _WORD_WEIGHT
    for language in {TELLING_LETTERS[letter] for letter in set(lowered) & TELLING_LETTERS.keys()}:
        if language in scores:
            scores[language] += _LETTER_WEIGHT
    return scores


def _told_by_form(lowered: str) -> list[str]:
    """The languages that a word tells by its diacritics, or by standing first."""
    words = _TOKEN.findall(lowered)
    first = OPENING_WORDS.get(fold(words[0])) if words else None
    written = [WRITTEN_WORDS[word] for word in words if word in WRITTEN_WORDS]
    return [*written, *([first] if first else [])]


def _log_odds(odds: dict[str, float], labels: tuple[str, ...]) -> float:
    known = [odds[label] for label in labels if label in odds]
    return math.log(_FLOOR + max(known)) if known else math.log(_UNLABELLED)


def _foreign(odds: dict[str, float], scores: dict[str, float], best: str, sample: str) -> LanguageGuess | None:
    """Another language, where the model is sure and our own words do not speak against it."""
    top = max(odds, key=lambda label: odds[label])
    words = len(_TOKEN.findall(sample))
    least = max(_SURE.get(top, 0.5), _SURE_OF_FEW if words < _FEW else 0.0)
    if top not in _FOREIGN or odds[top] < least or words < 3:
        return None
    told = scores[best] - _log_odds(odds, _labels_of(best))
    if top not in _SURE and told > 2.5 * _WORD_WEIGHT:
        return None
    return LanguageGuess(top, odds[top])


def _labels_of(name: str) -> tuple[str, ...]:
    return next(labels[name] for labels in _LABELS.values() if name in labels)


def _named(best: str, sample: str, hint: str | None) -> str:
    return variety(sample, hint=hint) if best == "sh" else best
