"""Opens the pipeline for the commands of ingestion, and updates the indexes after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from ingest.pipeline import Pipeline, identity
from rag.config import Settings
from rag.engine import embedding_of
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

_err = Console(stderr=True)


@contextmanager
def open_pipeline(settings: Settings) -> Iterator[Pipeline]:
    """Opens a pipeline into the archive of the settings, which is created if it does not exist."""
    embedder = load_embedder(embedding_of(settings), progress=lambda line: _err.print(line, highlight=False))
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        yield Pipeline(archive, embedder, settings)


def refresh_indexes(settings: Settings) -> None:
    """Updates the indexes, so that the next question need not wait for it. A running server does so by itself."""
    with Archive.open(settings) as archive:
        held = archive.identity
        if held is None:  # nothing was ever stored
            return
        indexes = Indexes(archive, settings, dimension=held.dimension)
        try:
            indexes.start()
            indexes.refresh()
        finally:
            indexes.close()
