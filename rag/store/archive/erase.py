"""Erases articles in one transaction under the write lock, and finds remaining traces of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select, update

from rag.errors import ArchiveBroken, NotFound
from rag.store.archive import copies as clusters
from rag.store.archive.read import WHOLE, all_revisions, dimension_of, must_be_an_id
from rag.store.archive.write import next_numbers
from rag.store.database.addresses import addresses_of
from rag.store.database.database import holds
from rag.store.database.follow_tables import deliveries, follow_entries, follow_sources, followed
from rag.store.database.records import NO_DAY
from rag.store.database.rows import VECTOR_TYPE, article_of, blank, micros
from rag.store.database.schema import (
    absences,
    articles,
    blocks,
    changes,
    documents,
    fingerprints,
    passages,
    revisions,
    tombstones,
    vectors,
)
from rag.store.database.shared_tables import share_sources, shares
from rag.text.script import fold, fold_with_map
from rag.types import Article, Trace


def erase_article(connection: Connection, article_id: str, reason: str) -> bool:
    """Replace an article by a tombstone; False when there already is one. Raises NotFound."""
    must_be_an_id(article_id)
    if connection.scalar(select(tombstones.c.change).where(tombstones.c.article_id == article_id)) is not None:
        return False
    published = connection.scalar(select(articles.c.published).where(articles.c.id == article_id))
    if published is None:
        raise NotFound(f"There is no article {article_id!r}.", hint="`telal articles list` shows the ids.")
    number, _ = next_numbers(connection)
    own = list(connection.scalars(select(revisions.c.change).where(revisions.c.article_id == article_id)))
    clusters.withdraw(connection, own)
    for change in own:
        _forget(connection, change, number)
    citing = list(connection.scalars(select(share_sources.c.share).where(share_sources.c.article_id == article_id)))
    connection.execute(delete(shares).where(shares.c.id.in_(citing)))
    connection.execute(delete(share_sources).where(share_sources.c.share.in_(citing)))
    _erase_entries(connection, article_id)
    connection.execute(delete(absences).where(absences.c.article_id == article_id))
    connection.execute(delete(revisions).where(revisions.c.article_id == article_id))
    connection.execute(delete(articles).where(articles.c.id == article_id))
    connection.execute(
        insert(changes), {"number": number, "article_id": article_id, "kind": "erase", "at": micros(datetime.now(UTC))}
    )
    stone = {"article_id": article_id, "change": number, "reason": reason, "published": published}
    connection.execute(insert(tombstones), stone | {"erased_at": micros(datetime.now(UTC))})
    return True


def _erase_entries(connection: Connection, article_id: str) -> None:
    """What was told of followed questions and quotes the article."""
    quoting = select(follow_sources.c.entry).where(follow_sources.c.article_id == article_id)
    for entry in connection.scalars(quoting).all():
        note_newest_gone(connection, entry)
        connection.execute(delete(deliveries).where(deliveries.c.entry == entry))
        connection.execute(delete(follow_entries).where(follow_entries.c.id == entry))
        connection.execute(delete(follow_sources).where(follow_sources.c.entry == entry))


def note_newest_gone(connection: Connection, entry: str) -> None:
    """Has a followed question asked again if what was told of it last is about to be removed."""
    c = follow_entries.c
    question = select(c.followed).where(c.id == entry).scalar_subquery()
    newest = select(c.id).where(c.followed == question).order_by(c.at.desc(), c.id).limit(1)
    if connection.scalar(newest) == entry:
        connection.execute(update(followed).where(followed.c.id == question).values(gone=1))


def _forget(connection: Connection, change: int, number: int) -> None:
    """Overwrite a revision's document and vectors in place, delete its passages, empty its block."""
    for table in (documents, vectors, fingerprints):
        held = connection.execute(select(table).where(table.c.change == change)).mappings().first()
        if held is not None:
            values = {name: blank(value) for name, value in held.items() if name != "change"}
            connection.execute(update(table).where(table.c.change == change).values(values))
    b = blocks.c
    row = connection.execute(select(b.first_key, b["count"]).where(b.change == change)).first()
    if row is not None:
        connection.execute(delete(passages).where(passages.c.key.between(row[0], row[0] + row[1] - 1)))
        empty = {"published_day": NO_DAY, "language": "", "outlet": "", "kind": ""}
        removed = func.coalesce(b.removed_change, number)
        connection.execute(update(blocks).where(b.change == change).values(removed_change=removed, **empty))


LEAST_CHARS = 24  # of a stretch of text: a shorter one may stand anywhere
RARE_CHARS = 9  # of a word that is looked for by itself, when no other article has it
MOST_STRETCHES, MOST_WORDS, MOST_VECTORS = 24, 8, 24
T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]  # where the child process finds this package
CODES = ("utf-8", "utf-16-le", "utf-16-be")

_STRETCH = re.compile(r"[^.!?\n]+")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class ErasureTraces:
    """Traces of an article: sentences of its revisions, rare words, and the bytes of its vectors (float16, float32)."""

    ids: tuple[str, ...]
    stretches: tuple[str, ...]
    words: tuple[str, ...]
    vectors: tuple[bytes, ...]
    addresses: tuple[str, ...] = ()

    def stand_in(self, text: str) -> bool:
        """Does a text hold one of the articles' sentences, or name its id or address? Compared as it is searched."""
        if any(name and name in text for name in (*self.ids, *self.addresses)):
            return True
        folded = _squeeze(text)
        return any(_squeeze(stretch) in folded for stretch in self.stretches)


def marks(connection: Connection, article_ids: Sequence[str]) -> ErasureTraces:
    """The words and vectors, of all revisions, by which these articles can be found in other places."""
    held = [revision for one in article_ids for revision in all_revisions(connection, one)]
    query = select(vectors.c.data).join(revisions, revisions.c.change == vectors.c.change)
    data = b"".join(connection.scalars(query.where(revisions.c.article_id.in_(article_ids))))
    rows = np.frombuffer(data, VECTOR_TYPE).reshape(-1, max(dimension_of(connection), 1))
    return marks_of(held, rows.astype(np.float32))


def unique_traces(connection: Connection, marks: ErasureTraces) -> ErasureTraces:
    """A sample of the traces that occur in no article and in no followed question: what several articles say, or a
    reader asks, is no trace of one of them.
    """
    few = sample(marks)
    asked = " ".join(connection.scalars(select(followed.c.value)))
    return replace(
        few,
        stretches=tuple(s for s in few.stretches if not holders(connection, s)),
        words=tuple(w for w in few.words if w not in asked and not holders(connection, w)),
        vectors=tuple(v for v in few.vectors if not vector_holders(connection, v)),
    )


def marks_of(revisions: Sequence[Article], vectors: NDArray[np.float32]) -> ErasureTraces:
    """The traces of an article: all sentences that are long enough, the headlines, and the longest words."""
    texts = [text for a in revisions for text in (a.title, a.text, *map(str, a.extra.values()))]
    found = (match.group().strip() for text in texts for match in _STRETCH.finditer(text))
    stretches = dict.fromkeys(stretch for stretch in found if len(stretch) >= LEAST_CHARS)
    words = sorted(
        {w for text in texts for w in _WORD.findall(text) if len(w) >= RARE_CHARS}, key=lambda w: (-len(w), w)
    )
    return ErasureTraces(
        ids=tuple(dict.fromkeys(a.id for a in revisions)),
        stretches=tuple(stretches),
        words=tuple(words),
        vectors=tuple(row.tobytes() for row in vectors.astype(VECTOR_TYPE)),
        addresses=tuple(dict.fromkeys(url for a in revisions for url in addresses_of(a))),
    )


def sample(marks: ErasureTraces) -> ErasureTraces:
    """A sample of the traces, as many as are looked for in files; of the words the longest."""
    return replace(
        marks,
        stretches=tuple(_spread(marks.stretches, MOST_STRETCHES)),
        words=marks.words[:MOST_WORDS],
        vectors=tuple(_spread(marks.vectors, MOST_VECTORS)),
    )


def needles(marks: ErasureTraces) -> Iterator[tuple[str, bytes]]:
    """The byte strings to look for in files, each with its kind: a sample of the traces in every encoding."""
    marks = sample(marks)
    for text in (*marks.stretches, *marks.words):
        yield from (("text", text.encode(code)) for code in CODES)
        folded = fold(text)
        yield from (("folded text", folded.encode(code)) for code in CODES if folded != text)
    for vector in marks.vectors:
        yield "vector", vector
        yield "vector", np.frombuffer(vector, VECTOR_TYPE).astype("<f4").tobytes()


def traces(folder: Path, marks: ErasureTraces) -> tuple[list[Trace], int, int]:
    """Where the traces are in the files below a folder, and how many files and bytes were read.

    Raises ArchiveBroken when the files cannot be read. Done in a process of its own (file_search.py says why).
    """
    wanted: dict[str, list[str]] = {}
    for what, needle in dict.fromkeys(needles(marks)):
        wanted.setdefault(what, []).append(needle.hex())
    command = [sys.executable, "-m", "rag.store.upkeep.file_search", str(folder.absolute())]
    done = subprocess.run(command, input=json.dumps(wanted), capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise ArchiveBroken(f"The files of {folder} cannot be searched: {done.stderr.strip()[-300:]}")
    said = json.loads(done.stdout)
    return [Trace(file, what) for file, what in said["found"]], said["files"], said["bytes"]


def _squeeze(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))


def _spread(values: Sequence[T], most: int) -> list[T]:
    step = max(1, len(values) // most)
    return list(values[::step])[:most]


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


def mentions(connection: Connection, name: str) -> list[Mention]:
    """Every article that names somebody, in either script and any case, by its newest such revision; reads the whole
    archive."""
    pattern, found = name_pattern(name), dict[str, Mention]()
    query = WHOLE.order_by(revisions.c.change).execution_options(yield_per=200)
    for row in connection.execute(query):
        article = article_of(row)
        texts = (article.title, ", ".join(article.authors), article.text, " ".join(map(str, article.extra.values())))
        around = next((shown for text in texts if (shown := _around(text, pattern))), "")
        if around:
            found[article.id] = Mention(article, around)
    return list(found.values())


def holders(connection: Connection, text: str) -> bool:
    """Does any article contain the text?"""
    for column in (documents.c.text, documents.c.title, documents.c.extra):
        if connection.scalar(select(documents.c.change).where(holds(column, text)).limit(1)) is not None:
            return True
    return False


def vector_holders(connection: Connection, data: bytes) -> bool:
    """Do any article's vectors contain these bytes?"""
    query = select(vectors.c.change).where(holds(vectors.c.data, data)).limit(1)
    return connection.scalar(query) is not None


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
    """Without the one or two last letters that a name's case changes; short words stay whole."""
    if len(word) <= _STEM_LEAST:
        return word.rstrip("aeiou") if len(word) > 3 else word
    return word[:-1] if word[-1] in "aeiou" else word
