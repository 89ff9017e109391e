"""Puts the training set of the embedding model together, hard negatives mined; all draws follow one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from datasets import Dataset
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import mine_hard_negatives

from rag.models.embed import readable
from research.train.embedder import sources
from research.train.embedder.pairs import Pair

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


NEAREST = 12  # ranks looked at
MARGIN = 0.01  # of cosine that a negative stays below the pair's own: what is nearer may well answer too


def with_negatives(pairs: Sequence[Pair], model: Path) -> list[Pair]:
    """The same pairs, each with the best-ranked passage of the same collection that stays below its own.

    Pairs whose own passage the model ranks so low that nothing stays below it are kept without one.
    """
    by_source: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_source.setdefault(pair.source, []).append(pair)
    loaded = SentenceTransformer(str(model), device="cpu")
    loaded.max_seq_length = 160
    found = []
    for some in by_source.values():
        found += _mined(some, loaded)
    return found


def _mined(pairs: Sequence[Pair], model: SentenceTransformer) -> list[Pair]:
    table = Dataset.from_dict({"query": [p.query for p in pairs], "passage": [p.passage for p in pairs]})
    triples = mine_hard_negatives(
        table, model, anchor_column_name="query", positive_column_name="passage", range_max=NEAREST,
        absolute_margin=MARGIN, num_negatives=1, sampling_strategy="top", query_prompt_name="query",
        corpus_prompt_name="passage", batch_size=32, output_format="triplet", verbose=False,
    )  # fmt: skip
    negatives = {(t["query"], t["passage"]): t["negative"] for t in triples}
    return [replace(p, negative=negatives.get((p.query, p.passage), "")) for p in pairs]
