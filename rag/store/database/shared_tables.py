"""What processes and machines share beside the articles: tables of the archive's database that no index follows.

They are made when they are missing, so an archive of before them is none of another format.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, Table, Text

from rag.store.database.schema import String

metadata = MetaData()

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Float, nullable=False),  # seconds since 1970 by the database's clock
)

sheets = Table(  # small documents that are read and written as a whole: the keys
    "shared_sheets",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("value", Text, nullable=False),  # JSON
)

lines = Table(  # what is only ever added to: feedback
    "shared_lines",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("value", Text, nullable=False),  # a JSON object
)

shares = Table(  # answers that readers chose to share
    "shares",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False, index=True),  # SHA-256 of the secret that erases it
    Column("value", Text, nullable=False),  # JSON
    Column("until", Float, nullable=False),  # as in `leases`
)

share_sources = Table(  # which articles a shared answer cites: it is erased with any of them
    "share_sources",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("share", String, primary_key=True),
)

turns = Table(  # conversations that are kept
    "turns",
    metadata,
    Column("conversation", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Float, nullable=False),
)
