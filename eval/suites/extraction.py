"""How well pages are read: the words of the article, headline, authors and date, through the code that ingests."""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eval.suites.extraction_pages import Page, bytes_of
from ingest.raw import Place, Raw
from ingest.records import Bounds, to_articles
from ingest.sources.charset import decode
from rag.errors import BadInput
from rag.text.script import fold
from rag.types import Article

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


def measure(pages: Sequence[Page], follow: Callable[[Scores], None] = lambda scores: None) -> list[Scores]:
    """Every page read as ingestion reads it."""
    bounds = Bounds.of(MAX_BYTES)
    found = []
    for page in pages:
        scores = _measured(page, bounds)
        follow(scores)
        found.append(scores)
    return found


def _measured(page: Page, bounds: Bounds) -> Scores:
    started = time.process_time()
    try:
        articles = to_articles(_raw(page), bounds)
    except BadInput as error:
        return _refused(page, error, time.process_time() - started)
    return _scored(page, articles, time.process_time() - started)


def _raw(page: Page) -> Raw:
    fields: dict[str, Any] = {"html": decode(bytes_of(page.html)).text}
    if page.url:
        fields["url"] = page.url
    return Raw(fields, Place(page.html.name), fallback_id=page.id)


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
