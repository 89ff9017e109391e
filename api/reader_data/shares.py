"""Keeps answers that readers share by id for a set time, and shows them as their sources stand today."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from api.schemas.answers import ShareOut
from rag.errors import BadInput, Erased, NotFound
from rag.shown import LevelOf, Shows
from rag.store.archive.archive import Archive
from rag.store.database.database import Database, server_seconds
from rag.store.database.rows import chunks
from rag.store.database.shared_tables import share_sources as _sources
from rag.store.database.shared_tables import shares as _shares
from rag.types import ArticleStatus, Version

_DAY_S = 86_400
_LEFT_OUT = ("timings_ms", "usage", "conversation", "used_history", "kind", "digest")  # soon outdated, or never shared


@dataclass(frozen=True, slots=True)
class SharedAnswer:
    """A shared answer as it was stored (AnswerOut), and the revision of each article that it cites."""

    answer: dict[str, Any]
    revisions: dict[str, int]
    until: datetime


class Shares:
    """The shared answers, in the archive's database, which all workers and machines share. Thread-safe.

    Expired answers are removed when the next one is stored. An answer that cites an erased article is erased with it
    (rag/store/archive/erase.py).
    """

    def __init__(self, database: Database, *, days: float) -> None:
        """`days`: how long to keep an answer; 0: keep none."""
        self._database, self._days = database, days

    def keep(self, answer: dict[str, Any], archive: Archive) -> ShareOut:
        """Stores an AnswerOut.

        Raises BadInput for an answer without quotes and where sharing is switched off, NotFound and Erased if an
        article has gone in the meantime.
        """
        if not self._days:
            raise BadInput("This server keeps no answers.", hint="TELAL_SERVER__SHARE_DAYS switches sharing on.")
        if not _main_sentences(answer):
            raise BadInput("There are no quotes to share.", hint="Share an answer with quotes; a digest changes.")
        revisions = {c["article_id"]: archive.article(c["article_id"]).revision for c in answer["citations"]}
        body = {name: value for name, value in answer.items() if name not in _LEFT_OUT}
        body["notices"] = answer["notices"] if answer["status"] == "partial" else []  # others are soon outdated
        value = json.dumps({"answer": body, "revisions": revisions}, ensure_ascii=False)
        name, secret = secrets.token_hex(8), secrets.token_hex(16)
        with self._database.sharing() as connection:
            now = float(connection.scalar(select(server_seconds())) or 0)
            until = now + self._days * _DAY_S
            _remove(connection, _shares.c.until <= now)
            connection.execute(insert(_shares).values(id=name, digest=_digest(secret), value=value, until=until))
            connection.execute(insert(_sources), [{"article_id": one, "share": name} for one in revisions])
        ends = datetime.fromtimestamp(until, UTC)
        return ShareOut(id=name, path=f"/a/{name}", secret=secret, until=ends)

    def find(self, name: str) -> SharedAnswer:
        """Returns the answer with an id. Raises NotFound if it has expired, was erased or never existed."""
        query = select(_shares.c.value, _shares.c.until)
        with self._database.reading() as connection:
            row = connection.execute(query.where(_shares.c.id == name, _shares.c.until > server_seconds())).first()
        if row is None:
            raise NotFound("This answer is no longer kept.", hint="Ask the question again.")
        return SharedAnswer(**json.loads(row.value), until=datetime.fromtimestamp(row.until, UTC))

    def erase(self, secret: str) -> None:
        """Erases the answer of a secret. May be called twice."""
        with self._database.sharing() as connection:
            _remove(connection, _shares.c.digest == _digest(secret))


def render_share(shared: SharedAnswer, archive: Archive, level_of: LevelOf) -> dict[str, Any]:
    """Renders a shared answer as its sources stand today.

    `changed`: the numbers of the citations whose article has a newer revision. `gone`: how many citations had to go
    because their article was erased, retracted or held; sentences with these are left out. What stands around a quote
    is left out where its outlet allows no more than that by now. Raises Erased if no sentence is left.
    """
    now = {article_id: _revision(archive, article_id) for article_id in shared.revisions}
    answer = dict(shared.answer)
    gone = {c["number"] for c in answer["citations"] if now[c["article_id"]] is None}
    changed = [
        c["number"]
        for c in answer["citations"]
        if now[c["article_id"]] not in (None, shared.revisions[c["article_id"]])
    ]
    if gone:
        for part in ("sentences", "short"):
            answer[part] = _without(answer[part], gone)
        if answer.get("written"):
            answer["written"] = {**answer["written"], "sentences": _without(answer["written"]["sentences"], gone)}
        answer["citations"] = [c for c in answer["citations"] if c["number"] not in gone]
        answer["remarks"] = []  # "two outlets report this" may hold no longer
        short = "" if (answer.get("written") or {}).get("sentences") else _numbered(answer["short"], "said", ", ")
        answer["text"] = "\n\n".join(filter(None, (short, _numbered(_main_sentences(answer), "text", " "))))
        answer["status"] = "answered" if answer["status"] == "conflicting" else answer["status"]
    answer["citations"] = [_as_allowed(c, level_of) for c in answer["citations"]]
    if not _main_sentences(answer):
        raise Erased("The articles that this answer rested on are gone.", hint="Ask the question again.")
    return {"answer": answer, "changed": changed, "gone": len(gone)}


def _as_allowed(citation: dict[str, Any], level_of: LevelOf) -> dict[str, Any]:
    named = Version(citation["article_id"], citation["title"], citation["outlet"], citation["url"])
    if level_of(named) is not Shows.QUOTE:
        return citation
    script = citation.get("transliteration")
    return {**citation, "context": None, "transliteration": script and {**script, "before": "", "after": ""}}


def _main_sentences(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the sentences of a language model, or else the quotes."""
    return list((answer.get("written") or {"sentences": ()})["sentences"] or answer["sentences"])


def _numbered(parts: list[dict[str, Any]], words: str, between: str) -> str:
    """The words of several parts, each with its citations' numbers."""
    return between.join((one.get(words) or one["text"]) + "".join(f"[{n}]" for n in one["citations"]) for one in parts)


def _without(parts: list[dict[str, Any]], gone: set[int]) -> list[dict[str, Any]]:
    """Returns the parts that cite none of these numbers."""
    return [one for one in parts if not gone.intersection(one["citations"])]


def _remove(connection: Connection, which: ColumnElement[bool]) -> None:
    names = list(connection.scalars(select(_shares.c.id).where(which)))
    for some in chunks(names):
        connection.execute(delete(_sources).where(_sources.c.share.in_(some)))
        connection.execute(delete(_shares).where(_shares.c.id.in_(some)))


def _revision(archive: Archive, article_id: str) -> int | None:
    """Returns the current revision of an article that may answer, else None."""
    try:
        article = archive.article(article_id)
    except (NotFound, Erased):
        return None
    return article.revision if article.status in (ArticleStatus.LIVE, ArticleStatus.CORRECTED) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
