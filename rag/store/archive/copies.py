"""Clusters of near-identical articles in the archive's database, updated with each article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from rag.store.archive.facts import DatedText, contradict, holds
from rag.store.database.rows import chunks, moment
from rag.store.database.schema import articles, bands, copies, documents, fingerprints
from rag.text import fingerprint as prints
from rag.types import Article

LEAST_RESEMBLANCE = 0.5
LEAST_CONTAINMENT = 0.75  # a trimmed copy: most of the shorter text stands in the longer
LEAST_IN_ONE_OUTLET = 0.8  # its texts share furniture, which is no story: of 12 pairs taken for copies 9 were that
DAYS_APART = timedelta(days=4)  # copies follow each other; a template that returns every week or year is another story
CANDIDATES = 40  # compared with a new article, those with the most bands in common first
MOST_COMPARED = 8  # members of a cluster whose facts are compared with a new article's, the likest first


@dataclass(frozen=True, slots=True)
class Cluster:
    """Articles that say the same in nearly the same words, the earliest first, and the outlets that carry them, each
    once.
    """

    id: str
    outlets: tuple[str, ...]
    articles: tuple[str, ...]


def place(connection: Connection, change: int, article: Article, data: bytes) -> int:
    """Puts a revision into the cluster of similar texts, merging clusters that it connects. Returns the cluster's
    number.

    Similar texts say the same in nearly the same words. A text that states a fact differently
    (rag/store/archive/facts.py) is another report, and so are all that it would have connected.
    """
    agreeing = _agreeing(report_of(article), _likes(connection, data, article))
    cluster = min(agreeing, default=change)
    for other in agreeing.keys() - {cluster}:
        connection.execute(update(copies).where(copies.c.cluster == other).values(cluster=cluster))
    row = {"change": change, "article_id": article.id, "cluster": cluster, "agency": ""}
    connection.execute(insert(copies), row)
    connection.execute(insert(fingerprints), {"change": change, "data": data})
    connection.execute(insert(bands), [{"band": band, "change": change} for band in set(prints.bands(data))])
    return cluster


def report_of(article: Article) -> DatedText:
    """What an article says, for comparison with another."""
    return DatedText(article.text, article.language, article.published.date() if article.published else None)


def _agreeing(report: DatedText, likes: Mapping[int, Sequence[DatedText]]) -> dict[int, Sequence[DatedText]]:
    """The clusters whose members contradict neither the report nor each other, the most similar first."""
    kept: dict[int, Sequence[DatedText]] = {}
    for number, members in likes.items():
        held = [m for others in kept.values() for m in others]
        if not any(contradict(m, other) for m in members for other in (report, *held)):
            kept[number] = members
    return kept


def withdraw(connection: Connection, changes: Sequence[int]) -> None:
    """Take revisions out of their clusters: superseded, retracted or erased ones are no longer copies."""
    for some in chunks(changes):
        held = connection.execute(select(fingerprints).where(fingerprints.c.change.in_(some))).all()
        for row in held:
            keys = prints.bands(row.data) if any(row.data) else []
            connection.execute(delete(bands).where(bands.c.band.in_(keys), bands.c.change == row.change))
        if held:
            connection.execute(delete(copies).where(copies.c.change.in_(some)))


# Made once: each answer asks for both.
_NUMBERS = select(copies.c.article_id, copies.c.cluster).where(
    copies.c.article_id.in_(bindparam("ids", expanding=True))
)
_MEMBERS = (
    select(copies.c.cluster, copies.c.article_id, copies.c.change, articles.c.published, articles.c.outlet)
    .join_from(copies, articles, articles.c.change == copies.c.change)
    .where(copies.c.cluster.in_(bindparam("numbers", expanding=True)))
)


def clusters_of(connection: Connection, ids: Iterable[str]) -> dict[str, Cluster]:
    """The clusters of those of these articles that have copies."""
    numbers: dict[str, int] = {}
    for some in chunks(set(ids)):
        numbers.update((row[0], row[1]) for row in connection.execute(_NUMBERS, {"ids": some}).all())
    members: dict[int, list[Any]] = {}
    for part in chunks(set(numbers.values())):
        for row in connection.execute(_MEMBERS, {"numbers": part}).all():
            members.setdefault(row.cluster, []).append(row)
    made = {number: _cluster(number, rows) for number, rows in members.items() if len(rows) > 1}
    return {article_id: made[number] for article_id, number in numbers.items() if number in made}


def carriers_of(connection: Connection, article_id: str, quote: str) -> tuple[str, ...]:
    """The outlets whose own text holds a quote of an article, among those that carry its story, the earliest first.

    Script, typing and what was cut off do not count. Empty where no second outlet holds it.
    """
    cluster = clusters_of(connection, [article_id]).get(article_id)
    if cluster is None or len(cluster.outlets) < 2:
        return ()
    d, a = documents.c, articles.c
    query = select(a.id, a.outlet, a.language, d.text).join_from(articles, documents, d.change == a.change)
    rows = {row.id: row for row in connection.execute(query.where(a.id.in_(cluster.articles)))}
    held = [rows[one] for one in cluster.articles if one in rows]
    outlets = dict.fromkeys(r.outlet for r in held if r.outlet and holds(DatedText(r.text, r.language), quote))
    return tuple(outlets) if len(outlets) > 1 else ()


def _cluster(number: int, rows: list[Any]) -> Cluster:
    rows.sort(key=lambda row: (moment(row.published) is None, row.published, row.change))
    outlets = tuple(dict.fromkeys(row.outlet for row in rows if row.outlet))
    return Cluster(f"c{number}", outlets, tuple(row.article_id for row in rows))


def _likes(connection: Connection, data: bytes, article: Article) -> dict[int, list[DatedText]]:
    """The clusters with similar articles of about the same age, most similar first, with their most similar member."""
    shared = func.count().label("shared")
    query = select(bands.c.change, shared).where(bands.c.band.in_(prints.bands(data))).group_by(bands.c.change)
    candidates = [row.change for row in connection.execute(query.order_by(shared.desc()).limit(CANDIDATES))]
    if not candidates:
        return {}
    c, f, a = copies.c, fingerprints.c, articles.c
    rows = select(c.change, c.cluster, f.data, a.published, a.outlet_key, a.language)
    rows = rows.join_from(copies, fingerprints, f.change == c.change).join(articles, a.change == c.change)
    found = connection.execute(rows.where(c.change.in_(candidates), c.article_id != article.id)).all()
    outlet, likes = article.outlet.casefold(), list[Any]()
    for row in sorted(found, key=lambda row: -prints.likeness(data, row.data).resemblance):
        own, other = article.published, moment(row.published)
        near = own is None or other is None or abs(own - other) <= DAYS_APART
        if near and alike(data, row.data, one_outlet=bool(outlet) and outlet == row.outlet_key):
            likes.append(row)
    return _told(connection, likes)


def _told(connection: Connection, likes: Sequence[Any]) -> dict[int, list[DatedText]]:
    d = documents.c
    query = select(d.change, d.text).where(d.change.in_([row.change for row in likes]))
    texts = {change: text for change, text in connection.execute(query)} if likes else {}
    told: dict[int, list[DatedText]] = {}
    for row in likes:
        reports, published = told.setdefault(row.cluster, []), moment(row.published)
        if len(reports) < MOST_COMPARED:
            reports.append(DatedText(texts[row.change], row.language, published.date() if published else None))
    return told


def alike(one: bytes, other: bytes, *, one_outlet: bool) -> bool:
    """Are the texts of two fingerprints in nearly the same words?"""
    like = prints.likeness(one, other)
    if one_outlet:
        return like.resemblance >= LEAST_IN_ONE_OUTLET
    return like.resemblance >= LEAST_RESEMBLANCE or like.containment >= LEAST_CONTAINMENT
