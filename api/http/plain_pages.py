"""Writes the pages that need no JavaScript, in the reader's language: an answer, what is not there, what went wrong."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from urllib.parse import quote, urlencode

from fastapi import Request
from starlette.responses import Response

from api.schemas.replies import safe_url
from rag.plain import doubts, outlet_of
from rag.text.cldr import day_name, own_name
from rag.text.languages import find_language
from rag.text.messages import filled, message
from rag.types import Answer, Citation, Filters, Nearest, Sentence, ShortAnswer, Story, Version

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
FEED = "/v1/follow.atom"
_API_PATHS = ("/v1/", "/mcp", "/metrics", "/openapi.json", "/static/", "/widget.js")
_LONGEST_TITLE = 120  # characters of a question in a window's title or a preview


def wants_page(request: Request) -> bool:
    """Whether a browser asks for a page: its errors are pages, too; those of the API are JSON for everybody, but of the
    feed, to which readers are led. Some feed readers name HTML as well, after Atom or RSS; browsers name neither."""
    accept, path = request.headers.get("accept", "").lower(), request.url.path
    if "text/html" not in accept or "application/atom+xml" in accept or "application/rss+xml" in accept:
        return False
    return path == FEED or not path.startswith(_API_PATHS)


def language_of(request: Request) -> str:
    """Returns what the address names (`lang`), else the first of the browser's languages that Telal speaks, else
    English."""
    accepted = (part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(","))
    found = (find_language(tag) for tag in (request.query_params.get("lang", ""), *accepted) if tag)
    return next((one.tag for one in found if one), "en")


def as_page(html: str, *, status: int = 200) -> Response:
    """Makes the reply, under the pages' policy."""
    headers = {"content-security-policy": PAGE_CSP, "cache-control": "no-cache", "vary": "Accept-Language"}
    return Response(html, status, headers, media_type="text/html")


def error_page(title: str, detail: str, language: str) -> str:
    """A page that says what went wrong; a text of the server's own (`detail`) stands in English."""
    code = re.sub("`([^`]+)`", r"<code>\1</code>", escape(detail))
    told = f'<p lang="en">{code}</p>' if detail else f"<p>{said('page_not_found_hint', language)}</p>"
    return document(message(title, language), f"<h1>{said(title, language)}</h1>{told}", language)


def answer_page(answer: Answer, language: str, filters: Filters = Filters(), *, told: str = "") -> str:
    """A page with an answer: doubts, the short answer, what a model wrote, quotes with their sources, or stories, or a
    refusal with the nearest headlines; and the way to follow it. `filters`: what it was asked with; `told`: an article
    of its story, if others tell that too."""
    sources = {one.number: one for one in answer.citations}
    written = answer.written.sentences if answer.written else ()
    parts = [
        *(f'<p class="doubt">{escape(one)}</p>' for one in doubts(answer)),
        _short(answer),
        *(f"<p>{escape(one.text)}{_numbers(one)}</p>" for one in written),
        f"<p>{escape(answer.written.notice)}</p>" if answer.written and answer.written.notice else "",
        *(_quote(one, sources, answer) for one in answer.sentences),
        *(_story(one, answer.language) for one in answer.digest),
    ]
    if answer.refusal:
        near = "".join(f"<li>{source_line(one, answer.language)}</li>" for one in answer.refusal.nearest[:3])
        parts.append(f'<p class="big">{escape(answer.refusal.message)}</p>')
        parts.append(f"<h2>{said('page_nearest', language)}</h2><ul>{near}</ul>" if near else "")
    # What came near was asked of the archive, and may be answered one day; a greeting has nothing that came near.
    followed = not answer.refusal or answer.refusal.nearest
    feed = follow_address(answer.language, answer.standalone or answer.question, filters) if followed else ""
    ways = [follow_link(feed, language)] if feed else []
    if told:
        ways.append(f'<a href="{escape(story_address(told, language))}#tellings">{said("ask_tellings", language)}</a>')
    parts.append(f"<p>{' · '.join(ways)}</p>" if ways else "")
    whole = f'<div lang="{escape(answer.language)}">{"".join(parts)}</div>'
    title = _cut(answer.question)
    body = f'<h1 dir="auto">{escape(answer.question)}</h1>{whole}'
    return document(f"{title} · Telal", body, language, feed_link(feed) if feed else "")


def ask_form(language: str, question: str = "") -> str:
    """The field for a question, as it works without JavaScript."""
    return (
        f'<form action="/ask" method="get"><input type="hidden" name="lang" value="{escape(language)}">'
        f'<label for="q">{said("page_label", language)}</label>'
        f'<input id="q" name="q" maxlength="2000" required dir="auto" value="{escape(question)}"> '
        f"<button>{said('page_send', language)}</button></form>"
    )


def document(title: str, body: str, language: str, head: str = "") -> str:
    """A whole page in the form of the others, which search engines leave out; `head`: more for its head."""
    sheets = "".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in ("fonts", "page", "steps"))
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{escape(title)}</title><link rel="icon" href="/static/icon.svg" type="image/svg+xml">{sheets}{head}'
        "</head>"
        '<body><header class="masthead"><a class="name" href="/" translate="no">Telal</a></header>'
        f'<main class="steps plain">{body}{ask_form(language)}<p><a href="/?lang={escape(language)}">'
        f"{said('page_home', language)}</a></p></main></body></html>\n"
    )


def preview(title: str, description: str) -> str:
    """What services that preview a link read of a page (https://ogp.me)."""
    facts = {"og:type": "website", "og:title": title, "og:description": description}
    tags = (f'<meta property="{name}" content="{escape(_cut(value, 300))}">' for name, value in facts.items())
    return "".join(tags)


def follow_address(language: str, question: str = "", filters: Filters = Filters(), *, story: str = "") -> str:
    """The feed of an answer, or in place of a question of the story that an article tells."""
    what = {"story": story} if story else {"q": question}
    days = {"from": filters.published_from, "to": filters.published_to}
    wanted = {"in": filters.languages, "outlet": filters.outlets, "kind": filters.kinds}
    fields = {**what, "language": language, **{name: day for name, day in days.items() if day}, **wanted}
    return f"{FEED}?{urlencode(fields, doseq=True)}"


def feed_link(address: str) -> str:
    """What a feed reader that is given a page's address looks for in its head."""
    return f'<link rel="alternate" type="application/atom+xml" href="{escape(address)}">'


def follow_link(address: str, language: str, *, named: str = "page_follow") -> str:
    """The way to a feed, with a word on what it is for."""
    how = said("page_follow_how", language)
    word = said(named, language)
    return f'<a href="{escape(address)}" type="application/atom+xml" title="{how}">{word}</a>'


def said(name: str, language: str) -> str:
    """A message, escaped."""
    return escape(message(name, language))


def _cut(text: str, most: int = _LONGEST_TITLE) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _numbers(part: Sentence | ShortAnswer) -> str:
    return "".join(f" <small>[{number}]</small>" for number in part.citations)


def _short(answer: Answer) -> str:
    items = [escape(one.said or one.text) + _numbers(one) for one in answer.short]
    return f'<p class="big">{", ".join(items)}</p>' if items else ""


def _quote(sentence: Sentence, sources: dict[int, Citation], answer: Answer) -> str:
    """A quote marked in its paragraph, with its sources."""
    cited = [sources[number] for number in sentence.citations if number in sources]
    first = cited[0] if cited else None
    words = f"<mark>{escape(sentence.text)}</mark>"
    if first and first.context and answer.sentences and sentence is answer.sentences[0]:
        around, start, end = first.context.text, first.start - first.context.start, first.end - first.context.start
        words = f"{escape(around[:start])}<mark>{escape(around[start:end])}</mark>{escape(around[end:])}"
    lead = f"<p>{escape(sentence.lead)}</p>" if sentence.lead else ""
    captions = "".join(f"<p>[{one.number}] {source_line(one, answer.language)}</p>" for one in cited)
    language = escape(first.language if first else answer.language)
    return f'<figure>{lead}<blockquote lang="{language}" dir="auto">{words}</blockquote>{captions}</figure>'


def _story(story: Story, language: str) -> str:
    lead = f'<p lang="{escape(story.language)}" dir="auto">{escape(story.lead)}</p>' if story.lead else ""
    return f"<section>{lead}<p>{source_line(story, language, story_address(story.article_id, language))}</p></section>"


def story_address(article_id: str, language: str) -> str:
    """The page of the story that an article tells."""
    return f"/story/{quote(article_id, safe=':')}?{urlencode({'lang': language})}"


def source_line(
    source: Citation | Nearest | Story | Version,
    language: str,
    address: str | None = None,
    *,
    with_language: bool = True,
) -> str:
    """Outlet, day, the article's language where it is another, and its headline, linked to this address, or else to
    its own; a brief of the archive's own to its story."""
    if not address:
        address = story_address(source.article_id, language) if source.facts_from else safe_url(source.url)
    tongue = find_language(source.language) if with_language and source.language != language else None
    day = day_said(source.published.date() if source.published else None, language)
    facts = ", ".join(filter(None, (f"<bdi>{escape(outlet_of(source, language))}</bdi>", day)))
    if tongue:
        facts = filled("{facts}, {tongue}", facts=facts, tongue=own_name(tongue))
    title = f'<span lang="{escape(source.language)}" dir="auto">{escape(_cut(source.title or "…", 300))}</span>'
    if address:
        title = f'<a href="{escape(address)}" rel="noopener noreferrer">{title}</a>'
    return f"{facts} · {title}"


def day_said(day: date | None, language: str) -> str:
    """A day as the language writes it; "" for none."""
    return day_name(day, language) if day else ""
