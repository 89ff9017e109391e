"""Putting another model's vectors in the place of those that the archive holds: all of them in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, select, update

from rag.errors import ModelMismatch
from rag.store.archive.read import read_identity, whole
from rag.store.database.records import Identity
from rag.store.database.rows import chunks
from rag.store.database.schema import blocks, meta, passages, vectors
from rag.types import Passage


def embedded_changes(connection: Connection) -> set[int]:
    """The changes that have vectors: those of every revision with passages that was not erased."""
    return set(connection.scalars(select(blocks.c.change).where(blocks.c["count"] > 0, blocks.c.language != "")))


def passages_by_change(connection: Connection, wanted: Sequence[int]) -> dict[int, list[Passage]]:
    """The passages of these changes in the order of their vectors; changes erased since are left out."""
    found: dict[int, list[Passage]] = {}
    for some in chunks(wanted):
        rows = connection.execute(select(passages).where(passages.c.change.in_(some)).order_by(passages.c.key)).all()
        for row, passage in zip(rows, whole(connection, rows), strict=True):
            found.setdefault(row.change, []).append(passage)
    return found


def exchange(
    connection: Connection, held: Identity, made_by: Identity, known: Iterable[int], read: Callable[[int], bytes]
) -> set[int]:
    """Overwrite the vectors in their places with those that `read` gives, and write down whose they are.

    Nothing is changed when some have none yet: those changes are returned. Raises ModelMismatch when the archive's
    vectors are not `held`'s any more.
    """
    if read_identity(connection) != held:
        raise ModelMismatch("Another process has embedded the archive anew meanwhile.", hint="Nothing is left to do.")
    changes = embedded_changes(connection)
    missing = changes - set(known)
    if missing:
        return missing
    for change in sorted(changes):
        connection.execute(update(vectors).where(vectors.c.change == change).values(data=read(change)))
    connection.execute(update(meta).where(meta.c.name == "model_id").values(value=made_by.model_id))
    return set()
