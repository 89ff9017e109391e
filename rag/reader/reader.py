"""The reader: what of a text answers a question, and how far the text settles it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken
from rag.models.embed import encodable
from rag.models.files import OURS, TOKENIZER_FILE, open_words, prepare_model
from rag.models.session import cores
from rag.models.word_vectors import WordVectors
from rag.reader.tokens import END, NOWHERE, QUESTION_TOKENS, Layout, Tokens, lay_out, locate, windows
from rag.reader.verify import CONTRADICTED, HOLDS, PremiseCheck, Verifier, verifier_features
from rag.reader.weights import FOLDER, Graph, TokenScores, Weights, find_weights
from rag.text.sentences import Span

ROOM = 320  # tokens of a text that are read at once; question, head and frame add up to 177 more
LONGEST = 20_000  # characters of a text that are read (2 s); sentences beyond score as not read
UNREAD = -30.0  # log odds of a sentence that has no token: white space, or beyond LONGEST


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """The likeliest short answer of a sentence: [start, end) in a text, the log odds that there is one, and this one,
    and the verifier's log odds that it is right; even odds where a reader has none. `apart`: how far its log odds are
    above those of other words of the sentence. `holds`, `contradicted`: log odds that the sentence bears out what the
    question takes for granted, and that it says otherwise.
    """

    start: int
    end: int
    score: float
    verdict: float = 0.0
    apart: float = 0.0
    holds: float = 0.0
    contradicted: float = UNREAD


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a text for a question gave.

    `sentences`: log odds of each given sentence against "not here", higher is better; comparable between texts read for
    one question. `answers`: the likeliest short answer in each, likely or not (None for a sentence that was not read).
    `stated`: log odds that the text settles the question, by the head that was trained on near misses.
    """

    sentences: tuple[float, ...]
    answers: tuple[AnswerSpan | None, ...]
    stated: float = UNREAD


class Reader:
    """Reads question and text together. May be called from several threads at once.

    `load_reader` makes one. About 25 ms a passage of 220 tokens.
    """

    short_answers = True

    def __init__(
        self, weights: Weights, graph: Graph, words: WordVectors, tokenizer: Tokenizer, *, threads: int = 1
    ) -> None:
        self._weights, self._graph, self._words, self._tokenizer = weights, graph, words, tokenizer
        self._verifier, self._premise = Verifier(weights.verifier), PremiseCheck(weights.premise)
        pool = ThreadPoolExecutor(threads, thread_name_prefix="telal-reader") if threads > 1 else None
        self._map = pool.map if pool else map

    def read_each(self, question: str, texts: Iterable[tuple[str, Sequence[Span]]]) -> list[Reading]:
        """Reads texts with their sentences for one question, as many at once as there are threads."""
        return list(self._map(lambda text: self.read(question, *text), texts))

    def read(self, question: str, text: str, sentences: Sequence[Span]) -> Reading:
        """Reads `text` for `question`; `sentences` lie in it in order and do not overlap.

        What stands before the first of them, a headline, is seen beside every window and scored as no sentence. Any
        length is read, in windows of whole sentences as far as they fit.
        """
        if not sentences or not question.strip():
            return Reading((UNREAD,) * len(sentences), (None,) * len(sentences))
        asked = self.encode(question[: 40 * QUESTION_TOKENS])[0]
        ids, places = self.encode(text[:LONGEST])
        tokens = locate(ids, places, sentences)
        whole = joined([self._window(asked, tokens, chosen) for chosen in windows(tokens, ROOM)])
        numbers = range(len(sentences))
        return Reading(
            tuple(whole.margins.get(i, UNREAD) for i in numbers),
            tuple(_placed(whole.answers.get(i), tokens, text) for i in numbers),
            whole.stated if whole.margins else UNREAD,
        )

    def _window(self, asked: Sequence[int], tokens: Tokens, chosen: Sequence[int]) -> WindowScores:
        layout = lay_out(asked, tokens, chosen)
        return score(self.states(layout), layout, self._verifier, self._premise, span_weight=self._weights.span_weight)

    def states(self, layout: Layout) -> TokenScores:
        """What the graph makes of a question and a text laid out as tokens."""
        return self._graph(self._words(np.asarray(layout.ids, np.int64)))

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of a text's tokens and their places in it."""
        encoding = self._tokenizer.encode(encodable([text])[0], add_special_tokens=False)
        return encoding.ids, encoding.offsets


def load_reader(settings: EmbeddingSettings, *, tokenizer: Tokenizer | None = None, folder: Path = FOLDER) -> Reader:
    """The shipped reader, or the one in `folder`, beside the packaged embedding model, which is made ready first.

    `tokenizer` is that model's, where it is open already: a second one would take 100 MB. The threads are those of the
    embedding model. Raises ModelMissing, ModelBroken.
    """
    weights = find_weights(folder)
    ours = settings.model if settings.model in OURS else OURS[0]  # all of ours have the same words
    model = prepare_model(settings.model_copy(update={"model": ours}))
    words, graph = open_words(model), Graph(weights.graph)
    graph.check(words.dimension)
    return Reader(
        weights,
        graph,
        words,
        tokenizer or _open_tokenizer(model.path / TOKENIZER_FILE),
        threads=settings.threads or cores(),
    )


def _open_tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # `tokenizers` raises bare Exception
        raise ModelBroken(f"{path} cannot be read: {error}.", hint="`telal doctor --repair` makes it anew.") from error


def _placed(marked: AnswerSpan | None, tokens: Tokens, text: str) -> AnswerSpan | None:
    """The place in the text of an answer that is given in tokens, without the spaces that these begin with."""
    if marked is None:
        return None
    start, end = tokens.places[marked.start][0], tokens.places[marked.end - 1][1]
    bare = text[start:end]
    start += len(bare) - len(bare.lstrip())
    return replace(marked, start=start, end=start + len(bare.strip()))


LONGEST_ANSWER = 24  # tokens
NO_OTHER = -24.0  # log odds of other words where a sentence has none


@dataclass(frozen=True, slots=True)
class WindowScores:
    """One window: log odds of each sentence against "not here", its likeliest answer in numbers of tokens, and how far
    all is stated."""

    margins: dict[int, float]
    answers: dict[int, AnswerSpan]
    stated: float


def score(
    raw: TokenScores, layout: Layout, verify: Verifier, check: PremiseCheck, *, span_weight: float
) -> WindowScores:
    """A sentence's margin: the mean over its tokens, less "absent", plus the weighted evidence of a span in it.

    That evidence is how likely the answer begins and ends in the sentence against there being none (place 0).
    """
    numbers = np.asarray(layout.sentences)
    question = slice(1, layout.ids.index(END, 1))
    margins, spans, features = {}, {}, []
    for number in sorted(set(layout.sentences) - {NOWHERE}):
        at = np.flatnonzero(numbers == number)
        start, end = raw.start[at] - raw.start[0], raw.end[at] - raw.end[0]
        evidence = 0.5 * (_log_sum(start) + _log_sum(end))
        margins[number] = float(raw.sentence[at].mean()) - raw.absent + span_weight * evidence
        first, last, log_odds = _best_span(start, end)
        beside = [part for part in (slice(first), slice(last + 1, None)) if len(start[part])]
        next_best = max((_best_span(start[part], end[part])[2] for part in beside), default=NO_OTHER)
        spans[number] = AnswerSpan(
            layout.origins[at[first]], layout.origins[at[last]] + 1, log_odds, apart=log_odds - next_best
        )
        features.append(verifier_features(raw.states, question, at, slice(at[first], at[last] + 1)))
    verdicts = verify(np.stack(features))
    members = np.stack([numbers == number for number in spans]).astype(np.float32)
    premises = check(raw.states, question, members).tolist()
    answers = {
        n: replace(s, verdict=v, holds=p[HOLDS], contradicted=p[CONTRADICTED])
        for (n, s), v, p in zip(spans.items(), verdicts, premises, strict=True)
    }
    return WindowScores(margins, answers, raw.stated)


def _best_span(start: NDArray[np.float32], end: NDArray[np.float32]) -> tuple[int, int, float]:
    """The pair of a start and an end not before it, nor too far behind, whose scores add up to most, and their sum."""
    both = start[:, None] + end[None, :]
    allowed = np.triu(np.ones_like(both, bool)) & ~np.triu(np.ones_like(both, bool), LONGEST_ANSWER)
    first, last = divmod(int(np.where(allowed, both, -np.inf).argmax()), len(end))
    return first, last, float(both[first, last])


def joined(windows: Sequence[WindowScores]) -> WindowScores:
    """Several windows of one text: each sentence's best margin, with the answer of that window."""
    margins: dict[int, float] = {}
    answers: dict[int, AnswerSpan] = {}
    for window in windows:
        for number, margin in window.margins.items():
            if margin > margins.get(number, -math.inf):
                margins[number], answers[number] = margin, window.answers[number]
    return WindowScores(margins, answers, max((w.stated for w in windows), default=-math.inf))


def _log_sum(values: NDArray[np.float32]) -> float:
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum()))
