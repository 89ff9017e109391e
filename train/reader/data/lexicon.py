"""Questions that people wrote, put word by word into another language: training across languages on their wording.

After code-switching with a bilingual lexicon (Qin et al. 2020, CoSDA-ML). The lexicon is learned from translated
sentences: IBM model 1 in both directions at once (Liang et al. 2006, Alignment by Agreement), begun from the cosines
of the words' vectors, so that a word seen once is aligned too. The grammar of the result is broken, its words right.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from random import Random

import numpy as np

from eval.datasets.lines import read_lines
from rag.models.embed import Embedder
from rag.text.script import to_cyrillic
from train.reader.data import parallel
from train.reader.data.examples import Example
from train.reader.data.news import PAIRS
from train.reader.data.swaps import Group

LANGUAGES = ("bg", "bs", "el", "hr", "mk", "ro", "sl", "sq", "sr-Cyrl", "sr-Latn", "tr")
KEPT = 0.08  # share of the words that stay as they are
# What English says with a word and most languages of the region with an ending or not at all.
LEFT_OUT = frozenset({"the", "a", "an", "did", "do", "does"})
ROUNDS, SHARPNESS = 4, 6.0
LEAST, LEAST_SHARE = 0.3, 0.12  # expected count of a translation, and of all of the word's counts
MOST = 5  # translations of a word
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

Translations = Mapping[str, Sequence[tuple[float, str]]]  # by word, small: expected count and other word


@dataclass(frozen=True, slots=True)
class Lexicons:
    """Words of English in each language, and back."""

    of_english: Mapping[str, Translations]
    to_english: Mapping[str, Translations]


def learn(data: Path, documents: Iterable[parallel.Document], embedder: Embedder) -> Lexicons:
    """From the translated news of `documents` and Tatoeba's pairs in `data`; some 20 s a language on one thread."""
    segments = [s for d in documents for s in d.segments if "en" in s]
    everyday: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in read_lines(data / PAIRS):
        everyday[line.text("language")].append((line.text("en"), line.text("text")))
    of_english, to_english = {}, {}
    for language in LANGUAGES:
        pairs = [(s["en"], s[language]) for s in segments if language in s] + everyday[language]
        counts = aligned([(_words(a), _words(b)) for a, b in pairs], embedder)
        of_english[language] = _likely(counts)
        to_english[language] = _likely({(b, a): n for (a, b), n in counts.items()})
    return Lexicons(of_english, to_english)


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]


def aligned(pairs: Sequence[tuple[list[str], list[str]]], embedder: Embedder) -> dict[tuple[str, str], float]:
    """Expected count of each pair of words over sentences and their translations."""
    pairs = [p for p in pairs if p[0] and p[1]]
    ours, theirs = (_vectors({w for p in pairs for w in p[side]}, embedder) for side in (0, 1))
    prior: dict[tuple[str, str], float] = {}
    for a, b in pairs:
        near = np.exp(SHARPNESS * np.array([ours[w] for w in a]) @ np.array([theirs[w] for w in b]).T)
        prior |= zip(product(a, b), near.ravel().tolist(), strict=True)
    weights = dict(prior)
    counts: dict[tuple[str, str], float] = {}
    for _ in range(ROUNDS):
        counts, totals = defaultdict(float), (Counter[str](), Counter[str]())
        for a, b in pairs:
            matrix = np.array([[weights[w, v] for v in b] for w in a])
            both = matrix / matrix.sum(0, keepdims=True) * matrix / matrix.sum(1, keepdims=True)
            for (w, v), count in zip(product(a, b), both.ravel().tolist(), strict=True):
                counts[w, v] += count
                totals[0][w] += count
                totals[1][v] += count
        weights = {
            (w, v): (counts[w, v] + 0.0004 * near) / (totals[0][w] + totals[1][v] + 1) * near**0.5
            for (w, v), near in prior.items()
        }
    return counts


def _vectors(words: Iterable[str], embedder: Embedder) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float32]]]:
    """Unit vectors about the mean of the language."""
    known = sorted(words)
    found = embedder.embed_passages(known)
    found = found - found.mean(axis=0)
    return dict(zip(known, found / np.linalg.norm(found, axis=1, keepdims=True), strict=True))


def _likely(counts: Mapping[tuple[str, str], float]) -> Translations:
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    totals: dict[str, float] = defaultdict(float)
    for (word, _), count in counts.items():
        totals[word] += count
    for (word, other), count in counts.items():
        if count > LEAST and count > LEAST_SHARE * totals[word]:
            found[word].append((round(count, 2), other))
    return {word: sorted(others, reverse=True)[:MOST] for word, others in found.items()}


def across(unit: Example | Group, lexicons: Lexicons, random: Random) -> Example | Group:
    """The question, and its near misses alike, put into a language that the text is not in; claims stay.

    A text in English is asked of in any language, another in English. What is in two languages already stays.
    """
    members = unit if isinstance(unit, tuple) else (unit,)
    own, told = members[0].pair.split(":")
    asked = random.choice(LANGUAGES) if told == "en" else "en"
    table = lexicons.of_english.get(asked) if told == "en" else lexicons.to_english.get(told)
    if not table or own != told or any(m.claim for m in members):
        return unit
    seed = random.random()
    made = tuple(
        replace(m, question=put(m.question, table, asked, seed), source=f"{m.source}-across", pair=f"{asked}:{told}")
        for m in members
    )
    return made if isinstance(unit, tuple) else made[0]


def put(question: str, table: Translations, language: str, seed: float) -> str:
    """The question word by word; the same word becomes the same one under the same seed."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        random = Random(f"{seed}:{word.lower()}")
        known = table.get(word.lower())
        if random.random() < KEPT:
            return word
        if language != "en" and word.lower() in LEFT_OUT:
            return ""
        if not known:
            return to_cyrillic(word) if language in ("sr-Cyrl", "mk", "bg") and word[0].isupper() else word
        chosen = random.choices([w for _, w in known], [n for n, _ in known])[0]
        return chosen[:1].upper() + chosen[1:] if word[0].isupper() else chosen

    made = " ".join(_WORD.sub(other, question).split())
    made = made[:1].upper() + made[1:]
    return made.replace("?", ";") if language == "el" else made
