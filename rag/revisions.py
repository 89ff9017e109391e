"""Compares two revisions of an article, as `diff -u` does."""

import difflib

from rag.text.sentences import split_sentences
from rag.types import Article

FIELDS = ("title", "outlet", "url", "language", "kind", "status", "published", "modified", "authors", "section")


def difference(old: Article, new: Article) -> list[str]:
    """Returns the difference of two revisions as `diff -u` shows it: changed fields, then removed (`-`) and added (`+`)
    sentences with three lines of context."""
    changed = [(name, getattr(old, name), getattr(new, name)) for name in FIELDS]
    fields = [line for name, a, b in changed if a != b for line in (f"-{name}: {a}", f"+{name}: {b}")]
    before, after = (
        [article.text[s.start : s.end] for s in split_sentences(article.text, article.language)]
        for article in (old, new)
    )
    names = (f"revision {old.revision}", f"revision {new.revision}")
    return [*fields, *difflib.unified_diff(before, after, *names, lineterm="")]
