"""What a new article adds to the clusters of copies, and which bylines are agencies."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from rag.store.archive.archive import Archive
from rag.text.fingerprint import fingerprint
from rag.types import Article


def is_agency(names: Iterable[str]) -> bool:
    """Are all of these bylines agencies?"""
    said = list(names)
    return bool(said) and all(name in _agencies() for name in said)


def print_of(article: Article) -> bytes:
    """The fingerprint of the text without the headline, since copies get new ones."""
    return fingerprint(article.text)


def backfill(archive: Archive, *, page: int = 200) -> Iterator[int]:
    """Clusters articles that were stored without a fingerprint. Yields how many, batch by batch."""
    after: str | None = None
    while articles := archive.articles(after=after, limit=page):
        after = articles[-1].id
        yield archive.place([(a, print_of(a)) for a in articles])


@cache
def _agencies() -> frozenset[str]:
    table = tomllib.loads(files("ingest").joinpath("data", "agencies.toml").read_text(encoding="utf-8"))
    return frozenset(form for forms in table["agencies"] for form in forms)
