"""Turns raw records into articles."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from ingest import checks
from ingest.extraction.extract import LiveBlogEntry, Page, extract
from ingest.raw import RawRecord
from rag.errors import BadInput
from rag.store.database.addresses import ALSO_AT, LIVE_BLOG, address_key
from rag.text.language import SUPPORTED, family, identify
from rag.text.script import script_of
from rag.types import Article, ArticleStatus

SAMPLE_CHARS = 600
ENOUGH_CHARS = 200  # of a text that may overrule what is declared
SURE = 0.95  # a WordPress site of the region often declares en-US, whatever it is written in
SOUTH_SLAVIC = "sh"


def determine_language(declared: str, text: str) -> str:
    """Returns the BCP 47 tag of a text: as declared, unless the words clearly belong to another language of the region;
    else detected.

    The script is added for Serbian always, for the others of its family when it is Cyrillic.
    """
    if not declared:
        return identify(text).language
    if len(text) >= ENOUGH_CHARS:
        found = identify(text)
        other = family(found.language) != family(declared)  # the four South Slavic ones count as one
        if other and found.confidence >= SURE and found.language in SUPPORTED:
            return found.language
    if declared in ("sr", "bs", "cnr", "sh"):
        script = script_of(text[:SAMPLE_CHARS])
        if script == "Cyrl" or (declared == "sr" and script == "Latn"):
            return f"{declared}-{script}"
    return declared


def language_remark(declared: str, language: str) -> str:
    """Says how `language` was determined when it was not declared; else "".

    Only a declaration tells Serbian, Croatian, Bosnian and Montenegrin apart for certain: detected, they are a guess.
    """
    if not declared and family(language) == SOUTH_SLAVIC:
        return "not declared; told from sr, hr, bs and cnr by its words, which is a guess"
    if declared and family(declared) != family(language):
        return f"declared {declared}, but the words are {language}"
    return ""


KINDS = frozenset({"report", "opinion", "analysis", "interview", "agency", "sponsored", "brief"})
KNOWN_FIELDS = frozenset(
    "id url title text html language published modified authors outlet source kind section status".split()
)
STATUSES = {s.value: s for s in ArticleStatus if s not in (ArticleStatus.HELD, ArticleStatus.ERASED)}
WORD = re.compile(r"[^\W_]+")
LEAST_WORDS = 3
TITLE_FROM_TEXT_CHARS = 120


def to_articles(raw: RawRecord, *, max_bytes: int) -> list[Article]:
    """Reads the articles of a record: one, or one for each dated entry of a live blog.

    `max_bytes`: of its text or html in UTF-8. Raises BadInput when the record is rejected: its message is the reason in
    a few words, its hint the details.
    """
    page = _page(raw, max_bytes)
    if not page.entries:
        return [_article(raw, page)]
    found, why = [], None
    for entry in page.entries:
        try:
            found.append(_article(*_entry(raw, page, entry)))
        except BadInput as error:  # an entry of one or two words ("Gol!") is left out, unless there is no other
            why = why or error
    if not found and why is not None:
        raise why
    return found


def _article(raw: RawRecord, page: Page) -> Article:
    given = checks.clean_url(raw.fields.get("url"))
    url = checks.clean_url(page.url) or given
    title, text, invented = _words(raw, page)
    declared = checks.clean_language(raw.fields.get("language") or page.language)
    language = determine_language(declared, f"{title}\n{text}")
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
    outlet = checks.clean_line(raw.fields.get("outlet") or raw.fields.get("source"), name="outlet")
    authors = checks.clean_authors(raw.fields.get("authors") or page.authors)
    by_agency = bool(authors) and _agencies().issuperset(authors)
    kind = checks.clean_line(raw.fields.get("kind") or page.kind or ("agency" if by_agency else ""), name="kind")
    extra: dict[str, Any] = checks.clean_extra({k: v for k, v in raw.fields.items() if k not in KNOWN_FIELDS})
    remarks = {
        "reading": raw.notice,
        "note": page.note,
        ALSO_AT: [given] if given is not None and url is not None and given != url else None,
        "title_from_text": invented,
        "language_remark": language_remark(declared, language),
        "kind": kind if kind.lower() not in KINDS else "",  # unknown: the article counts as a report
    }
    return Article(
        id=checks.clean_id(raw.fields.get("id")) or _key_of(url) or raw.fallback_id or _hash("text", title, text),
        title=title,
        text=text,
        outlet=outlet or checks.clean_line(page.outlet, name="outlet") or host,
        url=url,
        language=language,
        published=_date(raw.fields.get("published"), page.published, "published"),
        modified=_date(raw.fields.get("modified"), page.modified, "modified"),
        authors=authors,
        section=checks.clean_line(raw.fields.get("section") or page.section, name="section") or None,
        status=_status(raw.fields.get("status") or page.status),
        extra=extra | {name: value for name, value in remarks.items() if value},
        kind=kind.lower() if kind.lower() in KINDS else "report",
    )


def _date(given: Any, shown: str, name: str) -> datetime | None:
    """Returns the date that the record gives, else the page's. An impossible date on a page is ignored."""
    now = datetime.now(UTC)
    if given:
        return checks.clean_date(given, name=name, now=now)
    try:
        return checks.clean_date(shown, name=name, now=now)
    except BadInput:
        return None


def _entry(raw: RawRecord, page: Page, entry: LiveBlogEntry) -> tuple[RawRecord, Page]:
    """Makes the record and the page of one entry of a live blog, with an id and address of its own."""
    url = page.url or raw.fields.get("url")
    blog = raw.fields.get("id") or _key_of(checks.clean_url(url)) or raw.fallback_id or _hash("text", page.title)
    fields = {k: v for k, v in raw.fields.items() if k not in ("html", "published", "title")}
    title = f"{page.title} – {entry.title}" if entry.title else page.title
    return replace(raw, fields={**fields, "id": f"{blog}#{entry.key}", LIVE_BLOG: page.title}), replace(
        page,
        title=title,
        text=entry.text,
        published=entry.published or page.published,
        url=f"{page.url}#{entry.key}" if page.url else "",
        entries=(),
    )


def _page(raw: RawRecord, max_bytes: int) -> Page:
    """Reads the record's `html`, unless it has `text`, which needs no extraction."""
    html = raw.fields.get("html")
    _check_size(raw.fields.get("text"), "text", max_bytes)
    if html is None or checks.clean_text(raw.fields.get("text"), name="text"):
        return Page()
    if not isinstance(html, str):
        raise BadInput("html is not text", hint=f"It is {type(html).__name__}: write it as a string.")
    _check_size(html, "html", max_bytes)
    return extract(html, url=checks.clean_url(raw.fields.get("url"))) if html.strip() else Page()


def _words(raw: RawRecord, page: Page) -> tuple[str, str, bool]:
    """Returns title and text, and whether the title had to be taken from the text: its first line, cut on a space."""
    title = checks.clean_title(raw.fields.get("title") or page.title)
    text = checks.clean_text(raw.fields.get("text"), name="text") or checks.clean_text(page.text, name="text")
    if not text:
        raise BadInput("no text (headline only)" if title else "no text and no title", hint="Give `text` or `html`.")
    if " ".join(text.split()) == title:
        raise BadInput("text is the title again (headline only)", hint="Give the article's own text.")
    if len(list(islice(WORD.finditer(text), LEAST_WORDS))) < LEAST_WORDS:
        raise BadInput(f"text has fewer than {LEAST_WORDS} words", hint=f"{text[:60]!r}: give the article's text.")
    line = text.split("\n", 1)[0]
    if len(line) > TITLE_FROM_TEXT_CHARS:
        line = line[:TITLE_FROM_TEXT_CHARS].rsplit(" ", 1)[0] + "…"
    return title or line, text, not title


def _check_size(value: Any, name: str, max_bytes: int) -> None:
    if isinstance(value, str) and len(value) > max_bytes // 4:
        size = len(value.encode("utf-8", "surrogatepass"))
        if size > max_bytes:
            hint = f"{size} bytes; TELAL_INGEST__MAX_BYTES allows {max_bytes}."
            raise BadInput(f"{name} is too long", hint=hint)


def _status(value: Any) -> ArticleStatus:
    word = checks.clean_line(value, name="status").lower() or ArticleStatus.LIVE.value
    if word not in STATUSES:
        allowed = ", ".join(STATUSES)
        raise BadInput("status is not known", hint=f"{word!r}: one of {allowed}; `telal articles erase` erases.")
    return STATUSES[word]


@cache
def _agencies() -> frozenset[str]:
    """Returns how news agencies sign."""
    table = tomllib.loads(files("ingest").joinpath("data", "agencies.toml").read_text(encoding="utf-8"))
    return frozenset(form for forms in table["agencies"] for form in forms)


def _key_of(url: str | None) -> str:
    """Returns an id made of the address, the same for mirrors and with tracking parameters
    (rag/store/database/addresses.py)."""
    return f"url:{address_key(url)}" if url else ""


def _hash(kind: str, *parts: str) -> str:
    return f"{kind}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"
