"""Writing articles, or another model's vectors for all of them, in one transaction that holds the write lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from rag.errors import ModelMismatch
from rag.store.archive import copies as clusters
from rag.store.archive.read import embedded_changes, known_articles, read_identity, succeed
from rag.store.database.addresses import address_key, addresses_of
from rag.store.database.records import (
    ChangeKind,
    Identity,
    Outcome,
    Plan,
    StoredState,
    Write,
    content_hash,
    passage_id,
    plan,
)
from rag.store.database.rows import article_row, blob, block_row, chunks, document_row, micros, revision_row
from rag.store.database.schema import (
    absences,
    addresses,
    articles,
    blocks,
    changes,
    documents,
    meta,
    passages,
    revisions,
    vectors,
)
from rag.types import ANSWERING_STATUSES, Article, ArticleStatus, Passage


@dataclass(slots=True)
class _Rows:
    """The rows of a batch, gathered per table."""

    next_change: int
    next_key: int
    changes: list[dict[str, Any]] = field(default_factory=list)
    revisions: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    vectors: list[dict[str, Any]] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    new_articles: list[dict[str, Any]] = field(default_factory=list)
    changed_articles: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    addresses: dict[tuple[str, str], None] = field(default_factory=dict)
    copies: list[tuple[int, Write]] = field(default_factory=list)
    readmitted: list[str] = field(default_factory=list)
    now: int = field(default_factory=lambda: micros(datetime.now(UTC)))


def require_identity(identity: Identity | None) -> Identity:
    """Vectors of an unknown model are useless, so the first writer has to name it."""
    if identity is None:
        raise ModelMismatch(
            "The archive is new and was opened without saying which model makes its vectors.",
            hint="Open it with an identity.",
        )
    return identity


def record_identity(connection: Connection, identity: Identity) -> None:
    """Record the vectors' model at the first write, and refuse another one afterwards."""
    held = read_identity(connection)
    if held is not None:
        must_match(held, identity)
        return
    values = {"model_id": identity.model_id, "dimension": str(identity.dimension), "chunking": identity.chunking}
    connection.execute(insert(meta), [{"name": name, "value": value} for name, value in values.items()])


def must_match(held: Identity, asked: Identity) -> None:
    """Refuse a model or chunking that is not the archive's."""
    if asked != held:
        raise ModelMismatch(
            f"The archive was built with model {held.model_id} ({held.dimension} dimensions, chunking {held.chunking});"
            f" the settings name {asked.model_id} ({asked.dimension}, {asked.chunking}).",
            hint="Set the old model again, or embed every article again: `telal reindex`.",
        )


def write_batch(connection: Connection, batch: Sequence[Write], digests: Sequence[str]) -> list[Outcome]:
    """Store the articles of a batch that are new or changed; the outcome of each."""
    known = known_articles(connection, [write.article for write in batch])
    rows = _Rows(*next_numbers(connection))
    outcomes: list[Outcome] = []
    for given, given_digest in zip(batch, digests, strict=True):
        before = known.get(given.article.id)
        write, digest = _as_held(before, given, given_digest)
        step = _plan(before, write, digest)
        outcomes.append(step.outcome)
        if step.outcome in ("new", "changed"):
            article = replace(write.article, revision=step.revision)
            number = _gather(rows, article, write, digest, before)
            known[article.id] = _after(before, article, digest, number)
    _execute(connection, rows)
    _follow(connection, rows)
    return outcomes


def _as_held(before: StoredState | None, write: Write, digest: str) -> tuple[Write, str]:
    """Keeps a held article held, whatever its source says meanwhile. Only a forced write releases it."""
    if before is None or before.status is not ArticleStatus.HELD or write.forced:
        return write, digest
    article = replace(write.article, status=ArticleStatus.HELD)
    return replace(write, article=article), content_hash(article)


def _plan(before: StoredState | None, write: Write, digest: str) -> Plan:
    """The plan of a write. A forced one is a change whenever it differs from the current revision."""
    step = plan(before, write.article, digest)
    if write.forced and before is not None and step.outcome == "unchanged" and digest != before.current_hash:
        return Plan("changed", before.revision + 1)
    return step


def _follow(connection: Connection, rows: _Rows) -> None:
    """Update what depends on the articles: addresses, clusters of copies, pages that are back."""
    _remember(connection, rows.addresses)
    clusters.withdraw(connection, [row["of_change"] for row in rows.removed])
    current = {row["article_id"]: row["number"] for row in rows.changes}
    for number, write in rows.copies:
        if current[write.article.id] == number:
            clusters.place(connection, number, write.article, write.fingerprint)
    if rows.readmitted:
        connection.execute(delete(absences).where(absences.c.article_id.in_(rows.readmitted)))


def _remember(connection: Connection, asked: Iterable[tuple[str, str]]) -> None:
    wanted, held = set(asked), set[tuple[str, str]]()
    for some in chunks({key for key, _ in wanted}):
        rows = select(addresses.c.key, addresses.c.article_id).where(addresses.c.key.in_(some))
        held.update((row[0], row[1]) for row in connection.execute(rows))
    missing = [{"key": key, "article_id": article_id} for key, article_id in sorted(wanted - held)]
    if missing:
        connection.execute(insert(addresses), missing)


def next_numbers(connection: Connection) -> tuple[int, int]:
    """The change number and the passage key that come next; the write lock keeps them ours until the commit."""
    last = connection.scalar(select(func.max(changes.c.number))) or 0
    row = connection.execute(
        select(blocks.c.first_key, blocks.c["count"]).order_by(blocks.c.change.desc()).limit(1)
    ).first()
    return last + 1, (row[0] + row[1] if row else 1)


def _gather(rows: _Rows, article: Article, write: Write, digest: str, before: StoredState | None) -> int:
    """Add the rows of one new or changed article; its change number."""
    number, rows.next_change = rows.next_change, rows.next_change + 1
    answering = article.status in ANSWERING_STATUSES
    rows.changes.append({"number": number, "article_id": article.id, "kind": _kind(before, article), "at": rows.now})
    rows.revisions.append(revision_row(article, digest) | {"change": number})
    rows.documents.append(document_row(article) | {"change": number})
    if before is None:
        rows.new_articles.append(article_row(article) | {"id": article.id, "change": number})
    else:
        rows.changed_articles.append(article_row(article) | {"of_id": article.id, "change": number})
        rows.removed.append({"of_change": before.change, "number": number})
    rows.addresses.update(((address_key(url), article.id), None) for url in addresses_of(article))
    if before is not None and before.readmit and answering:
        rows.readmitted.append(article.id)
    if write.fingerprint and answering:
        rows.copies.append((number, write))
    if write.passages:
        block = block_row(article, rows.next_key, len(write.passages))
        rows.blocks.append(block | {"change": number, "removed_change": None if answering else number})
        rows.vectors.append({"change": number, "data": blob(write.vectors)})
        rows.passages.extend(
            _passage_row(passage, article, number, key) for key, passage in enumerate(write.passages, rows.next_key)
        )
        rows.next_key += len(write.passages)
    return number


def _kind(before: StoredState | None, article: Article) -> ChangeKind:
    """`status` for a change of the status only."""
    if before is None or before.status is article.status:
        return "put"
    return "status" if content_hash(replace(article, status=before.status)) == before.current_hash else "put"


def _passage_row(passage: Passage, article: Article, change: int, key: int) -> dict[str, Any]:
    """The id is the caller's, unless another process wrote a revision since the caller's plan."""
    planned = passage.id and passage.revision == article.revision
    return {
        "key": key,
        "change": change,
        "ordinal": passage.ordinal,
        "start_at": passage.start,
        "end_at": passage.end,
        "id": passage.id if planned else passage_id(article.id, article.revision, passage.start, passage.end),
    }


def _after(before: StoredState | None, article: Article, digest: str, change: int) -> StoredState:
    hashes, seen = frozenset({digest}), {digest: article.modified}
    latest = StoredState(article.id, article.revision, article.status, hashes, digest, article.modified, seen, change)
    return succeed(before, latest)


def _execute(connection: Connection, rows: _Rows) -> None:
    """Insert before updating: a batch may hold an article twice."""
    for table, values in (
        (changes, rows.changes),
        (revisions, rows.revisions),
        (documents, rows.documents),
        (blocks, rows.blocks),
        (vectors, rows.vectors),
        (passages, rows.passages),
        (articles, rows.new_articles),
    ):
        if values:
            connection.execute(insert(table), values)
    if rows.changed_articles:
        names = [name for name in rows.changed_articles[0] if name != "of_id"]
        statement = update(articles).where(articles.c.id == bindparam("of_id"))
        connection.execute(statement.values({name: bindparam(name) for name in names}), rows.changed_articles)
    if rows.removed:
        statement = update(blocks).where(blocks.c.change == bindparam("of_change"), blocks.c.removed_change.is_(None))
        connection.execute(statement.values(removed_change=bindparam("number")), rows.removed)


def exchange(
    connection: Connection, held: Identity, made_by: Identity, known: Iterable[int], read: Callable[[int], bytes]
) -> set[int]:
    """Overwrites the vectors with those that `read` gives, and records which model made them.

    Where `read` has none for some changes, nothing is changed and those changes are returned. Raises ModelMismatch when
    the archive's vectors are no longer those of `held`.
    """
    if read_identity(connection) != held:
        raise ModelMismatch(
            "Another process has embedded the archive again in the meantime.", hint="There is nothing left to do."
        )
    changes = embedded_changes(connection)
    missing = changes - set(known)
    if missing:
        return missing
    for change in sorted(changes):
        connection.execute(update(vectors).where(vectors.c.change == change).values(data=read(change)))
    connection.execute(update(meta).where(meta.c.name == "model_id").values(value=made_by.model_id))
    return set()


CHECKS = 3  # of a 404 before an article counts as vanished
APART = timedelta(hours=23)  # a day, less what a scheduler may be early

State = Literal["missing", "gone", "back"]


def note_absence(connection: Connection, article_id: str, at: datetime) -> int:
    """Counts a check that found no page at the article's address, at most one a day. Returns the count."""
    row = connection.execute(select(absences).where(absences.c.article_id == article_id)).first()
    now = micros(at)
    if row is None or row.state == "back":
        _replace(connection, article_id, "missing", checks=1, first=now, last=now)
        return 1
    if now - row.last_at < APART / timedelta(microseconds=1):
        return int(row.checks)
    _replace(connection, article_id, row.state, checks=row.checks + 1, first=row.first_at, last=now)
    return int(row.checks) + 1


def settle_absence(connection: Connection, article_id: str, state: State, at: datetime) -> None:
    """Record that an article's page vanished and it was retracted (`gone`), or that the page is `back`."""
    values = {"state": state, "last_at": micros(at)}
    if not connection.execute(update(absences).where(absences.c.article_id == article_id).values(values)).rowcount:
        _replace(connection, article_id, state, checks=1, first=micros(at), last=micros(at))


def absence_of(connection: Connection, article_id: str) -> str | None:
    """missing, gone, back; None when no check ever failed."""
    return connection.scalar(select(absences.c.state).where(absences.c.article_id == article_id))


def forget_absence(connection: Connection, article_id: str) -> None:
    """Forgets failed checks: the page answers again and the article was not retracted."""
    connection.execute(delete(absences).where(absences.c.article_id == article_id))


def _replace(connection: Connection, article_id: str, state: str, *, checks: int, first: int, last: int) -> None:
    forget_absence(connection, article_id)
    row = {"article_id": article_id, "state": state, "checks": checks, "first_at": first, "last_at": last}
    connection.execute(insert(absences), row)
