"""Recognises prompt injection: text of an article that speaks to a machine is neither quoted nor sent to a model.

A logistic model over hashed words and letters decides, trained on orders written for it and on news
(`python -m research.train orders`).
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.text.script import fold
from rag.text.sentences import split_sentences
from rag.types import Passage

HEAD_FILE = "injection.npz"
MOST_MEANT = 400  # characters of a sentence whose meaning is looked at
VectorsOf = Callable[[Sequence[str]], NDArray[np.float32]]
BITS = 17  # of a hash: 131,072 weights, one byte each
# Characters that hide text or reverse it; the languages of the region need none of them.
HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
_BACKWARDS = re.compile("[\u202d\u202e]")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")  # letters that nobody sees and a model reads
_TAG_BASE = 0xE0000
_BASE64 = re.compile(r"(?<![\w/+-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w/+-])")
_SPACED = re.compile(r"(?<!\w)(?:\w[ ._*-]){2,}\w(?!\w)")  # i g n o r e
_READABLE = 0.9  # of what is decoded must be letters and spaces
_WORD = re.compile(r"[^\W_]+")
_STEM = 5  # letters of a word that count: endings change
_GRAM = 4  # letters
_SMOOTH = 8  # so that a text of three words does not weigh each of them as a tenth of a sentence would
_PRIME, _GOLDEN = np.uint32(0x01000193), np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True)
class OrderFeatures:
    """What is counted in a text, as places in the table of weights: words with pairs of them, and runs of letters."""

    words: NDArray[np.intp]
    letters: NDArray[np.intp]


def order_features(text: str) -> OrderFeatures:
    """Returns the features of a text, whatever its script; hidden characters, marks and look-alikes do not matter."""
    folded = " ".join(fold(HIDDEN.sub("", text)).split())
    stems = ["^", *(word[:_STEM] for word in _WORD.findall(folded))]
    one = np.array([zlib.crc32(stem.encode()) for stem in stems], np.uint32)
    beside, over_one = one[:-1] * _PRIME ^ one[1:], (one[:-2] * _PRIME ^ one[2:]) * _PRIME
    codes = np.frombuffer(f" {folded} ".encode("utf-32-le"), np.uint32)
    run = codes[: max(0, len(codes) - _GRAM + 1)]
    for n in range(1, _GRAM):
        run = run * _PRIME + codes[n : n + len(run)]
    return OrderFeatures(_places(np.concatenate([one, beside, over_one])), _places(run))


def _places(hashes: NDArray[np.uint32]) -> NDArray[np.intp]:
    return np.asarray((hashes * _GOLDEN) >> np.uint32(32 - BITS), np.intp)


def feature_weights(found: OrderFeatures) -> tuple[float, float]:
    """Returns what one of the words and one of the runs of letters counts: long texts do not count more."""
    return 2 / (len(found.words) + _SMOOTH) ** 0.5, 1 / (len(found.letters) + _SMOOTH) ** 0.5


@dataclass(frozen=True, slots=True)
class InjectionHead:
    """The trained weights. Above 0 a text is taken for an order; above `doubted` what it means is looked at, too.

    `meaning`: weights of a sentence's vector by the embedding model `model`, which are added to the score.
    """

    weights: NDArray[np.float32]
    bias: float
    doubted: float
    meaning: NDArray[np.float32]
    meaning_bias: float
    model: str

    def score(self, text: str) -> float:
        """How much a text speaks to a machine, by its words and letters."""
        found = order_features(text)
        word, letter = feature_weights(found)
        told = word * self.weights[found.words].sum() + letter * self.weights[found.letters].sum()
        return float(told) + self.bias

    def scores_with_meaning(self, scores: Sequence[float], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """How much texts speak to a machine, by their scores and their vectors."""
        return np.asarray(np.array(scores) + vectors @ self.meaning + self.meaning_bias, np.float32)


@cache
def load_head() -> InjectionHead:
    """Returns the head that comes with Telal."""
    with files("rag.answer").joinpath(HEAD_FILE).open("rb") as file, np.load(file) as held:
        return InjectionHead(
            held["weights"].astype(np.float32) * held["scale"],
            float(held["bias"]),
            float(held["doubted"]),
            held["meaning"],
            float(held["meaning_bias"]),
            str(held["model"]),
        )


def is_injection(sentence: str) -> bool:
    """Tells whether a sentence speaks to a machine, in any language of the region, plain or in disguise."""
    return _score(sentence) > 0


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """A text that is taken for an order: its passage is not sent to a model. `quoted`: it may be quoted all the same,
    for only together with its meaning it looks like one."""

    passage_id: str
    text: str
    quoted: bool


def find_orders(passages: Sequence[Passage], vectors_of: VectorsOf | None = None) -> list[FoundOrder]:
    """Returns the sentences, headlines and outlets' names that speak to a machine.

    `vectors_of`: of sentences, by the embedding model that the head was trained with; what the words leave in doubt,
    one sentence in a hundred, is judged by its meaning too, unless its passage carries an order anyway.
    """
    head = load_head()
    scored = [(p.id, text, _score(text)) for p in passages for text in _texts(p)]
    found = [FoundOrder(name, text, quoted=False) for name, text, score in scored if score > 0]
    carriers = {one.passage_id for one in found}
    doubtful = [one for one in scored if one[2] > head.doubted and one[0] not in carriers]
    if vectors_of is not None and doubtful:
        vectors = vectors_of([text[:MOST_MEANT] for _, text, _ in doubtful])
        told = head.scores_with_meaning([score for *_, score in doubtful], vectors)
        judged = zip(doubtful, told, strict=True)
        found += [FoundOrder(name, text, quoted=True) for (name, text, _), score in judged if score > 0]
    return found


def order_carriers(passages: Sequence[Passage], vectors_of: VectorsOf | None = None) -> frozenset[str]:
    """Returns the ids of passages in which something speaks to a machine, as `find_orders` finds it."""
    return frozenset(one.passage_id for one in find_orders(passages, vectors_of))


def _texts(p: Passage) -> Iterator[str]:
    yield from (p.title, p.outlet)
    yield from (p.text[s.start : s.end] for s in split_sentences(p.text, p.language))


@lru_cache(maxsize=4096)
def _score(sentence: str) -> float:
    """Returns how much a sentence speaks to a machine, plain or decoded."""
    if _BACKWARDS.search(sentence) or (decoded := _decoded(sentence)) is None:
        return float("inf")
    return max(load_head().score(text) for text in (sentence, *decoded))


def _decoded(sentence: str) -> list[str] | None:
    """Returns what a sentence says to who decodes it; None for base64 that is text: no news is written so."""
    for found in _BASE64.finditer(sentence):
        if _is_text(found.group()):
            return None
    hidden = ["".join(chr(ord(c) - _TAG_BASE) for c in tags) for tags in _TAGS.findall(sentence)]
    plain = _SPACED.sub(lambda m: m.group()[::2], html.unescape(sentence))
    return hidden if plain == sentence else [*hidden, plain]


def _is_text(code: str) -> bool:
    standard = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return sum(c.isalpha() or c.isspace() for c in text) > _READABLE * len(text)
