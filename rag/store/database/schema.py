"""The archive's tables (SQLAlchemy Core, no dialect's own features).

One number ties them together: the change that wrote a revision is the key of its rows in `revisions`, `documents`,
`blocks` and `vectors`, and is named by its `passages`. Times are microseconds since 1970, UTC.

What an erasure must remove to the byte stands in `documents` and `vectors` alone. Their rows are only ever appended
and, when erased, overwritten with blanks of the same length; they are never deleted and never change their size.
SQLite's secure_delete zeroes what is deleted, but not what stayed behind when rows of a page had been moved to
another by the deletion of their neighbours (2 of 900 articles in a random test): rows that never move leave nothing.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy import String as AnyString

SCHEMA_VERSION = 2
UNDATED = -(2**62)  # `published` of an article without a date: sorts after every date, newest first

String = AnyString().with_variant(AnyString(collation="C"), "postgresql")  # compared by code points, as in SQLite

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("article_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", BigInteger),  # when it was written; unknown for the oldest
)

articles = Table(  # one row an article that is not erased: its current revision, and what filters compare
    "articles",
    metadata,
    Column("id", String, primary_key=True),
    Column("change", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("language", String, nullable=False),
    Column("language_key", String, nullable=False),  # lower case
    Column("outlet", String, nullable=False),
    Column("outlet_key", String, nullable=False),  # case-folded
    Column("kind_key", String, nullable=False),
)
Index("articles_newest", articles.c.published, articles.c.id)

revisions = Table(  # kept until the article is erased
    "revisions",
    metadata,
    Column("change", Integer, primary_key=True, autoincrement=False),
    Column("article_id", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("modified", BigInteger),
    Column("published", BigInteger),
    Column("status", String, nullable=False),
    Column("language", String, nullable=False),
    Column("kind", String, nullable=False),
)
Index("revisions_of_article", revisions.c.article_id, revisions.c.revision, unique=True)

documents = Table(  # what a revision says; appended and blanked only
    "documents",
    metadata,
    Column("change", Integer, primary_key=True, autoincrement=False),
    Column("outlet", String, nullable=False),
    Column("url", Text),
    Column("section", Text),
    Column("cluster", String),
    Column("title", Text, nullable=False),
    Column("authors", Text, nullable=False),  # JSON list
    Column("extra", Text, nullable=False),  # JSON object
    Column("text", Text, nullable=False),
)

passages = Table(  # the text is a slice of the revision's, so it cannot differ from it
    "passages",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("change", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start_at", Integer, nullable=False),
    Column("end_at", Integer, nullable=False),
    Column("id", String, nullable=False),
)

blocks = Table(  # one row a revision with passages: keys first_key .. first_key + count - 1, and what filters compare
    "blocks",
    metadata,
    Column("change", Integer, primary_key=True, autoincrement=False),
    Column("first_key", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("removed_change", Integer),  # the change that superseded, retracted or erased it
    Column("published_day", Integer, nullable=False),
    Column("language", String, nullable=False),
    Column("outlet", String, nullable=False),
    Column("kind", String, nullable=False),
)  # an erased article's rows stay, without their values, so that keys are never given again
Index("blocks_live", blocks.c.removed_change, blocks.c.change, blocks.c.first_key, blocks.c["count"])

vectors = Table(  # of a block, float16 little-endian, one after the other; appended and blanked only
    "vectors",
    metadata,
    Column("change", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("change", Integer, nullable=False),
    Column("erased_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("published", BigInteger, nullable=False),  # a listing that stopped at this article can go on
)

addresses = Table(  # where an article stands or stood; kept when it is erased, so that the address stays refused
    "addresses",
    metadata,
    Column("key", String, primary_key=True),  # a hash, see addresses.py
    Column("article_id", String, primary_key=True),
)
Index("addresses_of_article", addresses.c.article_id)

absences = Table(  # pages that did not answer any more
    "absences",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("state", String, nullable=False),  # missing, gone (the article was retracted), back
    Column("checks", Integer, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),  # of the last check that counted
)

copies = Table(  # the cluster of near-identical articles that a current revision belongs to
    "copies",
    metadata,
    Column("change", Integer, primary_key=True, autoincrement=False),
    Column("article_id", String, nullable=False),
    Column("cluster", Integer, nullable=False),  # the change of the member that began it
    Column("agency", String, nullable=False),  # of earlier versions; empty
)
Index("copies_of_article", copies.c.article_id)
Index("copies_of_cluster", copies.c.cluster)

fingerprints = Table(  # of a text, all of one length; appended and blanked only, like vectors
    "fingerprints",
    metadata,
    Column("change", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

bands = Table(  # parts of fingerprints under which candidates are looked up
    "bands",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("change", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("bands_of_change", bands.c.change)
