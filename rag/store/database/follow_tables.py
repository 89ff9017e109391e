"""The tables of questions that are followed: what was said of each, which articles that rests on, and webhooks.

Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from rag.store.database.desk_tables import metadata as metadata  # one for all that is shared
from rag.store.database.schema import String

followed = Table(  # a question, or a story by one of its articles, in whatever feed or webhook it is followed
    "followed",
    metadata,
    Column("id", String, primary_key=True),  # a digest over what is followed
    Column("value", Text, nullable=False),  # JSON: question, language, filters, story
    Column("told", Text, nullable=False),  # JSON: what the answer said last, as digests of its words
    Column("near", Float, nullable=False),  # only a passage that comes as near may change the answer
    Column("gone", Integer, nullable=False),  # an article was taken out that it rested on: it is asked again
    Column("began", BigInteger, nullable=False),
    Column("read_day", Integer, nullable=False),  # since 1970, of the last reader of the feed
)

follow_places = Table(  # who began what is followed without a key; the least recently read gives way
    "follow_places",
    metadata,
    Column("followed", String, primary_key=True),
    Column("network", String, nullable=False),  # a digest of its address without the last part (IPv6: /48)
    Column("read", BigInteger, nullable=False),
)

follow_knocks = Table(  # feeds that were fetched once: fetched again from the same network, their question is followed
    "follow_knocks",
    metadata,
    Column("followed", String, primary_key=True),
    Column("network", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

follow_entries = Table(  # one for each change of an answer
    "follow_entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("followed", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("value", Text, nullable=False),  # JSON
)
Index("follow_entries_of", follow_entries.c.followed, follow_entries.c.at)

follow_sources = Table(  # the articles that an entry quotes: it is erased with any of them
    "follow_sources",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("entry", String, primary_key=True),
    Column("change", Integer, nullable=False),  # of the revision in which its words were last found
)
Index("follow_sources_of", follow_sources.c.entry)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String, primary_key=True),
    Column("followed", String, nullable=False),
    Column("key_id", String, nullable=False),  # whose it is
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),  # both sides sign with it, so that no digest would do
    Column("began", BigInteger, nullable=False),
    Column("failing", BigInteger),  # since when every delivery has failed
    Column("error", Text, nullable=False),  # of the last delivery; "" where it arrived
    Column("delivered", BigInteger),  # the last that arrived
    Column("ended", BigInteger),  # withdrawn; `error` says why
)
Index("webhooks_of", webhooks.c.followed)

deliveries = Table(  # that wait to be sent
    "deliveries",
    metadata,
    Column("webhook", String, primary_key=True),
    Column("entry", String, primary_key=True),
    Column("due", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
)
Index("deliveries_due", deliveries.c.due)

follow_progress = Table(  # up to which change questions were asked; how often a bound stopped somebody
    "follow_progress",
    metadata,
    Column("name", String, primary_key=True),
    Column("change", Integer, nullable=False),
)
