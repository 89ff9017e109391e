"""The tables of the editors' desk. Times are microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from rag.store.database.schema import String
from rag.store.database.shared_tables import metadata as metadata  # one for both

acts = Table(  # added to, never changed: the code that writes it has no other way (acts.py)
    "desk_acts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("key_id", String, nullable=False),
    Column("editor", Text, nullable=False),  # the key's name
    Column("act", String, nullable=False),  # article.erase, source.add, ...
    Column("subject", Text, nullable=False),  # an article's id, an outlet's name
    Column("detail", Text, nullable=False),  # JSON; "" when it quoted an article that was erased since
    Column("detail_digest", String, nullable=False),
    Column("chain", String, nullable=False),  # SHA-256 over the act before and this one
)
Index("desk_acts_subject", acts.c.subject)

question_counts = Table(  # how often; no word of a reader
    "desk_asked",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # since 1970, UTC
    Column("language", String, primary_key=True),
    Column("outcome", String, primary_key=True),
    Column("article_id", String, primary_key=True),  # first cited, or nearest; "" for none
    Column("worker", String, primary_key=True),  # each process adds to rows of its own
    Column("count", Integer, nullable=False),
)

sought_names = Table(  # names that enough readers asked for in vain
    "desk_sought",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("worker", String, primary_key=True),
    Column("count", Integer, nullable=False),
)

questions = Table(  # whole questions, only while the outlet keeps them
    "desk_questions",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("language", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("article_id", String, nullable=False),
    Column("question", Text, nullable=False),
)
Index("desk_questions_at", questions.c.at)

settled_reports = Table(  # reports of readers that an editor has dealt with
    "desk_settled",
    metadata,
    Column("report", String, primary_key=True),  # a digest of the report
    Column("at", BigInteger, nullable=False),
    Column("editor", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("word", Text, nullable=False),
)

cases = Table(  # the site's own benchmark
    "desk_cases",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("editor", Text, nullable=False),
    Column("fields", Text, nullable=False),  # JSON, as a line of a file of cases (docs/evaluation.md)
)

outlets = Table(  # what editors add to the operator's file of outlets, or change in it
    "desk_outlets",
    metadata,
    Column("key", String, primary_key=True),  # the name, case-folded
    Column("fields", Text, nullable=False),  # JSON: those that take the place of the file's
    Column("removed", Integer, nullable=False),
)

pins = Table(  # the newsroom's own answers to questions
    "desk_pins",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", BigInteger, nullable=False),  # of its last change
    Column("editor", Text, nullable=False),
    Column("kind", String, nullable=False),
    Column(
        "fields", Text, nullable=False
    ),  # JSON: questions, text, language, cites; what quoted an erased article is gone
    Column("ends", BigInteger),
    Column("erased", Integer, nullable=False),  # an article that it cites was erased since: it answers nothing
)

sessions = Table(  # of editors who are signed in; the cookie itself is not kept
    "desk_sessions",
    metadata,
    Column("digest", String, primary_key=True),  # SHA-256 of the cookie
    Column("key_id", String, nullable=False),
    Column("key_digest", String, nullable=False),
    Column("editor", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("network", String, nullable=False),
)

choices = Table(
    "desk_choices",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
