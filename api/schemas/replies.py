"""The engine's values as JSON for readers: rag.wire's shapes, with links that a page may show."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from rag.store.archive.copies import Cluster
from rag.types import Answer, Article, Cited, Delta, Event, Finished, Hit, PassagesFound
from rag.wire import answer_json, article_json, citation_json, hit_json, jsonable


def safe_url(url: str | None) -> str | None:
    """The address if it is a web page's: an article must not bring `javascript:` or `data:` into a reader's page."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc and url.isprintable() else None


def answer_reply(answer: Answer, answer_id: str) -> dict[str, Any]:
    """AnswerOut."""
    body = answer_json(answer)
    for part in (*body["citations"], *(body["refusal"] or {"nearest": ()})["nearest"]):
        part["url"] = safe_url(part["url"])
    return {"id": answer_id, **body}


def hit_reply(hit: Hit) -> dict[str, Any]:
    """HitOut."""
    body = hit_json(hit)
    body["passage"]["url"] = safe_url(body["passage"]["url"])
    return body


def article_reply(article: Article, copies: Cluster | None) -> dict[str, Any]:
    """ArticleOut without context; `copies` is the cluster that the article is in, if any."""
    body = article_json(article)
    body["url"] = safe_url(body["url"])
    return {**body, "outlets": list(copies.outlets) if copies else []}


def event_reply(event: Event, answer_id: str) -> tuple[str, dict[str, Any]]:
    """Name and data of a server-sent event."""
    match event:
        case PassagesFound():
            return "passages", _passages(event, answer_id)
        case Cited():
            body = citation_json(event.citation)
            return "citation", {**body, "url": safe_url(body["url"])}
        case Delta():
            return "delta", jsonable(event.sentence)
        case Finished():
            return "answer", answer_reply(event.answer, answer_id)


def _passages(event: PassagesFound, answer_id: str) -> dict[str, Any]:
    shown = []
    for hit in event.hits:
        p = hit.passage
        shown.append(
            {
                "passage_id": p.id,
                "article_id": p.article_id,
                "title": p.title,
                "outlet": p.outlet,
                "url": safe_url(p.url),
                "published": jsonable(p.published),
                "language": p.language,
                "kind": p.kind,
                "score": hit.score,
                "text": p.text,
                "start": p.start,
                "end": p.end,
            }
        )
    return {"id": answer_id, "standalone": event.standalone, "passages": shown}
