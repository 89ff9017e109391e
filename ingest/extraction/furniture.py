"""Drops what stands in a page's text and is none of the article's: links to other articles, calls to follow, labels."""

from __future__ import annotations

import re

from ingest.extraction.words import begins
from rag.text.script import fold

MOST_AFTER_LABEL = 12  # headlines that may follow a label of related articles
LONGEST_HEADLINE = 170
LONGEST_FURNITURE = 240  # characters of a line that calls to follow or share; a longer one is prose
_SENTENCE = re.compile(r"[.!?…;]['\"”»)]*\s*$")
_BULLET = re.compile(r"^[-–—•*·►▶>»+]+\s*")


def without_furniture(text: str, *, title: str = "") -> str:
    """The text without such lines; what is left when nothing would be is the text as it was."""
    kept: list[str] = []
    after_label = 0
    for line in text.split("\n"):
        plain = _BULLET.sub("", line.strip())
        folded = fold(plain)
        if plain and begins("more").match(folded) and _is_label(plain):
            after_label = 0 if _names_one(plain) else MOST_AFTER_LABEL
            continue
        if after_label and _is_headline(plain):
            after_label -= 1
            continue
        after_label = 0 if plain else after_label
        if _is_furniture(plain, folded):
            continue
        kept.append(line)
    left = "\n".join(kept).strip()
    return _without_headline(left or text.strip(), title)


def _is_label(line: str) -> bool:
    """`Pročitajte još`, `Διαβάστε επίσης: ...`: short, or with what it points at behind a colon; no sentence."""
    return len(line) <= 60 or ":" in line[:60] and len(line) <= LONGEST_FURNITURE


def _names_one(line: str) -> bool:
    """Does the label's own line hold the headline that it points at?"""
    return len(line.partition(":")[2].strip()) > 15


def _is_headline(line: str) -> bool:
    return bool(line) and len(line) <= LONGEST_HEADLINE and not _SENTENCE.search(line)


def _is_furniture(line: str, folded: str) -> bool:
    """A label of up to three words, or a call of several; prose that only begins with such a word stays."""
    found = begins("furniture").match(folded) if len(line) <= LONGEST_FURNITURE else None
    return found is not None and (len(line.split()) <= 3 or " " in found.group().strip())


def _without_headline(text: str, title: str) -> str:
    """Pages repeat the headline above the text; the article's title holds it already."""
    first, _, rest = text.partition("\n")
    same = title and fold(first).strip(" .") == fold(title).strip(" .")
    return rest.strip() if same and rest.strip() else text
