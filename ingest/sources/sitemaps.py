"""Reads sitemaps, news sitemaps and indexes of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ingest.checks import parse_date
from ingest.fetch.outcomes import FetchRefused, FetchReply
from ingest.fetch.replies import Kind
from ingest.raw import Place, RejectedRecord
from ingest.sources.live import MAX_ENTRIES, ListedArticle, Listing, SourceKind, plausible_date, register, unpack

MAX_FIELD_CHARS = 2048
MAX_DEPTH = 16  # of elements in elements: a news sitemap has five
MAX_ELEMENTS = 20 * MAX_ENTRIES  # with images and languages
MAX_BESIDE = 5_000  # elements from one entry to the next: the protocol allows a thousand images of five


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap, or an index of sitemaps. Entries dated before `since` are skipped, undated ones are not."""

    url: str
    kind: Kind = "sitemap"

    def address(self, mark: str, since: datetime) -> str:
        return self.url

    def read(self, reply: FetchReply, since: datetime) -> Listing:
        """Reads the entries, newest first and undated last, so that the limit of a visit cuts off the oldest."""
        entries: dict[str, ListedArticle] = {}
        lists, rejected = [], []
        try:
            for name, fields in _elements(unpack(reply.body)):
                url = urljoin(reply.url, fields["loc"]) if fields.get("loc") else ""
                if not url.startswith(("http://", "https://")):
                    rejected.append(RejectedRecord("entry has no address", Place(reply.url)))
                elif name == "sitemap":
                    lists += [url] * (not _older(fields, since))
                elif not _older(fields, since):
                    dated, changed = fields.get("publication_date", ""), fields.get("lastmod", "")
                    published, modified = (plausible_date(parse_date(one)) for one in (dated, changed))
                    entries[url] = ListedArticle(url, changed or dated, published, modified)
                if len(entries) >= MAX_ENTRIES:
                    break
        except DefusedXmlException as error:
            raise FetchRefused("xml-entities", "The sitemap declares entities, which are not read.") from error
        except (ParseError, ValueError, LookupError) as error:
            if not entries and not lists:
                raise FetchRefused("not-a-sitemap", f"{reply.url} is no sitemap.", hint=str(error)) from error
            rejected.append(RejectedRecord("sitemap breaks off", Place(reply.url), str(error)))
        newest = sorted(entries.values(), key=lambda e: e.dated.timestamp() if e.dated else 0.0, reverse=True)
        return Listing(tuple(newest), rejected=tuple(rejected), lists=tuple(dict.fromkeys(lists)))


def _elements(data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields each `url` or `sitemap` element: its name, and its fields by their local names."""
    fields: dict[str, str] = {}
    root: Any = None
    depth = count = beside = 0
    for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=False):
        if event == "start":
            depth, count, beside = depth + 1, count + 1, beside + 1
            if depth > MAX_DEPTH or count > MAX_ELEMENTS or beside > MAX_BESIDE:
                raise ValueError("it holds too many elements, or elements in elements")
            root = element if root is None else root
            continue
        depth -= 1
        name = element.tag.rpartition("}")[2].lower()
        if name in ("url", "sitemap"):
            yield name, fields
            fields, beside = {}, 0
            root.clear()
        elif name in ("loc", "lastmod", "publication_date", "title") and "image" not in element.tag:
            fields.setdefault(name, (element.text or "").strip()[:MAX_FIELD_CHARS])
    if root is not None and root.tag.rpartition("}")[2].lower() not in ("urlset", "sitemapindex"):
        raise ValueError(f"its root is {root.tag[:100]!r}")


def _older(fields: dict[str, str], since: datetime) -> bool:
    moment = parse_date(fields.get("lastmod") or fields.get("publication_date") or "")
    return moment is not None and moment < since


register(SourceKind("sitemaps", "sitemap", "Sitemap, news sitemap or index of them", lambda url, whole: Sitemap(url)))
