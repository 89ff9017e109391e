"""Finds the note with which an outlet corrects or takes back an article, in the languages of the region."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.extraction.words import begins
from rag.text.script import fold

FIRST, LAST = 3, 4  # paragraphs at the ends of a text in which a note is looked for
LONGEST_NOTE = 1200


@dataclass(frozen=True, slots=True)
class Notice:
    """`status` is corrected or retracted, "" for none; `note` the outlet's own words."""

    status: str = ""
    note: str = ""


def find_notice(title: str, text: str) -> Notice:
    """A retraction goes before a correction. A story about corrections is none: the note must be marked as one."""
    if _takes_back(title):
        return Notice("retracted", title)
    paragraphs = [line.strip() for line in text.split("\n") if line.strip()]
    for status, table in (("retracted", "retraction"), ("corrected", "correction")):
        for paragraph in _ends(paragraphs):
            if len(paragraph) <= LONGEST_NOTE and _is_note(paragraph, table):
                return Notice(status, paragraph)
    return Notice()


def _ends(paragraphs: list[str]) -> Iterator[str]:
    yield from paragraphs[:FIRST]
    yield from paragraphs[max(FIRST, len(paragraphs) - LAST) :]


def _is_note(paragraph: str, table: str) -> bool:
    """It begins with a phrase of several words, or with one word that a colon, full stop or dash sets apart."""
    folded = fold(paragraph)
    found = begins(table).match(folded)
    if found is None:
        return False
    if " " in found.group().strip(" *_-–—[("):
        return True
    behind = folded[found.end() :].lstrip()
    dated = re.match(r"[\d. /()-]{0,24}(?:[a-z]{0,12}[\d. )]{0,10})?[:–—-]", behind)
    return not behind or behind[0] in ":]-–—)" or bool(dated)


def _takes_back(title: str) -> bool:
    """`POVUČENO: naslov`, `[Retracted] ...`: the word is set apart from the headline."""
    folded = fold(title)
    found = begins("retraction").match(folded)
    return found is not None and folded[found.end() :].lstrip()[:1] in (":", "]", "|", "-", "–", "—", ")")
