"""Reads lists of addresses: sitemaps, news sitemaps, indexes of them, plain lists. XML is read by defusedxml."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ingest.checks import parse_date
from ingest.fetch.fetcher import Fetcher, Kind
from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply, RightsReserved, page_record
from ingest.fetch.replies import read_bounded
from ingest.raw import Place, RejectedRecord, SourceRecord
from rag.errors import BadInput

MAX_ENTRIES = 50_000  # the protocol's own limit
MAX_FIELD_CHARS = 2048
MAX_DEPTH = 16  # of elements in elements: a news sitemap has five
MAX_ELEMENTS = 20 * MAX_ENTRIES  # with images and languages
MAX_BESIDE = 5_000  # elements from one entry to the next: the protocol allows a thousand images of five
UNPACKED_MAX_BYTES = 100_000_000


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
        more, rejected = [], []
        try:
            for name, fields in _elements(unpack(reply.body)):
                url = _address(fields.get("loc", ""), reply.url)
                if not url:
                    rejected.append(RejectedRecord("entry has no address", Place(reply.url)))
                elif name == "sitemap":
                    more += [url] * (not _older(fields, since))
                elif not _older(fields, since):
                    entries[url] = _entry(url, fields)
                if len(entries) >= MAX_ENTRIES:
                    break
        except DefusedXmlException as error:
            raise FetchRefused("xml-entities", "The sitemap declares entities, which are not read.") from error
        except (ParseError, ValueError, LookupError) as error:
            if not entries and not more:
                raise FetchRefused("not-a-sitemap", f"{reply.url} is no sitemap.", hint=str(error)) from error
            rejected.append(RejectedRecord("sitemap breaks off", Place(reply.url), str(error)))
        newest = sorted(entries.values(), key=lambda e: e.dated.timestamp() if e.dated else 0.0, reverse=True)
        return Listing(tuple(newest), tuple(dict.fromkeys(more)), tuple(rejected))


@dataclass(frozen=True, slots=True)
class AddressList:
    """A list of addresses, one a line (a text sitemap, or your own list)."""

    url: str
    kind: Kind = "sitemap"

    def address(self, mark: str, since: datetime) -> str:
        return self.url

    def read(self, reply: FetchReply, since: datetime) -> Listing:
        return Listing(tuple(ListedArticle(url, "") for url in read_addresses(unpack(reply.body))[:MAX_ENTRIES]))


def read_addresses(data: bytes) -> list[str]:
    """The addresses in a text, one a line; lines that begin with # are comments.

    Raises FetchRefused when there are none.
    """
    return list(read_address_lines(data).addresses)


@dataclass(frozen=True, slots=True)
class AddressLines:
    """What stands in a list of addresses, one a line: each address once with its line, how many lines repeat one, and
    the lines that hold something else, comments left out."""

    addresses: Mapping[str, int]
    repeated: int
    others: Mapping[int, str]


def read_address_lines(data: bytes) -> AddressLines:
    """Raises FetchRefused when there are no addresses."""
    addresses: dict[str, int] = {}
    others: dict[int, str] = {}
    repeated = 0
    for number, line in enumerate(data.decode("utf-8", "replace").lstrip("\ufeff").splitlines(), start=1):
        text = line.strip()
        if text.startswith(("http://", "https://")):
            repeated += text in addresses
            addresses.setdefault(text, number)
        elif text and not text.startswith("#"):
            others[number] = text
    if not addresses:
        raise FetchRefused("no-addresses", "The list holds no http address.", hint="Write one a line.")
    return AddressLines(addresses, repeated, others)


def unpack(body: bytes) -> bytes:
    """Unpacks a body that its first bytes show to be gzipped; another stays as it is."""
    return read_bounded([body], "gzip", limit=UNPACKED_MAX_BYTES) if body.startswith(b"\x1f\x8b") else body


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


def _address(loc: str, base: str) -> str:
    url = urljoin(base, loc) if loc else ""
    return url if url.startswith(("http://", "https://")) else ""


def _older(fields: dict[str, str], since: datetime) -> bool:
    moment = parse_date(fields.get("lastmod") or fields.get("publication_date") or "")
    return moment is not None and moment < since


def _entry(url: str, fields: dict[str, str]) -> ListedArticle:
    published = plausible_date(parse_date(fields.get("publication_date", "")))
    signal = fields.get("lastmod") or fields.get("publication_date", "")
    return ListedArticle(url, signal, published, plausible_date(parse_date(fields.get("lastmod", ""))))


def read_address_file(path: Path) -> AddressLines:
    """Raises BadInput when there is no such file, FetchRefused when it holds no address."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", hint="Write one address a line.")
    return read_address_lines(path.read_bytes())


def fetch_listed_pages(
    path: Path, listed: AddressLines, urls: Iterable[str], fetcher: Fetcher
) -> Iterator[SourceRecord]:
    """Fetches those pages of a file of addresses. A line that holds no address, and a page that cannot be fetched, is
    rejected with the reason."""
    for number, text in listed.others.items():
        yield RejectedRecord("line is no http address", Place(str(path), number), text[:MAX_FIELD_CHARS])
    yield from _fetch_pages(urls, fetcher)


def _fetch_pages(urls: Iterable[str], fetcher: Fetcher) -> Iterator[SourceRecord]:
    for url in urls:
        try:
            page = fetcher.get(url, "page")
            fetcher.reservations.check(page, agreed=False)
            yield page_record(page, {}, Place(url))
        except RightsReserved as error:
            yield RejectedRecord(f"reserved by its owner ({error.reason})", Place(url), error.message)
        except FetchRefused as error:
            yield RejectedRecord(f"could not be fetched ({error.reason})", Place(url), error.message)
        except FetchFailed as error:
            if error.reason == "stopped":
                return
            yield RejectedRecord(f"could not be fetched for now ({error.reason})", Place(url), error.message)


EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the Web: an empty clock (1970), not the age of an article
TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article that a source lists. `signal` changes when the source says that the article has changed."""

    url: str
    signal: str
    published: datetime | None = None
    changed: datetime | None = None  # for sources that only date changes
    record: Mapping[str, Any] | None = None  # the whole article, if the source gives it; else its page is fetched
    head: str = ""  # beside `record`: the meta elements of the article's page, if the source repeats them

    @property
    def dated(self) -> datetime | None:
        """The date by which its list is sorted."""
        return self.published or self.changed


@dataclass(frozen=True, slots=True)
class Listing:
    """What a reply of a source lists: articles, and `more` addresses of the same source to read."""

    entries: tuple[ListedArticle, ...] = ()
    more: tuple[str, ...] = ()
    rejected: tuple[RejectedRecord, ...] = ()
    ttl_s: float | None = None  # how long the source says that it will not change
    mark: str = ""  # the date of the newest change, for sources that can be asked for what is newer


class LiveSource(Protocol):
    """A source that is visited again and again. Both methods are pure."""

    @property
    def kind(self) -> Kind:
        """The kind of its replies."""
        ...

    def address(self, mark: str, since: datetime) -> str:
        """Returns the address to fetch: for what is newer than `mark`, at the first visit newer than `since`."""
        ...

    def read(self, reply: FetchReply, since: datetime) -> Listing:
        """Reads what a reply lists. Raises FetchRefused when it is not a reply of such a source."""
        ...


def plausible_date(moment: datetime | None, *, now: datetime | None = None) -> datetime | None:
    """Returns the date, or None if no article can be so old or so new: then a wrong clock made it."""
    if moment is None:
        return None
    now = now or datetime.now(UTC)
    return moment if EARLIEST <= moment <= now + TOLERANCE else None
