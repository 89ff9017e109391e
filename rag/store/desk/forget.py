"""Takes what quotes an erased article out of the desk's tables."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Table, delete, select, update

from rag.store.archive.erasure_traces import ErasureTraces
from rag.store.database.database import Database
from rag.store.desk.acts import Acts
from rag.store.desk.tables import cases, questions, settled, there


def forget(database: Database, marks: ErasureTraces) -> int:
    """Kept questions and cases that quote an erased article go; words of settlements and acts that do are blanked.

    How many rows were changed. Every byte is overwritten where the database can.
    """
    if not there(database):
        return 0
    with database.writing() as connection:
        count = sum(
            _without(connection, table, column, marks)
            for table, column in ((questions, questions.c.question), (cases, cases.c.fields))
        )
        count += _blanked_words(connection, marks)
        count += Acts(database).forget(connection, marks)
    if count:
        database.wipe()
    return count


def _without(connection: Connection, table: Table, column: Column[str], marks: ErasureTraces) -> int:
    (key,) = table.primary_key.columns
    gone = [row[0] for row in connection.execute(select(key, column)) if marks.stand_in(row[1])]
    for one in gone:
        connection.execute(delete(table).where(key == one))
    return len(gone)


def _blanked_words(connection: Connection, marks: ErasureTraces) -> int:
    rows = connection.execute(select(settled.c.report, settled.c.word)).all()
    quoting = [row.report for row in rows if marks.stand_in(row.word)]
    for report in quoting:
        connection.execute(update(settled).where(settled.c.report == report).values(word=""))
    return len(quoting)
