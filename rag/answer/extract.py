"""Answering without a language model: the sentences that answer, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answer.reading import NOTHING_READ, Readings, Reads
from rag.answer.rules import applies
from rag.question.wants import Wants, holds, wants
from rag.text.names import name_key, name_keys, question_keys
from rag.text.script import fold
from rag.text.sentences import split_sentences
from rag.types import Hit, Passage

_WORD = re.compile(r"\w+")
_NAME = "@name:"  # before a name's key, which is no word
_STEM = 5  # letters by which inflected forms of one word still meet: right sentence .863, whole words .846
# Sentences read with the model: at most so many, not further than so far behind by all that is known without it, and so
# many of each of the two best passages anyhow. 6 instead of 15 are read a question and not one choice of 700 changed.
_READ, _BEHIND, _ANYHOW = 8, 0.12, 2
_SPREAD = 1.8


NO_LEANS: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage that may answer. `start` and `end` point into the article's text."""

    passage: Passage
    rank: int  # of its passage, from 0
    start: int
    end: int
    text: str
    behind: float = 0.0  # how far its passage's score lies below the best one's
    overlap: float = 0.0  # share of the question's words, by rarity, that it holds
    wanted: float = 0.0  # how far it holds the kind of thing that the question wants
    cosine: float = 0.0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Scoring:
    """How a sentence's score is put together. Chosen on 700 SQuAD 1.1 development questions: docs/decisions/003."""

    overlap: float = 0.3
    before: float = 0.5  # of the words that only the sentence before it holds: "They signed it."
    spoken_of: float = 0.8  # of the names that only the headline or an earlier sentence of the passage holds
    wanted: float = 0.05  # for holding the kind of thing that the question wants
    passage: float = 1.0  # times what its passage's score lies below the best one's
    same_language: float = 0.02
    margin: float = 0.1  # further sentences come within this of the best
    alike: float = 0.6  # and share less than this of their words with one that is already taken


@dataclass(frozen=True, slots=True)
class Extracted:
    """The chosen sentences in the order to show them, and what the refusal decision wants to know."""

    chosen: tuple[Candidate, ...]
    best_cosine: float
    coverage: float
    pool: tuple[Candidate, ...] = ()  # every sentence of the passages, those read with the model first, best first
    readings: Readings = NOTHING_READ


NOTHING_FOUND = Extracted((), 0.0, 0.0)


def terms(text: str) -> frozenset[str]:
    """The words of a text, folded and cut to a common length, so that inflected forms meet."""
    return frozenset(w[:_STEM] for w in _WORD.findall(fold(text)))


def named(text: str) -> frozenset[str]:
    """The names of a text by their keys, so that they meet across scripts and languages."""
    return frozenset(_NAME + key for key in name_keys(text))


def weigh(question: str, rarity: Callable[[Sequence[str]], dict[str, float]], held: frozenset[str]) -> dict[str, float]:
    """The terms of a question, each with the weight of its rarest word; a name that is `held` anywhere by its key.

    A name weighs what the question's rarest word does.
    """
    weight: dict[str, float] = {}
    names = {key for key in question_keys(question) if _NAME + key in held}
    rarest = 1.0
    for word, value in rarity(_WORD.findall(fold(question))).items():
        rarest = max(rarest, value)
        if not names or name_key(word) not in names:
            weight[word[:_STEM]] = max(value, weight.get(word[:_STEM], 0.0))
    return weight | dict.fromkeys((_NAME + key for key in names), rarest)


def extract(
    question: str,
    vector: NDArray[np.float32],
    hits: Sequence[Hit],
    *,
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
    rarity: Callable[[Sequence[str]], dict[str, float]],
    leans: Mapping[str, float] = NO_LEANS,
    language: str = "und",
    limit: int = 3,
    scoring: Scoring = Scoring(),
    reads: Reads | None = None,
) -> Extracted:
    """The sentences of the hits that answer a question best.

    `vector` is the question's unit vector (dim,), `embed` gives unit vectors (n, dim) of sentences, `rarity` the
    weight of each folded word, `leans` what to take off the cosines of each language, `reads` the reader if there
    is one. The best sentence leads; the others follow in the order of their articles.
    """
    kind = wants(question, language)
    pool = [c for rank, hit in enumerate(hits) for c in _sentences(hit, rank, hits[0].score)]
    if not pool:
        return NOTHING_FOUND
    holding = [terms(c.text) | named(c.text) for c in pool]
    weight = weigh(question, rarity, frozenset().union(*holding))
    asked = frozenset(weight)
    marked = [
        _marked(c, held & asked, before & asked, weight, kind, scoring)
        for c, held, before in zip(pool, holding, _befores(pool, holding), strict=True)
    ]
    family = language.split("-")[0]
    read = _spread([_scored(c, 0.0, family, scoring) for c in marked])
    cosines = embed([c.text for c in read]) @ vector
    scored = _ranked(
        _scored(c, float(cos) - applies("leans") * leans.get(c.passage.language, 0.0), family, scoring)
        for c, cos in zip(read, cosines, strict=True)
    )
    readings = reads(question, _best_passages(scored), language) if reads else NOTHING_READ
    scored = _ranked(
        replace(c, score=c.score + applies("reader_pick") * readings.margins.get((c.passage.id, c.start), 0.0))
        for c in scored
    )
    # The reader's say spreads the scores; sentences as good as before are still shown.
    margin = scoring.margin * (_SPREAD if readings.margins else 1.0)
    chosen = _choose(scored, limit, replace(scoring, margin=margin))
    known = {(c.rank, c.start) for c in scored}
    unread = _ranked(c for c in marked if (c.rank, c.start) not in known)
    cosine, coverage = max(c.cosine for c in scored), _coverage(asked, weight, hits)
    return Extracted(chosen, cosine, coverage, (*scored, *unread), readings)


def _sentences(hit: Hit, rank: int, best: float) -> list[Candidate]:
    passage = hit.passage
    spans = split_sentences(passage.text, passage.language)
    return [
        Candidate(
            passage, rank, passage.start + s.start, passage.start + s.end, passage.text[s.start : s.end],
            behind=best - hit.score,
        )
        for s in spans
    ]  # fmt: skip


def _befores(pool: Sequence[Candidate], holding: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """For each sentence the terms of the one before it, and the names of the headline and all before it."""
    befores: list[frozenset[str]] = []
    names: frozenset[str] = frozenset()
    for i, c in enumerate(pool):
        if i == 0 or pool[i - 1].rank != c.rank:
            names = named(c.passage.title)
            befores.append(names)
        else:
            names |= frozenset(t for t in holding[i - 1] if t.startswith(_NAME))
            befores.append(names | holding[i - 1])
    return befores


def _marked(
    c: Candidate,
    own: frozenset[str],
    before: frozenset[str],
    weight: dict[str, float],
    kind: Wants,
    scoring: Scoring,
) -> Candidate:
    overlap = sum(weight[t] for t in own)
    for term in before - own if applies("before") else ():
        overlap += weight[term] * (scoring.spoken_of if term.startswith(_NAME) else scoring.before)
    wanted = holds(c.text, kind, frozenset(weight), _STEM)
    return replace(c, overlap=overlap / (sum(weight.values()) or 1.0), wanted=wanted)


def _scored(c: Candidate, cosine: float, family: str, scoring: Scoring) -> Candidate:
    score = (
        cosine
        + applies("overlap") * scoring.overlap * c.overlap
        + applies("wanted") * scoring.wanted * c.wanted
        - scoring.passage * c.behind
    )
    if c.passage.language.split("-")[0] == family and applies("same_language"):
        score += scoring.same_language
    return replace(c, cosine=cosine, score=score)


def _best_passages(scored: Sequence[Candidate]) -> list[tuple[Passage, int]]:
    """The passages of the best sentences, in their order, each with the start of its own best one."""
    best: dict[str, tuple[Passage, int]] = {}
    for c in scored:
        best.setdefault(c.passage.id, (c.passage, c.start))
    return list(best.values())


def _ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (-c.score, c.rank, c.start))


def _spread(marked: Sequence[Candidate]) -> list[Candidate]:
    """The best by what is known without the model, yet some of each of the two best passages.

    In another language than the question's a sentence shares few words with it, so words alone must not decide.
    """
    ordered = _ranked(marked)
    kept = {id(c): c for c in ordered[:_READ] if c.score >= ordered[0].score - _BEHIND}
    for rank in (0, 1):
        own = [c for c in ordered if c.rank == rank][:_ANYHOW]
        kept.update({id(c): c for c in own})
    return list(kept.values())


def _choose(scored: Sequence[Candidate], limit: int, scoring: Scoring) -> tuple[Candidate, ...]:
    best = scored[0]
    taken = [best]
    for c in scored[1:]:
        if len(taken) == limit or c.score < best.score - scoring.margin:
            break
        if all(_alike(c.text, t.text) < scoring.alike for t in taken):
            taken.append(c)
    rest = sorted(taken[1:], key=lambda c: (c.passage.article_id != best.passage.article_id, c.rank, c.start))
    return (best, *rest)


def _alike(one: str, other: str) -> float:
    a, b = terms(one), terms(other)
    return len(a & b) / max(1, min(len(a), len(b)))


def _coverage(asked: frozenset[str], weight: dict[str, float], hits: Sequence[Hit]) -> float:
    total = sum(weight.values())
    if not total:
        return 0.0
    texts = [f"{h.passage.title}\n{h.passage.text}" for h in hits[:3]]
    held = frozenset[str]().union(*(terms(text) | named(text) for text in texts))
    return sum(weight[t] for t in asked & held) / total
