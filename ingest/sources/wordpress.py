"""WordPress' own interface (`/wp-json/wp/v2/posts`): text, dates, authors and sections, oldest change first."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingest.checks import parse_date
from ingest.fetch.fetcher import Kind
from ingest.fetch.outcomes import Fetched, Refused
from ingest.raw import Place, Rejected
from ingest.sources.listing import Entry, Listing, sane

POSTS = "/wp-json/wp/v2/posts"
A_PAGE = 50
PAGES_MOST = 200
# Sites compare with their local time where they should with UTC; what is listed twice is known by its signal.
OVERLAP = timedelta(hours=3)
TAG = re.compile(r"<[^>]*>")
HEAD = "yoast_head"  # where the plugin that most sites have repeats the head of the post's page


@dataclass(frozen=True, slots=True)
class WordPress:
    """A site that runs WordPress, given by its address; the interface itself may be given instead."""

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

    def read(self, reply: Fetched, since: datetime) -> Listing:
        entries, rejected, newest = [], [], ""
        for number, post in enumerate(_posts(reply), start=1):
            try:
                entry = _entry(post)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                rejected.append(Rejected("post lacks a field", Place(reply.url, number), repr(error)[:200]))
                continue
            newest = max(newest, str(post["modified_gmt"]))
            if (post.get("content") or {}).get("protected"):
                rejected.append(Rejected("post has a password", Place(entry.url)))
            else:
                entries.append(entry)
        return Listing(tuple(entries), _next(reply), tuple(rejected), mark=f"{newest}+00:00" if newest else "")


def _posts(reply: Fetched) -> list[Any]:
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise Refused("not-wordpress", f"{reply.url} does not answer as WordPress.", hint=str(error)) from error
    if not isinstance(found, list):
        said = str(found.get("message", ""))[:200] if isinstance(found, dict) else ""
        raise Refused("not-wordpress", f"{reply.url} does not list posts.", hint=said)
    return found


def _entry(post: dict[str, Any]) -> Entry:
    url, modified = str(post["link"]), str(post["modified_gmt"])
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"link {url[:100]!r}")
    published = sane(parse_date(f"{post['date_gmt']}+00:00"))
    terms = [t for group in _embedded(post, "wp:term") for t in (group if isinstance(group, list) else [])]
    record = {
        "title": plain(str(post["title"]["rendered"])),
        "html": str(post["content"]["rendered"]),
        "url": url,
        "published": published.isoformat() if published else None,
        "modified": m.isoformat() if (m := sane(parse_date(f"{modified}+00:00"))) else None,
        "authors": [plain(str(a["name"])) for a in _embedded(post, "author") if isinstance(a, dict) and a.get("name")],
        "section": next((plain(str(t.get("name", ""))) for t in terms if t.get("taxonomy") == "category"), ""),
    }
    head = post.get(HEAD)
    kept = {k: v for k, v in record.items() if v}
    return Entry(url, modified, published, record=kept, head=head if isinstance(head, str) else "")


def _embedded(post: dict[str, Any], name: str) -> list[Any]:
    held = post.get("_embedded")
    found = held.get(name) if isinstance(held, dict) else None
    return found if isinstance(found, list) else []


def plain(markup: str) -> str:
    """A heading's words: WordPress gives titles and names as HTML."""
    return unescape(TAG.sub("", markup)).strip()


def _next(reply: Fetched) -> tuple[str, ...]:
    """The next page, as long as the server says that there is one."""
    parts = urlsplit(reply.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    total = reply.headers.get("x-wp-totalpages", "1")
    page = int(query.get("page", "1")) if query.get("page", "1").isdigit() else 1
    if not total.isdigit() or page >= min(int(total), PAGES_MOST):
        return ()
    return (urlunsplit(parts._replace(query=urlencode({**query, "page": str(page + 1)}))),)
