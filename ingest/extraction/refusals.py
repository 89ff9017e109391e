"""Pages that are no article: errors, captchas, cookie walls, paywalls, lists, pages that only scripts can fill."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from ingest.extraction.head import Head
from ingest.extraction.linked import ARTICLES, LISTS
from ingest.extraction.words import begins, holds
from rag.errors import BadInput
from rag.text.script import fold

SHORT_CHARS = 600  # of a text that a notice may be the whole of
STUB_CHARS = 1500  # of a beginning that is given away before a paywall
COOKIE_SHARE = 0.02  # of the words of a text that is about cookies
PROSE_CHARS = 160  # of a line that is a paragraph and no teaser
LEAST_LINKS = 8  # headlines with a link each, on a page that lists articles
_WORD = re.compile(r"[^\W_]+")
_TEASERS = "//article//a[@href] | //h2//a[@href] | //h3//a[@href]"


def must_be_an_article(head: Head, title: str, text: str, tree: Any, url: str | None) -> None:
    """Raises BadInput with the reason. `tree` is the page as it was parsed, not yet cut down."""
    headings = [fold(one) for one in (title, *head.titles)]
    short = len(text) < SHORT_CHARS
    if short and any(holds("captcha").search(heading) for heading in headings):
        raise BadInput("page is a check for robots", hint=f"{title[:80]!r}: the server sent it in the article's place.")
    if short and any(begins("error").match(heading) for heading in headings):
        raise BadInput("page is an error page", hint=f"{title[:80]!r}: the server should have answered 404.")
    _no_wall(head, text, tree)
    if _is_list(head, text, tree, url):
        raise BadInput("page is a list of articles", hint="Feed the articles that it names.")
    if not text.strip() and _scripted(tree):
        raise BadInput("page has no text without its scripts", hint="Feed its text, or an address without scripts.")


def _no_wall(head: Head, text: str, tree: Any) -> None:
    folded = fold(text)
    words = len(_WORD.findall(folded))
    cookies = len(holds("cookies").findall(folded))
    if cookies >= 3 and cookies / max(words, 1) > COOKIE_SHARE and len(text) < 4 * SHORT_CHARS:
        raise BadInput("page is a notice about cookies", hint="The server sent it in the article's place.")
    if len(text) <= STUB_CHARS:
        marked = tree.xpath("//*[contains(@class,'paywall') or contains(@id,'paywall') or contains(@class,'piano-')]")
        said = holds("paywall").search(folded) or holds("paywall").search(fold(_shown(tree)))
        if said or (marked and not head.linked.free) or (not head.linked.free and words < 120):
            raise BadInput(
                "page gives only the beginning (paywall)", hint="Feed the whole text, with the outlet's leave."
            )


def _shown(tree: Any) -> str:
    """The text of the page's body without scripts; the first part of a long one."""
    parts = tree.xpath("//body//text()[not(parent::script or parent::style or parent::noscript)]")
    return " ".join(" ".join(parts[:3000]).split())[:20_000]


def _is_list(head: Head, text: str, tree: Any, url: str | None) -> bool:
    if ARTICLES & head.linked.types or head.type == "article":
        return False
    teasers = tree.xpath(_TEASERS)
    addresses = {element.get("href") for element in teasers if len(" ".join(element.itertext()).split()) >= 3}
    many = len(addresses) >= LEAST_LINKS
    named = _names_a_list(url) or bool(LISTS & head.linked.types)
    prose = sum(len(line) > PROSE_CHARS for line in text.split("\n"))
    return (many and (named or prose < 2) and not _one_story(tree)) or (named and len(text) < SHORT_CHARS)


def _one_story(tree: Any) -> bool:
    """Has the page paragraphs that are no link's teaser? Old pages mark nothing else."""
    return sum(len(" ".join(p.itertext())) > PROSE_CHARS for p in tree.xpath("//p[not(ancestor::a)]")) >= 3


def _names_a_list(url: str | None) -> bool:
    try:
        parts = unquote(urlsplit(url or "").path).strip("/").lower().split("/")
    except ValueError:
        return False
    return len(parts) <= 3 and any(holds("listing").fullmatch(fold(part)) for part in parts[:-1] or parts)


def _scripted(tree: Any) -> bool:
    return bool(tree.xpath("//script")) and len(_shown(tree)) < 200
