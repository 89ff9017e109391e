"""Reads what an outlet says about its article: its kind (opinion, sponsored, ...), a correction or a retraction."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    """Returns the short texts of elements that are marked as labels, in the article and above it."""
    beside = ("aside", "footer", "nav")
    marked = [e for e in tree.xpath(_LABELS)[:MOST_LABELS] if not any(p.tag in beside for p in e.iterancestors())]
    return [text for text in map(text_in, marked) if 0 < len(text) <= LONGEST_LABEL]


def kind_of(head: Head, labels: Iterable[str], title: str, url: str | None) -> str:
    """Returns opinion, analysis, interview or sponsored; "" when nothing says so. A mark of paid content goes first."""
    try:  # the folders of the address, without its last part, which holds the headline
        folders = unquote(urlsplit(url or "").path).strip("/").split("/")[:-1]
    except ValueError:
        folders = []
    kicker = re.match(r"^\W*([^:|]{3,25})\s*[:|]", title)  # `Intervju: ...`, `KOMENTAR | ...`
    words = (head.section, head.linked.genre, *labels, *(re.sub(r"[-_]", " ", one) for one in folders))
    said = {BY_TYPE.get(head.linked.type, "")}
    for label in (*words, kicker[1] if kicker else ""):
        folded = fold(label).strip(" :|-–—/.")
        said.add(kind_words().get(folded, "") or kind_words().get(folded.rpartition("/")[2].strip(), ""))
    return next((kind for kind in _ORDER if kind in said), "")


FIRST, LAST = 3, 4  # paragraphs at the ends of a text in which a note is looked for
LONGEST_NOTE = 1200


def find_retraction(title: str, text: str) -> str:
    """Returns the words by which a page retracts its article; "" if it does not. A title does so by a word such as
    `POVUČENO:` or `[Retracted]`, set apart from the headline."""
    folded = fold(title)
    found = begins("retraction").match(folded)
    if found is not None and folded[found.end() :].lstrip()[:1] in (":", "]", "|", "-", "–", "—", ")"):
        return title
    return _find_note(text, "retraction")


def find_correction(text: str) -> str:
    """Returns the note by which a page corrects its article; "" if there is none."""
    return _find_note(text, "correction")


def _find_note(text: str, table: str) -> str:
    """Looks for a note at both ends of a text. It must be marked as one: a story about corrections does not count."""
    paragraphs = [line.strip() for line in text.split("\n") if line.strip()]
    ends = (*paragraphs[:FIRST], *paragraphs[max(FIRST, len(paragraphs) - LAST) :])
    return next((one for one in ends if len(one) <= LONGEST_NOTE and _is_note(one, table)), "")


def _is_note(paragraph: str, table: str) -> bool:
    """Tells whether a paragraph begins with a phrase of several words, or one word before a colon, full stop or
    dash."""
    folded = fold(paragraph)
    found = begins(table).match(folded)
    if found is None:
        return False
    if " " in found.group().strip(" *_-–—[("):
        return True
    behind = folded[found.end() :].lstrip()
    dated = re.match(r"[\d. /()-]{0,24}(?:[a-z]{0,12}[\d. )]{0,10})?[:–—-]", behind)
    return not behind or behind[0] in ":]-–—)" or bool(dated)
