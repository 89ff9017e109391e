"""Web archives: WARC files and WACZ packages of them. The only import of warcio."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply, page_record
from ingest.fetch.replies import failure, read_bounded
from ingest.raw import Place, RawRecord, RejectedRecord
from rag.errors import BadInput

PIECE_BYTES = 1 << 16
HTML = ("text/html", "application/xhtml+xml")


class WebArchive:
    """The pages of .warc, .warc.gz and .wacz files that were replies with status 200. Other records are skipped.

    Later captures of a page become revisions if they come later in the file.
    """

    def __init__(self, paths: list[Path], *, max_bytes: int) -> None:
        """Raises BadInput when a file does not exist."""
        for path in paths:
            if not path.is_file():
                raise BadInput(f"There is no file {path}.", hint="Give .warc, .warc.gz or .wacz files.")
        self._paths = paths
        self._max_bytes = max_bytes
        self.passed_over = 0

    @property
    def total_bytes(self) -> int | None:
        return sum(path.stat().st_size for path in self._paths if path.exists())

    def __iter__(self) -> Iterator[RawRecord | RejectedRecord]:
        for path in self._paths:
            try:
                yield from self._file(path)
            except OSError as error:
                yield RejectedRecord("file cannot be read", Place(str(path)), str(error))
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
                yield RejectedRecord("package is damaged", Place(str(path)), str(error))

    def _file(self, path: Path) -> Iterator[RawRecord | RejectedRecord]:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                yield from self._records(file, str(path))
            return
        with zipfile.ZipFile(path) as package:
            names = [n for n in package.namelist() if n.startswith("archive/") and ".warc" in n]
            if not names:
                yield RejectedRecord(
                    "package holds no web archive", Place(str(path)), "A WACZ has them below archive/."
                )
            for name in names:
                with _member(package, name) as file:
                    yield from self._records(file, f"{path}!{name}")

    def _records(self, file: BinaryIO, source: str) -> Iterator[RawRecord | RejectedRecord]:
        number, before = 0, 0
        try:
            archive = ArchiveIterator(file)
            for record in archive:
                number += 1
                place = Place(source, number)
                try:
                    raw = self._page(record, place)
                except (FetchRefused, FetchFailed) as error:
                    raw = RejectedRecord(error.message.rstrip("."), place, error.hint)
                if raw is None:
                    self.passed_over += 1
                else:
                    yield raw
                before = archive.get_record_offset()
        except (ArchiveLoadFailed, EOFError, ValueError) as error:
            detail = f"After byte {before}: {error}. What stood before it is taken in."
            yield RejectedRecord("web archive breaks off or is damaged", Place(source, number or None), detail)

    def _page(self, record: Any, place: Place) -> RawRecord | RejectedRecord | None:
        """None for anything but a page: requests, pictures, redirects, revisits, metadata."""
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
        body = read_bounded(_pieces(record, headers), headers.get("content-encoding", ""), limit=self._max_bytes)
        if getattr(record.raw_stream, "limit", 0) > 0:  # bytes that the record's head promised and the file lacks
            raise FetchFailed("broken-off", "The record breaks off.")
        captured = {"captured": record.rec_headers.get_header("WARC-Date")}
        return page_record(FetchReply(url, 200, headers, body), captured, place)


def _pieces(record: Any, headers: dict[str, str]) -> Iterator[bytes]:
    """The body without chunked transfer coding, still packed."""
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    stream = ChunkedDataReader(record.raw_stream, decomp_type=None) if chunked else record.raw_stream
    while piece := stream.read(PIECE_BYTES):
        yield piece


@contextmanager
def _member(package: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    with package.open(name) as file:
        yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, file), PIECE_BYTES))
