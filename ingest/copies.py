"""What a new article adds to the clusters of copies: its fingerprint, and the agency that it credits."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from rag.store.archive.archive import Archive
from rag.text.fingerprint import fingerprint
from rag.types import Article

_TABLE = tomllib.loads(files("ingest").joinpath("data", "agencies.toml").read_text(encoding="utf-8"))
AGENCIES: tuple[tuple[str, ...], ...] = tuple(map(tuple, _TABLE["agencies"]))  # the first name is the one that is kept
EDGE_CHARS = 320  # at the beginning and the end of a text, where an agency is credited; inside it is only quoted
_SOURCES = _TABLE["sources"].replace(" ", "|")


def find_credited_agency(article: Article) -> str:
    """The agency that an article credits: in the byline, the dateline, brackets or a line of sources; "" for none.

    Quoting an agency in the text does not count.
    """
    for said in (*article.authors, article.outlet):
        if said in _names():
            return _names()[said]
    head, tail = article.text[:EDGE_CHARS], article.text[-EDGE_CHARS:]
    found = _marked().search(head) or _marked().search(tail)
    if found:
        return _names()[found["agency"] or found["source"]]
    line = _dateline().match(head)
    return _names()[line["agency"]] if line else ""


def is_agency(names: Iterable[str]) -> bool:
    """Are all of these bylines agencies?"""
    said = list(names)
    return bool(said) and all(name in _names() for name in said)


def print_of(article: Article) -> bytes:
    """The fingerprint of the text without the headline, since copies get new ones."""
    return fingerprint(article.text)


def backfill(archive: Archive, *, page: int = 200) -> Iterator[int]:
    """Clusters articles that were stored without a fingerprint. Yields how many, batch by batch."""
    after: str | None = None
    while articles := archive.articles(after=after, limit=page):
        after = articles[-1].id
        yield archive.place([(a, print_of(a), find_credited_agency(a)) for a in articles])


@cache
def _names() -> dict[str, str]:
    return {form: forms[0] for forms in AGENCIES for form in forms}


def _agency(group: str = "agency") -> str:
    return f"(?P<{group}>" + "|".join(re.escape(form) for form in sorted(_names(), key=len, reverse=True)) + ")"


@cache
def _marked() -> re.Pattern[str]:
    """`(Tanjug)`, `/FENA/`, `[Hina]`, `(N1/Beta)`, `Izvor: Tanjug, N1`."""
    return re.compile(
        rf"[(\[/]\s*(?:[\w ]{{1,20}}[/,]\s*)??{_agency()}\s*(?:[/,][^)\]/]{{1,30}})?[)\]/]"
        rf"|(?:{_SOURCES})\s*:\s*(?:[^\n:]{{1,40}}[,/]\s*)?{_agency('source')}\b"
    )


@cache
def _dateline() -> re.Pattern[str]:
    """`BEOGRAD, 18. marta, Tanjug – `, `SARAJEVO – Fena`."""
    return re.compile(rf"[^\n.!?]{{2,50}}[,–—-]\s*{_agency()}\s*[–—:-]")
