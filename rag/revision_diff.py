"""What changed between two revisions of an article."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from rag.text.sentences import split_sentences
from rag.types import Article

FIELDS = ("title", "outlet", "url", "language", "kind", "status", "published", "modified", "authors", "section")


def difference(old: Article, new: Article) -> list[str]:
    """Lines as of `diff -u`: fields that differ, then the sentences that went (`-`) and came (`+`), three around."""
    return [*_fields(old, new), *_sentences(old, new)]


def _fields(old: Article, new: Article) -> Iterator[str]:
    for name in FIELDS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"-{name}: {before}"
            yield f"+{name}: {after}"


def _sentences(old: Article, new: Article) -> Iterator[str]:
    before, after = (
        [article.text[s.start : s.end] for s in split_sentences(article.text, article.language)]
        for article in (old, new)
    )
    names = (f"revision {old.revision}", f"revision {new.revision}")
    yield from difflib.unified_diff(before, after, names[0], names[1], lineterm="")
