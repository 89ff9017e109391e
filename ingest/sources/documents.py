"""Reads one document a file: HTML pages, Markdown with front matter, plain text. Gives the fields of a record."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Fields = dict[str, Any]

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
SETTING = re.compile(r"^([A-Za-z_][\w-]*)[ \t]*:[ \t]*(.*)$")
ITEM = re.compile(r"^[ \t]*-[ \t]+(.*)$")
ALIASES = {"date": "published", "author": "authors", "lang": "language", "updated": "modified", "canonical": "url"}
# Marks of Markdown that would stand in a quote; what they enclose stays.
MARKS = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"^(?:#{1,6}[ \t]+|>[ \t]?)", re.MULTILINE), ""),
    (re.compile(r"[ \t]+#+[ \t]*$", re.MULTILINE), ""),
)
HEADING = re.compile(r"^#[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$|^(\S.*)\n=+[ \t]*$", re.MULTILINE)


def read_html(text: str) -> Fields:
    return {"html": text}


def read_text(text: str) -> Fields:
    """The first line that is not empty is the title."""
    title, _, body = text.strip().partition("\n")
    return {"title": title, "text": body}


def read_markdown(text: str) -> Fields:
    """Front matter (simple `key: value` lines and lists), then the first heading as title unless one is named."""
    text = text.replace("\r\n", "\n")
    found = FRONT_MATTER.match(text)
    fields = _front_matter(found[1]) if found else {}
    body = text[found.end() :] if found else text
    heading = HEADING.search(body)
    if heading and not body[: heading.start()].strip():
        fields.setdefault("title", _plain(heading[1] or heading[2]))
        body = body[heading.end() :]
    return {**fields, "text": _plain(body)}


READERS: dict[str, Callable[[str], Fields]] = {
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_text,
}


def _front_matter(block: str) -> Fields:
    fields: Fields = {}
    key = ""
    for line in block.split("\n"):
        if setting := SETTING.match(line):
            key = ALIASES.get(setting[1].lower(), setting[1].lower())
            fields[key] = _value(setting[2])
        elif key and (item := ITEM.match(line)):
            fields[key] = [*(fields[key] if isinstance(fields[key], list) else []), _unquoted(item[1])]
    return fields


def _value(written: str) -> str | list[str] | None:
    written = written.strip()
    if written.startswith("[") and written.endswith("]"):
        return [_unquoted(v) for v in written[1:-1].split(",") if v.strip()]
    return _unquoted(written) or None


def _unquoted(written: str) -> str:
    written = written.strip()
    quoted = len(written) > 1 and written[0] == written[-1] and written[0] in "\"'"
    return written[1:-1] if quoted else written


def _plain(text: str) -> str:
    for mark, plain in MARKS:
        text = mark.sub(plain, text)
    return text
