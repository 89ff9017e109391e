"""Reads lists of addresses, one a line: as a live source, or a file whose pages are fetched once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply, RightsReserved, page_record
from ingest.fetch.replies import Kind
from ingest.raw import Place, RejectedRecord, SourceRecord
from ingest.sources.live import MAX_ENTRIES, ListedArticle, Listing, SourceKind, register, unpack
from rag.errors import BadInput

LINE_CHARS = 2048  # of a line that is shown as it stands


@dataclass(frozen=True, slots=True)
class AddressList:
    """A list of addresses, one a line (a text sitemap, or your own list)."""

    url: str
    kind: Kind = "sitemap"

    def address(self, mark: str, since: datetime) -> str:
        return self.url

    def read(self, reply: FetchReply, since: datetime) -> Listing:
        found = read_address_lines(unpack(reply.body)).addresses
        return Listing(tuple(ListedArticle(url, "") for url in found[:MAX_ENTRIES]))


register(SourceKind("lists", "list", "A list of addresses, one a line", lambda url, whole: AddressList(url)))


@dataclass(frozen=True, slots=True)
class AddressLines:
    """What stands in a list of addresses: each address once, how many lines repeat one, and by their numbers the lines
    that hold something else, comments left out."""

    addresses: tuple[str, ...]
    repeated: int
    others: Mapping[int, str]


def read_address_lines(data: bytes) -> AddressLines:
    """Reads a list; lines that begin with # are comments. Raises FetchRefused when it holds no address."""
    lines = [line.strip() for line in data.decode("utf-8", "replace").lstrip("\ufeff").splitlines()]
    held = [line for line in lines if line.startswith(("http://", "https://"))]
    if not held:
        raise FetchRefused("no-addresses", "The list holds no http address.", hint="Write one a line.")
    others = {n: line for n, line in enumerate(lines, 1) if line and not line.startswith(("http://", "https://", "#"))}
    addresses = tuple(dict.fromkeys(held))
    return AddressLines(addresses, len(held) - len(addresses), others)


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
        yield RejectedRecord("line is no http address", Place(str(path), number), text[:LINE_CHARS])
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
