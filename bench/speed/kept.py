"""`python -m bench.speed.kept DIR...`: the latencies of `telal eval speed` over stores that are kept for another time.

`--make N` first fills them with N passages: Telal's archive in DIR/telal and, with `--reference`, the tutorial's store
in DIR/reference, with the same passages and vectors.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.speed.cold import cold_starts
from bench.speed.figures import Figure, SizeFigures, number
from bench.speed.measure import benchmark_questions, fill, index, latencies
from bench.speed.texts import PER_ARTICLE, Maker, embed_base
from bench.speed.write import picture
from ingest.pipeline import identity
from rag.config import Settings, load_settings
from rag.engine import Engine
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive

if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference


def main() -> None:
    """Fills, if asked to, and prints the figures: name, unit, Telal, the tutorial's pipeline, ratio."""
    parser = argparse.ArgumentParser(description="Latencies over stores that are kept.")
    parser.add_argument("directories", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--make", type=int, metavar="N", help="fill the stores with so many passages first")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the medians against the passages")
    parser.add_argument("--embedded", type=int, default=600, help="passages that are really embedded")
    parser.add_argument("--reference", action="store_true", help="fill the tutorial's store too")
    parser.add_argument("--questions", type=int, default=40)
    asked = parser.parse_args()
    found = []
    for directory in asked.directories:
        if asked.make:
            _make(asked, directory)
        found.append(_measured(directory, benchmark_questions(asked.questions)))
        sys.stdout.write(f"{found[-1].passages:,} passages\n")
        sys.stdout.writelines(f"{_line(figure)}\n" for figure in found[-1].figures)
    if asked.picture:
        asked.picture.write_text(picture(found), encoding="utf-8")


def _measured(directory: Path, questions: Sequence[str]) -> SizeFigures:
    settings = load_settings().model_copy(update={"data_dir": directory / "telal"})
    with _reference(settings, directory) as reference, Engine.open(settings) as engine:
        engine.indexes.refresh()
        engine.warm()
        passages = engine.archive.stats().passages
        figures = latencies(engine, reference, questions)
    figures += cold_starts(settings.data_dir, reference.directory if reference else None, questions[0])
    return SizeFigures(passages, figures)


def _make(asked: argparse.Namespace, directory: Path) -> None:
    settings = load_settings().model_copy(update={"data_dir": directory / "telal"})
    embedder, maker = load_embedder(settings.embedding), Maker()
    made = [maker.article(n) for n in range(asked.embedded // PER_ARTICLE)]
    base = embed_base(settings, embedder, made, None, other_articles=0)
    if asked.reference:
        (directory / "reference").mkdir(parents=True)
    with (
        _reference(settings, directory) as reference,
        Archive.open(settings, identity=identity(settings, embedder)) as archive,
    ):
        filled = fill(asked.make, maker, base, archive, reference)
        started = time.process_time()
        wall = index(archive, settings, embedder.dimension)
    sys.stdout.write(
        f"filled: {filled.ours_s:.0f} s, the tutorial's {filled.theirs_s or 0:.0f} s; "
        f"indexed: {wall:.0f} s, {time.process_time() - started:.0f} s of CPU\n"
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


def _line(figure: Figure) -> str:
    return "\t".join([figure.name, figure.unit, *map(number, (figure.telal, figure.reference, figure.ratio))])


if __name__ == "__main__":
    main()
