"""What an outlet says about its article: the kind (opinion, sponsored, ...), and whether it was corrected or
retracted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ingest.extraction.head import Head
from ingest.extraction.words import begins, kind_words, text_in
from rag.text.script import fold

BY_TYPE = {
    "opinionnewsarticle": "opinion",
    "analysisnewsarticle": "analysis",
    "backgroundnewsarticle": "analysis",
    "advertisercontentarticle": "sponsored",
    "reviewnewsarticle": "opinion",
}
_MARKS = "kicker label category badge rubrik kategorij nadnaslov sponsor promo overline eyebrow".split()
_LABELS = "//*[" + " or ".join(f"contains(@class,'{mark}')" for mark in _MARKS) + "]"
_ORDER = ("sponsored", "interview", "opinion", "analysis")
LONGEST_LABEL = 40  # also of one with a day: `Ispravka (19. 3. 2025):`
MOST_LABELS = 15


def labels_of(tree: Any) -> list[str]:
    """The short texts of the elements above and in the article that are marked as labels."""
    found = (text_in(e) for e in tree.xpath(_LABELS)[:MOST_LABELS] if not _aside(e))
    return [text for text in found if 0 < len(text) <= LONGEST_LABEL]


def kind_of(head: Head, labels: Iterable[str], title: str, url: str | None) -> str:
    """opinion, analysis, interview or sponsored; "" when nothing says so. Paid content is believed before all else."""
    said = {BY_TYPE.get(head.linked.type, "")}
    said |= {_meaning(word) for word in (head.section, head.linked.genre, *labels)}
    said |= {_meaning(part) for part in _path(url)}
    said |= {_meaning(_before_colon(title))}
    return next((kind for kind in _ORDER if kind in said), "")


def _meaning(label: str) -> str:
    folded = fold(label).strip(" :|-–—/.")
    return kind_words().get(folded, "") or kind_words().get(folded.rpartition("/")[2].strip(), "")


def _path(url: str | None) -> list[str]:
    """The folders of an address, not its last part, which holds the headline."""
    try:
        parts = unquote(urlsplit(url or "").path).strip("/").split("/")[:-1]
    except ValueError:
        return []
    return [re.sub(r"[-_]", " ", part) for part in parts]


def _before_colon(title: str) -> str:
    """`Intervju: ...`, `KOMENTAR | ...`."""
    found = re.match(r"^\W*([^:|]{3,25})\s*[:|]", title)
    return found[1] if found else ""


def _aside(element: Any) -> bool:
    return any(parent.tag in ("aside", "footer", "nav") for parent in element.iterancestors())


FIRST, LAST = 3, 4  # paragraphs at the ends of a text in which a note is looked for
LONGEST_NOTE = 1200


@dataclass(frozen=True, slots=True)
class Notice:
    """`status` is corrected or retracted, "" for none; `note` the outlet's own words."""

    status: str = ""
    note: str = ""


def find_notice(title: str, text: str) -> Notice:
    """The retraction or correction that a page announces; a retraction comes first.

    The note must be marked as one, so that a story about corrections does not count.
    """
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
