"""Reads web archives: WARC files and WACZ packages of them. The only import of warcio."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply, page_record
from ingest.fetch.replies import failure, read_bounded
from ingest.raw import Place, RawRecord, RejectedRecord, SourceRecord
from rag.errors import BadInput

PIECE_BYTES = 1 << 16
HTML = ("text/html", "application/xhtml+xml")


def read_web_archives(paths: Sequence[Path], *, max_bytes: int) -> Iterator[SourceRecord]:
    """Reads the pages of .warc, .warc.gz and .wacz files that were replies with status 200; None for other records.

    Captures of one page become revisions in the order of the file. Raises BadInput when a file does not exist.
    """
    for path in paths:
        if not path.is_file():
            raise BadInput(f"There is no file {path}.", hint="Give .warc, .warc.gz or .wacz files.")
    return chain.from_iterable(_read_file(path, max_bytes) for path in paths)


def _read_file(path: Path, max_bytes: int) -> Iterator[SourceRecord]:
    try:
        if zipfile.is_zipfile(path):
            yield from _read_package(path, max_bytes)
        else:
            with path.open("rb") as file:
                yield from _records(file, str(path), max_bytes)
    except OSError as error:
        yield RejectedRecord("file cannot be read", Place(str(path)), str(error))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        yield RejectedRecord("package is damaged", Place(str(path)), str(error))


def _read_package(path: Path, max_bytes: int) -> Iterator[SourceRecord]:
    with zipfile.ZipFile(path) as package:
        names = [n for n in package.namelist() if n.startswith("archive/") and ".warc" in n]
        if not names:
            yield RejectedRecord("package holds no web archive", Place(str(path)), "A WACZ has them below archive/.")
        for name in names:
            with _member(package, name) as file:
                yield from _records(file, f"{path}!{name}", max_bytes)


def _records(file: BinaryIO, source: str, max_bytes: int) -> Iterator[SourceRecord]:
    number, before = 0, 0
    try:
        archive = ArchiveIterator(file)
        for record in archive:
            number += 1
            place = Place(source, number)
            try:
                yield _page(record, place, max_bytes)
            except (FetchRefused, FetchFailed) as error:
                yield RejectedRecord(error.message.rstrip("."), place, error.hint)
            before = archive.get_record_offset()
    except (ArchiveLoadFailed, EOFError, ValueError) as error:
        detail = f"After byte {before}: {error}. What stood before it is taken in."
        yield RejectedRecord("web archive breaks off or is damaged", Place(source, number or None), detail)


def _page(record: Any, place: Place, max_bytes: int) -> RawRecord | None:
    """Reads a page; None for requests, pictures, redirects, revisits and metadata."""
    if record.rec_type != "response" or record.http_headers is None:
        return None
    headers = {name.lower(): value for name, value in record.http_headers.headers}
    status = str(record.http_headers.get_statuscode())
    url = str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    reply = FetchReply(url, int(status) if status.isdigit() else 0, headers)
    if reply.status != 200 or not url.startswith(("http://", "https://")) or failure(200, headers):
        return None
    if reply.content_type not in HTML:
        return None
    body = read_bounded(_pieces(record, headers), headers.get("content-encoding", ""), limit=max_bytes)
    if getattr(record.raw_stream, "limit", 0) > 0:  # bytes that the record's head promised and the file lacks
        raise FetchFailed("broken-off", "The record breaks off.")
    captured = {"captured": record.rec_headers.get_header("WARC-Date")}
    return page_record(FetchReply(url, 200, headers, body), captured, place)


def _pieces(record: Any, headers: dict[str, str]) -> Iterator[bytes]:
    """Yields the body without chunked transfer coding, still packed."""
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    stream = ChunkedDataReader(record.raw_stream, decomp_type=None) if chunked else record.raw_stream
    while piece := stream.read(PIECE_BYTES):
        yield piece


@contextmanager
def _member(package: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    with package.open(name) as file:
        yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, file), PIECE_BYTES))
