"""What each rule and feature of answering is worth: a run with all of them, and one without each, paired."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.cases import Suite
from eval.compare import Difference, compare
from eval.index import Index, build, opened
from eval.measure import Bars, How, ask, quiet
from eval.record import CaseRecord, RunRecord
from eval.targets.local import LocalTarget
from rag.answer.reading import Readings, Reads
from rag.answer.rules import RULES
from rag.config import Settings
from rag.engine import Engine
from rag.errors import BadInput
from rag.models.embed import Embedder
from rag.types import Passage
from rag.wiring import reader_of

ALL = "all"
COLUMNS = ("answer_hit@1", "shown_hit@1", "wrong_answers", "short_precision", "refusal_precision", "refusal_recall")


@dataclass(frozen=True, slots=True)
class Worth:
    """One rule: in how many cases something else is shown without it, and the figures, a without it, b with it."""

    rule: str
    changed: int
    differences: tuple[Difference, ...]
    with_it: RunRecord
    without_it: RunRecord


def chosen(rule: str) -> tuple[str, ...]:
    """The rules that a name stands for: one, all, or all whose name begins with it. Raises BadInput."""
    found = tuple(r for r in RULES if rule in (ALL, r)) or tuple(r for r in RULES if r.startswith(f"{rule}_"))
    if not found:
        raise BadInput(f"There is no rule {rule!r}.", hint=f"One of: {ALL}, {', '.join(RULES)}.")
    return found


def ablate(suite: Suite, rules: Sequence[str], settings: Settings, how: How, bars: Bars = quiet) -> Iterator[Worth]:
    """The worth of each rule on the suite (already narrowed), as each is measured.

    What does not hang on a rule is computed once: vectors of texts, and what the reader says of passages.
    """
    with bars("Indexing", len(suite.documents)) as bar:
        index = build(suite, settings, progress=bar.done)
    with _ready(index) as variant:
        whole = _run(suite, index, variant(frozenset()), how, bars)
        for rule in rules:
            yield worth(rule, whole, _run(suite, index, variant(frozenset({rule})), how, bars))


def worth(rule: str, with_it: RunRecord, without_it: RunRecord) -> Worth:
    """The worth of a rule from two runs over the same cases."""
    changed = sum(_told(a) != _told(b) for a, b in zip(with_it.per_case, without_it.per_case, strict=True))
    differences = compare(without_it, with_it, only=COLUMNS).differences if changed else ()
    return Worth(rule, changed, differences, with_it, without_it)


def _told(case: CaseRecord) -> tuple[object, ...]:
    return case.status, [s["text"] for s in case.sentences], [s["text"] for s in case.short or ()]


@contextmanager
def _ready(index: Index) -> Iterator[Callable[[frozenset[str]], Engine]]:
    """Makes engines over one store that differ in the rules they are without."""
    with opened(index) as engine:
        embedder = _Embedder(engine.embedder)
        answer = index.settings.answer
        reads = _Reads(reader_of(index.settings, engine.embedder)) if answer.reader else None

        def variant(without: frozenset[str]) -> Engine:
            own = answer.model_copy(update={"without": answer.without | without})
            settings = index.settings.model_copy(update={"answer": own})
            return Engine(engine.archive, engine.indexes, embedder, settings, reads=reads)

        yield variant


def _run(suite: Suite, index: Index, engine: Engine, how: How, bars: Bars) -> RunRecord:
    name = "local" + "".join(f", without {rule}" for rule in sorted(engine.settings.answer.without))
    return ask(suite, LocalTarget(engine, name), engine.settings, replace(how, out=None), index=index, bars=bars)


class _Embedder:
    """An embedder that remembers every vector."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._queries: dict[str, NDArray[np.float32]] = {}
        self._texts: dict[str, NDArray[np.float32]] = {}

    @property
    def model_id(self) -> str:
        return self._inner.model_id

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    @property
    def max_tokens(self) -> int:
        return self._inner.max_tokens

    def embed_query(self, text: str) -> NDArray[np.float32]:
        if text not in self._queries:
            self._queries[text] = self._inner.embed_query(text)
        return self._queries[text]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [t for t in dict.fromkeys(texts) if t not in self._texts]
        if new:
            self._texts.update(zip(new, self._inner.embed_passages(new), strict=True))
        return np.stack([self._texts[t] for t in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._inner.count_tokens(texts)


class _Reads:
    """A reader that remembers what it said."""

    def __init__(self, inner: Reads) -> None:
        self._inner = inner
        self._known: dict[tuple[object, ...], Readings] = {}

    def __call__(self, question: str, best: Sequence[tuple[Passage, int]], language: str) -> Readings:
        key = (question, language, *((passage.id, start) for passage, start in best))
        if key not in self._known:
            self._known[key] = self._inner(question, best, language)
        return self._known[key]
