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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.text.script import fold
from rag.text.sentences import split_sentences
from rag.types import Passage

HEAD_FILE = "injection.npz"
_MOST_KNOWN = 16_384  # sentences that were looked at lately
_known: dict[str, float] = {}
MOST_MEANT = 400  # characters of a sentence whose meaning is looked at
TokensOf = Callable[[Sequence[str]], Sequence[NDArray[np.float32]]]
MEANT_WINDOWS = (6, 12, 24)  # tokens of the embedding model
MEANT_SMOOTH = 4  # so that a window of few tokens does not count each of them as much as a long one would
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
_TOKEN = re.compile(r"[^\W_]+|(?:[.,:;!?()\[\]{}<>\"/|=*#]| -+ )")  # words, and the borders of clauses
_BORDER = zlib.crc32(b"^")
WINDOWS = (6, 9, 14, 22, 36)  # tokens; no longer ones, in which an order is one clause of many
_AROUND = 2  # tokens around a window whose meaning is looked at
_STEM = 5  # letters of a word that count: endings change
_GRAM = 4  # letters
_SMOOTH = 2  # so that a text of three words does not weigh each of them as a tenth of a sentence would
_PRIME, _GOLDEN = np.uint32(0x01000193), np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True)
class OrderFeatures:
    """What is counted in texts that are laid end to end, as places in the table of weights.

    `words`: of each token itself, with the one before and with the one before that; `letters`: runs of letters, those
    of token i from `letter_starts[i]` to `letter_ends[i]`; the tokens of text j begin at `borders[j]`.
    """

    words: NDArray[np.intp]
    letters: NDArray[np.intp]
    letter_starts: NDArray[np.intp]
    letter_ends: NDArray[np.intp]
    borders: NDArray[np.intp]


def order_features(texts: Sequence[str]) -> OrderFeatures:
    """Returns the features of texts, whatever their script; hidden characters, marks and look-alikes do not matter."""
    stems, begins, ends, borders, laid, done = list[int](), list[int](), list[int](), [0], list[str](), 0
    for text in texts:
        folded = _folded(text)
        for stem, end in _tokens(folded):
            stems.append(stem)
            begins.append(done)
            ends.append(done + end)
        borders.append(len(stems))
        laid.append(folded)
        done += len(folded)
    one, starts = np.array(stems, np.uint32), np.array(borders[:-1], np.intp)
    before = _shifted(one, starts, _BORDER)
    over = _shifted(before, starts, _BORDER)
    words = np.empty((len(one), 3), np.uint32)
    words[:, 0], words[:, 1], words[:, 2] = one, before * _PRIME ^ one, (over * _PRIME ^ one) * _PRIME
    codes = np.frombuffer("".join(laid).encode("utf-32-le"), np.uint32)
    run = codes[: max(0, len(codes) - _GRAM + 1)]
    for n in range(1, _GRAM):
        run = run * _PRIME + codes[n : n + len(run)]
    # A run of letters belongs to the token that it ends in or right behind; none reaches over into another text.
    begun = np.minimum(np.array(begins, np.intp), len(run))
    letter_ends = np.minimum(np.maximum(np.array(ends, np.intp) + 2 - _GRAM, begun), len(run))
    letter_starts = _shifted(letter_ends, starts, letter_ends[starts])
    return OrderFeatures(_places(words), _places(run), letter_starts, letter_ends, np.array(borders, np.intp))


def _shifted(values: NDArray[Any], starts: NDArray[np.intp], first: Any) -> NDArray[Any]:
    """The value before each, and `first` where a text starts."""
    found = np.empty_like(values)
    found[1:] = values[:-1]
    found[starts] = first
    return found


def _folded(text: str) -> str:
    return f" {' '.join(fold(HIDDEN.sub('', text)).split())} "


def _tokens(folded: str) -> Iterator[tuple[int, int]]:
    """Yields words, by their first letters, and one token for the border of a clause; with the end of each."""
    yield _BORDER, 0
    bordered = True
    for found in _TOKEN.finditer(folded):
        word = found.group()
        if word[0].isalnum():
            yield _stem(word[:_STEM]), found.end()
            bordered = False
        elif not bordered:
            yield _BORDER, found.end()
            bordered = True


def window_text(text: str, first: int, last: int) -> str:
    """Returns the words of a text around a window of its tokens."""
    folded, words = _folded(text), HIDDEN.sub("", text).split()
    ends = [end for _, end in _tokens(folded)]
    start = folded.count(" ", 0, ends[max(0, first - _AROUND)])
    end = folded.count(" ", 0, ends[min(len(ends), last + _AROUND) - 1])
    return " ".join(words[max(0, start - 1) : max(end, 1)])


@lru_cache(maxsize=1 << 15)
def _stem(word: str) -> int:
    return zlib.crc32(word.encode())


def _places(hashes: NDArray[np.uint32]) -> NDArray[np.intp]:
    return np.asarray((hashes * _GOLDEN) >> np.uint32(32 - BITS), np.intp)


def feature_weights(
    words: NDArray[np.intp], letters: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns what one of so many words and one of so many runs of letters counts: long texts do not count more."""
    return 2 / (words + _SMOOTH) ** 0.5, 1 / (letters + _SMOOTH) ** 0.5


def best_windows(
    found: OrderFeatures, weights: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Returns for each text the highest score of its windows, and that window's first token and the one behind it."""
    words, letters = np.zeros(len(found.words) + 1), np.zeros(len(found.letters) + 1)
    np.cumsum(weights[found.words].sum(1, dtype=np.float64), out=words[1:])
    np.cumsum(weights[found.letters], out=letters[1:], dtype=np.float64)
    starts, lengths = np.arange(len(found.words)), np.diff(found.borders)
    ends = np.minimum(starts[:, None] + WINDOWS, np.repeat(found.borders[1:], lengths)[:, None])
    from_letter, to_letter = found.letter_starts[:, None], found.letter_ends[ends - 1]
    word, letter = feature_weights(3 * (ends - starts[:, None]), to_letter - from_letter)
    told = word * (words[ends] - words[:-1, None]) + letter * (letters[to_letter] - letters[from_letter])
    size = told.argmax(1)
    best = told[starts, size]
    highest = np.maximum.reduceat(best, found.borders[:-1])
    at = np.flatnonzero(best == np.repeat(highest, lengths))
    first = at[np.searchsorted(at, found.borders[:-1])]
    return highest, first, ends[first, size[first]]


@dataclass(frozen=True, slots=True)
class MeaningHead:
    """A network of one hidden layer over the vectors of tokens by the embedding model `model`. A text says as much as
    that of its windows that says most: the sum of its tokens over the square root of their number."""

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    out: NDArray[np.float32]
    bias: float
    model: str

    def scores(self, texts: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """How much texts speak to a machine, by the vectors of their tokens."""
        return np.array([self._score(text) for text in texts])

    def _score(self, text: NDArray[np.float32]) -> float:
        told = np.maximum(text @ self.hidden + self.hidden_bias, 0) @ self.out
        sums = np.concatenate([[0.0], np.cumsum(told, dtype=np.float64)])
        best = (
            float((sums[size:] - sums[:-size]).max()) / (size + MEANT_SMOOTH) ** 0.5
            for size in {*(size for size in MEANT_WINDOWS if size < len(text)), len(text)}
        )
        return float(max(best)) + self.bias


@dataclass(frozen=True, slots=True)
class InjectionHead:
    """The trained weights. Above 0 a text is taken for an order; above `doubted` what it means is looked at, too: what
    `meaning` tells is added to the score."""

    weights: NDArray[np.float32]
    bias: float
    doubted: float
    meaning: MeaningHead


@cache
def load_head() -> InjectionHead:
    """Returns the head that comes with Telal."""
    with files("rag.answer").joinpath(HEAD_FILE).open("rb") as file, np.load(file) as held:
        hidden, hidden_bias, out = (held[name].astype(np.float32) for name in ("hidden", "hidden_bias", "out"))
        return InjectionHead(
            held["weights"].astype(np.float32) * held["scale"],
            float(held["bias"]),
            float(held["doubted"]),
            MeaningHead(hidden, hidden_bias, out, float(held["meaning_bias"]), str(held["model"])),
        )


def is_injection(sentence: str) -> bool:
    """Tells whether a sentence speaks to a machine, in any language of the region, plain or in disguise."""
    score = _known.get(sentence)
    return (look_at([sentence])[0] if score is None else score) > 0


def look_at(sentences: Sequence[str]) -> list[float]:
    """Returns how much sentences speak to a machine. Many at once take a third of the time, and `is_injection` knows
    them then."""
    scores = {text: score for text in sentences if (score := _known.get(text)) is not None}
    new = [text for text in dict.fromkeys(sentences) if text not in scores]
    if new:
        scores.update(zip(new, (one.score for one in _scored(new)), strict=True))
        if len(_known) + len(new) > _MOST_KNOWN:
            _known.clear()
        _known.update((text, scores[text]) for text in new)
    return [scores[text] for text in sentences]


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """A text that is taken for an order: its passage is not sent to a model. `quoted`: it may be quoted all the same,
    for only together with its meaning it looks like one."""

    passage_id: str
    text: str
    quoted: bool


def find_orders(passages: Sequence[Passage], tokens_of: TokensOf | None = None) -> list[FoundOrder]:
    """Returns the sentences, headlines and outlets' names that speak to a machine.

    `tokens_of`: vectors of the tokens of texts, by the embedding model that the head was trained with; what the words
    leave in doubt, three sentences in a hundred, is judged by its meaning too, unless its passage carries an order.
    """
    head = load_head()
    texts = [(p.id, text) for p in passages for text in _texts(p)]
    scored = list(zip((name for name, _ in texts), _scored([text for _, text in texts]), strict=True))
    found = [FoundOrder(name, one.text, quoted=False) for name, one in scored if one.score > 0]
    carriers = {one.passage_id for one in found}
    doubtful = [(name, one) for name, one in scored if one.score > head.doubted and name not in carriers]
    if tokens_of is not None and doubtful:
        meant = head.meaning.scores(tokens_of([one.part() for _, one in doubtful]))
        judged = zip(doubtful, meant, strict=True)
        found += [FoundOrder(name, one.text, quoted=True) for (name, one), more in judged if one.score + more > 0]
    return found


def order_carriers(passages: Sequence[Passage], tokens_of: TokensOf | None = None) -> frozenset[str]:
    """Returns the ids of passages in which something speaks to a machine, as `find_orders` finds it."""
    return frozenset(one.passage_id for one in find_orders(passages, tokens_of))


def _texts(p: Passage) -> Iterator[str]:
    yield from (p.title, p.outlet)
    yield from (p.text[s.start : s.end] for s in split_sentences(p.text, p.language))


@dataclass(frozen=True, slots=True)
class _Scored:
    """What of a text speaks to a machine most, and how much."""

    score: float
    text: str
    first: int = 0
    last: int = 0

    def part(self) -> str:
        """The text; of a long one what is around its window."""
        whole = len(self.text) <= MOST_MEANT
        return self.text if whole else window_text(self.text, self.first, self.last)[:MOST_MEANT]


def _scored(sentences: Sequence[str]) -> list[_Scored]:
    """Tells how much sentences speak to a machine, plain or decoded."""
    head, texts, of = load_head(), list[str](), list[int]()
    found = [_Scored(float("-inf"), sentence) for sentence in sentences]
    for i, sentence in enumerate(sentences):
        if _BACKWARDS.search(sentence) or (decoded := _decoded(sentence)) is None:
            found[i] = _Scored(float("inf"), sentence)
        else:
            texts += (sentence, *decoded)
            of += [i] * (1 + len(decoded))
    if texts:
        features = order_features(texts)
        best = best_windows(features, head.weights)
        for i, text, score, first, last, start in zip(of, texts, *best, features.borders[:-1], strict=True):
            if score + head.bias > found[i].score:
                found[i] = _Scored(float(score) + head.bias, text, int(first - start), int(last - start))
    return found


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
