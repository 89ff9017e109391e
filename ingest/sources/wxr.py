"""WordPress export files (WXR): every published post of one, read in little memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ingest.checks import parse_date
from ingest.raw import Place, Raw, Rejected
from ingest.sources.listing import sane
from rag.errors import BadInput

EMPTY_DATE = "0000-00-00"


class WordPressExport:
    """The posts of export files (.xml, .xml.gz). Pages, attachments, drafts and private posts are passed over."""

    def __init__(self, paths: list[Path], *, language: str = "", outlet: str = "") -> None:
        """Raises BadInput when a file is not there."""
        for path in paths:
            if not path.is_file():
                raise BadInput(f"There is no file {path}.", hint="Export it under Tools > Export in WordPress.")
        self._paths = paths
        self._given = {k: v for k, v in (("language", language), ("outlet", outlet)) if v}
        self.passed_over = 0

    @property
    def total_bytes(self) -> int | None:
        return None  # how far a file is read says little: attachments stand between the posts

    def __iter__(self) -> Iterator[Raw | Rejected]:
        for path in self._paths:
            place = Place(str(path))
            try:
                with _opened(path) as file:
                    yield from self._posts(file, place)
            except DefusedXmlException:
                yield Rejected("file declares XML entities, which are not read", place, "Export it anew.")
            except (ParseError, EOFError, ValueError, LookupError) as error:
                yield Rejected("export breaks off or is no XML", place, f"{error}. What stood before it is taken in.")
            except OSError as error:
                yield Rejected("file cannot be read", place, str(error))

    def _posts(self, file: BinaryIO, place: Place) -> Iterator[Raw | Rejected]:
        channel: Any = None
        outlet, authors, number, seen = "", {}, 0, False
        for event, element in iterparse(file, events=("start", "end")):
            name = element.tag.rpartition("}")[2]
            if event == "start":
                channel = element if name == "channel" else channel
                seen = seen or name == "rss"
                continue
            if name == "title" and channel is not None and not outlet and element in list(channel):
                outlet = element.text or ""
            elif name == "author" and element.find("{*}author_login") is not None:
                authors[_text(element, "author_login")] = _text(element, "author_display_name")
            elif name == "item":
                number += 1
                post = self._post(element, {"outlet": outlet, **self._given}, authors, Place(place.source, number))
                if post is not None:
                    yield post
                channel.clear()
        if not seen:
            yield Rejected("file is no WordPress export", place, "Its root is not <rss>.")

    def _post(self, item: Any, given: dict[str, str], authors: dict[str, str], place: Place) -> Raw | Rejected | None:
        if _text(item, "post_type") != "post" or _text(item, "status") != "publish":
            self.passed_over += 1
            return None
        if _text(item, "post_password"):
            return Rejected("post has a password", place)
        sections = [c.text or "" for c in item.findall("category") if c.get("domain") == "category"]
        creator = _text(item, "creator")
        fields = {
            "title": _text(item, "title"),
            "html": _text(item, "encoded"),  # content:encoded stands before excerpt:encoded
            "url": _text(item, "link"),
            "published": _date(item, "post_date_gmt") or _published(item),
            "modified": _date(item, "post_modified_gmt"),
            "authors": [authors.get(creator) or creator] if creator else [],
            "section": sections[0] if sections else "",
        }
        return Raw({**{k: v for k, v in fields.items() if v}, **{k: v for k, v in given.items() if v}}, place)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if file.peek(2).startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield cast(BinaryIO, unzipped)
        else:
            yield file


def _text(item: Any, name: str) -> str:
    found = item.find(f"{{*}}{name}")
    return (found.text or "").strip() if found is not None else ""


def _date(item: Any, name: str) -> str:
    value = _text(item, name)
    moment = None if value.startswith(EMPTY_DATE) else sane(parse_date(value))
    return moment.isoformat() if moment else ""


def _published(item: Any) -> str:
    moment = sane(parse_date(_text(item, "pubDate")))
    return moment.isoformat() if moment else ""
