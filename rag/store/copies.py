"""Clusters of near-identical articles in the archive's database, kept up one article at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from rag.store.archive_read import chunks
from rag.store.rows import ANSWERING, moment
from rag.store.schema import articles, bands, copies, fingerprints, revisions
from rag.text import fingerprint as prints
from rag.types import Article

LEAST_RESEMBLANCE = 0.5
LEAST_CONTAINMENT = 0.75  # a trimmed copy: most of the shorter text stands in the longer
LEAST_IN_ONE_OUTLET = 0.8  # its texts share furniture, which is no story: of 12 pairs taken for copies 9 were that
DAYS_APART = timedelta(days=4)  # copies follow each other; a template that returns every week or year is another story
CANDIDATES = 40  # compared with a new article, those with the most bands in common first


@dataclass(frozen=True, slots=True)
class Cluster:
    """Articles that say the same in nearly the same words.

    `earliest` is the article that was published first, `agency` the one that a member credits ("" for none),
    `outlets` are all that carry it, the earliest first, each once.
    """

    id: str
    earliest: str
    agency: str
    outlets: tuple[str, ...]
    articles: tuple[str, ...]
    first_published: datetime | None = None

    @property
    def independent(self) -> int:
        """How many outlets carry it, the agency's own service not counted."""
        return len({o.casefold() for o in self.outlets} - {self.agency.casefold()})


def place(connection: Connection, change: int, article: Article, data: bytes, agency: str) -> int:
    """Put a revision into the cluster of its likes, joining clusters that it shows to be one; the cluster's number."""
    found = _likes(connection, data, article)
    cluster = min(found, default=change)
    for other in found - {cluster}:
        connection.execute(update(copies).where(copies.c.cluster == other).values(cluster=cluster))
    row = {"change": change, "article_id": article.id, "cluster": cluster, "agency": agency}
    connection.execute(insert(copies), row)
    connection.execute(insert(fingerprints), {"change": change, "data": data})
    connection.execute(insert(bands), [{"band": band, "change": change} for band in set(prints.bands(data))])
    return cluster


def fill_in(connection: Connection, article: Article, data: bytes, agency: str) -> bool:
    """As `place`, for an article that was stored without a fingerprint."""
    a = articles.c
    query = select(a.change).where(a.id == article.id, a.status.in_(ANSWERING))
    row = connection.execute(
        query.join(revisions, revisions.c.change == a.change).where(revisions.c.revision == article.revision)
    ).first()
    if not data or row is None or connection.scalar(select(copies.c.change).where(copies.c.change == row.change)):
        return False
    place(connection, row.change, article, data, agency)
    return True


def withdraw(connection: Connection, changes: Sequence[int]) -> None:
    """Take revisions out of their clusters: superseded, retracted or erased ones are no copies any more."""
    for some in chunks(changes):
        held = connection.execute(select(fingerprints).where(fingerprints.c.change.in_(some))).all()
        for row in held:
            keys = prints.bands(row.data) if any(row.data) else []
            connection.execute(delete(bands).where(bands.c.band.in_(keys), bands.c.change == row.change))
        if held:
            connection.execute(delete(copies).where(copies.c.change.in_(some)))


def clusters_of(connection: Connection, ids: Iterable[str]) -> dict[str, Cluster]:
    """The clusters of those of these articles that have copies."""
    numbers: dict[str, int] = {}
    for some in chunks(set(ids)):
        query = select(copies.c.article_id, copies.c.cluster).where(copies.c.article_id.in_(some))
        numbers.update((row[0], row[1]) for row in connection.execute(query))
    members: dict[int, list[Any]] = {}
    for part in chunks(set(numbers.values())):
        c, a = copies.c, articles.c
        rows = select(c.cluster, c.article_id, c.agency, c.change, a.published, a.outlet)
        rows = rows.join_from(copies, articles, a.change == c.change).where(c.cluster.in_(part))
        for row in connection.execute(rows):
            members.setdefault(row.cluster, []).append(row)
    made = {number: _cluster(number, rows) for number, rows in members.items() if len(rows) > 1}
    return {article_id: made[number] for article_id, number in numbers.items() if number in made}


def _cluster(number: int, rows: list[Any]) -> Cluster:
    rows.sort(key=lambda row: (moment(row.published) is None, row.published, row.change))
    outlets = tuple(dict.fromkeys(row.outlet for row in rows if row.outlet))
    agency = next((row.agency for row in rows if row.agency), "")
    ids = tuple(row.article_id for row in rows)
    return Cluster(f"c{number}", ids[0], agency, outlets, ids, moment(rows[0].published))


def _likes(connection: Connection, data: bytes, article: Article) -> set[int]:
    """The clusters that hold an article like this one, about as old."""
    shared = func.count().label("shared")
    query = select(bands.c.change, shared).where(bands.c.band.in_(prints.bands(data))).group_by(bands.c.change)
    candidates = [row.change for row in connection.execute(query.order_by(shared.desc()).limit(CANDIDATES))]
    if not candidates:
        return set()
    c, f, a = copies.c, fingerprints.c, articles.c
    rows = select(c.cluster, f.data, a.published, a.outlet_key).join_from(copies, fingerprints, f.change == c.change)
    rows = rows.join(articles, a.change == c.change).where(c.change.in_(candidates), c.article_id != article.id)
    outlet = article.outlet.casefold()
    return {
        row.cluster
        for row in connection.execute(rows)
        if _near(article.published, moment(row.published))
        and _alike(data, row.data, one_outlet=bool(outlet) and outlet == row.outlet_key)
    }


def _near(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or abs(one - other) <= DAYS_APART


def _alike(one: bytes, other: bytes, *, one_outlet: bool) -> bool:
    like = prints.likeness(one, other)
    if one_outlet:
        return like.resemblance >= LEAST_IN_ONE_OUTLET
    return like.resemblance >= LEAST_RESEMBLANCE or like.containment >= LEAST_CONTAINMENT
