"""Embeds every article anew, with the model of the settings, into a new data directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingest.pipeline import Pipeline, Watch, identity
from ingest.report import Report
from rag.config import ArchiveSettings, Settings
from rag.errors import BadInput
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive
from rag.types import Article, ArticleStatus

_PAGE = 200


def reindex(settings: Settings, into: Path, watch: Watch) -> Report:
    """Copies the current revision of every article that is not erased; the old directory is only read.

    The new archive is a SQLite file, which `telal archive copy` takes to PostgreSQL. Raises BadInput when `into` holds
    an archive already. Earlier revisions stay in the old one.
    """
    if into.resolve() == settings.data_dir.resolve() or (into / "archive.sqlite").exists():
        raise BadInput(f"{into} holds an archive already.", hint="Name a new directory.")
    embedder = load_embedder(settings.embedding)
    target = settings.model_copy(update={"data_dir": into, "archive": ArchiveSettings()})
    with (
        Archive.open(settings, read_only=True) as old,
        Archive.open(target, identity=identity(target, embedder)) as new,
    ):
        return Pipeline(new, embedder, target).run(_records(old), watch)


def _records(archive: Archive) -> Iterator[Mapping[str, Any]]:
    after: str | None = None
    while page := archive.articles(after=after, limit=_PAGE):
        yield from map(_record, page)
        after = page[-1].id


def _record(article: Article) -> dict[str, Any]:
    """The article as the JSON record that ingestion reads."""
    named = ("id", "title", "text", "outlet", "url", "language", "kind", "section")
    record: dict[str, Any] = {**article.extra, **{name: getattr(article, name) for name in named}}
    record["authors"] = list(article.authors)
    for name, moment in (("published", article.published), ("modified", article.modified)):
        if moment is not None:
            record[name] = moment.isoformat()
    if article.status is not ArticleStatus.LIVE:
        record["status"] = article.status.value
    return {name: value for name, value in record.items() if value is not None}
