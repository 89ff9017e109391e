"""Copies an archive from one database into another, row by row, and looks afterwards whether every row is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Row, Table, delete, insert, inspect, select, tuple_

from rag.errors import ArchiveBroken, BadInput
from rag.store.archive.open import COPYING, prepare
from rag.store.database.database import Database
from rag.store.database.rows import chunks
from rag.store.database.schema import changes, meta

_ROWS = 500  # in one transaction; each is looked up in the other database by its key


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """Rows of all tables, and how many of them were written: fewer when an interrupted copy was resumed."""

    rows: int
    written: int


def copy(source: Database, target: Database, *, kinds: Sequence[MetaData], tell: Callable[[str], None]) -> CopyCounts:
    """Makes the tables of `kinds` in the target equal to one snapshot of the source, even while the source is written.

    Rows that are equal already are kept, so an interrupted copy is resumed, and a later copy takes in what is new.
    Nothing else can open the target until it is complete. Raises BadInput when the target holds another archive,
    ArchiveBroken when a row differs afterwards.
    """
    prepare(target, copying=True)
    with target.writing() as connection:
        for kind in kinds:
            kind.create_all(connection)
    with source.reading() as held:
        _must_be_a_beginning(held, target)
        there = set(inspect(held).get_table_names())
        tables = [table for kind in kinds for table in kind.sorted_tables if table.name in there]
        _mark(target)
        rows = written = 0
        for table in tables:
            for found in _differences(held, target, table):
                rows, written = rows + found.rows, written + len(found.new)
                _mend(target, table, found)
            tell(f"{table.name}: {rows:,} rows so far, {written:,} written")
        for table in tables:
            if any(found.new or found.gone for found in _differences(held, target, table)):
                raise ArchiveBroken(f"{table.name} is not the same in both.", hint="Stop who writes there; copy again.")
    with target.writing() as connection:
        connection.execute(delete(meta).where(meta.c.name == COPYING))
    return CopyCounts(rows, written)


@dataclass(frozen=True, slots=True)
class _Difference:
    """Of some rows: how many they are, those to write, and the keys of those to remove first."""

    rows: int
    new: Sequence[Row[Any]]
    gone: Sequence[tuple[Any, ...]]


def _differences(held: Connection, target: Database, table: Table) -> Iterator[_Difference]:
    for rows in held.execute(select(table), execution_options={"yield_per": _ROWS}).partitions():
        with target.reading() as connection:
            there = {_key(table, row): row for row in _with_keys(connection, table, [_key(table, row) for row in rows])}
        new = [row for row in rows if there.get(_key(table, row)) != row]
        yield _Difference(len(rows), new, [key for row in new if (key := _key(table, row)) in there])
    with target.reading() as connection:
        keys = [_key(table, row) for row in connection.execute(select(*table.primary_key.columns))]
    for some in chunks(keys, _ROWS):
        known = {_key(table, row) for row in _with_keys(held, table, some)}
        yield _Difference(0, (), [key for key in some if key not in known and not _is_mark(table, key)])


def _with_keys(connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> Sequence[Row[Any]]:
    return connection.execute(select(table).where(_among(table, keys))).all()


def _among(table: Table, keys: Sequence[tuple[Any, ...]]) -> Any:
    columns = list(table.primary_key.columns)
    return columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)


def _key(table: Table, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row._mapping[column.name] for column in table.primary_key.columns)


def _mend(target: Database, table: Table, found: _Difference) -> None:
    if found.gone or found.new:
        with target.writing() as connection:
            if found.gone:
                connection.execute(delete(table).where(_among(table, found.gone)))
            if found.new:
                connection.execute(insert(table), [dict(row._mapping) for row in found.new])


def _must_be_a_beginning(held: Connection, target: Database) -> None:
    """The target must hold an earlier state of the source: its last change is the source's change of that number."""
    last = select(changes).order_by(changes.c.number.desc()).limit(1)
    with target.reading() as connection:
        mine = connection.execute(last).first()
    if mine is None:
        return
    theirs = held.execute(select(changes).where(changes.c.number == mine.number)).first()
    if theirs != mine:
        raise BadInput(f"{target.name} holds another archive, or a newer one.", hint="Name an empty database.")


def _mark(target: Database) -> None:
    with target.writing() as connection:
        connection.execute(delete(meta).where(meta.c.name == COPYING))
        connection.execute(insert(meta), {"name": COPYING, "value": "1"})


def _is_mark(table: Table, key: tuple[Any, ...]) -> bool:
    return table is meta and key == (COPYING,)
