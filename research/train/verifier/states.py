"""What the reader makes of a question and a text: the words that it proposes, and its last states at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from rag.reader.reader import LONGEST_ANSWER
from rag.reader.tokens import END
from rag.reader.verify import verifier_features
from rag.text.names import find_names
from rag.text.numbers import find_numbers
from research.train.reader.data.examples import Example
from research.train.reader.features import LENGTHS, Encoder, Features
from research.train.reader.network import ReaderNetwork, collate
from research.train.verifier.labels import agreement

NEXT = 2  # further spans of the best sentence
APART = 0.5  # token overlap (intersection over union) from which two spans are the same words
Halves = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Words:
    """Proposed words: first and last token in a window; `score`: the span's log odds; `rank`: 0 is what the reader
    proposes, 9 what it did not.
    """

    first: int
    last: int
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Words of one example, what the verifier judges by (6, hidden), and how far they agree with an accepted answer."""

    example: int
    words: Words
    features: Halves
    agreement: float


def see(
    network: ReaderNetwork, encoder: Encoder, examples: Sequence[Example], first: int, random: Random
) -> Iterator[Seen]:
    """All words of the examples, which are numbered from `first`."""
    made = []
    for number, e in enumerate(examples, first):
        f = encoder.features(e, random.choice(LENGTHS), random)
        if f and (e.absent or e.spans):
            made.append((number, e, f))
    made.sort(key=lambda one: len(one[2].layout.ids))
    batch: list[tuple[int, Example, Features]] = []
    for one in made:
        if batch and (len(batch) + 1) * len(one[2].layout.ids) > 6400:
            yield from _batch(network, encoder, batch, random)
            batch = []
        batch.append(one)
    if batch:
        yield from _batch(network, encoder, batch, random)


def _batch(
    network: ReaderNetwork, encoder: Encoder, batch: Sequence[tuple[int, Example, Features]], random: Random
) -> Iterator[Seen]:
    ids, mask, _ = collate([f for *_, f in batch])
    with torch.no_grad():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = network.body(ids, attention_mask=mask)[0]
        last = states.float()
        values = network.head(last).numpy()
    for row, (number, example, f) in enumerate(batch):
        length = len(f.layout.ids)
        own = last[row, :length].numpy()
        yield from _words(number, example, f, values[row, :length], own, encoder.places(example.text), random)


def proposals(start: NDArray[np.float32], end: NDArray[np.float32], count: int) -> list[tuple[int, int, float]]:
    """The best span of a sentence and the next ones that are other words."""
    both = start[:, None] + end[None, :]
    allowed = np.triu(np.ones_like(both, bool)) & ~np.triu(np.ones_like(both, bool), LONGEST_ANSWER)
    order = np.argsort(-np.where(allowed, both, -np.inf), axis=None)[:200]
    found: list[tuple[int, int, float]] = []
    for one in order:
        first, last = divmod(int(one), len(end))
        if first <= last < first + LONGEST_ANSWER and all(_overlap(first, last, f, t) < APART for f, t, _ in found):
            found.append((first, last, float(both[first, last])))
            if len(found) == count:
                break
    return found


def _overlap(first: int, last: int, other: int, until: int) -> float:
    shared = min(last, until) - max(first, other) + 1
    return max(0, shared) / (max(last, until) - min(first, other) + 1)


def _words(
    number: int, example: Example, f: Features, head: NDArray[np.float32], states: NDArray[np.float32],
    places: Sequence[tuple[int, int]], random: Random,
) -> Iterator[Seen]:  # fmt: skip
    numbers = np.asarray(f.layout.sentences)
    margins: dict[int, float] = {}
    best: dict[int, list[tuple[int, int, float]]] = {}
    for sentence in sorted(set(f.layout.sentences) - {-1}):
        at = np.flatnonzero(numbers == sentence)
        start, end = head[at, 2] - head[0, 2], head[at, 3] - head[0, 3]
        evidence = 0.5 * (_log_sum(start) + _log_sum(end))
        margins[sentence] = float(head[at, 0].mean() - head[0, 1] + 0.5 * evidence)
        best[sentence] = [(int(at[a]), int(at[b]), s) for a, b, s in proposals(start, end, 1 + NEXT)]
    # As `rag/answer/fitted.json` weighs the two.
    order = sorted(margins, key=lambda s: -(0.3 * margins[s] + 0.18 * best[s][0][2]))
    accepted = list(dict.fromkeys(example.text[s.start : s.end] for s in example.spans))
    chosen = [(order[0], Words(a, b, s, rank)) for rank, (a, b, s) in enumerate(best[order[0]])]
    if len(order) > 1:
        a, b, s = best[order[1]][0]
        chosen.append((order[1], Words(a, b, s, 3)))
    chosen += _others(example, f, head, places, [w for _, w in chosen], order[0], random)
    origins = f.layout.origins
    question = slice(1, f.layout.ids.index(END, 1))
    for sentence, words in chosen:
        said = example.text[places[origins[words.first]][0] : places[origins[words.last]][1]].strip()
        inside = np.flatnonzero(numbers == sentence)
        features = verifier_features(states, question, inside, slice(words.first, words.last + 1))
        yield Seen(number, words, features.astype(np.float16), agreement(said, accepted))


def _others(
    example: Example, f: Features, head: NDArray[np.float32], places: Sequence[tuple[int, int]],
    chosen: Sequence[Words], best: int, random: Random,
) -> Iterator[tuple[int, Words]]:  # fmt: skip
    """The answer itself where the reader did not propose it, and another name or number of its sentence."""
    found: list[tuple[int, int, int]] = []
    spans = [s for s in example.spans]
    random.shuffle(spans)
    sentences = f.layout.sentences
    taken = [(w.first, w.last) for w in chosen]
    for span in spans[:1]:
        at = _tokens(f, places, span.start, span.end)
        if at and sentences[at[0]] >= 0 and all(_overlap(*at, *t) < 0.9 for t in taken):
            found.append((sentences[at[0]], *at))
            taken.append(at)
    inside = [i for i, s in enumerate(sentences) if s == (found[0][0] if found else best)]
    start, end = places[f.layout.origins[inside[0]]][0], places[f.layout.origins[inside[-1]]][1]
    text = example.text[start:end]
    things = [(n.start, n.end) for n in find_names(text)] + [(n.start, n.end) for n in find_numbers(text)]
    random.shuffle(things)
    for low, high in things:
        at = _tokens(f, places, start + low, start + high)
        if at and sentences[at[0]] >= 0 and all(_overlap(*at, *t) == 0 for t in taken):
            found.append((sentences[at[0]], *at))
            break
    for sentence, first, last in found:
        score = float(head[first, 2] - head[0, 2] + head[last, 3] - head[0, 3])
        yield sentence, Words(first, last, score, 9)


def _tokens(f: Features, places: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """First and last token of a stretch of the text; None where the window leaves it out or it is long."""
    inside = [k for k, i in enumerate(f.layout.origins) if i >= 0 and places[i][1] > start and places[i][0] < end]
    fits = inside and inside[-1] - inside[0] < LONGEST_ANSWER
    return (inside[0], inside[-1]) if fits and f.layout.sentences[inside[0]] == f.layout.sentences[inside[-1]] else None


def _log_sum(values: NDArray[np.float32]) -> float:
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum()))
