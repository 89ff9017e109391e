"""Turns a raw record into an Article. Raises BadInput with the reason if it is rejected."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from ingest import checks
from ingest.copies import is_agency
from ingest.extraction.extract import Entry, Page, extract
from ingest.raw import Raw
from rag.errors import BadInput
from rag.store.database.addresses import ALSO_AT, LIVE_BLOG, address_key
from rag.text.language import SUPPORTED, family, identify
from rag.text.script import script_of
from rag.types import Article, ArticleStatus

SAMPLE_CHARS = 600
ENOUGH_CHARS = 200  # of a text that may overrule what is declared
SURE = 0.95  # a WordPress site of the region often declares en-US, whatever it is written in
SOUTH_SLAVIC = "sh"


@dataclass(frozen=True, slots=True)
class RecordLanguage:
    """A BCP 47 tag, with its script where the language has two. `remark` says how sure it is ("" when it was
    declared)."""

    tag: str
    remark: str = ""


def determine_language(declared: Any, text: str) -> RecordLanguage:
    """The language of a record: as declared, else detected in its text.

    Only a declaration can tell Serbian, Croatian, Bosnian and Montenegrin apart for certain. Detected, they are a
    guess, and the remark says so.
    """
    language = checks.clean_language(declared)
    if not language or _contradicted(language, text):
        return _found(text, declared=language)
    return RecordLanguage(_with_script(language, text))


def _found(text: str, *, declared: str) -> RecordLanguage:
    found = identify(text)
    remark = f"declared {declared}, but the words are {found.language}" if declared else ""
    if not declared and family(found.language) == SOUTH_SLAVIC:
        remark = "not declared; told from sr, hr, bs and cnr by its words, which is a guess"
    return RecordLanguage(found.language, remark)


def _contradicted(language: str, text: str) -> bool:
    """Do the words belong to another language of the region, beyond doubt? The four South Slavic ones count as one."""
    if len(text) < ENOUGH_CHARS:
        return False
    found = identify(text)
    other = family(found.language) != family(language)
    return other and found.confidence >= SURE and (found.language in SUPPORTED)


def _with_script(language: str, text: str) -> str:
    """Serbian always gets its script, the others of its family when it is Cyrillic."""
    if language in ("sr", "bs", "cnr", "sh"):
        script = script_of(text[:SAMPLE_CHARS])
        if script == "Cyrl" or (language == "sr" and script == "Latn"):
            return f"{language}-{script}"
    return language


KINDS = frozenset({"report", "opinion", "analysis", "interview", "agency", "sponsored", "brief"})
KNOWN_FIELDS = frozenset(
    "id url title text html language published modified authors outlet source kind section status".split()
)
STATUSES = {s.value: s for s in ArticleStatus if s not in (ArticleStatus.HELD, ArticleStatus.ERASED)}
WORD = re.compile(r"[^\W_]+")
LEAST_WORDS = 3
TITLE_FROM_TEXT_CHARS = 120


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest sizes of a record's fields, and the time by which its dates are judged."""

    max_bytes: int
    now: datetime

    @classmethod
    def of(cls, max_bytes: int) -> Bounds:
        return cls(max_bytes=max_bytes, now=datetime.now(UTC))


def to_articles(raw: Raw, bounds: Bounds) -> list[Article]:
    """The record's articles: one, or one for each dated entry of a live blog.

    Raises BadInput (message: the reason, few words; hint: the particulars).
    """
    page = _page(raw, bounds)
    return _entries(raw, page, bounds) if page.entries else [_article(raw, bounds, page)]


def _entries(raw: Raw, page: Page, bounds: Bounds) -> list[Article]:
    """Entries of one or two words ("Gol!") are skipped; if there are no others, the first one's reason counts."""
    found, why = [], None
    for entry in page.entries:
        try:
            found.append(_article(_entry(raw, page, entry), bounds, _as_page(page, entry)))
        except BadInput as error:
            why = why or error
    if not found and why is not None:
        raise why
    return found


def to_article(raw: Raw, bounds: Bounds) -> Article:
    """The record's article, of a live blog its first entry. Raises BadInput as to_articles does."""
    return to_articles(raw, bounds)[0]


def _article(raw: Raw, bounds: Bounds, page: Page) -> Article:
    given = checks.clean_url(raw.fields.get("url"))
    url = checks.clean_url(page.url) or given
    title, text, invented = _words(raw, page, bounds)
    language = determine_language(raw.fields.get("language") or page.language, f"{title}\n{text}")
    article = Article(
        id=checks.clean_id(raw.fields.get("id")) or _key_of(url) or raw.fallback_id or _hash("text", title, text),
        title=title,
        text=text,
        outlet=_outlet(raw, page, url),
        url=url,
        language=language.tag,
        published=_date(raw.fields.get("published"), page.published, "published", bounds),
        modified=_date(raw.fields.get("modified"), page.modified, "modified", bounds),
        authors=checks.clean_authors(raw.fields.get("authors") or page.authors),
        section=checks.clean_line(raw.fields.get("section") or page.section, name="section") or None,
        status=_status(raw.fields.get("status") or page.status),
    )
    extra: dict[str, Any] = checks.clean_extra({k: v for k, v in raw.fields.items() if k not in KNOWN_FIELDS})
    extra |= {k: v for k, v in _remarks(raw, page, given, url).items() if v}
    if invented:
        extra["title_from_text"] = True
    if language.remark:
        extra["language_remark"] = language.remark
    kind = raw.fields.get("kind") or page.kind or ("agency" if is_agency(article.authors) else "")
    return _with_kind(replace(article, extra=extra), kind)


def _remarks(raw: Raw, page: Page, given: str | None, url: str | None) -> dict[str, Any]:
    """What to keep about how the article was read."""
    other = given is not None and url is not None and given != url
    return {"reading": raw.notice, "note": page.note, ALSO_AT: [given] if other else None}


def _date(given: Any, shown: str, name: str, bounds: Bounds) -> datetime | None:
    """The record's own date, otherwise the page's. An impossible date on a page is ignored."""
    if given:
        return checks.clean_date(given, name=name, now=bounds.now)
    try:
        return checks.clean_date(shown, name=name, now=bounds.now)
    except BadInput:
        return None


def _entry(raw: Raw, page: Page, entry: Entry) -> Raw:
    """A record for one entry of a live blog, with its own id and address."""
    url = page.url or raw.fields.get("url")
    blog = raw.fields.get("id") or _key_of(checks.clean_url(url)) or raw.fallback_id or _hash("text", page.title)
    fields = {k: v for k, v in raw.fields.items() if k not in ("html", "published", "title")}
    return replace(raw, fields={**fields, "id": f"{blog}#{entry.key}", LIVE_BLOG: page.title})


def _as_page(page: Page, entry: Entry) -> Page:
    title = f"{page.title} – {entry.title}" if entry.title else page.title
    url = f"{page.url}#{entry.key}" if page.url else ""
    return replace(page, title=title, text=entry.text, published=entry.published or page.published, url=url, entries=())


def _page(raw: Raw, bounds: Bounds) -> Page:
    """What the record's `html` says, unless it has `text`, which needs no extraction."""
    html = raw.fields.get("html")
    if html is None or checks.clean_text(raw.fields.get("text"), name="text"):
        return Page()
    if not isinstance(html, str):
        raise BadInput("html is not text", hint=f"It is {type(html).__name__}: write it as a string.")
    _limit(html, "html", bounds)
    return extract(html, url=checks.clean_url(raw.fields.get("url"))) if html.strip() else Page()


def _words(raw: Raw, page: Page, bounds: Bounds) -> tuple[str, str, bool]:
    """Title and text, and whether the title had to be taken from the text."""
    _limit(raw.fields.get("text"), "text", bounds)
    title = checks.clean_title(raw.fields.get("title") or page.title)
    text = checks.clean_text(raw.fields.get("text"), name="text") or checks.clean_text(page.text, name="text")
    if not text:
        raise BadInput("no text (headline only)" if title else "no text and no title", hint="Give `text` or `html`.")
    if " ".join(text.split()) == title:
        raise BadInput("text is the title again (headline only)", hint="Give the article's own text.")
    if len(list(islice(WORD.finditer(text), LEAST_WORDS))) < LEAST_WORDS:
        raise BadInput(f"text has fewer than {LEAST_WORDS} words", hint=f"{text[:60]!r}: give the article's text.")
    return title or _title_from(text), text, not title


def _limit(value: Any, name: str, bounds: Bounds) -> None:
    if isinstance(value, str) and len(value) > bounds.max_bytes // 4:
        size = len(value.encode("utf-8", "surrogatepass"))
        if size > bounds.max_bytes:
            hint = f"{size} bytes; TELAL_INGEST__MAX_BYTES allows {bounds.max_bytes}."
            raise BadInput(f"{name} is too long", hint=hint)


def _title_from(text: str) -> str:
    """The first line, cut on a space: lists and citations need something to show."""
    line = text.split("\n", 1)[0]
    if len(line) <= TITLE_FROM_TEXT_CHARS:
        return line
    return line[:TITLE_FROM_TEXT_CHARS].rsplit(" ", 1)[0] + "…"


def _outlet(raw: Raw, page: Page, url: str | None) -> str:
    given = raw.fields.get("outlet") or raw.fields.get("source")
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
    return checks.clean_line(given, name="outlet") or checks.clean_line(page.outlet, name="outlet") or host


def _status(value: Any) -> ArticleStatus:
    word = checks.clean_line(value, name="status").lower() or ArticleStatus.LIVE.value
    if word not in STATUSES:
        allowed = ", ".join(STATUSES)
        raise BadInput("status is not known", hint=f"{word!r}: one of {allowed}; `telal articles erase` erases.")
    return STATUSES[word]


def _with_kind(article: Article, value: Any) -> Article:
    """An unknown kind is kept beside the article, which counts as a report."""
    word = checks.clean_line(value, name="kind")
    if word.lower() in KINDS:
        return replace(article, kind=word.lower())
    return replace(article, extra={**article.extra, "kind": word}) if word else article


def _key_of(url: str | None) -> str:
    """An id from the address; mirrors and tracking parameters make no difference (rag/store/database/addresses.py)."""
    return f"url:{address_key(url)}" if url else ""


def _hash(kind: str, *parts: str) -> str:
    return f"{kind}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"
