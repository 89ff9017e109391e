"""Latencies over stores that are kept: Telal in DIR/telal, the tutorial in DIR/reference, with the same passages."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.pipeline import identity
from rag.config import Settings, load_settings
from rag.engine import Engine
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive
from research.speed.cold import cold_starts
from research.speed.figures import SizeFigures
from research.speed.measure import benchmark_questions, fill, index, latencies
from research.speed.texts import PER_ARTICLE, Maker, embed_base

if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference


@dataclass(frozen=True, slots=True)
class Filling:
    """What a store is filled with: so many passages, some of them really embedded."""

    passages: int
    embedded: int = 600
    reference: bool = False  # fill the tutorial's store too


def kept(directories: Sequence[Path], *, questions: int, filling: Filling | None = None) -> list[SizeFigures]:
    """Fills the stores, if asked to, and measures each."""
    if filling:
        for directory in directories:
            _fill(filling, directory)
    return [_measure(directory, benchmark_questions(questions)) for directory in directories]


def _measure(directory: Path, questions: Sequence[str]) -> SizeFigures:
    settings = load_settings().model_copy(update={"data_dir": directory / "telal"})
    with _reference(settings, directory) as reference, Engine.open(settings) as engine:
        engine.indexes.refresh()
        engine.warm()
        passages = engine.archive.stats().passages
        figures = latencies(engine, reference, questions)
    figures += cold_starts(settings.data_dir, reference.directory if reference else None, questions[0])
    return SizeFigures(passages, figures)


def _fill(filling: Filling, directory: Path) -> None:
    settings = load_settings().model_copy(update={"data_dir": directory / "telal"})
    embedder, maker = load_embedder(settings.embedding), Maker()
    made = [maker.article(n) for n in range(filling.embedded // PER_ARTICLE)]
    base = embed_base(settings, embedder, made, None, other_articles=0)
    if filling.reference:
        (directory / "reference").mkdir(parents=True)
    with (
        _reference(settings, directory) as reference,
        Archive.open(settings, identity=identity(settings, embedder)) as archive,
    ):
        filled = fill(filling.passages, maker, base, archive, reference)
        took = index(archive, settings, embedder.dimension)
    sys.stdout.write(
        f"filled: {filled.ours.wall_s:.0f} s, the tutorial's {filled.theirs_s or 0:.0f} s; "
        f"indexed: {took.wall_s:.0f} s, {took.cpu_s:.0f} s of CPU\n"
    )


@contextmanager
def _reference(settings: Settings, directory: Path) -> Iterator[Reference | None]:
    """The tutorial's pipeline over its store, where one was made."""
    if not (directory / "reference").is_dir():
        yield None
        return
    from eval.targets.tutorial import Reference

    with Reference(settings.embedding, directory=directory / "reference") as reference:
        reference.embeddings.embed_query("warm")
        yield reference
