"""Embeds every article with another model, in the archive itself or into a new directory. Can be interrupted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.chunk import embedded_text
from ingest.pipeline import IngestReport, Pipeline, RunCallbacks, identity
from rag.config import ArchiveSettings, Settings
from rag.errors import BadInput
from rag.models.embed import Embedder, load_embedder
from rag.store.archive.archive import Archive
from rag.types import ArticleStatus

_PAGE = 200
_BATCH = 32  # revisions embedded at once: what a kill costs
_FOLDER = "reindex"  # beside the archive, until all vectors are exchanged


def reindex_in_place(settings: Settings, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Embeds every revision with the model of the settings, then replaces all vectors at once. Returns how many.

    Meanwhile the archive can be served and written to, with its former model. An interrupted run is resumed. Raises
    BadInput when the new model needs other passages, which takes a new directory.
    """
    embedder = load_embedder(settings.embedding)
    made_by = identity(settings, embedder)
    with Archive.open(settings) as archive:
        held = archive.identity
        if held is None or held == made_by:
            return 0
        if (held.dimension, held.chunking) != (made_by.dimension, made_by.chunking):
            raise BadInput(
                f"{made_by.model_id} has {made_by.dimension} dimensions and chunking {made_by.chunking}, the archive "
                f"{held.dimension} and {held.chunking}: its passages must be cut anew.",
                hint="Name a new data directory: telal reindex NEW_DIR.",
            )
        pending = PendingVectors(settings.data_dir / _FOLDER / made_by.model_id)
        missing = archive.embedded_changes() - pending.changes
        while True:
            _embed(archive, embedder, pending, sorted(missing), progress)
            missing = archive.exchange_vectors(held, made_by, pending.changes, pending.read)
            if not missing:
                break
        exchanged = len(pending.changes)
        pending.remove()
        return exchanged


def _embed(
    archive: Archive,
    embedder: Embedder,
    pending: PendingVectors,
    missing: list[int],
    progress: Callable[[int, int], None],
) -> None:
    done = len(pending.changes)
    for start in range(0, len(missing), _BATCH):
        some = missing[start : start + _BATCH]
        found = archive.passages_by_change(some)
        texts = [embedded_text(p) for change in found for p in found[change]]
        vectors = embedder.embed_passages(texts).astype(np.float16)
        ends = np.cumsum([len(found[change]) for change in found])
        parts = np.split(vectors, ends[:-1]) if found else []
        if found:
            pending.add(dict(zip(found, parts, strict=True)))
        progress(done + start + len(some), done + len(missing))


def reindex(settings: Settings, into: Path, callbacks: RunCallbacks) -> IngestReport:
    """Copies the current revision of every article, erased ones left out, into a new archive. Only reads the old one.

    Earlier revisions are not copied. The new archive is a SQLite file, which `telal archive copy` takes to PostgreSQL.
    Raises BadInput when `into` holds an archive already.
    """
    if into.resolve() == settings.data_dir.resolve() or (into / "archive.sqlite").exists():
        raise BadInput(f"{into} holds an archive already.", hint="Name a new directory.")
    embedder = load_embedder(settings.embedding)
    target = settings.model_copy(update={"data_dir": into, "archive": ArchiveSettings()})
    with (
        Archive.open(settings, read_only=True) as old,
        Archive.open(target, identity=identity(target, embedder)) as new,
    ):
        return Pipeline(new, embedder, target).run(_records(old), callbacks)


def _records(archive: Archive) -> Iterator[Mapping[str, Any]]:
    """Yields every article as a record that ingestion reads."""
    named = ("id", "title", "text", "outlet", "url", "language", "kind", "section", "authors")
    after: str | None = None
    while page := archive.articles(after=after, limit=_PAGE):
        for article in page:
            record: dict[str, Any] = {**article.extra, **{name: getattr(article, name) for name in named}}
            dates = {"published": article.published, "modified": article.modified}
            record |= {name: moment.isoformat() for name, moment in dates.items() if moment is not None}
            if article.status is not ArticleStatus.LIVE:
                record["status"] = article.status.value
            yield {name: value for name, value in record.items() if value is not None}
        after = page[-1].id


class PendingVectors:
    """Vectors by change number, in files of a directory that are each written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file_of: dict[int, Path] = {}
        for path in folder.glob("*.npz"):
            self._file_of |= dict.fromkeys(_load(path), path)
        self._open: tuple[Path, dict[int, NDArray[np.float16]]] | None = None

    @property
    def changes(self) -> set[int]:
        """The numbers of the changes whose vectors are here."""
        return set(self._file_of)

    def add(self, made: Mapping[int, NDArray[np.float16]]) -> None:
        """Writes the vectors (n, d) of some changes."""
        path = self._folder / f"{min(made)}-{max(made)}-{len(self._file_of)}.npz"
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **{str(change): vectors for change, vectors in made.items()})
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        self._file_of |= dict.fromkeys(made, path)

    def read(self, change: int) -> bytes:
        """Returns the vectors of a change as the archive stores them: float16, little-endian, one after the other."""
        path = self._file_of[change]
        if self._open is None or self._open[0] != path:
            self._open = (path, _load(path))
        return self._open[1][change].astype("<f2").tobytes()

    def remove(self) -> None:
        """Deletes the directory."""
        shutil.rmtree(self._folder)


def _load(path: Path) -> dict[int, NDArray[np.float16]]:
    with np.load(path) as held:
        return {int(name): held[name] for name in held.files}
