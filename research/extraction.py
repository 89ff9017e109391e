"""`python -m research.extraction`: how well ingestion reads pages: words, headline, authors, date and language."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ingest.raw import Place, RawRecord
from ingest.records import to_articles
from ingest.sources.charset import decode
from rag.errors import BadInput
from rag.text.script import fold
from rag.types import Article

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tests" / "ingest" / "pages"
SHARED_DATA = ROOT.parent / "shared" / "data" / "extraction"


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what is in it, as a person or a parser written for its site says. None or empty: nothing is said."""

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


def bytes_of(path: Path) -> bytes:
    """A page as it was sent, unzipped."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


MAX_BYTES = 50_000_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Scores:
    """One page. `f1` over words; the others None where nothing is wanted."""

    id: str
    precision: float
    recall: float
    f1: float
    title: bool | None = None
    authors: bool | None = None
    published: bool | None = None
    kind: bool | None = None
    language: bool | None = None
    rejected: str = ""
    seconds: float = 0.0


def measure(pages: Sequence[Page]) -> list[Scores]:
    """Every page read as ingestion reads it."""
    return [_measure(page) for page in pages]


def _measure(page: Page) -> Scores:
    started = time.process_time()
    try:
        articles = to_articles(_raw(page), max_bytes=MAX_BYTES)
    except BadInput as error:
        return _refused(page, error, time.process_time() - started)
    return _scored(page, articles, time.process_time() - started)


def _raw(page: Page) -> RawRecord:
    fields: dict[str, Any] = {"html": decode(bytes_of(page.html)).text}
    if page.url:
        fields["url"] = page.url
    return RawRecord(fields, Place(page.html.name), fallback_id=page.id)


def _refused(page: Page, error: BadInput, seconds: float) -> Scores:
    wanted = 1.0 if page.rejected is not None and page.rejected in error.message else 0.0
    return Scores(page.id, wanted, wanted, wanted, rejected=error.message, seconds=seconds)


def _scored(page: Page, articles: Sequence[Article], seconds: float) -> Scores:
    if page.rejected is not None:
        return Scores(page.id, 0.0, 0.0, 0.0, seconds=seconds)
    article = articles[0]
    text = "\n".join(a.text for a in articles)
    found, wanted = _words(f"{article.title}\n{text}" if page.headline_in_text else text), _words(page.text)
    both = (found & wanted).total()
    precision, recall = both / max(found.total(), 1), both / max(wanted.total(), 1)
    return Scores(
        page.id,
        precision,
        recall,
        2 * precision * recall / (precision + recall) if both else 0.0,
        title=None if page.title is None else _same(article.title, page.title),
        authors=None if page.authors is None else _names(article.authors) == _names(page.authors),
        published=None if page.published is None else _same_day(article.published, page.published),
        kind=None if page.kind is None else article.kind == page.kind,
        language=None if not page.language else article.language.split("-")[0] == page.language.split("-")[0],
        seconds=seconds,
    )


def summary(scores: Sequence[Scores]) -> dict[str, float]:
    """Means over the pages that say something of it; `f1_median`; pages a second of one core."""
    found = {"pages": float(len(scores))}
    for name in ("precision", "recall", "f1"):
        found[name] = statistics.fmean(getattr(s, name) for s in scores)
    found["f1_median"] = statistics.median(s.f1 for s in scores)
    for name in ("title", "authors", "published", "kind", "language"):
        said = [getattr(s, name) for s in scores if getattr(s, name) is not None]
        if said:
            found[name] = statistics.fmean(said)
    found["pages_a_second"] = len(scores) / max(sum(s.seconds for s in scores), 1e-9)
    return found


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _same(one: str, other: str) -> bool:
    """The same words: quotation marks and spaces differ between a page's head and its body."""
    return _WORD.findall(fold(one)) == _WORD.findall(fold(other))


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(_WORD.findall(fold(name))) for name in names)


def _same_day(one: datetime | None, other: datetime) -> bool:
    """The same moment to the minute, or, where one says no zone or no time, the same day."""
    if one is None:
        return False
    there = other if other.tzinfo else other.replace(tzinfo=UTC)
    return abs((one - there).total_seconds()) < 60 or one.date() == there.astimezone(UTC).date()


SAMPLE_EVERY = 14  # of the shared pages, one in so many is in the sample, chosen by the digest of its id
Name = Literal["own", "sample", "shared"]
_out = Console()
_err = Console(stderr=True)


def pages_of(name: Name, *, folder: Path | None = None) -> list[Page]:
    """The pages of a set. Raises BadInput when they are not there."""
    if name == "own":
        return own_pages(folder or OWN)
    pages = shared_pages(folder or SHARED_DATA)
    return (
        pages
        if name == "shared"
        else [p for p in pages if int(hashlib.sha256(p.id.encode()).hexdigest(), 16) % SAMPLE_EVERY == 0]
    )


def extraction(
    name: Annotated[Name, typer.Argument(help="Which set of pages.")] = "shared",
    pages: Annotated[Path | None, typer.Option(help="The folder of the set, when it is elsewhere.")] = None,
    worst: Annotated[int, typer.Option(min=0, help="Show so many of the pages that are read worst.")] = 0,
) -> None:
    """Read pages as ingestion does and compare with what a person, or a parser for the site, says is in them."""
    found = pages_of(name, folder=pages)
    scores = measure(list(track(found, description="reading", console=_err, disable=not _err.is_terminal)))
    table = Table("figure", "value")
    for key, value in summary(scores).items():
        table.add_row(key, f"{value:.4f}" if value <= 1 else f"{value:,.1f}")
    _out.print(table)
    for one in sorted(scores, key=lambda s: s.f1)[:worst]:
        _out.print(f"{one.f1:.3f} {one.id} {one.rejected}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(extraction)
