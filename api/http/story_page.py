"""Writes the page of a story, in the reader's language and without JavaScript: its course, its versions."""

from __future__ import annotations

from html import escape

from api.answering.suggestions import suggest_for_stories
from api.http.plain_pages import (
    day_said,
    document,
    feed_link,
    follow_address,
    follow_link,
    preview,
    said,
    source_line,
    story_address,
)
from api.schemas.replies import safe_url
from rag.plain import outlet_of
from rag.text.languages import LANGUAGES, find_language
from rag.text.messages import message, source_named
from rag.types import Side, Story, StoryDay, Tellings, Version, WholeStory

_OTHERWISE = ("number", "day", "negation")
_PARAGRAPHS = 200  # of an article that is shown whole


def story_page(story: WholeStory, language: str, told: Tellings | None = None) -> str:
    """The page of a story; `told`: how its outlets tell it, where there are enough."""
    one = story.article
    feed = follow_address(language, story=one.article_id)
    lines = [line for line in story.text.split("\n") if line.strip()][:_PARAGRAPHS]
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    parts = [
        f'<h1 lang="{escape(one.language)}" dir="auto">{escape(one.title or "…")}</h1>',
        f'<p class="byline">{escape(_byline(one, language))}</p>',
        f'<div class="text" lang="{escape(one.language)}" dir="auto">{text}</div>',
        _ways_on(story, language, feed),
        _new(story, language) if story.since or len({day.day for day in story.course}) > 1 else "",
        f"<h2>{said('page_story_course', language)}</h2>",
        f'<ol class="course">{"".join(_day(day, language) for day in story.course)}</ol>',
        *(f"<p>{escape(note.text)}</p>" for note in story.remarks),
        _tellings(told, language) if told and told.tellings else "",
        _articles("page_story_versions", [v for v in story.versions if v.article_id != one.article_id], language),
        _articles("page_story_others", story.others, language),
    ]
    head = preview(one.title, story.text) + feed_link(feed)
    return document(f"{one.title} · Telal", "".join(parts), language, head)


def _byline(one: Version, language: str) -> str:
    facts = (outlet_of(one, language), day_said(one.published.date() if one.published else None, language))
    return ", ".join(filter(None, facts))


def _ways_on(story: WholeStory, language: str, feed: str) -> str:
    """The way to the article at its outlet, to the story's feed, and a question about the story."""
    one, links = story.article, [follow_link(feed, language)]
    if url := safe_url(one.url):
        name = source_named(one.facts_from, language) or one.outlet or "?"
        outlet = escape(message("page_story_read", language).format(outlet=name))
        links.insert(0, f'<a href="{escape(url)}" rel="noopener noreferrer">{outlet}</a>')
    about = Story(one.article_id, one.title, "", one.outlet, one.url, one.published, one.language)
    asked = suggest_for_stories([about], language)[0].question
    hidden = f'<input type="hidden" name="lang" value="{escape(language)}">'
    hidden += f'<input type="hidden" name="q" value="{escape(asked)}">'
    ask = f'<form action="/" method="get">{hidden}<button>{said("page_story_ask", language)}</button></form>'
    return f"<p>{' · '.join(links)}</p>{ask}"


def _new(story: WholeStory, language: str) -> str:
    """The field for the day since when a reader wants to know what is new."""
    since = story.since.isoformat() if story.since else ""
    nothing = ""
    if story.since and not any(day.new for day in story.course):
        told = message("page_story_nothing_new", language, day=day_said(story.since, language))
        nothing = f"<p>{escape(told)}</p>"
    return (
        f'<form class="since" method="get"><input type="hidden" name="lang" value="{escape(language)}">'
        f'<label for="since">{said("page_story_since", language)}</label>'
        f'<input id="since" name="since" type="date" required value="{since}"> '
        f"<button>{said('page_story_show', language)}</button></form>{nothing}"
    )


def _day(day: StoryDay, language: str) -> str:
    """A day: its sentence word for word over its source."""
    name = escape(day_said(day.day, language) or message("page_story_undated", language))
    new = f" <strong>{said('page_story_new', language)}</strong>" if day.new else ""
    words = f'<blockquote lang="{escape(day.article.language)}" dir="auto">{escape(day.text)}</blockquote>'
    first = ""
    if day.first:
        told = message("page_story_first", language, outlet=_byline(day.first, language))
        first = f" · {escape(told)}"
    address = story_address(day.article.article_id, language)
    return f"<li><h3>{name}{new}</h3>{words}<p>{source_line(day.article, language, address)}{first}</p></li>"


def _tellings(told: Tellings, language: str) -> str:
    """What its outlets tell differently side by side, what most of them tell, what one alone tells."""
    parts = [f'<h2 id="tellings">{said("page_story_tellings", language)}</h2>']
    for kinds, heading in ((_OTHERWISE, "otherwise"), (("most",), "all"), (("alone",), "alone")):
        some = [one for one in told.tellings if one.kind in kinds]
        parts += [f"<h3>{said(f'tellings_{heading}', language)}</h3>"] if some else []
        for one in some:
            name = f"<p>{said(f'tellings_{one.kind}', language)}</p>" if kinds is _OTHERWISE else ""
            pairs = zip(one.sides, one.sources, strict=True)
            sides = "".join(_side(side, count, language) for side, count in pairs)
            parts.append(f'{name}<div class="tell">{sides}</div>')
    return "".join(parts)


def _side(side: Side, sources: int, language: str) -> str:
    """What a source says, with the words in which it differs marked, and how many others say so too."""
    before, value, after = side.text.partition(side.value) if side.value else (side.text, "", "")
    words = f"{escape(before)}<mark>{escape(value)}</mark>{escape(after)}" if value else escape(side.text)
    quote = f'<blockquote lang="{escape(side.article.language)}" dir="auto">{words}</blockquote>'
    more = f" (+{sources - 1})" if sources > 1 else ""
    return f"<div>{quote}<p>{source_line(side.article, language)}{more}</p></div>"


def _articles(heading: str, found: tuple[Version, ...] | list[Version], language: str) -> str:
    """Articles under a heading, those in one language together."""
    if not found:
        return ""
    by_language: dict[str, list[Version]] = {}
    for one in found:
        by_language.setdefault(one.language, []).append(one)
    parts = []
    for tag, some in by_language.items():
        known, several = find_language(tag), len(by_language) > 1
        name = f"<h3>{escape(LANGUAGES[known.tag].name if known else tag)}</h3>" if several else ""
        rows = "".join(f"<li>{source_line(one, language, with_language=not several)}</li>" for one in some)
        parts.append(f"{name}<ul>{rows}</ul>")
    return f"<h2>{said(heading, language)}</h2>{''.join(parts)}"
