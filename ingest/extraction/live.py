"""Splits a live blog into its dated entries: from its linked data, or from elements that repeat with a time each."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ingest.extraction.body import LiveBlogEntry
from ingest.extraction.head import Head, read_date
from ingest.extraction.linked_data import text_of
from ingest.extraction.words import text_in
from rag.text.script import fold

LEAST = 2
MOST = 1000
_TIME = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3])[:.][0-5]\d(?!\d)")
_MARKS = "live uzivo timeline blog-post minutominuto update".split()
_CONTAINERS = "//*[contains(@id,'live') or " + " or ".join(f"contains(@class,'{mark}')" for mark in _MARKS) + "]"
_LIVE = re.compile(  # folded
    r"\b(?:uzivo|u zivo|v zivo|vo zivo|na zivo|iz minuta u minut|minut po minut|minuta po minuta|live|liveblog|"
    r"canli|dakika dakika|lepto pros lepto|drejtperdrejt|direct|in direct)\b"
)


def entries_of(head: Head, title: str, tree: Any) -> tuple[LiveBlogEntry, ...]:
    """Returns the entries of a live blog; none when the page is no live blog, or they cannot be told apart."""
    found = list(_from_linked(head))
    if len(found) < LEAST:
        if head.linked.type == "liveblogposting" or _LIVE.search(fold(title)):
            found = list(_from_elements(head, tree))
    return _keyed(found[:MOST]) if len(found) >= LEAST else ()


def _keyed(found: Sequence[LiveBlogEntry]) -> tuple[LiveBlogEntry, ...]:
    """Gives each entry a key: its id, else its time, as every new entry shifts its position.

    Entries of one minute are numbered from the oldest, so that a newer one renames none.
    """
    dates = [entry.published for entry in found if entry.published]
    newest_first = len(dates) > 1 and dates[0] > dates[-1]
    held: Counter[str] = Counter()
    keyed = []
    for entry in reversed(found) if newest_first else found:
        stem = entry.key
        if not stem and entry.published:
            stem = "at-" + re.sub(r"\D", "", entry.published[:16])
        stem = stem or f"says-{hashlib.sha256(f'{entry.title} {entry.text}'.encode()).hexdigest()[:12]}"
        held[stem] += 1
        keyed.append(replace(entry, key=stem if held[stem] == 1 else f"{stem}-{held[stem]}"))
    return tuple(reversed(keyed)) if newest_first else tuple(keyed)


def _from_linked(head: Head) -> Iterator[LiveBlogEntry]:
    for update in head.linked.updates:
        text = text_of(update.get("articleBody"))
        if not text:
            continue
        date = read_date(str(update.get("datePublished") or ""), language=head.language)
        address = str(update.get("url") or update.get("@id") or "")
        yield LiveBlogEntry(address.partition("#")[2], text_of(update.get("headline")), text, date)


def _from_elements(head: Head, tree: Any) -> Iterator[LiveBlogEntry]:
    day = head.published[:10]
    for element in _repeated(tree):
        time = _first(element.xpath(".//time[@datetime]/@datetime"))
        lines = [text_in(p) for p in element.xpath(".//p | .//li | .//blockquote")]
        text = "\n".join(line for line in lines if line and not _TIME.fullmatch(line))
        if not text:
            continue
        shown = text_in(element)[:80]
        date = read_date(time, language=head.language) or read_date(shown, language=head.language)
        clock = _TIME.search(shown)
        if not date and clock and day:
            date = read_date(f"{day} {clock.group().replace('.', ':').zfill(5)}", language=head.language)
        heading = _first([text_in(h) for h in element.xpath(".//h2 | .//h3 | .//h4")])
        yield LiveBlogEntry(element.get("id") or "", heading, text, date)


def _repeated(tree: Any) -> Sequence[Any]:
    """Returns the largest group of siblings of one class in a container of live entries, each with a time in it."""
    groups: dict[tuple[Any, str, str], dict[Any, None]] = {}
    for container in tree.xpath(_CONTAINERS)[:200]:
        for element in (container, *container):
            parent = element.getparent()
            fits = parent is not None and element.tag in ("div", "article", "li", "section")
            if fits and (element.xpath(".//time") or _TIME.search(text_in(element)[:60])):
                groups.setdefault((parent, element.tag, element.get("class") or ""), {})[element] = None
    return list(max(groups.values(), key=len, default=()))


def _first(values: list[Any]) -> str:
    return str(values[0]).strip() if values else ""
