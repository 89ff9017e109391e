"""Extracts the article's own text, without teasers and calls to follow. The only import of trafilatura."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from trafilatura import bare_extraction, load_html

from ingest.extraction.words import begins, text_in
from rag.text.script import fold


@dataclass(frozen=True, slots=True)
class LiveBlogEntry:
    """A dated entry of a live blog."""

    key: str  # its anchor, else its time
    title: str
    text: str
    published: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says about itself, as unchecked strings. `text` is "" when it holds no article."""

    title: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    language: str = ""
    url: str = ""  # canonical
    outlet: str = ""
    section: str = ""
    kind: str = ""
    status: str = ""  # corrected or retracted, when a note on the page says so
    note: str = ""  # that note
    entries: tuple[LiveBlogEntry, ...] = field(default=())  # of a live blog, the newest first as a rule


MOST_BYTES = 20_000_000  # trafilatura reads no larger page
# What it guesses from the body when no date is declared is often the date of another story.
DATES = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}
BODY_MARKS = (
    "//*[@itemprop='articleBody' or contains(concat(' ',@class,' '),' entry-content ') "
    "or contains(@class,'field--name-body') or contains(concat(' ',@class,' '),' article-body ')]"
)
HEAD_CHARS = 100_000
_PAGE = re.compile(r"<(?:!doctype|html|head|body|meta|title|link|script)\b", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:p|div|br|table|ul|ol|section|article|main|h[1-6])\b", re.IGNORECASE)
_WORD = re.compile(r"\w")


def as_page(html: str) -> str:
    """Makes a page of an HTML fragment, as feeds and WordPress give it; a whole page stays as it is.

    The parser builds no tree from a fragment with one element or none. In a fragment without elements, blank lines
    separate paragraphs.
    """
    if _PAGE.search(html[:HEAD_CHARS]) or not _WORD.search(html):
        return html
    if not _BLOCK.search(html):
        html = "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", html.strip()))
    return f"<html><body><article>{html}</article></body></html>"


def parse_page(html: str) -> Any:
    """Parses a page into its tree of elements (lxml); None when it has none."""
    return load_html(html)


def read_body(tree: Any, *, url: str | None, dated: bool) -> Page:
    """Reads text, title and day of publication by trafilatura; an empty page when it finds no text. Changes the tree.

    `dated`: the date is known, so trafilatura need not look for one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its date parser warns of time zones that it does not know
        found = bare_extraction(
            tree, url=url, with_metadata=not dated, include_comments=False, date_extraction_params=DATES
        )
    if found is None or isinstance(found, dict):
        return Page()
    return Page(text=found.text or "", title=found.title or "", published=found.date or "")


def marked_text(tree: Any) -> str:
    """Returns the paragraphs of the element that the page marks as the article's body; "" unless there is just one.

    In a note of two sentences trafilatura finds too little, and takes the whole page.
    """
    marked = tree.xpath(BODY_MARKS)
    if len(marked) != 1:
        return ""
    paragraphs = (text_in(p) for p in marked[0].xpath(".//p"))
    return "\n".join(p for p in paragraphs if p)


MOST_AFTER_LABEL = 12  # headlines that may follow a label of related articles
LONGEST_HEADLINE = 170
LONGEST_FURNITURE = 240  # characters of a line that calls to follow or share; a longer one is prose
_SENTENCE = re.compile(r"[.!?…;]['\"”»)]*\s*$")
_BULLET = re.compile(r"^[-–—•*·►▶>»+]+\s*")


def without_furniture(text: str, *, title: str = "") -> str:
    """Removes labels, calls to follow and a first line that repeats the title. If nothing would be left, the text stays
    as it was."""
    kept: list[str] = []
    after_label = 0
    for line in text.split("\n"):
        plain = _BULLET.sub("", line.strip())
        folded = fold(plain)
        # A label such as `Pročitajte još` or `Διαβάστε επίσης: ...` is short, or has its target after a colon.
        label = len(plain) <= 60 or ":" in plain[:60] and len(plain) <= LONGEST_FURNITURE
        if plain and label and begins("more").match(folded):
            names_one = len(plain.partition(":")[2].strip()) > 15  # the headline that it points to is on the same line
            after_label = 0 if names_one else MOST_AFTER_LABEL
            continue
        if after_label and 0 < len(plain) <= LONGEST_HEADLINE and not _SENTENCE.search(plain):
            after_label -= 1
            continue
        after_label = 0 if plain else after_label
        found = begins("furniture").match(folded) if len(plain) <= LONGEST_FURNITURE else None
        # A label of up to three words or a call of several, not prose that begins with such a word.
        if found is None or (len(plain.split()) > 3 and " " not in found.group().strip()):
            kept.append(line)
    left = "\n".join(kept).strip() or text.strip()
    first, _, rest = left.partition("\n")
    same = title and fold(first).strip(" .") == fold(title).strip(" .")
    return rest.strip() if same and rest.strip() else left
