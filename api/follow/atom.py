"""Writes what was told of a followed question as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from urllib.parse import urlencode
from uuid import UUID

from api.follow.followed import FollowedQuestion
from api.follow.schemas import FollowEntry, FollowSource
from rag.text.cldr import day_name
from rag.text.messages import filled, message

MEDIA_TYPE = "application/atom+xml"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TITLE = 160  # characters of an entry's


def feed(
    asked: FollowedQuestion, entries: Sequence[FollowEntry], language: str, *, address: str, base: str, began: datetime
) -> str:
    """Returns the feed. `address` is its own, `base` that of the server; `began`: when there is no entry."""
    updated = max((entry.at for entry in entries), default=began)
    page = f"{base}?{urlencode({'q': asked.question, 'lang': language})}"
    head = (
        f"<id>{UUID(asked.id).urn}</id><title>{_text(asked.question)}</title>"
        f"<subtitle>{_text(message('follow_lead', language))}</subtitle><updated>{updated.isoformat()}</updated>"
        f'<link rel="self" type="{MEDIA_TYPE}" href="{_text(address)}"/><link rel="alternate" href="{_text(page)}"/>'
        "<author><name>Telal</name></author><generator>Telal</generator>"
    )
    told = "".join(_entry(entry, language, page) for entry in entries)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{_text(language)}">{head}{told}</feed>\n'
    )


def _entry(entry: FollowEntry, language: str, page: str) -> str:
    said = _said(entry, language)
    title = said if len(said) <= _TITLE else f"{said[:_TITLE]}…"
    link = next((source.url for source in entry.sources if source.url), page)
    return (
        f"<entry><id>{entry.id}</id><title>{_text(title)}</title><updated>{entry.at.isoformat()}</updated>"
        f'<link rel="alternate" href="{_text(link)}"/>'
        f'<content type="html">{_text(content(entry, language))}</content></entry>'
    )


def content(entry: FollowEntry, language: str) -> str:
    """What an entry tells, as HTML: the answer in a few words, and quotes with their sources."""
    gone = f"<p>{escape(message('follow_gone', language))}</p>" if entry.kind == "gone" else ""
    differ = f"<p>{escape(message('conflict', language))}</p>" if entry.differ else ""
    former = f"<del>{escape(entry.before)}</del> " if entry.kind == "words" and entry.before else ""
    said = f"<p>{former}{escape(_said(entry, language))}</p>"
    words = said if not entry.sources or entry.text != _first_quote(entry) else ""
    return gone + words + differ + "".join(_source(source, language) for source in entry.sources)


def _said(entry: FollowEntry, language: str) -> str:
    return entry.text or message("follow_nothing", language)


def _first_quote(entry: FollowEntry) -> str:
    return entry.sources[0].quote if entry.sources else ""


def _source(source: FollowSource, language: str) -> str:
    """A quote with its outlet, day and headline as HTML."""
    day = day_name(source.published.date(), language) if source.published else ""
    title = f'<span lang="{escape(source.language)}">{escape(source.title)}</span>'
    if source.url:
        title = f'<a href="{escape(source.url)}">{title}</a>'
    quote = (
        "" if source.headline else f'<blockquote lang="{escape(source.language)}">{escape(source.quote)}</blockquote>'
    )
    told = filled("{by}: {title}", by=escape(", ".join(filter(None, (source.outlet, day)))), title=title)
    return f"{quote}<p>{told}</p>"


def _text(words: str) -> str:
    """Words as XML may hold them."""
    return escape(_NO_XML.sub("", words))
