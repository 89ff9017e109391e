"""The desk's routes for articles: find, read with revisions, add, correct, retract, hold back, erase."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api.desk.deps import CurrentSession, Desk, DeskServices
from api.desk.questions import LISTED_FIELDS, describe_article
from api.routes.admin import erase_for_good, push_records
from api.schemas.replies import article_reply
from api.schemas.requests import Input, Name, PushIn, Text
from ingest.checks import clean_line
from ingest.lifecycle import retraction
from rag.errors import BadInput, Erased
from rag.revisions import difference
from rag.store.archive.archive import HELD_FIELD, RETRACTED_FIELD
from rag.types import ANSWERING_STATUSES, Article, ArticleStatus
from rag.wire import jsonable, pick

CORRECTION = "correction"  # the extra field of an article that an editor corrected: the note, and when
MOST = 50
MOST_CHARS = 400_000

router = APIRouter()

ArticleId = Annotated[str, Query(min_length=1, max_length=2000)]


class ActIn(Input):
    """An article and the reason for what is done to it."""

    id: Name = Field(max_length=2000)
    reason: Text = Field(min_length=1, max_length=1000)


class EraseIn(ActIn):
    """An article to erase. `copies`: also its copies by other outlets."""

    copies: bool = False


class CorrectIn(Input):
    """A corrected article. `revision`: the one that the editor saw."""

    id: Name = Field(max_length=2000)
    revision: int = Field(ge=1)
    title: Text = Field(min_length=1, max_length=1000)
    text: Text = Field(min_length=1, max_length=MOST_CHARS)
    note: Text = Field(min_length=1, max_length=1000)


@router.get("/articles")
def articles(
    desk: Desk,
    _: CurrentSession,
    query: Annotated[str, Query(max_length=1000)] = "",
    outlet: Annotated[str, Query(max_length=300)] = "",
    status: Literal["", "held", "retracted", "corrected"] = "",
) -> dict[str, Any]:
    """Lists articles by words, by address or id, of an outlet, or of a status; without any of these the newest."""
    ids = _found(desk, clean_line(query, name="query"), outlet, status)  # ids are held so cleaned
    return {"articles": [describe_article(desk.archive, one) for one in dict.fromkeys(ids)][:MOST]}


@router.get("/article")
def article(desk: Desk, _: CurrentSession, id: ArticleId) -> dict[str, Any]:
    """Returns an article with its revisions and what changed, its copies, and what was done to it at the desk.

    Of an erased article, only what was done to it is left. Raises NotFound.
    """
    acts = [jsonable(act) for act in desk.acts.of(id)]
    try:
        revisions = desk.archive.revisions(id)
        found = desk.archive.article(id)
    except Erased:
        return {"id": id, "status": "erased", "acts": acts}
    copies = desk.archive.clusters([id]).get(id)
    others = [one for one in copies.articles if one != id] if copies else []
    return {
        **article_reply(found, copies, lambda shown: None),
        "revisions": [_revision(revisions[n - 1] if n else None, one) for n, one in enumerate(revisions)],
        "copies": [describe_article(desk.archive, one) for one in others],
        "acts": acts,
    }


@router.post("/articles")
async def add(body: PushIn, desk: Desk, editor: CurrentSession) -> dict[str, Any]:
    """Adds articles, at most fifty at a time, and says which were rejected."""
    pushed = await desk.telal.run(lambda: push_records(body.articles, desk.telal))
    stored = pushed["new"] + pushed["changed"]
    if stored:
        subject = str(body.articles[0].get("outlet") or "")[:300]
        desk.acts.add(editor.editor, "articles.add", subject, stored=stored)
    return pushed


@router.post("/article/correct")
async def correct(body: CorrectIn, desk: Desk, editor: CurrentSession) -> dict[str, Any]:
    """Stores an editor's correction as a new revision. Raises BadInput when the article has changed since."""
    changed = await desk.telal.run(lambda: _corrected(desk, body))
    desk.acts.add(editor.editor, "article.correct", body.id, revision=changed.revision, note=body.note)
    return {"revision": changed.revision}


@router.post("/article/retract", status_code=204)
def retract(body: ActIn, desk: Desk, editor: CurrentSession) -> None:
    """Retracts an article: it no longer answers, but stays readable and is marked."""
    if not retraction.retract(desk.archive, body.id, reason=body.reason):
        raise BadInput("The article is retracted already.", hint="Reload it.")
    desk.acts.add(editor.editor, "article.retract", body.id, reason=body.reason)


@router.post("/article/hold", status_code=204)
def hold(body: ActIn, desk: Desk, editor: CurrentSession) -> None:
    """Holds an article back: readers see it nowhere until it is released."""
    if not retraction.hold(desk.archive, body.id, reason=body.reason):
        raise BadInput("The article is held back already.", hint="Reload it.")
    desk.acts.add(editor.editor, "article.hold", body.id, reason=body.reason)


@router.post("/article/release", status_code=204)
async def release(body: ActIn, desk: Desk, editor: CurrentSession) -> None:
    """Releases an article that was held back or retracted: it may answer again."""
    await desk.telal.run(lambda: _released(desk, body.id))
    desk.acts.add(editor.editor, "article.release", body.id, reason=body.reason)


@router.post("/article/erase")
def erase(body: EraseIn, desk: Desk, editor: CurrentSession) -> dict[str, Any]:
    """Erases an article for good from everything that Telal keeps. Returns the certificate of what was searched
    afterwards."""
    ids = [body.id]
    if body.copies:
        ids += [one for cluster in desk.archive.clusters(ids).values() for one in cluster.articles]
    certificate = erase_for_good(ids, body.reason, desk.telal)
    for one in certificate["articles"]:
        desk.acts.add(editor.editor, "article.erase", one["id"], reason=body.reason, certificate=certificate)
    return certificate


def _found(desk: DeskServices, query: str, outlet: str, status: str) -> list[str]:
    archive = desk.archive
    if status or outlet:
        return archive.latest_ids(status=ArticleStatus(status) if status else None, outlet=outlet, limit=MOST)
    if not query:
        return [one.id for one in archive.articles(limit=MOST)]
    by_name = list(archive.read_states([query])) + (archive.at_address(query) if "://" in query else [])
    if by_name:
        return by_name
    return [hit.passage.article_id for hit in desk.telal.engine.search(query, limit=MOST)]


def _revision(before: Article | None, one: Article) -> dict[str, Any]:
    notes = {name: one.extra[name] for name in (CORRECTION, HELD_FIELD, RETRACTED_FIELD) if name in one.extra}
    changes = difference(before, one) if before else []
    return {**pick(one, *LISTED_FIELDS, "modified"), "notes": jsonable(notes), "difference": changes}


def _corrected(desk: DeskServices, body: CorrectIn) -> Article:
    held = desk.archive.article(body.id)
    if held.revision != body.revision:
        raise BadInput("The article has changed since you opened it.", hint="Reload it and make your correction again.")
    if held.status is ArticleStatus.RETRACTED:
        raise BadInput("The article is retracted.", hint="Let it answer again first.")
    title, text = _composed(body.title), _composed(body.text)
    if not title or not text:
        raise BadInput("Headline and text must not be empty.", hint="Erase the article if nothing of it should stay.")
    if (title, text) == (held.title, held.text):
        raise BadInput("Nothing was changed.", hint="Change the headline or the text first.")
    now = datetime.now(UTC)
    note = {"note": body.note, "at": now.isoformat(timespec="seconds")}
    extra = {**held.extra, CORRECTION: note}
    status = ArticleStatus.CORRECTED
    if held.status is ArticleStatus.HELD:  # stays so until it is let go, then as corrected
        status, extra = held.status, {**extra, HELD_FIELD: {**held.extra.get(HELD_FIELD, {}), "was": status.value}}
    changed = replace(
        held, title=title, text=text, status=status, modified=now, revision=held.revision + 1, extra=extra
    )
    desk.pipeline.put(changed)
    return changed


def _composed(words: str) -> str:
    """Normalises a text as the archive holds it: NFC, lines that end in a bare newline."""
    return unicodedata.normalize("NFC", words.replace("\r\n", "\n")).strip()


def _released(desk: DeskServices, article_id: str) -> None:
    held = desk.archive.article(article_id)
    if held.status in ANSWERING_STATUSES:
        raise BadInput("The article is neither held back nor retracted.", hint="Reload it.")
    was = held.extra.get(HELD_FIELD, {}).get("was") or (ArticleStatus.CORRECTED if CORRECTION in held.extra else "live")
    status = ArticleStatus(was)
    if status not in ANSWERING_STATUSES:
        status = ArticleStatus.LIVE
    extra = {name: value for name, value in held.extra.items() if name not in (HELD_FIELD, RETRACTED_FIELD)}
    now = datetime.now(UTC)
    desk.pipeline.put(replace(held, status=status, modified=now, revision=held.revision + 1, extra=extra))
