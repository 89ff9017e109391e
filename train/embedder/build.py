"""Puts the training set of the embedding model together; all draws follow one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rag.models.embed import readable
from train.embedder import sources
from train.embedder.mining import with_negatives
from train.embedder.pairs import Pair

SEED = 20261126
QUESTIONS = {"squad": 4200, "turkish": 3000, "qamr": 3200}
NEWS, STORIES, TEXTS, SENTENCES, SHORT, PLACES = 14_000, 9000, 3000, 12_000, 6000, 2000


@dataclass(frozen=True, slots=True)
class Sets:
    """`asked`: questions with passages, most with a negative. `sentences`: translations and names of places."""

    asked: tuple[Pair, ...]
    sentences: tuple[Pair, ...]

    def without_crossing(self) -> Sets:
        """The control: pairs across languages become pairs within one, so that as many steps are made."""
        asked = [p for p in self.asked if not p.crossing]
        kept = [p for p in self.sentences if not p.crossing]
        told = [p.languages.split(":")[1] for p in self.sentences]
        same = [Pair(p.source, f"{t}:{t}", p.passage, p.passage) for p, t in zip(self.sentences, told, strict=True)]
        return Sets(_as_many(asked, len(self.asked)), _as_many(kept or same, len(self.sentences)))

    def counts(self) -> dict[str, int]:
        """Pairs by source, and how many of them cross languages."""
        every = (*self.asked, *self.sentences)
        return {**Counter(p.source for p in every), "crossing": sum(p.crossing for p in every)}


def build(data: Path, model: Path, *, seed: int = SEED) -> Sets:
    """Reads the collections in `data` and mines with `model`. Raises BadInput where a file is missing."""
    random = Random(seed)
    people = sources.asked_passages(data, QUESTIONS, random)
    within = [*people, *sources.headlines(data), *sources.texts(data, TEXTS, random)]
    news = sources.unique(sources.translated_news(data, NEWS, random))
    stories = sources.unique(sources.made_stories(STORIES, random))
    asked = [*sources.typed([*with_negatives(within, model), *news], random), *stories]
    sentences = [
        *sources.translations(data, SENTENCES, SHORT, random),
        *sources.unique(sources.places(data, PLACES, random)),
    ]
    random.shuffle(asked)
    random.shuffle(sentences)
    return Sets(tuple(map(_read, asked)), tuple(map(_read, sentences)))


def _read(pair: Pair) -> Pair:
    """The pair as the model will be given it: Serbian in Latin letters."""
    return Pair(pair.source, pair.languages, *readable([pair.query, pair.passage, pair.negative]))


def _as_many(pairs: Sequence[Pair], count: int) -> tuple[Pair, ...]:
    return tuple(pairs[i % len(pairs)] for i in range(count)) if pairs else ()
