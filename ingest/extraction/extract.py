"""Reads an article from a web page: text, headline, authors, dates, language, kind, address. Refuses other pages."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any
from urllib.parse import unquote, urlsplit

from ingest.extraction.body import (
    MOST_BYTES,
    LiveBlogEntry,
    Page,
    as_page,
    marked_text,
    parse_page,
    read_body,
    without_furniture,
)
from ingest.extraction.head import Head, choose_title, read_head
from ingest.extraction.labels import find_correction, find_retraction, kind_of, labels_of
from ingest.extraction.linked_data import ARTICLES, LISTS
from ingest.extraction.live import entries_of
from ingest.extraction.words import begins, holds
from rag.errors import BadInput
from rag.text.script import fold

__all__ = ["LiveBlogEntry", "Page", "extract"]

MARKED_CHARS = 400  # of a body that the page marks as such, and is then believed


def extract(html: str, *, url: str | None = None) -> Page:
    """Extracts the article of an HTML page or fragment that was fetched at `url`.

    Raises BadInput with the reason when it is not HTML, or a page without a whole article.
    """
    if len(html) > MOST_BYTES:
        raise BadInput("page is too long", hint=f"{len(html)} characters; at most {MOST_BYTES} are read.")
    html = as_page(html)
    tree = parse_page(html)
    if tree is None:
        raise BadInput("html cannot be read", hint="No element was found in it: give the page's source, or `text`.")
    head = read_head(tree, html, url=url)
    address = head.url if head.url and _same_site(head.url, url) else ""
    labels, title = labels_of(tree), choose_title(head)
    entries = entries_of(head, title, tree)
    body = read_body(deepcopy(tree), url=url, dated=bool(head.published))
    title = title or body.title
    marked = marked_text(tree)
    short = 0 < len(marked) < MARKED_CHARS and len(body.text) > len(marked)
    text = without_furniture(marked if short else body.text, title=title)
    if not entries:
        check_article(head, title, text, tree, address or url)
    retraction, correction = find_retraction(title, body.text), find_correction(body.text)
    return Page(
        title=title,
        text=text,
        authors=head.authors,
        published=head.published or body.published,
        modified=head.modified,
        language=head.language,
        url=address,
        outlet=head.outlet,
        section=head.section,
        kind=kind_of(head, labels, title, address or url),
        status="retracted" if retraction else "corrected" if correction else "",
        note=retraction or correction,
        entries=entries,
    )


def _same_site(canonical: str, url: str | None) -> bool:
    """Tells whether a page at `url` may name `canonical` as its address, which must not be another outlet's.

    A site is the last two labels of the host, three below a country's own second level (`co.rs`, `com.tr`).
    """
    sites = []
    for address in (canonical, url or canonical):
        labels = (urlsplit(address).hostname or "").split(".")
        second = len(labels) > 2 and labels[-2] in ("co", "com", "org", "net", "gov", "edu", "gob", "ac", "in")
        sites.append(labels[-3 if second else -2 :])
    return sites[0] == sites[1]


NOTICE_CHARS = 600  # of a text that a notice may be the whole of
STUB_CHARS = 1500  # of a beginning that is given away before a paywall
COOKIE_SHARE = 0.02  # of the words of a text that is about cookies
PROSE_CHARS = 160  # of a line that is a paragraph and no teaser
LEAST_LINKS = 8  # headlines with a link each, on a page that lists articles
_WORD = re.compile(r"[^\W_]+")
_TEASERS = "//article//a[@href] | //h2//a[@href] | //h3//a[@href]"


def check_article(head: Head, title: str, text: str, tree: Any, url: str | None) -> None:
    """Raises BadInput with the reason when a page is no article. `tree` is the whole parsed page."""
    headings = [fold(one) for one in (title, *head.titles)]
    short = len(text) < NOTICE_CHARS
    if short and any(holds("captcha").search(heading) for heading in headings):
        raise BadInput("page is a check for robots", hint=f"{title[:80]!r}: the server sent it in the article's place.")
    if short and any(begins("error").match(heading) for heading in headings):
        raise BadInput("page is an error page", hint=f"{title[:80]!r}: the server should have answered 404.")
    _check_wall(head, text, tree)
    if _is_list(head, text, tree, url):
        raise BadInput("page is a list of articles", hint="Feed the articles that it names.")
    if not text.strip() and tree.xpath("//script") and len(_shown(tree)) < 200:
        raise BadInput("page has no text without its scripts", hint="Feed its text, or an address without scripts.")


def _check_wall(head: Head, text: str, tree: Any) -> None:
    folded = fold(text)
    words = len(_WORD.findall(folded))
    cookies = len(holds("cookies").findall(folded))
    if cookies >= 3 and cookies / max(words, 1) > COOKIE_SHARE and len(text) < 4 * NOTICE_CHARS:
        raise BadInput("page is a notice about cookies", hint="The server sent it in the article's place.")
    if len(text) <= STUB_CHARS:
        marked = tree.xpath("//*[contains(@class,'paywall') or contains(@id,'paywall') or contains(@class,'piano-')]")
        said = holds("paywall").search(folded) or holds("paywall").search(fold(_shown(tree)))
        if said or (marked and not head.linked.free) or (not head.linked.free and words < 120):
            raise BadInput(
                "page gives only the beginning (paywall)", hint="Feed the whole text, with the outlet's leave."
            )


def _shown(tree: Any) -> str:
    """Returns the text of the page's body without scripts; of a long one the first part."""
    parts = tree.xpath("//body//text()[not(parent::script or parent::style or parent::noscript)]")
    return " ".join(" ".join(parts[:3000]).split())[:20_000]


def _is_list(head: Head, text: str, tree: Any, url: str | None) -> bool:
    if ARTICLES & head.linked.types or head.type == "article":
        return False
    addresses = {e.get("href") for e in tree.xpath(_TEASERS) if len(" ".join(e.itertext()).split()) >= 3}
    named = _names_a_list(url) or bool(LISTS & head.linked.types)
    if named and len(text) < NOTICE_CHARS:
        return True
    if len(addresses) < LEAST_LINKS or not (named or sum(len(line) > PROSE_CHARS for line in text.split("\n")) < 2):
        return False
    # Three long paragraphs that are no teasers are one story, and all that old pages have to show.
    return sum(len(" ".join(p.itertext())) > PROSE_CHARS for p in tree.xpath("//p[not(ancestor::a)]")) < 3


def _names_a_list(url: str | None) -> bool:
    try:
        parts = unquote(urlsplit(url or "").path).strip("/").lower().split("/")
    except ValueError:
        return False
    return len(parts) <= 3 and any(holds("listing").fullmatch(fold(part)) for part in parts[:-1] or parts)
