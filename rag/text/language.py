"""Which language a question or a text is written in, with its script, also without diacritics and in Latin letters.

A linear model over character n-grams gives the odds (rag/text/ngrams.py); the reader's page or conversation is a prior.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from rag.text.languages import LANGUAGES, find_language
from rag.text.ngrams import language_ngrams
from rag.text.script import script_of

SUPPORTED = frozenset(LANGUAGES)
# Log odds of a hint: for all that is searched as one with it, and for it among those. Serbian, Croatian, Bosnian and
# Montenegrin share most questions of a few words: of the region's, the page tells .99 and the words alone .46.
_FAMILY_HINT = 4.0
_KIN_HINT = 9.0
_ENOUGH = 600  # characters read; more changed no decision on the dev articles
_PIECE = 12  # words of the longest pieces that were learnt from: what more words add is mostly the same again


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """A BCP 47 tag (`und` where nothing can be told) and how sure its family is, from 0 to 1."""

    language: str
    confidence: float

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
    """The best guess for a text of any length; a language that is none of ours is named when it is a likely one.

    `hint` is a language that the reader is likely to write, a page's or a conversation's: it decides near-ties.
    """
    sample = text[:_ENOUGH]
    script = script_of(sample)
    written = {one.primary for one in LANGUAGES.values() if one.script == script}
    if not written:
        return LanguageGuess("und", 0.0)
    if script not in ("Latn", "Cyrl"):
        return LanguageGuess(_tag(written.pop(), script), 0.99)
    share, hinted = min(1.0, _PIECE / max(1, len(sample.split()))), find_language(hint) if hint else None
    scores = {label: score * share for label, score in language_ngrams().log_odds(sample, script).items()}
    odds = {
        label: score + _FAMILY_HINT * bool(hinted and family(label) == hinted.family) for label, score in scores.items()
    }
    best, confidence = _likeliest(odds)
    kin = [label for label in scores if family(label) == best]
    label = max(kin, key=lambda one: scores[one] + _KIN_HINT * bool(hinted and one == hinted.primary))
    return LanguageGuess(_tag(label, script), confidence)


def _likeliest(scores: dict[str, float]) -> tuple[str, float]:
    """The likeliest family, and how likely it is."""
    most, odds = max(scores.values()), defaultdict[str, float](float)
    for label, score in scores.items():
        odds[family(label)] += math.exp(score - most)
    best = max(odds, key=lambda name: odds[name])
    return best, odds[best] / sum(odds.values())


def _tag(label: str, script: str) -> str:
    """A primary subtag with the script, where the language has two."""
    tags = [one.tag for one in LANGUAGES.values() if one.primary == label]
    return next((tag for tag in tags if LANGUAGES[tag].script == script), label)
