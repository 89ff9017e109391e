"""Puts Bulgarian, Macedonian and Greek that were typed in Latin letters back into their own script.

The likeliest letters are searched word by word: how each is typed (`data/typed_latin.toml`) against how the language's
words are spelt, by their n-grams (`data/words_bg.txt` and its like, made by `python -m research.language_ngrams`).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from importlib.resources import files

from rag.text.script import script_of
from rag.text.tables import table

WAYS: dict[str, dict[str, str]] = table("typed_latin")
_LONGEST = 6  # letters of an n-gram, the one that is judged among them
_SHORTER = math.log(0.3)  # what a letter loses for each letter fewer of context in which it is known
_UNKNOWN = -12.0
_KEPT = 12  # spellings of a word's beginning that are followed
_ANY_WAY = math.log(0.02)  # a letter that stays as it was typed
_WORD = re.compile(r"[^\W_]+")


def in_own_script(text: str, language: str) -> str:
    """The text as it is where the language is none of these, another script is typed, or most of the words turn out to
    be none of its own: English on a Greek page. Greek comes without accents.

    A word with a capital stays unless it is a known one: a foreign name is found in either script.
    """
    if language not in WAYS or script_of(text) != "Latn":
        return text
    spelt = {word: spell(word.casefold(), language) for word in _WORD.findall(text) if not word.isdecimal()}
    known = {word for word, own in spelt.items() if own in _words(language)}
    if len(known) * 2 <= len(spelt):
        return text
    written = {word: _cased(own, word) for word, own in spelt.items() if word in known or word.islower()}
    return _WORD.sub(lambda found: written.get(found.group(), found.group()), text)


def _cased(word: str, typed: str) -> str:
    """A word with the capitals of what was typed."""
    if len(typed) > 1 and typed.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if typed[:1].isupper() else word


@cache
def _letters(language: str) -> dict[str, list[tuple[str, float]]]:
    """Letters and pairs by how they are typed, with the log odds of that way."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for letters, ways in WAYS[language].items():
        counts = Counter(ways.split())
        for way, count in counts.items():
            found[way].append((letters, math.log(count / counts.total())))
            if (bare := unicodedata.normalize("NFD", way)[0]) != way and len(way) == 1 and bare not in counts:
                found[bare].append((letters, math.log(count / counts.total())))
    return dict(found)


@cache
def _words(language: str) -> dict[str, int]:
    """Words with how often they occur."""
    lines = files("rag.text").joinpath(f"data/words_{language}.txt").read_text(encoding="utf-8").splitlines()
    return {word: int(often) for word, _, often in (line.partition(" ") for line in lines)}


@cache
def _spellings(language: str) -> dict[str, float]:
    """The log odds of the last letter of each n-gram after the others."""
    counts: Counter[str] = Counter()
    for word, often in _words(language).items():
        padded = f" {word} "
        for end in range(2, len(padded) + 1):
            for start in range(max(0, end - _LONGEST), end):
                counts[padded[start:end]] += often
    before: Counter[str] = Counter()
    for ngram, count in counts.items():
        before[ngram[:-1]] += count
    return {ngram: math.log(count / before[ngram[:-1]]) for ngram, count in counts.items()}


def _odds(known: dict[str, float], text: str) -> float:
    """Of the last letter of a text after those before it."""
    lost = 0.0
    for start in range(max(0, len(text) - _LONGEST), len(text)):
        if (odds := known.get(text[start:])) is not None:
            return lost + odds
        lost += _SHORTER
    return _UNKNOWN


def spell(word: str, language: str) -> str:
    """A word in small letters, in its likeliest spelling."""
    known, letters = _spellings(language), _letters(language)
    reached: list[dict[str, float]] = [{" ": 0.0}, *({} for _ in word)]
    for at in range(len(word)):
        begun = sorted(reached[at].items(), key=lambda item: -item[1])[:_KEPT]
        for length in (1, 2, 3):
            typed = word[at : at + length]
            if len(typed) < length:
                break
            ways = letters.get(typed, [(typed, _ANY_WAY)] if length == 1 else [])
            for before, odds in begun:
                for native, way in ways:
                    text, total = before, odds + way
                    for letter in native:
                        text += letter
                        total += _odds(known, text)
                    if total > reached[at + length].get(text, -math.inf):
                        reached[at + length][text] = total
    ended = {text: odds + _odds(known, f"{text} ") for text, odds in reached[len(word)].items()}
    return max(ended, key=lambda text: ended[text])[1:]
