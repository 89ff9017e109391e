"""Checks everything that Telal depends on: model, archive, indexes, versions. Repairs what it can."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rag.config import Settings
from rag.engine import check_model, embedding_of, reader_of
from rag.errors import TelalError
from rag.models.embed import Embedder, load_embedder
from rag.models.files import prepare_model, verify_model
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

_LEAST_FREE_BYTES = 1_000_000_000  # a rebuild of both indexes needs room beside the old ones
_PACKAGES = ("telal", "chromadb", "tantivy", "onnxruntime", "sentence-transformers", "sqlalchemy", "langchain")


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of checking one part, and what to do if it is not in order."""

    part: str
    ok: bool
    text: str
    advice: str = ""


def examine(settings: Settings, *, repair: bool = False) -> list[Finding]:
    """Checks all parts, each after those it depends on. With `repair`, first repairs what can be repaired."""
    findings = [_versions(), _disk(settings)]
    with suppress(TelalError):  # of an archive that cannot be opened the model is not known
        settings = settings.model_copy(update={"embedding": embedding_of(settings)})
    model, embedder = _model(settings, repair=repair)
    findings.append(model)
    if embedder is not None:
        findings.append(_reader(settings, embedder))
    try:
        archive = Archive.open(settings)
    except TelalError as error:
        return [*findings, Finding("archive", False, error.message, error.hint)]
    try:
        findings.extend(_archive(archive, embedder))
        if embedder is not None and findings[-1].ok:
            findings.extend(_indexes(archive, settings, embedder.dimension, repair=repair))
    finally:
        archive.close()
    return findings


def _versions() -> Finding:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            return Finding("versions", False, f"{name} is not installed.", "Run `make setup`.")
    return Finding("versions", True, f"Python {sys.version.split()[0]}, {', '.join(found)}")


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free for {settings.data_dir}"
    return Finding("disk", free > _LEAST_FREE_BYTES, text, "" if free > _LEAST_FREE_BYTES else "Make room.")


def _model(settings: Settings, *, repair: bool) -> tuple[Finding, Embedder | None]:
    try:
        try:
            verify_model(prepare_model(settings.embedding))
        except TelalError:
            if not repair:
                raise
            verify_model(prepare_model(settings.embedding, rebuild=True))
        embedder = load_embedder(settings.embedding)
    except TelalError as error:
        return Finding("model", False, error.message, error.hint or "`telal doctor --repair` makes it anew."), None
    return Finding("model", True, f"{embedder.model_id}, {embedder.dimension} dimensions"), embedder


def _reader(settings: Settings, embedder: Embedder) -> Finding:
    try:
        reader = reader_of(settings, embedder)
    except TelalError as error:
        return Finding("reader", False, error.message, error.hint)
    marks = "marks short answers" if reader.short_answers else "scores sentences; short answers are not given"
    return Finding("reader", True, f"{settings.reader.model or 'the shipped one'}, {marks}")


def _archive(archive: Archive, embedder: Embedder | None) -> Iterator[Finding]:
    problems = archive.check()
    for problem in problems:
        yield Finding("archive", False, problem, "Restore a backup, or feed the article again.")
    if embedder is not None:
        try:
            check_model(archive, embedder)
        except TelalError as error:
            yield Finding("archive", False, error.message, error.hint)
            return
    if not problems:
        held = archive.stats()
        yield Finding("archive", True, f"{held.articles:,} articles, {held.passages:,} passages, all offsets true")


def _indexes(archive: Archive, settings: Settings, dimension: int, *, repair: bool) -> Iterator[Finding]:
    indexes = Indexes(archive, settings, dimension=dimension)
    try:
        indexes.start()
        indexes.refresh()
        problems = indexes.check()
        if problems and repair:
            indexes.repair()
            problems = indexes.check()
        for problem in problems:
            yield Finding("indexes", False, problem, "`telal doctor --repair` rebuilds them from the archive.")
        if not problems:
            state = indexes.status()
            text = f"equal to the archive at change {state.last_change}; vector store {state.vector_store_state}"
            yield Finding("indexes", True, text)
    except TelalError as error:
        yield Finding("indexes", False, error.message, error.hint)
    finally:
        indexes.close()
