"""Pages with what is wanted of them: those of the tests, and those of the shared data."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rag.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests" / "ingest" / "pages"
SHARED = ROOT.parent / "shared" / "data" / "extraction"


@dataclass(frozen=True, slots=True)
class Page:
    """A page with what a person, or a parser written for its site, says is in it. None and empty: nothing is said."""

    id: str
    html: Path
    text: str
    language: str = ""
    url: str | None = None
    title: str | None = None
    authors: tuple[str, ...] | None = None
    published: datetime | None = None
    modified: datetime | None = None
    canonical: str | None = None
    kind: str | None = None
    status: str | None = None
    charset: str | None = None
    entries: tuple[tuple[str, datetime], ...] = ()  # of a live blog: headline and time
    rejected: str | None = None  # the reason for which it must not be taken in
    headline_in_text: bool = False  # the wanted text begins with the headline


def shared_pages(folder: Path) -> list[Page]:
    """The pages of the shared data; raises BadInput when they are not there."""
    pages = [page for name in ("fundus_news.jsonl", "waddle_en.jsonl") for page in _read(folder / name)]
    return sorted(pages, key=lambda page: page.id)


def own_pages(folder: Path) -> list[Page]:
    """Pages written for the tests, in the styles and character sets of the region."""
    with (folder / "pages.jsonl").open(encoding="utf-8") as lines:
        return [_own(json.loads(line), folder) for line in lines]


def _own(record: Mapping[str, Any], folder: Path) -> Page:
    published, modified = record.get("published"), record.get("modified")
    return Page(
        id=record["id"],
        html=folder / f"{record['id']}.html",
        text=record.get("text", ""),
        language=record.get("language", ""),
        url=record.get("fetched") or record.get("url"),
        canonical=record.get("url"),
        title=record.get("title"),
        authors=tuple(record["authors"]) if record.get("authors") else None,
        published=datetime.fromisoformat(published) if published else None,
        modified=datetime.fromisoformat(modified) if modified else None,
        kind=record.get("kind"),
        status=record.get("status"),
        charset=record.get("charset"),
        entries=tuple((title, datetime.fromisoformat(at)) for title, at in record.get("entries", ())),
        rejected=record.get("rejected"),
    )


def _read(file: Path) -> Iterator[Page]:
    if not file.exists():
        raise BadInput(f"There is no file {file}.", hint="Name the folder that holds it: --pages.")
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield _page(json.loads(line), file.parent)


def _page(record: Mapping[str, Any], folder: Path) -> Page:
    authors, published = record.get("gold_authors"), record.get("gold_published")
    return Page(
        id=record["id"],
        html=folder / record["html"],
        text=record["gold_text"],
        language=record.get("language") or "",
        url=record.get("url"),
        title=record.get("gold_title") or None,
        authors=tuple(authors) if authors else None,
        published=datetime.fromisoformat(published) if published else None,
        headline_in_text=record["id"].startswith("waddle"),
    )


def digest(pages: Iterable[Page]) -> str:
    """SHA-256 over the pages and what is wanted of them."""
    total = hashlib.sha256()
    for page in sorted(pages, key=lambda p: p.id):
        wanted = (
            page.id, page.text, page.title, page.authors, page.published, page.modified, page.language, page.canonical,
            page.kind, page.status, page.charset, page.entries, page.rejected,
        )  # fmt: skip
        total.update(repr(wanted).encode())
        total.update(hashlib.sha256(bytes_of(page.html)).digest())
    return total.hexdigest()


def bytes_of(path: Path) -> bytes:
    """A page as it was sent, unzipped."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
