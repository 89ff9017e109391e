"""Reads a page's linked data (JSON-LD, schema.org): the article that it describes, references resolved."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_CHARS = 2_000_000  # of one script
MOST_NODES = 5_000
ARTICLES = frozenset(
    "newsarticle article reportagenewsarticle backgroundnewsarticle opinionnewsarticle analysisnewsarticle "
    "reviewnewsarticle askpublicnewsarticle advertisercontentarticle satiricalarticle blogposting liveblogposting "
    "socialmediaposting report techarticle scholarlyarticle".split()
)
LISTS = frozenset("collectionpage searchresultspage itemlist".split())
_COMMENTS = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*;?\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_TAGS = re.compile(r"<[^>]{1,500}>")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """The article that linked data describes; "" where it says nothing."""

    type: str = ""  # in small letters, e.g. newsarticle
    headline: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    language: str = ""
    section: str = ""
    genre: str = ""
    publisher: str = ""
    free: bool = True  # False: it says that it is not accessible for free
    updates: tuple[Node, ...] = ()  # of a live blog
    types: frozenset[str] = field(default=frozenset())  # of every node of the page


def read_linked(scripts: Sequence[str]) -> LinkedArticle:
    """Reads the article in a page's JSON-LD scripts. From scripts that are not JSON, only the dates are read."""
    nodes = [node for script in scripts for node in _nodes(_parsed(script))][:MOST_NODES]
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    types = frozenset(kind for node in nodes for kind in _types(node))
    article = next((n for n in nodes if ARTICLES.intersection(_types(n)) and _text(n.get("headline"))), None)
    article = article or next((n for n in nodes if ARTICLES.intersection(_types(n))), None)
    if article is None:
        page = next((n for n in nodes if _text(n.get("datePublished")) and "webpage" in _types(n)), {})
        raw = " ".join(scripts)
        return LinkedArticle(
            published=_text(page.get("datePublished")) or _found(raw, "datePublished"),
            modified=_text(page.get("dateModified")) or _found(raw, "dateModified"),
            language=_text(page.get("inLanguage")),
            types=types,
        )
    return _article(article, by_id, types)


def _article(node: Node, by_id: Mapping[str, Node], types: frozenset[str]) -> LinkedArticle:
    updates = node.get("liveBlogUpdate")
    free = node.get("isAccessibleForFree")
    return LinkedArticle(
        type=next(kind for kind in _types(node) if kind in ARTICLES),
        headline=_text(node.get("headline")) or _text(node.get("name")),
        authors=tuple(dict.fromkeys(_names(node.get("author"), by_id))),
        published=_text(node.get("datePublished")) or _text(node.get("dateCreated")),
        modified=_text(node.get("dateModified")),
        language=_text(node.get("inLanguage")),
        section=_text(node.get("articleSection")),
        genre=_text(node.get("genre")),
        publisher=next(_names(node.get("publisher"), by_id), ""),
        free=str(free).lower() not in ("false", "no"),
        updates=tuple(u for u in updates if isinstance(u, Mapping)) if isinstance(updates, list) else (),
        types=types,
    )


def _parsed(script: str) -> Any:
    text = _COMMENTS.sub("", script[:MOST_CHARS]).strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    """Yields every object, outer ones before inner ones, those of a graph in its order."""
    if depth > 12:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, Mapping):
        yield value
        for name, inner in value.items():
            if name != "liveBlogUpdate" and isinstance(inner, list | Mapping):
                yield from _nodes(inner, depth + 1)


def _types(node: Node) -> list[str]:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rpartition("/")[2].lower() for kind in kinds if isinstance(kind, str)]


def _names(value: Any, by_id: Mapping[str, Node]) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            named = one if one.get("name") else by_id.get(str(one.get("@id")), one)
            name = named.get("name")
            yield from _names(name, by_id) if isinstance(name, list) else filter(None, [_text(name)])
        elif name := _text(one):
            yield name


def _text(value: Any) -> str:
    """Returns a value as one line of plain text; of a list its first."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("@value") or ""
    if not isinstance(value, str):
        return ""
    return " ".join(_TAGS.sub("", html.unescape(value)).split())


def text_of(value: Any) -> str:
    """Returns a value as plain text with its paragraphs."""
    if not isinstance(value, str):
        return ""
    marked = re.sub(r"(?i)</p>|<br\s*/?>|</div>|</li>", "\n", html.unescape(value))
    return "\n".join(filter(None, (" ".join(line.split()) for line in _TAGS.sub("", marked).splitlines())))


def _found(raw: str, key: str) -> str:
    """Finds a string value in linked data that is no JSON."""
    found = re.search(rf'"{key}"\s*:\s*"([^"]{{4,60}})"', raw)
    return found[1] if found else ""
