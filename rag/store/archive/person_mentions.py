"""Finding what an erasure is about: articles that name a person, all revisions, who else says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from rag.store.archive.read import WHOLE
from rag.store.database.database import holds
from rag.store.database.rows import VECTOR_TYPE, article_of
from rag.store.database.schema import documents, revisions, vectors
from rag.text.script import fold, fold_with_map
from rag.types import Article

AROUND_CHARS = 60  # shown on each side of a name
_STEM_LEAST = 4
_ENDING = r"[a-z]{0,4}"  # of a case: Kovač, Kovača, Kovačem; Kovaç, Kovaçit
_BETWEEN = r"[\s.,\-]{1,3}(?:[a-z]{1,20}\.?[\s\-]{1,2})?"  # one word may stand between: a second name


@dataclass(frozen=True, slots=True)
class Mention:
    """An article that names somebody, in any of its revisions, with the first place where it does."""

    article: Article
    around: str


def name_pattern(name: str) -> re.Pattern[str]:
    """Finds a name in folded text, in either order of its words and in any case of the region's languages."""
    words = [re.escape(_stem(word)) + _ENDING for word in re.findall(r"[^\W\d_]+", fold(name))]
    orders = dict.fromkeys((_BETWEEN.join(words), _BETWEEN.join(reversed(words))))
    return re.compile(rf"\b(?:{'|'.join(orders)})\b")


def mentions(connection: Connection, name: str) -> Iterator[Mention]:
    """Every article that names somebody, by its newest such revision; reads the whole archive."""
    pattern, found = name_pattern(name), dict[str, Mention]()
    query = WHOLE.order_by(revisions.c.change).execution_options(yield_per=200)
    for row in connection.execute(query):
        article = article_of(row)
        around = next((shown for text in _texts(article) if (shown := _around(text, pattern))), "")
        if around:
            found[article.id] = Mention(article, around)
    yield from found.values()


def all_revisions(connection: Connection, article_id: str) -> list[Article]:
    """Oldest first; none when it is not there."""
    query = WHOLE.where(revisions.c.article_id == article_id).order_by(revisions.c.revision)
    return [article_of(row) for row in connection.execute(query)]


def all_vectors(connection: Connection, article_id: str, dimension: int) -> NDArray[np.float32]:
    """The vectors of every revision, one below the other, (n, d)."""
    query = select(vectors.c.data).join(revisions, revisions.c.change == vectors.c.change)
    rows = connection.scalars(query.where(revisions.c.article_id == article_id)).all()
    return np.frombuffer(b"".join(rows), VECTOR_TYPE).astype(np.float32).reshape(-1, max(dimension, 1))


def holders(connection: Connection, text: str) -> bool:
    """Does a text stand in any article?"""
    for column in (documents.c.text, documents.c.title, documents.c.extra):
        if connection.scalar(select(documents.c.change).where(holds(column, text)).limit(1)) is not None:
            return True
    return False


def vector_holders(connection: Connection, data: bytes) -> bool:
    """Do these bytes stand in any article's vectors?"""
    query = select(vectors.c.change).where(holds(vectors.c.data, data)).limit(1)
    return connection.scalar(query) is not None


def _texts(article: Article) -> Sequence[str]:
    return (article.title, ", ".join(article.authors), article.text, " ".join(map(str, article.extra.values())))


def _around(text: str, pattern: re.Pattern[str]) -> str:
    if not pattern.search(fold(text)):
        return ""
    folded = fold_with_map(text)
    found = pattern.search(folded.text)
    if found is None:
        return ""
    start, end = folded.original(*found.span())
    return " ".join(text[max(0, start - AROUND_CHARS) : end + AROUND_CHARS].split())


def _stem(word: str) -> str:
    """Without the vowel or two letters that the case of a name changes; short words stay whole."""
    if len(word) <= _STEM_LEAST:
        return word.rstrip("aeiou") if len(word) > 3 else word
    return word[:-1] if word[-1] in "aeiou" else word
