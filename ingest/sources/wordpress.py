"""Reads WordPress sites by their own API (`/wp-json/wp/v2/posts`), oldest change first; and WordPress export files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ingest.checks import parse_date
from ingest.fetch.outcomes import FetchRefused, FetchReply
from ingest.fetch.replies import Kind
from ingest.raw import Place, RawRecord, RejectedRecord, SourceRecord
from ingest.sources.files import unzipped
from ingest.sources.live import ListedArticle, Listing, SourceKind, plausible_date, register
from rag.errors import BadInput

POSTS = "/wp-json/wp/v2/posts"
A_PAGE = 50
PAGES_MOST = 200
# Some sites compare with local time instead of UTC; what is listed twice is recognised by its signal.
OVERLAP = timedelta(hours=3)
TAG = re.compile(r"<[^>]*>")
HEAD = "yoast_head"  # where the plugin that most sites have repeats the head of the post's page


@dataclass(frozen=True, slots=True)
class WordPress:
    """A site that runs WordPress, given by its address or by the address of its API."""

    url: str
    kind: Kind = "api"

    def address(self, mark: str, since: datetime) -> str:
        base = self.url.rstrip("/")
        base = base if "/wp-json" in base or "rest_route=" in base else base + POSTS
        after = parse_date(mark) or since
        query = {
            "per_page": str(A_PAGE),
            "orderby": "modified",
            "order": "asc",
            "modified_after": (after - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "_embed": "author,wp:term",
        }
        return base + ("&" if "?" in base else "?") + urlencode(query)

    def read(self, reply: FetchReply, since: datetime) -> Listing:
        entries, rejected, newest = [], [], ""
        for number, post in enumerate(_posts(reply), start=1):
            try:
                entry = _entry(post)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                rejected.append(RejectedRecord("post lacks a field", Place(reply.url, number), repr(error)[:200]))
                continue
            newest = max(newest, str(post["modified_gmt"]))
            if (post.get("content") or {}).get("protected"):
                rejected.append(RejectedRecord("post has a password", Place(entry.url)))
            else:
                entries.append(entry)
        return Listing(tuple(entries), _next(reply), tuple(rejected), mark=f"{newest}+00:00" if newest else "")


def _posts(reply: FetchReply) -> list[Any]:
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise FetchRefused("not-wordpress", f"{reply.url} does not answer as WordPress.", hint=str(error)) from error
    if not isinstance(found, list):
        said = str(found.get("message", ""))[:200] if isinstance(found, dict) else ""
        raise FetchRefused("not-wordpress", f"{reply.url} does not list posts.", hint=said)
    return found


def _entry(post: dict[str, Any]) -> ListedArticle:
    url, modified = str(post["link"]), str(post["modified_gmt"])
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"link {url[:100]!r}")
    published = plausible_date(parse_date(f"{post['date_gmt']}+00:00"))
    terms = [t for group in _embedded(post, "wp:term") for t in (group if isinstance(group, list) else [])]
    record = {
        "title": plain(str(post["title"]["rendered"])),
        "html": str(post["content"]["rendered"]),
        "url": url,
        "published": published.isoformat() if published else None,
        "modified": m.isoformat() if (m := plausible_date(parse_date(f"{modified}+00:00"))) else None,
        "authors": [plain(str(a["name"])) for a in _embedded(post, "author") if isinstance(a, dict) and a.get("name")],
        "section": next((plain(str(t.get("name", ""))) for t in terms if t.get("taxonomy") == "category"), ""),
    }
    head = post.get(HEAD)
    kept = {k: v for k, v in record.items() if v}
    return ListedArticle(url, modified, published, record=kept, head=head if isinstance(head, str) else "")


def _embedded(post: dict[str, Any], name: str) -> list[Any]:
    held = post.get("_embedded")
    found = held.get(name) if isinstance(held, dict) else None
    return found if isinstance(found, list) else []


def plain(markup: str) -> str:
    """Returns the words of a title or name, which WordPress gives as HTML."""
    return unescape(TAG.sub("", markup)).strip()


def _next(reply: FetchReply) -> str:
    """Returns the address of the next page; "" when the server says that there is none."""
    parts = urlsplit(reply.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    total = reply.headers.get("x-wp-totalpages", "1")
    page = int(query.get("page", "1")) if query.get("page", "1").isdigit() else 1
    if not total.isdigit() or page >= min(int(total), PAGES_MOST):
        return ""
    return urlunsplit(parts._replace(query=urlencode({**query, "page": str(page + 1)})))


register(
    SourceKind("wordpress", "wordpress", "Address of a site that runs WordPress", lambda url, whole: WordPress(url))
)


def read_wordpress_exports(paths: Sequence[Path]) -> Iterator[SourceRecord]:
    """Reads the published posts of export files (.xml, .xml.gz); None for pages, attachments, drafts and private posts.

    Raises BadInput when a file does not exist.
    """
    for path in paths:
        if not path.is_file():
            raise BadInput(f"There is no file {path}.", hint="Export it under Tools > Export in WordPress.")
    return chain.from_iterable(map(_read_file, paths))


def _read_file(path: Path) -> Iterator[SourceRecord]:
    place = Place(str(path))
    try:
        with path.open("rb") as file:
            yield from _items(unzipped(file), place)
    except DefusedXmlException:
        yield RejectedRecord("file declares XML entities, which are not read", place, "Export it anew.")
    except (ParseError, EOFError, ValueError, LookupError) as error:
        yield RejectedRecord("export breaks off or is no XML", place, f"{error}. What stood before it is taken in.")
    except OSError as error:
        yield RejectedRecord("file cannot be read", place, str(error))


def _items(file: BinaryIO, place: Place) -> Iterator[SourceRecord]:
    channel: Any = None
    outlet, authors, number, seen = "", dict[str, str](), 0, False
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
            yield _item(element, outlet, authors, Place(place.source, number))
            channel.clear()
    if not seen:
        yield RejectedRecord("file is no WordPress export", place, "Its root is not <rss>.")


def _item(item: Any, outlet: str, authors: dict[str, str], place: Place) -> SourceRecord:
    if _text(item, "post_type") != "post" or _text(item, "status") != "publish":
        return None
    if _text(item, "post_password"):
        return RejectedRecord("post has a password", place)
    sections = [c.text or "" for c in item.findall("category") if c.get("domain") == "category"]
    creator = _text(item, "creator")
    fields = {
        "title": _text(item, "title"),
        "html": _text(item, "encoded"),  # content:encoded stands before excerpt:encoded
        "url": _text(item, "link"),
        "published": _date(item, "post_date_gmt") or _date(item, "pubDate"),
        "modified": _date(item, "post_modified_gmt"),
        "authors": [authors.get(creator) or creator] if creator else [],
        "section": sections[0] if sections else "",
        "outlet": outlet,
    }
    return RawRecord({k: v for k, v in fields.items() if v}, place)


def _text(item: Any, name: str) -> str:
    found = item.find(f"{{*}}{name}")
    return (found.text or "").strip() if found is not None else ""


def _date(item: Any, name: str) -> str:
    moment = plausible_date(parse_date(_text(item, name)))  # none for 0000-00-00
    return moment.isoformat() if moment else ""
