"""Erasing articles inside one transaction that holds the write lock: tombstones stay, and the addresses' keys."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from rag.errors import NotFound
from rag.store.archive import copies as clusters
from rag.store.archive.write import next_numbers
from rag.store.database.records import NO_DAY
from rag.store.database.rows import blanked, micros
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


def erase_article(connection: Connection, article_id: str, reason: str) -> bool:
    """Put a tombstone in the place of an article; False when there is one already."""
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
    _erase_shares(connection, article_id)
    connection.execute(delete(absences).where(absences.c.article_id == article_id))
    connection.execute(delete(revisions).where(revisions.c.article_id == article_id))
    connection.execute(delete(articles).where(articles.c.id == article_id))
    connection.execute(
        insert(changes), {"number": number, "article_id": article_id, "kind": "erase", "at": micros(datetime.now(UTC))}
    )
    stone = {"article_id": article_id, "change": number, "reason": reason, "published": published}
    connection.execute(insert(tombstones), stone | {"erased_at": micros(datetime.now(UTC))})
    return True


def _erase_shares(connection: Connection, article_id: str) -> None:
    """The answers that readers shared and that cite the article, in the same transaction as the article itself."""
    citing = list(connection.scalars(select(share_sources.c.share).where(share_sources.c.article_id == article_id)))
    connection.execute(delete(shares).where(shares.c.id.in_(citing)))
    connection.execute(delete(share_sources).where(share_sources.c.share.in_(citing)))


def _forget(connection: Connection, change: int, number: int) -> None:
    """Overwrite a revision's document and vectors in their places, delete its passages, empty its block."""
    for table in (documents, vectors, fingerprints):
        held = connection.execute(select(table).where(table.c.change == change)).mappings().first()
        if held is not None:
            values = {name: blanked(value) for name, value in held.items() if name != "change"}
            connection.execute(update(table).where(table.c.change == change).values(values))
    b = blocks.c
    row = connection.execute(select(b.first_key, b["count"]).where(b.change == change)).first()
    if row is not None:
        connection.execute(delete(passages).where(passages.c.key.between(row[0], row[0] + row[1] - 1)))
        empty = {"published_day": NO_DAY, "language": "", "outlet": "", "kind": ""}
        removed = func.coalesce(b.removed_change, number)
        connection.execute(update(blocks).where(b.change == change).values(removed_change=removed, **empty))
