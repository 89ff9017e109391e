"""Reads a web page: its article's text, headline, authors, dates, language, kind, address. Start reading here."""

from __future__ import annotations

from copy import deepcopy
from urllib.parse import urlsplit

from ingest.extraction.body import (
    MOST_BYTES,
    Entry,
    Page,
    as_page,
    marked_text,
    parse_page,
    read_body,
    without_furniture,
)
from ingest.extraction.head import choose_title, read_head
from ingest.extraction.labels import find_notice, kind_of, labels_of
from ingest.extraction.live import entries_of
from ingest.extraction.refusals import must_be_an_article
from rag.errors import BadInput

__all__ = ["Entry", "Page", "extract"]

SHORT_CHARS = 400  # of a body that the page marks as such, and is then believed


def extract(html: str, *, url: str | None = None) -> Page:
    """The article of an HTML page or fragment, fetched at `url`.

    Raises BadInput, with the reason, when it is not HTML or is a page that holds no whole article.
    """
    if len(html) > MOST_BYTES:
        raise BadInput("page is too long", hint=f"{len(html)} characters; at most {MOST_BYTES} are read.")
    html = as_page(html)
    tree = parse_page(html)
    if tree is None:
        raise BadInput("html cannot be read", hint="No element was found in it: give the page's source, or `text`.")
    head = read_head(tree, html, url=url)
    address = head.url if _same_site(head.url, url) else ""
    labels, title = labels_of(tree), choose_title(head)
    entries = entries_of(head, title, tree)
    body = read_body(deepcopy(tree), url=url, dated=bool(head.published))
    title = title or body.title
    marked = marked_text(tree)
    short = 0 < len(marked) < SHORT_CHARS and len(body.text) > len(marked)
    text = without_furniture(marked if short else body.text, title=title)
    if not entries:
        must_be_an_article(head, title, text, tree, address or url)
    notice = find_notice(title, body.text)
    return Page(
        title=title,
        text=text,
        authors=head.authors,
        published=head.published or body.date,
        modified=head.modified,
        language=head.language,
        url=address,
        outlet=head.outlet,
        section=head.section,
        kind=kind_of(head, labels, title, address or url),
        status=notice.status,
        note=notice.note,
        entries=entries,
    )


def _same_site(canonical: str, url: str | None) -> bool:
    """May a page at `url` say that it really stands at `canonical`? Another outlet's address would be taken over."""
    if not url or not canonical:
        return bool(canonical)
    here, there = (_site(address) for address in (url, canonical))
    return here == there


def _site(address: str) -> str:
    """The last two labels of the host, three below a country's own second level (`co.rs`, `com.tr`)."""
    labels = (urlsplit(address).hostname or "").split(".")
    second = len(labels) > 2 and labels[-2] in ("co", "com", "org", "net", "gov", "edu", "gob", "ac", "in")
    return ".".join(labels[-3:] if second else labels[-2:])
