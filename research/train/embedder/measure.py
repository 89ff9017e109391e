"""Figures of an embedding model by itself: vectors alone, no keywords, no names, no language centring."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from eval.datasets.lines import read_lines
from rag.models.caching_embedder import CachingEmbedder
from rag.models.embed import Embedder
from research.train.embedder import dev
from research.train.reader.data import parallel
from research.train.reader.data.build import NTREX

QUESTIONS, PARAGRAPHS = "qa/xquad_en_ro.jsonl", "qa/xquad_en_ro_docs.jsonl"
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Shares of the queries whose passage is first, and among the first five."""

    name: str
    queries: int
    first: float
    five: float


def figures(data: Path, embedder: Embedder) -> list[Retrieval]:
    """Held-back news by pair of languages and mixed, `balkan` dev, and XQuAD's four pairs, to report alone."""
    embedder = Remembering(embedder)
    found = [*_by_pair(data, embedder), _task("ntrex mixed", dev.mixed(data, Random(1)), embedder)]
    found += [_task(name, task, embedder) for name, task in dev.balkan().items()]
    return found + list(_xquad(data, embedder))


def summary(found: Sequence[Retrieval]) -> list[Retrieval]:
    """Mean of the held-back pairs, the ten worst of them, and all the rest."""
    pairs = sorted((f for f in found if f.name.startswith("ntrex ") and ":" in f.name), key=lambda f: f.first)
    mean = Retrieval(
        "ntrex, mean of pairs", sum(p.queries for p in pairs),
        float(np.mean([p.first for p in pairs])), float(np.mean([p.five for p in pairs])),
    )  # fmt: skip
    return [mean, *pairs[:10], *(f for f in found if f not in pairs)]


def _by_pair(data: Path, embedder: Embedder) -> list[Retrieval]:
    """A segment of a language asks for its translation among all held-back segments of another."""
    segments = [s for d in parallel.held(parallel.documents(data / NTREX))[1] for s in d.segments]
    tags = sorted(set.intersection(*(set(s) for s in segments)))
    asked = {tag: _queries(embedder, [s[tag] for s in segments]) for tag in tags}
    told = {tag: embedder.embed_passages([s[tag] for s in segments]) for tag in tags}
    own = np.arange(len(segments))
    return [_ranked(f"ntrex {a}:{b}", asked[a] @ told[b].T, own) for a, b in permutations(tags, 2)]


def _xquad(data: Path, embedder: Embedder) -> list[Retrieval]:
    paragraphs = [line.fields for line in read_lines(data / PARAGRAPHS)]
    questions = [line.fields for line in read_lines(data / QUESTIONS)]
    found = []
    for told in ("en", "ro"):
        rows = {p["parallel_id"]: i for i, p in enumerate(q for q in paragraphs if q["language"] == told)}
        vectors = embedder.embed_passages([p["text"] for p in paragraphs if p["language"] == told])
        for asked in ("en", "ro"):
            some = [q for q in questions if q["language"] == asked]
            own = np.array([rows["xquad:" + q["gold_doc_ids"][0].split(":")[-1]] for q in some])
            scores = _queries(embedder, [q["question"] for q in some]) @ vectors.T
            found.append(_ranked(f"xquad {asked}:{told}", scores, own))
    return found


def _task(name: str, task: dev.Task, embedder: Embedder) -> Retrieval:
    ids, queries = list(task.corpus), list(task.queries)
    scores = (
        _queries(embedder, [task.queries[q] for q in queries])
        @ embedder.embed_passages([task.corpus[i] for i in ids]).T
    )
    ranked = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    hits = [[ids[i] in task.relevant[q] for i in row] for q, row in zip(queries, ranked, strict=True)]
    return Retrieval(name, len(queries), _share(h[0] for h in hits), _share(any(h) for h in hits))


def _ranked(name: str, scores: Vectors, own: NDArray[np.int64]) -> Retrieval:
    rank = (scores > scores[np.arange(len(own)), own][:, None]).sum(1)
    return Retrieval(name, len(own), float((rank < 1).mean()), float((rank < 5).mean()))


def _queries(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    return np.stack([embedder.embed_query(text) for text in texts])


def _share(hits: Iterable[bool]) -> float:
    return float(np.mean(list(hits)))


class Remembering(CachingEmbedder):
    """Another embedder's vectors, each computed once. It grows with the texts, so it is not for a server."""

    def __init__(self, inner: Embedder) -> None:
        super().__init__(inner, kept=sys.maxsize)
        self._texts: dict[str, NDArray[np.float32]] = {}

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [t for t in dict.fromkeys(texts) if t not in self._texts]
        if new:
            self._texts.update(zip(new, self._inner.embed_passages(new), strict=True))
        return np.stack([self._texts[t] for t in texts])
