"""Measures ingestion, start, memory and latency beside the usual tutorial's pipeline, over stores filled alike."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from eval.core.cases import Suite
from eval.core.record import environment
from eval.datasets.load import load
from eval.run.index import Index, open_index
from eval.targets.tutorial import Text, day_of
from ingest.pipeline import identity
from rag.config import Settings
from rag.engine import Engine
from rag.models.embed import Embedder, load_embedder
from rag.question.prepare import prepare
from rag.store.archive.archive import Archive
from rag.store.database.records import Write
from rag.store.indexes import Indexes
from rag.text.gazetteer import warm_up
from rag.types import Filters
from research.speed.cold import ROUNDS, cold_starts
from research.speed.figures import Figure, Report, SizeFigures, Times, take_turns
from research.speed.texts import FILTERS, PER_ARTICLE, STEP_LENGTH, Base, Maker, SyntheticArticle, Vectors, embed_base

if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference

T = TypeVar("T")

BATCH = 250  # articles in one transaction, what ingestion writes at once when vectors come fast; the other stores too
READY_S = 1800.0  # for the indexes of a million passages


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of some work, and seconds of processor time in it, of all threads."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def __add__(self, other: Took) -> Took:
        return Took(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)

    @classmethod
    def of(cls, work: Callable[[], object]) -> Took:
        """What this work takes."""
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        work()
        return cls(time.perf_counter() - wall_s, time.process_time() - cpu_s)


@dataclass(frozen=True, slots=True)
class FillTimes:
    """How many passages both stores hold, and what this took; `theirs_s` None without the other."""

    passages: int
    ours: Took
    theirs_s: float | None

    def figures(self, *, indexing: Took) -> list[Figure]:
        """The archive's rate alone, and, to compare, with the indexes: the other store is nothing but an index."""
        theirs = self.passages / self.theirs_s if self.theirs_s else None
        whole = self.ours + indexing
        return [
            Figure("archive written, vectors given", "passages/s", self.passages / self.ours.wall_s, None, "higher"),
            Figure("written and indexed, vectors given", "passages/s", self.passages / whole.wall_s, theirs, "higher"),
            Figure("processor time of it, a passage", "us", whole.cpu_s * 1e6 / self.passages),
        ]


class Documents:
    """The tutorial's pipeline as something that takes in made articles."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def build(self, docs: Sequence[SyntheticArticle]) -> int:
        """Splits, embeds and stores; the number of chunks."""
        texts = [f"{m.article.title}\n{m.article.text}" for m in docs]
        return self._reference.build(_text(m, text) for m, text in zip(docs, texts, strict=True))


def fill(passages: int, maker: Maker, base: Base, archive: Archive, reference: Reference | None) -> FillTimes:
    """As many passages into the archive and, with the same vectors, into the other store."""
    rng = np.random.default_rng(7)
    ours, theirs, total = Took(), 0.0, 0
    for made in _batches(maker.articles(passages), BATCH):
        vectors = [base.perturb(m.article.language, len(m.passages), rng) for m in made]
        writes = [Write(m.article, m.passages, v) for m, v in zip(made, vectors, strict=True)]
        ours += Took.of(partial(archive.write, writes))
        total += sum(map(len, vectors))
        if reference is not None:
            theirs += _fill_other(reference, made, vectors)
    return FillTimes(total, ours, theirs if reference is not None else None)


def index(archive: Archive, settings: Settings, dimension: int) -> Took:
    """What it takes until every index that these settings ask for holds the whole archive, once the tables of names are
    loaded, as the modules of the other stores are."""
    warm_up()
    indexes = Indexes(archive, settings, dimension=dimension)

    def build() -> None:
        indexes.start()
        indexes.refresh()
        until = time.perf_counter() + READY_S
        while indexes.notices() or indexes.status().vector_store_state == "building":
            if time.perf_counter() > until:
                break
            time.sleep(0.02)

    try:
        return Took.of(build)
    finally:
        indexes.close()


def _fill_other(reference: Reference, batch: Sequence[SyntheticArticle], vectors: Sequence[Vectors]) -> float:
    texts = [_text(m, p.text) for m in batch for p in m.passages]
    started = time.perf_counter()
    reference.fill(texts, np.concatenate(vectors))
    return time.perf_counter() - started


def _text(made: SyntheticArticle, text: str) -> Text:
    return Text(made.article.id, text, made.article.language, day_of(made.article.published))


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch


if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference

SEARCH_LIMIT = 10  # passages that are asked for
WARM = 3  # questions before it counts


def latencies(engine: Engine, reference: Reference | None, questions: Sequence[str]) -> list[Figure]:
    """Of embedding the question, of search with each filter (embedding in it), of each way of searching alone, and of a
    whole answer."""
    figures = _embedding(engine, reference, questions)
    for name, filters in FILTERS.items():
        figures += _search(engine, reference, questions, filters).figures(f"search, {name}")
    figures += _ways(engine, questions)
    # The tutorial hands its passages to a language model; without one there is nothing to compare an answer with.
    take_turns(questions[:WARM], engine.ask)
    return figures + take_turns(questions, engine.ask).figures("answer with quotes")


def _embedding(engine: Engine, reference: Reference | None, questions: Sequence[str]) -> list[Figure]:
    other = reference.embeddings.embed_query if reference is not None else None
    take_turns(questions[:WARM], engine.embedder.embed_query, other)
    return take_turns(questions, engine.embedder.embed_query, other).figures("embedding a question")[:2]


def _ways(engine: Engine, questions: Sequence[str]) -> list[Figure]:
    """Of each way of searching alone, without a filter; in a search they are taken beside each other."""
    indexes, limit = engine.indexes, engine.settings.search.candidates
    vectors = {question: engine.embedder.embed_query(question) for question in questions}
    languages = {question: prepare(question).language for question in questions}
    ways: dict[str, Callable[[str], object]] = {
        "vectors": lambda q: indexes.dense(vectors[q], limit=limit, language=languages[q]),
        "words": lambda q: indexes.keyword(q, limit=limit),
        "names": lambda q: indexes.search_names(q, language=languages[q], limit=limit),
    }
    return [figure for name, way in ways.items() for figure in take_turns(questions, way).figures(f"{name} alone")[:2]]


def _search(engine: Engine, reference: Reference | None, questions: Sequence[str], filters: Filters) -> Times:
    def ours(question: str) -> object:
        return engine.search(question, filters=filters, limit=SEARCH_LIMIT)

    def theirs(question: str) -> object:
        assert reference is not None
        return reference.search(question, SEARCH_LIMIT, where(filters))

    other = theirs if reference is not None else None
    take_turns(questions[:WARM], ours, other)
    return take_turns(questions, ours, other)


def where(filters: Filters) -> dict[str, Any] | None:
    """The filter as one of Chroma's metadata; None when nothing is filtered."""
    rules: list[dict[str, Any]] = [{"language": language} for language in filters.languages]
    for operator, day in (("$gte", filters.published_from), ("$lte", filters.published_to)):
        if day is not None:
            rules.append({"day": {operator: day_of(day)}})
    return {"$and": rules} if len(rules) > 1 else (rules[0] if rules else None)


if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class How:
    """What is measured. `reference_articles`: how many the tutorial's pipeline embeds for its rate."""

    passages: tuple[int, ...]
    embedded: int = 1_000
    questions: int = 100
    reference: bool = True
    reference_articles: int = 50
    cold_rounds: int = ROUNDS
    command: str = ""


def measure(settings: Settings, how: How, *, tell: Tell = lambda line: None) -> Report:
    """Figures for each number of passages. Everything is made in temporary directories. Raises NotStarted."""
    embedder, maker = load_embedder(settings.embedding), Maker()
    questions = benchmark_questions(how.questions)
    tell(f"Embedding {how.embedded:,} passages")
    base = _base(settings, how, embedder, maker)
    sizes = []
    for passages in how.passages:
        tell(f"Measuring {passages:,} passages")
        sizes.append(_size(passages, settings, how, embedder, maker, base, questions, tell))
    about = environment(
        Suite("speed", (), ()), settings, seed=1, model_id=embedder.model_id, chunking=None, command=how.command
    )
    return Report(sizes, notes(how, base), about)


def benchmark_questions(count: int) -> list[str]:
    """Questions of our benchmark, evenly from all of it, so from all languages and categories."""
    cases = load("balkan").cases
    step = max(1, len(cases) // count)
    return [c.question for c in cases[::step]][:count]


def notes(how: How, base: Base) -> list[str]:
    """What has to be known to read the figures."""
    told = [
        f"Texts: sentences of the starter corpus shuffled within each language, numbers varied; {PER_ARTICLE} passages "
        "an article.",
        f"Vectors: {base.count:,} passages were really embedded; each stored vector is one of these with a random step "
        f"of length {STEP_LENGTH}, so neighbours are closer together than in a real archive. "
        "Both stores hold the same.",
        "Ingest with embedding is measured on really embedded articles, through each system's whole pipeline; "
        "writing with vectors given is measured apart. Telal writes its archive and then the indexes from it, the "
        "tutorial's pipeline one store with its index.",
        f"Search: {SEARCH_LIMIT} passages for each of {how.questions} questions of our benchmark, embedding the "
        f"question in it, after {WARM} to warm up, the systems in turns in one process. Telal searches vectors and "
        "words; the tutorial's pipeline vectors alone.",
        "Ratio: how many times better Telal is; under 1 it is worse. p50 is the median.",
        f"Start: median of {how.cold_rounds} starts of a process. Telal: `telal serve` to /readyz, then a whole answer "
        "with its quotes over HTTP. Tutorial: the store opened in Python, then one search: no server, no answer.",
    ]
    if how.reference:
        told.append(
            "Tutorial: LangChain's RecursiveCharacterTextSplitter (1,000 characters, 200 overlap), "
            "the same model in torch as HuggingFaceEmbeddings runs it, langchain_chroma.Chroma with its defaults. Its "
            f"rate with embedding is that of the first {_compared(how)} articles."
        )
    return told


def _compared(how: How) -> int:
    return min(how.reference_articles, max(1, how.embedded // PER_ARTICLE))


def _base(settings: Settings, how: How, embedder: Embedder, maker: Maker) -> Base:
    made = [maker.article(number) for number in range(max(1, how.embedded // PER_ARTICLE))]
    with _reference(settings, how) as reference:
        other = Documents(reference) if reference else None
        if reference is not None:
            reference.embeddings.embed_query("warm")
        return embed_base(settings, embedder, made, other, other_articles=_compared(how))


def _size(
    passages: int, settings: Settings, how: How, embedder: Embedder, maker: Maker, base: Base,
    questions: Sequence[str], tell: Tell,
) -> SizeFigures:  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="telal-speed-") as folder:
        own = settings.model_copy(update={"data_dir": Path(folder) / "telal"})
        figures = list(base.figures)
        with _reference(settings, how, Path(folder) / "reference") as reference:
            made_by = identity(own, embedder)
            with Archive.open(own, identity=made_by) as archive:
                filled = fill(passages, maker, base, archive, reference)
                tell("  stores filled")
                figures += filled.figures(indexing=index(archive, own, embedder.dimension))
            tell("  indexes built")
            with open_index(Index(own, made_by.model_id, made_by.chunking, (), True)) as engine:
                figures += latencies(engine, reference, questions)
            other = reference.directory if reference else None
        tell("  latencies measured")
        figures += cold_starts(own.data_dir, other, questions[0], rounds=how.cold_rounds)
        return SizeFigures(filled.passages, figures)


@contextmanager
def _reference(settings: Settings, how: How, directory: Path | None = None) -> Iterator[Reference | None]:
    if not how.reference:
        yield None
        return
    from eval.targets.tutorial import Reference  # raises NotInstalled where its dependencies are missing

    with Reference(settings.embedding, directory=directory) as reference:
        yield reference
