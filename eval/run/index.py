"""Indexes a suite's documents in a store of their own, cached by all that shaped it. Vectors are computed once."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.core.cases import Suite
from ingest.pipeline import IngestReport, Pipeline, RunCallbacks, identity
from rag.config import Settings
from rag.engine import Engine
from rag.errors import ArchiveBroken, ArchiveTooNew
from rag.models.embed import Embedder, load_embedder
from rag.models.files import cache_dir
from rag.store.archive.archive import Archive
from rag.store.database.schema import SCHEMA_VERSION

# So many passages are asked for, so that recall@10 by article is full although an article gives at most two;
# answers read the same first ones as ever (TELAL_ANSWER__PASSAGES).
RANKING = 20
INDEX_RECORD = "eval-index.json"
READY_S = 300.0  # 300,000 passages take the keyword index some ten seconds, Chroma three minutes


@dataclass(frozen=True, slots=True)
class Index:
    """A store that is whole: its settings, and what was not taken in."""

    settings: Settings
    model_id: str
    chunking: str
    rejected: tuple[str, ...]  # "file:line: reason", without the folder, of each document that ingestion refused
    built: bool  # in this call, not found in the cache


def build(suite: Suite, settings: Settings, *, progress: Callable[[int], None] = lambda done: None) -> Index:
    """The suite's store, from the cache when it is there. A build that was interrupted goes on where it was."""
    embedder = load_embedder(settings.embedding)
    made_by = identity(settings, embedder)
    parts = (suite.docs_digest, made_by.model_id, made_by.chunking, str(SCHEMA_VERSION))
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    folder = cache_dir(settings.embedding) / "eval" / key
    stored = _with_ranking(settings).model_copy(update={"data_dir": folder})
    done = folder / INDEX_RECORD
    if folder.is_dir() and not _usable(stored):
        shutil.rmtree(folder)  # nothing but a cache: another version made it, or it is damaged
    built = not done.is_file()
    if built:
        rejected = _ingest(suite, stored, embedder, progress)
        done.write_text(json.dumps({"suite": suite.name, "rejected": rejected}, ensure_ascii=False), encoding="utf-8")
    known = json.loads(done.read_text(encoding="utf-8"))
    return Index(stored, made_by.model_id, made_by.chunking, tuple(known["rejected"]), built)


def in_place(settings: Settings) -> Index:
    """The archive of the settings as it is, set to return as many hits as the metrics need."""
    made_by = identity(settings, load_embedder(settings.embedding))
    return Index(_with_ranking(settings), made_by.model_id, made_by.chunking, (), built=False)


def _with_ranking(settings: Settings) -> Settings:
    search = settings.search.model_copy(update={"limit": max(settings.search.limit, RANKING)})
    return settings.model_copy(update={"search": search})


def _usable(settings: Settings) -> bool:
    """Whether the archive can be opened and answers."""
    try:
        with Archive.open(settings) as archive:
            archive.stats()
    except (ArchiveBroken, ArchiveTooNew):
        return False
    return True


def _ingest(suite: Suite, settings: Settings, embedder: Embedder, progress: Callable[[int], None]) -> list[str]:
    rejected: list[str] = []

    def show(seen: IngestReport) -> None:
        progress(seen.records)

    watch = RunCallbacks(progress=show, rejected=lambda r: rejected.append(f"{Path(str(r.place)).name}: {r.reason}"))
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        Pipeline(archive, embedder, settings).run((d.raw for d in suite.documents), watch)
    return rejected


@contextmanager
def open_index(index: Index) -> Iterator[Engine]:
    """The engine over the store, once its indexes are up to date, so that none is measured while being built."""
    with Engine.open(index.settings) as engine:
        deadline = time.monotonic() + READY_S
        engine.indexes.refresh()
        while engine.indexes.notices() and time.monotonic() < deadline:
            time.sleep(0.2)
            engine.indexes.refresh()
        yield engine
