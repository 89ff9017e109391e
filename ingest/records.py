"""Turns a raw record into an Article, or raises BadInput with the reason for which it is not taken."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingest import checks
from ingest.extract import Page, extract
from ingest.raw import Raw
from rag.errors import BadInput
from rag.text.language import identify
from rag.text.script import script_of
from rag.types import Article, ArticleStatus

KINDS = frozenset({"report", "opinion", "analysis", "interview", "agency", "sponsored", "brief"})
KNOWN = frozenset(
    "id url title text html language published modified authors outlet source kind section status".split()
)
STATUSES = {s.value: s for s in ArticleStatus if s is not ArticleStatus.ERASED}
TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|mc_cid|mc_eid|igshid)$")
WORD = re.compile(r"[^\W_]+")
LEAST_WORDS = 3
TITLE_FROM_TEXT_CHARS = 120
SCRIPT_SAMPLE_CHARS = 600


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a record may be at most, and the time against which its dates are judged."""

    max_bytes: int
    now: datetime

    @classmethod
    def of(cls, max_bytes: int) -> Bounds:
        return cls(max_bytes=max_bytes, now=datetime.now(UTC))


def to_article(raw: Raw, bounds: Bounds) -> Article:
    """The record's article. Raises BadInput (message: the reason, few words; hint: the particulars)."""
    page = _page(raw, bounds)
    url = checks.clean_url(raw.fields.get("url") or page.url)
    title, text, invented = _words(raw, page, bounds)
    article = Article(
        id=checks.clean_id(raw.fields.get("id")) or _key_of(url) or raw.fallback_id or _hash("text", title, text),
        title=title,
        text=text,
        outlet=_outlet(raw, page, url),
        url=url,
        language=_language(raw.fields.get("language") or page.language, f"{title}\n{text}"),
        published=checks.clean_date(raw.fields.get("published") or page.published, name="published", now=bounds.now),
        modified=checks.clean_date(raw.fields.get("modified") or page.modified, name="modified", now=bounds.now),
        authors=checks.clean_authors(raw.fields.get("authors") or page.authors),
        section=checks.clean_line(raw.fields.get("section"), name="section") or None,
        status=_status(raw.fields.get("status")),
    )
    extra: dict[str, Any] = checks.clean_extra({k: v for k, v in raw.fields.items() if k not in KNOWN})
    if invented:
        extra["title_from_text"] = True
    if raw.notice:
        extra["reading"] = raw.notice
    return _with_kind(replace(article, extra=extra), raw.fields.get("kind"))


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


def _language(declared: Any, text: str) -> str:
    """The declared language, else the one found. Serbian always gets its script, others when it is Cyrillic."""
    language = checks.clean_language(declared)
    if not language:
        return identify(text).language
    if language in ("sr", "bs", "cnr", "sh"):
        script = script_of(text[:SCRIPT_SAMPLE_CHARS])
        if script == "Cyrl" or (language == "sr" and script == "Latn"):
            return f"{language}-{script}"
    return language


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
    """An id from the address without its fragment and the marks that campaigns add to it."""
    if url is None:
        return ""
    parts = urlsplit(url)
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.match(k)])
    return _hash("url", urlunsplit(("https", parts.netloc.lower(), parts.path.rstrip("/"), query, "")))


def _hash(kind: str, *parts: str) -> str:
    return f"{kind}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"
