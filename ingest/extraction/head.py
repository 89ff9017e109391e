"""Reads headline, dates, authors, language, address and section from a page's head and its marked elements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from ingest.checks import parse_date
from ingest.extraction.linked_data import LinkedArticle, read_linked
from ingest.extraction.words import patterns, text_in
from rag.text.dates import any_of, meanings
from rag.text.languages import find_language
from rag.text.script import fold

_META = "//meta[@content]"
PUBLICATION_FIELDS = tuple(
    "article:published_time og:article:published_time og:published_time article.published datepublished pubdate "
    "publish-date publish_date publication_date dc.date.issued dcterms.created dc.date parsely-pub-date sailthru.date "
    "cxenseparse:recs:publishtime date".split()
)
MODIFICATION_FIELDS = tuple(
    "article:modified_time og:article:modified_time datemodified og:updated_time lastmod last-modified".split()
)
AUTHORS = tuple(
    "author article:author_name articleauthor article:author parsely-author dc.creator byl sailthru.author "
    "cxenseparse:author".split()
)
SECTION = tuple("article:section og:article:section parsely-section cxenseparse:recs:category section".split())
_ADDRESS = re.compile(
    r"^(?:https?:)?//|^www\.|\.(?:com|net|org|rs|hr|ba|me|mk|al|bg|ro|gr|tr|si)(?:/|$)|@", re.IGNORECASE
)
_ADDRESSES = re.compile(r"(?:https?:)?//\S+|www\.\S+|\S+@\S+", re.IGNORECASE)
_BY = re.compile(rf"^(?:{'|'.join(patterns('byline'))})\s*[:\-–]?\s+", re.IGNORECASE)


def _with_class(*words: str) -> str:
    """Makes an XPath for elements whose class holds one of the words."""
    return "//*[" + " or ".join(f"contains(@class,'{word}')" for word in words) + "]"


_DATE_PLACES = (
    "//time[@datetime]",
    "//*[@itemprop='datePublished']",
    _with_class(
        "date", "datum", "time", "publish", "vreme", "vrijeme", "meta", "info", "data", "objav", "imerominia", "tarih"
    ),
)
_AUTHOR_PLACES = (
    "//*[@rel='author' or @itemprop='author']",
    _with_class("author-name", "byline", "autor", "author", "writer", "yazar", "avtor", "syntakt"),
)
MOST_PLACES = 40
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Head:
    """What the page's head says, the most reliable source first; "" where it says nothing."""

    titles: tuple[str, ...]  # linked data, Open Graph, the first heading, the title element
    authors: tuple[str, ...]
    published: str
    modified: str
    language: str
    url: str
    outlet: str
    section: str
    type: str  # og:type
    linked: LinkedArticle


def read_head(tree: Any, html: str, *, url: str | None) -> Head:
    """Reads the tree without changing it. `url`: where the page was fetched."""
    meta: dict[str, str] = {}  # the first content of each meta name, property and itemprop, in lower case
    for element in tree.xpath(_META):
        content = " ".join(element.get("content").split())
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").strip().lower()
            if name and content:
                meta.setdefault(name, content)
    linked = read_linked([s for s in tree.xpath("//script[contains(@type,'ld+json')]/text()") if s.strip()])
    headings = [text_in(element) for element in tree.xpath("//h1")[:3]]
    named = [text_in(element) for element in tree.xpath("//head/title")[:1] or tree.xpath("//title")[:1]]
    titles = (linked.headline, meta.get("og:title", "") or meta.get("twitter:title", ""), *headings, *named)
    found = re.search(r"<html[^>]*?\s(?:xml:)?lang\s*=\s*[\"']?([\w-]+)", html[:6000], re.IGNORECASE)
    tags = (str(tree.get("lang") or ""), found[1] if found else "", linked.language)
    language = next(filter(None, (*tags, meta.get("content-language"), meta.get("og:locale"))), "")
    published = [linked.published, *(meta.get(name, "") for name in PUBLICATION_FIELDS)]
    modified = [linked.modified, *(meta.get(name, "") for name in MODIFICATION_FIELDS)]
    return Head(
        titles=tuple(dict.fromkeys(filter(None, titles))),
        authors=_authors(tree, meta, linked),
        published=_first_date(published, language) or _shown_date(tree, language),
        modified=_first_date(modified, language),
        language=language,
        url=_address("".join(tree.xpath("//link[@rel='canonical']/@href")[:1]).strip() or meta.get("og:url", ""), url),
        outlet=meta.get("og:site_name", "") or linked.publisher or meta.get("application-name", ""),
        section=linked.section or next((meta[name] for name in SECTION if meta.get(name)), ""),
        type=meta.get("og:type", ""),
        linked=linked,
    )


def _authors(tree: Any, meta: dict[str, str], linked: LinkedArticle) -> tuple[str, ...]:
    declared = list(linked.authors) or [meta[name] for name in AUTHORS if meta.get(name)][:1]
    names = [name for said in declared for name in names_in(said)]
    if not names:
        for place in _AUTHOR_PLACES:
            shown = (text_in(element) for element in tree.xpath(place)[:3])
            names = [name for text in shown if 0 < len(text) <= 2 * LONGEST_NAME for name in names_in(text)]
            if names:
                break
    return tuple(dict.fromkeys(names))


def names_in(said: str) -> list[str]:
    """Returns the names in a byline such as `Piše: Ana Kovač i Petar Ilić`, without addresses, dates and sentences."""
    text = _BY.sub("", " ".join(_ADDRESSES.sub(" ", said).split()))
    parts = re.split(r"\s*(?:[;,|/•·]|\s(?:i|и|and|dhe|și|si|και|ve|in|&)\s)\s*", text)
    return [part for part in (p.strip(" .:-–") for p in parts) if _is_name(part)]


def _is_name(part: str) -> bool:
    if not any(c.isalpha() for c in part) or len(part) > LONGEST_NAME or len(part.split()) > 6:
        return False
    return not _ADDRESS.search(part) and not re.search(r"\d\d[:.]\d\d|(?:19|20)\d\d", part)


def _first_date(said: list[str], language: str) -> str:
    return next((date for text in said if text and (date := read_date(text, language=language))), "")


def _shown_date(tree: Any, language: str) -> str:
    """Returns the first date in an element that is marked as one, outside lists of other articles."""
    for place in _DATE_PLACES:
        for element in tree.xpath(place)[:MOST_PLACES]:
            text = element.get("datetime") or element.get("content") or text_in(element)
            if 5 < len(text) <= 120 and not _elsewhere(element) and (date := read_date(text, language=language)):
                return date
    return ""


def _elsewhere(element: Any) -> bool:
    return any(
        parent.tag in ("aside", "footer", "nav") or parent.tag == "a" and len(text_in(parent)) > 60
        for parent in element.iterancestors()
    )


def _address(canonical: str, url: str | None) -> str:
    """Completes a canonical address; "" for the front page, or what cannot be fetched."""
    try:
        address = urljoin(url or "", canonical.strip())
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or (not parts.path.strip("/") and not parts.query):
        return ""
    return address


def choose_title(head: Head) -> str:
    """Returns the headline without the site's name: that of linked data or Open Graph, but a heading of the page where
    they cut it short."""
    if not head.titles:
        return ""
    best = _without_site(head.titles[0], head.outlet, head.titles)
    cut = best.rstrip("… .")
    if best.endswith(("…", "...")):
        longer = [t for t in head.titles[1:] if t.startswith(cut) and len(t) > len(best)]
        best = _without_site(longer[0], head.outlet, head.titles) if longer else best
    return best


_SITE = re.compile(r"\s+(?:[|\-–—»•·*:/]|::)\s+(?=[^|\-–—»•·*:/]{2,60}$)")


def _without_site(title: str, outlet: str, titles: tuple[str, ...]) -> str:
    """Removes `| Glas` from `Naslov | Glas`, when the outlet is called so or another title of the page lacks it."""
    short = title
    for _ in range(3):
        found = _SITE.search(short)
        if not found:
            break
        head, tail = short[: found.start()], short[found.end() :]
        plain, site = (re.sub(r"\W", "", fold(text)) for text in (tail, outlet))
        named = bool(plain) and bool(site) and (plain in site or site in plain)
        if not named and not any(fold(other).strip() == fold(head).strip() for other in titles):
            bare = [t for t in titles if fold(t).startswith(fold(head)) and len(t) < len(short)]
            if not bare and not _ADDRESS.search(tail):
                break
        short = head
    return short.strip()


_CLOCK = re.compile(
    r"(?<!\d)(?P<h>[01]?\d|2[0-3])[:.](?P<m>[0-5]\d)(?::[0-5]\d)?(?!\d|[./]\d)(?: ?(?P<half>[ap])\.?m\b)?"
)
_NUMERIC = re.compile(r"(?<![\d.])(?P<d>\d\d?)(?:\. ?|/|-)(?P<m>\d\d?)(?:\. ?|/|-)(?P<y>20\d\d|19\d\d)(?!\d)")
_ISO = re.compile(r"(?<!\d)(?P<y>20\d\d|19\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)(?!\d)")


def read_date(text: str, *, language: str = "") -> str:
    """Returns the date in a string as ISO 8601 with its zone; a day without a time stays a day; "" for no date.

    What is in the form of RFC 2822 is UTC where it names no zone.
    """
    text = " ".join(text.split())[:200]
    try:
        moment = datetime.fromisoformat(text)
        return moment.date().isoformat() if len(text) <= 10 else _in_zone(moment, language).isoformat()
    except ValueError:
        rfc = parse_date(text) if re.match(r"[A-Za-z]{3},|\d\d? [A-Za-z]{3} \d{4} \d", text) else None
        return rfc.isoformat() if rfc else _date_in_words(text, language)


def _date_in_words(text: str, language: str) -> str:
    """Reads dates such as `18.03.2025. 14:05`, `18. mart 2025. u 14:05`, `18 Μαρτίου 2025, 14:05`."""
    folded = fold(text)
    found = _ISO.search(folded) or _NUMERIC.search(folded)
    if found is not None:
        month, year, at = int(found["m"]), found["y"], found["d"]
    elif found := _worded().search(folded):
        year, month, at = (
            found["y"] or found["y2"],
            _months()[found["name"] or found["name2"]],
            found["d"] or found["d2"],
        )
    else:
        return ""
    try:
        day = date(int(year), month, int(at))
    except ValueError:
        return ""
    clock = _CLOCK.search(folded, found.end()) or _CLOCK.search(folded[: found.start()])
    if clock is None:
        return day.isoformat()
    hour = int(clock["h"]) % 12 + 12 * (clock["half"] == "p") if clock["half"] else int(clock["h"])
    return _in_zone(datetime.combine(day, time(hour, int(clock["m"]))), language).isoformat()


@cache
def _months() -> dict[str, int]:
    """Returns the months by name, and by their first three letters where only one month begins so."""
    names = meanings("months")
    short: dict[str, set[int]] = {}
    for name, month in names.items():
        short.setdefault(name[:3], set()).add(month)
    return {**{name: months.pop() for name, months in short.items() if len(months) == 1}, **names}


@cache
def _worded() -> re.Pattern[str]:
    month = any_of(_months())
    return re.compile(
        rf"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th)?\.? ?(?:of |de )?(?P<name>{month})[a-z]{{0,2}}\.?,? ?"
        rf"(?:de |tou )?(?P<y>(?:19|20)\d\d)"
        rf"|\b(?P<name2>{month})\.? (?P<d2>\d\d?)(?:st|nd|rd|th)?,? (?P<y2>(?:19|20)\d\d)"
    )


def _in_zone(moment: datetime, language: str) -> datetime:
    """The moment in the zone that it names, else in that of most of the language's readers."""
    if moment.tzinfo is not None:
        return moment
    known = find_language(language)
    return moment.replace(tzinfo=ZoneInfo(known.zone) if known and known.zone else UTC)
