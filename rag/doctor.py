"""Checks everything that Telal depends on: models, archive, indexes, versions. Repairs what it can."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rag.answer.chat import ChatModel, load_models, without_secrets
from rag.answer.probe import Probed, probe_judging, probe_writing
from rag.config import ChatSettings, Settings
from rag.engine import check_model, embedding_of, reader_of
from rag.errors import TelalError
from rag.models.embed import Embedder, load_embedder
from rag.models.files import prepare_model, verify_model
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

_LEAST_FREE_BYTES = 1_000_000_000  # a rebuild of both indexes needs room beside the old ones
_PACKAGES = ("telal", "chromadb", "tantivy", "onnxruntime", "simsimd", "sqlalchemy", "langchain")
_EXTRAS = {  # the package that an extra brings, and what for
    "torch": ("sentence-transformers", "embedding models and readers of one's own"),
    "openai": ("langchain-openai", "language models behind OpenAI's interface"),
    "ollama": ("langchain-ollama", "language models in Ollama"),
    "postgres": ("psycopg", "an archive in PostgreSQL"),
    "redis": ("redis", "limits that several processes share"),
    "otel": ("opentelemetry-exporter-otlp-proto-http", "traces"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of checking one part, and what to do if it is not in order."""

    part: str
    ok: bool
    text: str
    advice: str = ""


def examine(settings: Settings, *, repair: bool = False) -> list[Finding]:
    """Checks all parts, each after those it depends on. With `repair`, first repairs what can be repaired."""
    findings = [_versions(), _extras(), _disk(settings)]
    with suppress(TelalError):  # of an archive that cannot be opened the model is not known
        settings = settings.model_copy(update={"embedding": embedding_of(settings)})
    model, embedder = _model(settings, repair=repair)
    findings.append(model)
    if embedder is not None:
        findings.append(_reader(settings, embedder))
    findings.extend(_language_models(settings.chat))
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
    found = {name: _installed(name) for name in _PACKAGES}
    if missing := [name for name, held in found.items() if held is None]:
        return Finding("versions", False, f"{', '.join(missing)} is not installed.", "Run `make setup`.")
    text = ", ".join(f"{name} {held}" for name, held in found.items())
    return Finding("versions", True, f"Python {sys.version.split()[0]}, {text}")


def _extras() -> Finding:
    lacking = [f"{extra} ({what})" for extra, (package, what) in _EXTRAS.items() if _installed(package) is None]
    if not lacking:
        return Finding("extras", True, "all are installed")
    return Finding("extras", True, f"not installed, and not needed as long as nobody wants them: {', '.join(lacking)}")


def _installed(package: str) -> str | None:
    """The version of a package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free for {settings.data_dir}"
    return Finding("disk", free > _LEAST_FREE_BYTES, text, "" if free > _LEAST_FREE_BYTES else "Make room.")


def _model(settings: Settings, *, repair: bool) -> tuple[Finding, Embedder | None]:
    said: list[str] = []  # one that was damaged has been made anew
    try:
        try:
            verify_model(prepare_model(settings.embedding, progress=said.append))
        except TelalError:
            if not repair:
                raise
            verify_model(prepare_model(settings.embedding, rebuild=True))
        embedder = load_embedder(settings.embedding)
    except TelalError as error:
        return Finding("model", False, error.message, error.hint or "`telal doctor --repair` makes it anew."), None
    text = "; ".join([f"{embedder.model_id}, {embedder.dimension} dimensions", *said])
    return Finding("model", True, text), embedder


def _reader(settings: Settings, embedder: Embedder) -> Finding:
    try:
        reader = reader_of(settings, embedder)
    except TelalError as error:
        return Finding("reader", False, error.message, error.hint)
    marks = "marks short answers" if reader.short_answers else "scores sentences; short answers are not given"
    return Finding("reader", True, f"{settings.reader.model or 'the shipped one'}, {marks}")


def _language_models(settings: ChatSettings) -> Iterator[Finding]:
    """The model that writes and the one that judges are asked one tiny question each."""
    try:
        models = load_models(settings)
    except TelalError as error:
        yield Finding("language model", False, error.message, error.hint)
        return
    if models is None:
        yield Finding("language model", True, "none is set: quotes answer")
        return
    yield _language_model("language model", models.chat, settings, probe_writing(models.chat))
    if models.judge is not None:
        yield _language_model("judge", models.judge, settings, probe_judging(models.judge))


def _language_model(part: str, model: ChatModel, settings: ChatSettings, probed: Probed) -> Finding:
    own = settings.base_url and model.name.partition(":")[0] == str(settings.model).partition(":")[0]
    named = f"{model.name} at {without_secrets(str(settings.base_url)) if own else 'its provider'}"
    said = f"{probed.fault} It took" if probed.fault else "answered in the form that is read, in"
    return Finding(part, not probed.fault, f"{named}: {said} {probed.took_s:.1f} s.", probed.advice)


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
            if mended := indexes.mended():
                text += f"; made anew just now, as it was damaged: {' '.join(mended)}"
            yield Finding("indexes", True, text)
    except TelalError as error:
        yield Finding("indexes", False, error.message, error.hint)
    finally:
        indexes.close()
