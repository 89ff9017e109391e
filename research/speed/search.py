"""Search over stores that are kept: Telal in DIR/telal, the usual tutorial in DIR/reference, with the same passages."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.datasets.load import load
from eval.targets.tutorial import Text, day_of
from ingest.pipeline import identity
from rag.config import Settings, load_settings
from rag.engine import Engine
from rag.models.embed import load_embedder
from rag.question.prepare import prepare
from rag.store.archive.archive import Archive
from rag.store.database.records import Write
from rag.store.indexes import Indexes
from rag.text.gazetteer import warm_up
from rag.types import Filters
from research.speed.cold import cold_starts
from research.speed.figures import Figure, SizeFigures, take_turns
from research.speed.texts import FILTERS, PER_ARTICLE, Base, Maker, embed_base

if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference

BATCH = 250  # articles in one transaction, what ingestion writes at once when vectors come fast; the other stores too
READY_S = 1800.0  # for the indexes of a million passages
SEARCH_LIMIT = 10  # passages that are asked for
WARM = 3  # questions before it counts


def fill(directory: Path, passages: int, *, embedded: int, beside: bool) -> Iterator[str]:
    """Fills DIR/telal, and DIR/reference with the same vectors if asked to; says how long each took."""
    settings = load_settings(data_dir=directory / "telal")
    embedder, maker = load_embedder(settings.embedding), Maker()
    base = embed_base(settings, embedder, [maker.article(n) for n in range(embedded // PER_ARTICLE)])
    if beside:
        (directory / "reference").mkdir(parents=True)
    with (
        _reference(settings, directory) as reference,
        Archive.open(settings, identity=identity(settings, embedder)) as archive,
    ):
        ours_s, theirs_s = write(passages, maker, base, archive, reference)
        yield f"filled: {ours_s:.0f} s, the tutorial's {theirs_s:.0f} s"
        begun, cpu_s = time.perf_counter(), time.process_time()
        index(archive, settings, embedder.dimension)
        yield f"indexed: {time.perf_counter() - begun:.0f} s, {time.process_time() - cpu_s:.0f} s of CPU"


def measure(directory: Path, questions: Sequence[str]) -> SizeFigures:
    """Latencies of both over one folder, then their starts and memory."""
    settings = load_settings(data_dir=directory / "telal")
    with _reference(settings, directory) as reference, Engine.open(settings) as engine:
        engine.indexes.refresh()
        engine.warm()
        passages = engine.archive.stats().passages
        figures = latencies(engine, reference, questions)
    figures += cold_starts(settings.data_dir, reference.directory if reference else None, questions[0])
    return SizeFigures(passages, figures)


def write(
    passages: int, maker: Maker, base: Base, archive: Archive, reference: Reference | None
) -> tuple[float, float]:
    """Writes passages to the archive and, with the same vectors, to the other store; returns the seconds of each."""
    rng = np.random.default_rng(7)
    ours_s = theirs_s = 0.0
    articles = maker.articles(passages)
    while made := list(islice(articles, BATCH)):
        vectors = [base.perturb(m.article.language, len(m.passages), rng) for m in made]
        begun = time.perf_counter()
        archive.write([Write(m.article, m.passages, v) for m, v in zip(made, vectors, strict=True)])
        ours_s += time.perf_counter() - begun
        if reference is not None:
            texts = [
                Text(m.article.id, p.text, m.article.language, day_of(m.article.published))
                for m in made
                for p in m.passages
            ]
            begun = time.perf_counter()
            reference.fill(texts, np.concatenate(vectors))
            theirs_s += time.perf_counter() - begun
    return ours_s, theirs_s


def index(archive: Archive, settings: Settings, dimension: int) -> None:
    """Waits until every index that these settings ask for holds the whole archive."""
    warm_up()  # the tables of names, as the modules of the other store are loaded
    indexes = Indexes(archive, settings, dimension=dimension)
    until = time.perf_counter() + READY_S
    try:
        indexes.start()
        indexes.refresh()
        while indexes.notices() or indexes.status().vector_store_state == "building":
            if time.perf_counter() > until:
                break
            time.sleep(0.02)
    finally:
        indexes.close()


def latencies(engine: Engine, reference: Reference | None, questions: Sequence[str]) -> list[Figure]:
    """Times embedding the question, search with each filter (embedding in it), each way of searching alone, and a whole
    answer.

    The tutorial hands its passages to a language model; without one there is nothing to compare an answer with.
    """
    indexes, limit = engine.indexes, engine.settings.search.candidates
    other = reference.embeddings.embed_query if reference is not None else None
    figures = _timed("embedding a question", questions, engine.embedder.embed_query, other)
    for name, filters in FILTERS.items():
        ours, theirs = _search(engine, reference, filters)
        figures += _timed(f"search, {name}", questions, ours, theirs)
    vectors = {question: engine.embedder.embed_query(question) for question in questions}
    languages = {question: prepare(question).language for question in questions}
    ways: dict[str, Callable[[str], object]] = {
        "vectors alone": lambda q: indexes.dense(vectors[q], limit=limit, language=languages[q]),
        "words alone": lambda q: indexes.keyword(q, limit=limit),
        "names alone": lambda q: indexes.search_names(q, language=languages[q], limit=limit),
        "answer with quotes": engine.ask,
    }
    return figures + [figure for name, way in ways.items() for figure in _timed(name, questions, way, None)]


def _timed(
    name: str,
    questions: Sequence[str],
    ours: Callable[[str], object],
    theirs: Callable[[str], object] | None,
) -> list[Figure]:
    take_turns(questions[:WARM], ours, theirs)
    return take_turns(questions, ours, theirs).figures(name)


def _search(
    engine: Engine, reference: Reference | None, filters: Filters
) -> tuple[Callable[[str], object], Callable[[str], object] | None]:
    def ours(question: str) -> object:
        return engine.search(question, filters=filters, limit=SEARCH_LIMIT)

    if reference is None:
        return ours, None
    return ours, lambda question: reference.search(question, SEARCH_LIMIT, where(filters))


def where(filters: Filters) -> dict[str, Any] | None:
    """The filter as one of Chroma's metadata; None when nothing is filtered."""
    rules: list[dict[str, Any]] = [{"language": language} for language in filters.languages]
    for operator, day in (("$gte", filters.published_from), ("$lte", filters.published_to)):
        if day is not None:
            rules.append({"day": {operator: day_of(day)}})
    return {"$and": rules} if len(rules) > 1 else (rules[0] if rules else None)


def benchmark_questions(count: int = sys.maxsize) -> list[str]:
    """Questions of our benchmark, evenly from all of it, so from all languages and categories."""
    cases = load("balkan").cases
    step = max(1, len(cases) // count)
    return [c.question for c in cases[::step]][:count]


@contextmanager
def _reference(settings: Settings, directory: Path) -> Iterator[Reference | None]:
    """The tutorial's pipeline over its store, where one was made."""
    if not (directory / "reference").is_dir():
        yield None
        return
    from eval.targets.tutorial import Reference  # raises NotInstalled where its dependencies are missing

    with Reference(settings.embedding, directory=directory / "reference") as reference:
        reference.embeddings.embed_query("warm")
        yield reference
