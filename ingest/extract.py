"""Reads a web page: title, text, authors, dates, language, address. The only import of trafilatura."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from trafilatura import bare_extraction, load_html

from ingest.checks import parse_date
from rag.errors import BadInput

# What trafilatura guesses from the body when no date is declared is often the date of another story.
DATES = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}
META = "//meta[@property=$name or @name=$name or @itemprop=$name]/@content"
PUBLISHED = ("article:published_time", "og:article:published_time", "datePublished", "pubdate", "publish-date")
MODIFIED = ("article:modified_time", "og:article:modified_time", "dateModified", "og:updated_time")
LINKED_DATA = "//script[@type='application/ld+json']/text()"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself, as strings still to be checked. `text` is "" when no article was found."""

    title: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    language: str = ""
    url: str = ""
    outlet: str = ""


def extract(html: str, *, url: str | None = None) -> Page:
    """The article of an HTML page or fragment. Raises BadInput when it is not HTML at all."""
    tree = load_html(html)
    if tree is None:
        raise BadInput("html cannot be read", hint="No element was found in it: give the page's source, or `text`.")
    page = _declared(tree, html, url=url)
    said = _said(html, url=url)
    title = said.get("title") or ""
    return replace(
        page,
        title=title,
        text=_without_headline(said.get("text") or "", title),
        authors=tuple(a.strip() for a in (said.get("author") or "").split(";") if a.strip()),
        published=page.published or said.get("date") or "",
        url=page.url or said.get("url") or "",
        outlet=said.get("sitename") or "",
    )


def _said(html: str, *, url: str | None) -> dict[str, Any]:
    """What trafilatura finds; empty when it finds no article."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its date parser warns of time zones that it does not know
        found = bare_extraction(html, url=url, with_metadata=True, include_comments=False, date_extraction_params=DATES)
    if found is None:
        return {}
    return found if isinstance(found, dict) else dict(found.as_dict())


def _declared(tree: Any, html: str, *, url: str | None) -> Page:
    canonical = _first(tree.xpath("//link[@rel='canonical']/@href")) or _first(tree.xpath(META, name="og:url"))
    address = urljoin(url or "", canonical)
    return Page(
        published=_date(tree, PUBLISHED, "datePublished"),
        modified=_date(tree, MODIFIED, "dateModified"),
        language=str(tree.get("lang") or "") or _language_of(html),
        url=address if address.startswith(("http://", "https://")) else "",
    )


def _meta(tree: Any, names: tuple[str, ...]) -> str:
    return next((v for n in names if (v := _first(tree.xpath(META, name=n)))), "")


def _date(tree: Any, names: tuple[str, ...], key: str) -> str:
    """A declared date that can be read as one; pages also declare "March 3" or a template's blank."""
    return next((d for d in (_meta(tree, names), _linked(tree, key)) if parse_date(d)), "")


def _linked(tree: Any, key: str) -> str:
    found = re.search(rf'"{key}"\s*:\s*"([^"]+)"', " ".join(tree.xpath(LINKED_DATA)))
    return found[1] if found else ""


def _language_of(html: str) -> str:
    """The root element's language also where the parser put the page into another root."""
    found = re.search(r"<html[^>]*?\slang\s*=\s*[\"']?([\w-]+)", html[:4000], re.IGNORECASE)
    return found[1] if found else ""


def _first(values: list[Any]) -> str:
    return str(values[0]).strip() if values else ""


def _without_headline(text: str, title: str) -> str:
    """Pages repeat the headline above the text; the article's title holds it already."""
    first, _, rest = text.partition("\n")
    return rest if title and first.strip() == title.strip() else text
