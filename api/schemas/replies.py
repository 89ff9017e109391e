"""Writes the engine's values as JSON for readers: with addresses that are safe to link, and quotes in context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from api.schemas.answers import ContextOut
from api.schemas.archive import PageOut
from rag.errors import BadInput, NotFound
from rag.shown import LevelOf, Shows, cut_article, cut_hit, cut_stretch
from rag.store.archive.archive import Archive
from rag.store.archive.copies import Cluster
from rag.text.sentences import split_sentences
from rag.types import (
    Answer,
    Article,
    ArticleStatus,
    Cited,
    Delta,
    Event,
    Finished,
    Hit,
    InterimAnswer,
    PassagesFound,
    Story,
    Tellings,
    WholeStory,
    WrittenDelta,
)
from rag.wire import answer_json, jsonable, pick


def safe_url(url: str | None) -> str | None:
    """Returns the address of a web page; None for others, as `javascript:` and `data:` must not reach a reader's
    page."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc and url.isprintable() else None


def answer_reply(answer: Answer, answer_id: str) -> dict[str, Any]:
    """Makes an AnswerOut."""
    body = answer_json(answer)
    nearest = body["refusal"]["nearest"] if body["refusal"] else ()
    for part in (*body["citations"], *nearest, *body["digest"]):
        _make_safe(part)
    return {"id": answer_id, **body}


def story_reply(story: Story) -> dict[str, Any]:
    """Makes a StoryOut."""
    return _make_safe(jsonable(story))


def page_reply(page: PageOut) -> dict[str, Any]:
    """Makes a PageOut."""
    body: dict[str, Any] = jsonable(page)
    if body["article"]:
        _make_safe(body["article"])
    return body


def whole_story_reply(story: WholeStory, notices: Sequence[str]) -> dict[str, Any]:
    """Writes a story with these notices."""
    body: dict[str, Any] = jsonable(replace(story, notices=tuple(notices)))
    told = [one for day in body["course"] for one in (day["article"], day["first"]) if one]
    for one in (body["article"], *body["versions"], *body["others"], *told):
        _make_safe(one)
    return body


def tellings_reply(told: Tellings, notices: Sequence[str]) -> dict[str, Any]:
    """Writes the tellings of a story with these notices."""
    body: dict[str, Any] = jsonable(replace(told, notices=tuple(notices)))
    for side in (*body["sources"], *(side for telling in body["tellings"] for side in telling["sides"])):
        _make_safe(side["article"])
    return body


def _make_safe(part: dict[str, Any]) -> dict[str, Any]:
    """Removes unsafe addresses from what names an article, and from the other versions of its story."""
    for one in (part, *part.get("also", ())):
        one["url"] = safe_url(one["url"])
    return part


def hit_reply(hit: Hit, level_of: LevelOf) -> dict[str, Any]:
    """Makes a HitOut."""
    body: dict[str, Any] = jsonable(cut_hit(hit, level_of))
    _make_safe(body["passage"])
    return body


def article_reply(article: Article, copies: Cluster | None, level_of: LevelOf) -> dict[str, Any]:
    """Makes an ArticleOut without context. `copies`: the cluster of the article, if it is in one."""
    shown = cut_article(article, level_of)
    body = {"outlets": list(copies.outlets) if copies else [], "context": None, "whole": shown.text == article.text}
    return {**_make_safe(jsonable(shown)), **body}


def event_reply(event: Event, answer_id: str) -> tuple[str, dict[str, Any]]:
    """Returns name and data of a server-sent event."""
    match event:
        case PassagesFound():
            passages = [
                {
                    "passage_id": p.id,
                    **pick(p, "article_id", "title", "outlet"),
                    "url": safe_url(p.url),
                    **pick(p, "published", "language", "kind"),
                    "score": score,
                    **pick(p, "text", "start", "end"),
                }
                for p, score in ((hit.passage, hit.score) for hit in event.hits)
            ]
            return "passages", {"id": answer_id, "standalone": event.standalone, "passages": passages}
        case Cited():
            return "citation", _make_safe(jsonable(event.citation))
        case Delta():
            return "delta", jsonable(event.sentence)
        case WrittenDelta():
            return "written", jsonable(event.sentence)
        case InterimAnswer():
            return "interim", answer_reply(event.answer, answer_id)
        case Finished():
            return "answer", answer_reply(event.answer, answer_id)


AROUND_CHARS = 300  # shown on either side
_MARGIN = 300  # read beyond that, so that a sentence which the window cuts does not pass for a whole one


def context_of(article: Article, start: int, end: int, level: Shows | None = None) -> ContextOut:
    """Returns `article.text[start:end]` with its surroundings, or as much of it as a reader may see.

    Raises BadInput when the offsets are outside the text.
    """
    text = article.text
    if not 0 <= start < end <= len(text):
        raise BadInput(
            f"The article has {len(text)} characters; {start} to {end} is no stretch of it.",
            hint="It may have changed since: ask again, or name the revision.",
        )
    end = start + len(cut_stretch(text[start:end], article.language, level))
    if level is Shows.QUOTE:
        return ContextOut("", text[start:end], "", start, end)
    first, last = _first(text, start, article.language), _last(text, end, article.language)
    return ContextOut(text[first:start], text[start:end], text[end:last], start, end)


def _first(text: str, start: int, language: str) -> int:
    """Returns where the context begins: at the earliest sentence in reach, or else at a word."""
    least = max(0, start - AROUND_CHARS)
    if least == 0:
        return 0
    window = max(0, least - _MARGIN)
    spans = split_sentences(text[window:start], language)
    for span in spans[1:]:  # the first may have begun before the window
        if window + span.start >= least:
            return window + span.start
    space = text.find(" ", least, start)
    return start if space < 0 else space + 1


def _last(text: str, end: int, language: str) -> int:
    """Returns where the context ends: behind the last sentence in reach, or else behind a word."""
    most = min(len(text), end + AROUND_CHARS)
    if most == len(text):
        return most
    spans = split_sentences(text[end : most + _MARGIN], language)
    for span in reversed(spans[:-1]):  # the last may go on behind the window
        if end + span.end <= most:
            return end + span.end
    space = text.rfind(" ", end, most)
    return end if space < 0 else space


def article_for_readers(archive: Archive, article_id: str, *, revision: int | None = None) -> Article:
    """Returns an article, or one of its revisions. Raises Erased, and NotFound, also while editors hold it back."""
    article = archive.article(article_id)
    if article.status is ArticleStatus.HELD:
        raise NotFound(f"The article {article_id!r} is held back by its editors.", hint="Try again later.")
    return article if revision is None else archive.article(article_id, revision=revision)
