"""A list of addresses as a source of its own: each page is fetched once, politely."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import Refused, Unreachable
from ingest.fetch.page import page_record
from ingest.raw import Place, Raw, Rejected
from ingest.sources.sitemaps import read_addresses
from rag.errors import BadInput


class UrlList:
    """The pages of a file of addresses, one a line. What cannot be had is rejected with the reason."""

    def __init__(self, path: Path, fetcher: Fetcher, *, language: str = "", outlet: str = "") -> None:
        """Raises BadInput when there is no such file, Refused when it holds no address."""
        if not path.is_file():
            raise BadInput(f"There is no file {path}.", hint="Write one address a line.")
        self._path = path
        self._urls = read_addresses(path.read_bytes())
        self._fetcher = fetcher
        self._given = {k: v for k, v in (("language", language), ("outlet", outlet)) if v}
        self.passed_over = 0

    @property
    def total_bytes(self) -> int | None:
        return None

    def __iter__(self) -> Iterator[Raw | Rejected]:
        for url in self._urls:
            place = Place(url)
            try:
                page = self._fetcher.get(url, "page")
                reserved = self._fetcher.reservations.find(page, agreed=False)
                if reserved is not None:
                    yield Rejected(f"reserved by its owner ({reserved.reason})", place, str(reserved))
                    continue
                record = page_record(page)
            except Refused as error:
                yield Rejected(f"not to be had ({error.reason})", place, error.message)
                continue
            except Unreachable as error:
                if error.reason == "stopped":
                    return
                yield Rejected(f"not to be had for now ({error.reason})", place, error.message)
                continue
            yield Raw({**record.fields, **self._given}, place, size=len(page.body), notice=record.notice)
