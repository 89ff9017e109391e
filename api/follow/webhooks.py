"""Keeps webhooks and what waits to be sent to them, in the archive's database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from sqlalchemy import Row, delete, func, insert, select, update

from api.follow.followed import FollowedQuestion
from api.follow.schemas import FollowEntry
from api.follow.store import KEPT, not_stale, with_former
from api.http.errors import RequestRefused
from api.stops import count_stop
from ingest.watch.schedule import pause_after_failure
from rag.errors import NotFound
from rag.store.database.database import Database
from rag.store.database.follow_tables import deliveries, follow_entries, followed, webhooks
from rag.store.database.rows import micros, moment

WITHDRAWN_AFTER = timedelta(days=7)  # in which no delivery arrived
PROVED_WITHIN = timedelta(days=1)  # an address that does not answer its challenge so long is told nothing
OF_KEY, OF_HOST = 100, 100  # webhooks at once
GONE = "The question is no longer followed: it was ended at the desk, or quoted an article that was erased."
_entry = TypeAdapter(FollowEntry)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook. `delivered`: when its address answered last, first to the challenge; `failing`: since when it has not;
    `ended`: it was switched off, and `error` says why."""

    id: str
    asked: FollowedQuestion
    key_id: str
    url: str
    secret: str
    began: datetime
    delivered: datetime | None
    failing: datetime | None
    ended: datetime | None
    error: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def challenge(self) -> str:
        """What its address must send back before it is told anything."""
        return hmac.new(self.secret.encode(), b"challenge", hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry on its way to a webhook, or first the challenge; `tries` have failed."""

    webhook: Webhook
    entry: FollowEntry
    tries: int


class Webhooks:
    """Raises the archive's errors. Safe to use from many threads and processes."""

    def __init__(self, database: Database, *, most: int = 1000) -> None:
        """`most`: webhooks at once, of all keys."""
        self._database, self._most = database, most

    def add(self, asked: FollowedQuestion, key_id: str, url: str, now: datetime, *, error: str = "") -> Webhook:
        """Makes a webhook of a question that is followed; what was told of it last is sent first. Raises RequestRefused
        where its key, its host or all keys have as many as they may."""
        row = {
            "id": secrets.token_hex(8),
            "followed": asked.id,
            "key_id": key_id,
            "url": url,
            "secret": f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
            "began": micros(now),
            "error": error,
        }
        newest = select(follow_entries.c.id).where(follow_entries.c.followed == asked.id)
        with self._database.writing() as connection:
            live = connection.execute(select(webhooks.c.key_id, webhooks.c.url).where(webhooks.c.ended.is_(None))).all()
            host = urlsplit(url).hostname
            bounds = {
                "this key": (OF_KEY, sum(one.key_id == key_id for one in live)),
                f"the host {host}": (OF_HOST, sum(urlsplit(one.url).hostname == host for one in live)),
                "all keys": (self._most, len(live)),
            }
            full = next((f"{most} webhooks of {whose}" for whose, (most, n) in bounds.items() if n >= most), "")
            if full:
                count_stop(connection, "refused")
            else:
                connection.execute(insert(webhooks), row)
            last = None if full else connection.scalar(newest.order_by(follow_entries.c.at.desc()).limit(1))
            if last is not None:
                first = {"webhook": row["id"], "entry": last, "due": micros(now), "tries": 0}
                connection.execute(insert(deliveries), first)
        if full:
            raise RequestRefused(
                "follows-full",
                f"There are {full} already.",
                hint="`DELETE /v1/follows/{id}` ends one that nobody needs; or ask the operator.",
            )
        return self.one(str(row["id"]))

    def one(self, webhook_id: str) -> Webhook:
        """Returns a webhook. Raises NotFound."""
        found = [one for one in self.all() if one.id == webhook_id]
        if not found:
            raise NotFound(f"There is no follow {webhook_id!r}.", hint="`GET /v1/follows` lists those of a key.")
        return found[0]

    def all(self, key_id: str | None = None) -> list[Webhook]:
        """Returns the webhooks, of one key or all, ended ones too, the oldest first."""
        query = select(webhooks, followed.c.value).outerjoin(followed, followed.c.id == webhooks.c.followed)
        if key_id is not None:
            query = query.where(webhooks.c.key_id == key_id)
        with self._database.reading() as connection:
            return [_webhook(row) for row in connection.execute(query.order_by(webhooks.c.began, webhooks.c.id))]

    def counts(self) -> dict[str, int]:
        """Returns how many questions are followed, webhooks are told and failing, and deliveries wait."""
        w, live = webhooks.c, webhooks.c.ended.is_(None)
        asked = {
            "questions": select(func.count()).select_from(followed),
            "webhooks": select(func.count()).where(live),
            "webhooks_failing": select(func.count()).where(live, w.failing.is_not(None)),
            "webhooks_unproved": select(func.count()).where(live, w.delivered.is_(None)),
            "deliveries_waiting": select(func.count()).select_from(deliveries),
        }
        with self._database.reading() as connection:
            return {name: int(connection.scalar(query) or 0) for name, query in asked.items()}

    def remove(self, webhook_id: str) -> None:
        """Removes a webhook and what waits for it."""
        with self._database.writing() as connection:
            connection.execute(delete(deliveries).where(deliveries.c.webhook == webhook_id))
            connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))

    def due(self, now: datetime) -> list[Delivery]:
        """Returns for each webhook the oldest entry that waits for it, if that is due; so they arrive in order. Those
        that did not fail come first."""
        d, e, w = deliveries.c, follow_entries.c, webhooks.c
        query = (
            select(webhooks, followed.c.value, d.tries, d.due, e.value.label("entry"))
            .select_from(deliveries)
            .join(webhooks, w.id == d.webhook)
            .join(follow_entries, e.id == d.entry)
            .join(followed, followed.c.id == w.followed)
            .where(w.ended.is_(None), not_stale())
            .order_by(e.at)
        )
        heads: dict[str, Delivery] = {}
        waits: set[str] = set()
        with self._database.reading() as connection:
            if not connection.scalar(select(func.count()).select_from(deliveries).where(d.due <= micros(now))):
                return []
            for row in connection.execute(query):
                if row.id in heads or row.id in waits:
                    continue
                if row.due > micros(now):
                    waits.add(row.id)
                else:
                    heads[row.id] = Delivery(_webhook(row), _entry.validate_json(row.entry), row.tries)
            return sorted(heads.values(), key=lambda one: one.tries)  # stable

    def with_former(self, one: Delivery) -> Delivery:
        """Adds what the entry before told, as it stands now."""
        c = follow_entries.c
        older = select(c.value).where(c.followed == one.webhook.asked.id, c.at < micros(one.entry.at), not_stale())
        with self._database.reading() as connection:
            value = connection.scalar(older.order_by(c.at.desc()).limit(1))
        return replace(one, entry=with_former(one.entry, _entry.validate_json(value) if value else None))

    def proved(self, one: Delivery, now: datetime) -> None:
        """Notes that an address answered its challenge."""
        with self._database.sharing() as connection:
            mine = update(webhooks).where(webhooks.c.id == one.webhook.id)
            connection.execute(mine.values(delivered=micros(now), failing=None, error=""))
            d = deliveries.c
            connection.execute(update(deliveries).where(d.webhook == one.webhook.id).values(due=micros(now), tries=0))

    def arrived(self, one: Delivery, now: datetime) -> None:
        """Notes that a delivery arrived."""
        with self._database.sharing() as connection:
            d = deliveries.c
            connection.execute(delete(deliveries).where(d.webhook == one.webhook.id, d.entry == one.entry.id))
            mine = update(webhooks).where(webhooks.c.id == one.webhook.id)
            connection.execute(mine.values(delivered=micros(now), failing=None, error=""))

    def failed(self, one: Delivery, error: str, now: datetime) -> bool:
        """Notes that a delivery failed, to be tried again. Returns whether the webhook was switched off."""
        since, proved = one.webhook.failing or now, one.webhook.delivered is not None
        if now - since >= (WITHDRAWN_AFTER if proved else PROVED_WITHIN):
            why = "No delivery arrived for a week." if proved else "It did not answer the challenge within a day."
            self.end(one.webhook.id, f"{why} {error} Mend the address and follow anew.", now)
            return True
        due = now + timedelta(seconds=pause_after_failure(one.tries + 1, retry_after_s=None))
        d = deliveries.c
        with self._database.sharing() as connection:
            mine = update(deliveries).where(d.webhook == one.webhook.id, d.entry == one.entry.id)
            connection.execute(mine.values(tries=one.tries + 1, due=micros(due)))
            webhook = update(webhooks).where(webhooks.c.id == one.webhook.id)
            connection.execute(webhook.values(failing=micros(since), error=error[:300]))
        return False

    def end(self, webhook_id: str, why: str, now: datetime) -> None:
        """Switches a webhook off; it stays listed with the reason for a month."""
        with self._database.writing() as connection:
            count_stop(connection, "switched_off")
            connection.execute(delete(webhooks).where(webhooks.c.ended < micros(now - KEPT)))
            connection.execute(delete(deliveries).where(deliveries.c.webhook == webhook_id))
            mine = update(webhooks).where(webhooks.c.id == webhook_id)
            connection.execute(mine.values(ended=micros(now), error=why[:300]))


def _webhook(row: Row[Any]) -> Webhook:
    ended = moment(row.ended)
    return Webhook(
        id=row.id,
        asked=FollowedQuestion.loaded(row.value) if row.value else FollowedQuestion(""),
        key_id=row.key_id,
        url=row.url,
        secret=row.secret,
        began=moment(row.began) or datetime.min.replace(tzinfo=UTC),
        delivered=moment(row.delivered),
        failing=moment(row.failing),
        ended=ended if row.value else ended or moment(row.began),
        error=row.error if row.value else row.error or GONE,
    )
