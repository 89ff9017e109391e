"""Keeps followed questions and what was told of each, in the archive's database, which all processes share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from api.follow.followed import AskedAgain, FollowedQuestion, entry_of
from api.follow.schemas import FollowEntry, FollowSource
from api.follow.told import ToldSoFar, told_with
from api.http.errors import RequestRefused, TooManyRequests
from api.stops import count_stop
from rag.errors import Erased, NotFound
from rag.store.archive.erase import note_newest_gone
from rag.store.archive.read import read_article
from rag.store.database.database import Database
from rag.store.database.follow_tables import (
    deliveries,
    follow_entries,
    follow_knocks,
    follow_places,
    follow_progress,
    follow_sources,
    followed,
    webhooks,
)
from rag.store.database.rows import chunks, day, micros
from rag.store.database.schema import articles
from rag.types import ANSWERING_STATUSES
from rag.wire import jsonable

KEPT = timedelta(days=30)  # a feed that nobody reads for so long is followed no more
_NOTED = timedelta(hours=1)  # when a feed was read is written down no more often
_KNOCKS = 10_000  # feeds fetched once that are remembered
_LEAST_SHARE, _SHARE = 20, 20  # of all places one in so many for a network, at least so many
_ENTRIES = 30  # of a question, that are kept
_NAME = "followed"
_DAY = 86_400_000_000  # microseconds
_entry = TypeAdapter(FollowEntry)


@dataclass(frozen=True, slots=True)
class Followed:
    """A followed question as it is kept. `gone`: what was told last is no longer quoted."""

    id: str
    asked: FollowedQuestion
    told: ToldSoFar
    near: float
    gone: bool


class Follows:
    """Raises the archive's errors. Safe to use from many threads and processes."""

    def __init__(self, database: Database, *, most: int) -> None:
        """`most`: questions that are followed at once."""
        self._database, self._most = database, most

    def entries(self, followed_id: str, now: datetime) -> list[FollowEntry] | None:
        """Returns what was told of a question, the newest first; None where it is not followed. Notes that it was read.

        An entry with an article that changed since is left out until its words were found in the new revision.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(followed.c.read_day).where(followed.c.id == followed_id)).first()
            if row is None:
                return None
            listed = select(follow_entries).where(follow_entries.c.followed == followed_id, not_stale())
            rows = connection.execute(listed.order_by(follow_entries.c.at.desc())).all()
        if not self._database.read_only:
            self._note_reader(followed_id, row.read_day, now)
        told = [_entry.validate_json(one.value) for one in rows]
        return [with_former(one, older) for one, older in zip(told, [*told[1:], None], strict=False)]

    def _note_reader(self, followed_id: str, read_day: int, now: datetime) -> None:
        p = follow_places.c
        with self._database.sharing() as connection:
            if read_day < day(now):
                connection.execute(update(followed).where(followed.c.id == followed_id).values(read_day=day(now)))
            mine = update(follow_places).where(p.followed == followed_id, p.read < micros(now - _NOTED))
            connection.execute(mine.values(read=micros(now)))

    def knock(self, followed_id: str, network: str, now: datetime) -> bool:
        """Notes that a network fetched the feed of a question that is not followed. Returns whether it did before."""
        k = follow_knocks.c
        mine = (k.followed == followed_id, k.network == network)
        with self._database.writing() as connection:
            known = connection.scalar(select(k.at).where(*mine)) is not None
            connection.execute(delete(follow_knocks).where(or_(and_(*mine), k.at < micros(now - KEPT))))
            connection.execute(insert(follow_knocks), {"followed": followed_id, "network": network, "at": micros(now)})
            latest = select(k.at).order_by(k.at.desc()).offset(_KNOCKS).limit(1).scalar_subquery()
            connection.execute(delete(follow_knocks).where(k.at <= latest))
        return known

    def sources(self, followed_id: str) -> list[FollowSource]:
        """Returns what was quoted in the entries of a question that are kept."""
        kept = select(follow_entries.c.value).where(follow_entries.c.followed == followed_id, not_stale())
        with self._database.reading() as connection:
            values = connection.scalars(kept).all()
        return [source for value in values for source in _entry.validate_json(value).sources]

    def begin(
        self, asked: FollowedQuestion, found: AskedAgain, now: datetime, *, network: str | None = None
    ) -> list[FollowEntry]:
        """Follows a question from now on; its first entry says how the answer stands.

        `network`: a digest of who follows without a key, and takes a place. Raises RequestRefused and TooManyRequests
        where there is none.
        """
        entry = first_entry(asked, found, now)
        stopped: TooManyRequests | RequestRefused | None = None
        with self._database.writing() as connection:
            if connection.scalar(select(followed.c.id).where(followed.c.id == asked.id)) is None:
                if network is not None:
                    stopped = self._make_room(connection, network, now)
                if stopped is None:
                    row = {
                        "id": asked.id,
                        "value": asked.dumped(),
                        "told": told_with(found.answer).dumped(),
                        "near": found.near,
                        "gone": 0,
                        "began": micros(now),
                        "read_day": day(now),
                    }
                    connection.execute(insert(followed), row)
                    if network is not None:
                        place = {"followed": asked.id, "network": network, "read": micros(now)}
                        connection.execute(insert(follow_places), place)
                    _add(connection, asked.id, entry)
        if stopped is not None:
            raise stopped
        return self.entries(asked.id, now) or []

    def _make_room(
        self, connection: Connection, network: str, now: datetime
    ) -> TooManyRequests | RequestRefused | None:
        """Has a place give way where there is none, the least recently read of the network that has most: so nobody can
        hold all of them. Returns why there is no room."""
        p, f = follow_places.c, followed.c
        read = func.coalesce(p.read, cast(f.read_day, BigInteger) * _DAY)
        query = select(f.id, func.coalesce(p.network, f.id).label("network"), read.label("read"))
        query = query.select_from(followed.outerjoin(follow_places, p.followed == f.id)).where(~_has_webhook())
        places = connection.execute(query.order_by(read, f.id)).all()
        held = Counter(one.network for one in places)
        share = max(_LEAST_SHARE, self._most // _SHARE)
        if self._most == 0:
            count_stop(connection, "refused")
            return RequestRefused(
                "follows-full", "This server follows no questions.", hint="Its operator sets TELAL_SERVER__FOLLOWS."
            )
        if held[network] >= share:
            old = [one.id for one in places if one.network == network and one.read < micros(now - timedelta(days=1))]
            if not old:
                count_stop(connection, "refused")
                return TooManyRequests(
                    f"{share} questions are followed from your network already.",
                    hint="A feed that nobody reads for a day gives way to a new one; or ask for a key.",
                )
        elif len(places) >= self._most:
            most = max(held.values())
            heavy = network if held[network] == most else None
            old = [one.id for one in places if one.network == heavy or (heavy is None and held[one.network] == most)]
        else:
            return None
        count_stop(connection, "gave_way")
        _drop(connection, old[:1])
        return None

    def all(self) -> list[Followed]:
        """Returns every followed question."""
        with self._database.reading() as connection:
            return [_followed(row) for row in connection.execute(select(followed).order_by(followed.c.began))]

    def one(self, followed_id: str) -> Followed | None:
        """Returns a followed question; None where it is followed no more."""
        with self._database.reading() as connection:
            row = connection.execute(select(followed).where(followed.c.id == followed_id)).first()
        return _followed(row) if row else None

    def tell(self, one: Followed, entry: FollowEntry, told: ToldSoFar, near: float) -> bool:
        """Adds an entry, for webhooks too. Returns False where its words stand in their articles no more."""
        with self._database.writing() as connection:
            if not _add(connection, one.id, entry):
                return False
            values = {"told": told.dumped(), "near": near, "gone": 0}
            connection.execute(update(followed).where(followed.c.id == one.id).values(values))
        return True

    def settle(self, one: Followed, near: float) -> None:
        """Notes that a question was asked and nothing is to be told."""
        with self._database.sharing() as connection:
            connection.execute(update(followed).where(followed.c.id == one.id).values(near=near, gone=0))

    def check_sources(self, article_ids: Collection[str]) -> None:
        """Looks whether entries that quote these articles still may: those that may not are removed, and their
        questions asked again."""
        with self._database.reading() as connection:
            quoting = [
                one
                for some in chunks(article_ids)
                for one in connection.scalars(
                    select(follow_sources.c.entry).where(follow_sources.c.article_id.in_(some))
                )
            ]
        for entry_id in dict.fromkeys(quoting):
            with self._database.writing() as connection:
                _check(connection, entry_id)

    def remove(self, followed_id: str) -> None:
        """Follows a question no more, and removes what was told of it."""
        with self._database.writing() as connection:
            _drop(connection, [followed_id])

    def position(self) -> int | None:
        """Returns the change of the archive up to which questions were asked; None before the first."""
        query = select(follow_progress.c.change).where(follow_progress.c.name == _NAME)
        with self._database.reading() as connection:
            return connection.scalar(query)

    def move(self, change: int) -> None:
        """Notes up to which change questions were asked."""
        with self._database.sharing() as connection:
            connection.execute(delete(follow_progress).where(follow_progress.c.name == _NAME))
            connection.execute(insert(follow_progress), {"name": _NAME, "change": change})

    def sweep(self, now: datetime) -> None:
        """Removes questions that nobody reads any more, and what is left of others."""
        with self._database.writing() as connection:
            idle = select(followed.c.id).where(followed.c.read_day < day(now - KEPT), ~_has_webhook())
            left = select(follow_entries.c.followed).where(follow_entries.c.followed.not_in(select(followed.c.id)))
            _drop(connection, [*connection.scalars(idle), *connection.scalars(left.distinct())])


def first_entry(asked: FollowedQuestion, found: AskedAgain, now: datetime) -> FollowEntry:
    """Returns the entry that says how an answer stands. Its id stays the same, so that a feed which is fetched before
    its question is followed does not tell it twice."""
    return replace(entry_of(found.answer, "begun", now), id=uuid5(NAMESPACE_URL, asked.id).urn)


def _add(connection: Connection, followed_id: str, entry: FollowEntry) -> bool:
    """Writes an entry with its deliveries, if every quote stands in its article. Returns whether it does."""
    found = {source.article_id: _stands(connection, source) for source in entry.sources}
    if None in found.values():
        return False
    row = {"id": entry.id, "followed": followed_id, "at": micros(entry.at), "value": json.dumps(jsonable(entry))}
    connection.execute(insert(follow_entries), row)
    if found:
        rows = [{"article_id": one, "entry": entry.id, "change": change} for one, change in found.items()]
        connection.execute(insert(follow_sources), rows)
    c = webhooks.c
    told = list(connection.scalars(select(c.id).where(c.followed == followed_id, c.ended.is_(None))))
    if told:
        due = micros(datetime.now(UTC))
        connection.execute(
            insert(deliveries), [{"webhook": one, "entry": entry.id, "due": due, "tries": 0} for one in told]
        )
    old = select(follow_entries.c.id).where(follow_entries.c.followed == followed_id)
    old = old.order_by(follow_entries.c.at.desc(), follow_entries.c.id).offset(_ENTRIES)
    _remove(connection, list(connection.scalars(old)))
    return True


def _stands(connection: Connection, source: FollowSource) -> int | None:
    """Returns the change that wrote the article's current revision, if the quote stands in it; else None."""
    with suppress(NotFound, Erased):
        article = read_article(connection, source.article_id)
        whole = article.title if source.headline else article.text
        if article.status in ANSWERING_STATUSES and source.quote == whole[source.start : source.end]:
            return connection.scalar(select(articles.c.change).where(articles.c.id == source.article_id))
    return None


def _check(connection: Connection, entry_id: str) -> None:
    """Removes an entry with a quote that stands no more. Of the newest one, the question is asked again."""
    row = connection.execute(select(follow_entries).where(follow_entries.c.id == entry_id)).first()
    if row is None:
        return
    sources = _entry.validate_json(row.value).sources
    found = {source.article_id: _stands(connection, source) for source in sources}
    if None in found.values():
        note_newest_gone(connection, entry_id)
        _remove(connection, [entry_id])
        return
    c = follow_sources.c
    for article_id, change in found.items():
        mine = update(follow_sources).where(c.entry == entry_id, c.article_id == article_id)
        connection.execute(mine.values(change=change))


def not_stale() -> ColumnElement[bool]:
    """Whether every article of an entry is as it was when its words were found there."""
    s, a = follow_sources.c, articles.c
    joined = follow_sources.outerjoin(articles, a.id == s.article_id)
    changed = or_(a.change.is_(None), a.change != s.change)
    return ~exists(select(s.entry).select_from(joined).where(s.entry == follow_entries.c.id, changed))


def with_former(entry: FollowEntry, older: FollowEntry | None) -> FollowEntry:
    """Adds what the entry before it told. That is never kept with an entry: it goes when its own article is erased."""
    says_else = entry.kind in ("words", "newer") and older is not None and older.text != entry.text
    return replace(entry, before=older.text) if older and says_else else entry


def _has_webhook() -> ColumnElement[bool]:
    c = webhooks.c
    return exists(select(c.id).where(c.followed == followed.c.id, c.ended.is_(None)))


def _remove(connection: Connection, entry_ids: Iterable[str]) -> None:
    for some in chunks(entry_ids):
        connection.execute(delete(deliveries).where(deliveries.c.entry.in_(some)))
        connection.execute(delete(follow_sources).where(follow_sources.c.entry.in_(some)))
        connection.execute(delete(follow_entries).where(follow_entries.c.id.in_(some)))


def _drop(connection: Connection, ids: Iterable[str]) -> None:
    for some in chunks(ids):
        _remove(
            connection, list(connection.scalars(select(follow_entries.c.id).where(follow_entries.c.followed.in_(some))))
        )
        connection.execute(delete(followed).where(followed.c.id.in_(some)))
        connection.execute(delete(follow_places).where(follow_places.c.followed.in_(some)))


def _followed(row: Row[Any]) -> Followed:
    return Followed(row.id, FollowedQuestion.loaded(row.value), ToldSoFar.loaded(row.told), row.near, bool(row.gone))
