"""Outlets and their sources: state, adding, visiting, pausing, removing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import func, select

from api.desk.room import CurrentSession, Desk, Room
from api.schemas.requests import Input, Name, Text
from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused
from ingest.lifecycle.discover import NAMES, find_sources
from ingest.lifecycle.reread import read_again
from ingest.outlets import SOURCES, Outlet, load_outlets, outlet_of, select_outlets
from ingest.watch.outlet_status import OutletStatus, outlet_statuses
from ingest.watch.schema import items
from ingest.watch.state import WatchState
from rag.errors import BadInput
from rag.store.database.rows import micros
from rag.store.desk.decisions import OutletChange
from rag.wire import jsonable

DAYS = 7  # over which articles a day are counted
KINDS = {shown: kind for kind, shown in NAMES.items()}
UNVISITED = timedelta(hours=12)  # past the time of its next visit: nobody visits

router = APIRouter()


class AddressIn(Input):
    """An address as typed."""

    address: Text = Field(min_length=3, max_length=2000)


class SourceIn(Input):
    """One source of an outlet."""

    kind: Literal["feeds", "sitemaps", "wordpress", "lists"]
    url: Text = Field(min_length=8, max_length=2000)


class OutletIn(Input):
    """A new outlet."""

    name: Name
    language: Text = Field("", max_length=35)
    sources: tuple[SourceIn, ...] = Field(min_length=1, max_length=20)


class NameIn(Input):
    """An existing outlet."""

    name: Name


class PauseIn(NameIn):
    """Pause or resume it."""

    paused: bool


@router.get("/sources")
def sources(desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Every outlet, paused and removed ones too, with its health."""
    now, state = datetime.now(UTC), WatchState.read(desk.archive)
    known = {f.outlet: f for f in outlet_statuses(state, now)}  # none where nothing was ever visited
    daily = _stored_since(state, now - timedelta(days=DAYS)) if known else Counter[str]()
    changes, listed = desk.changes.all(), desk.outlets()
    rows = [_row(one, known.get(one.name, OutletStatus(one.name)), daily[one.name] / DAYS, desk) for one in listed]
    gone = [o.name for o in load_outlets(desk.telal.settings) if changes.get(o.name.casefold(), _KEPT).removed]
    return {"outlets": rows, "removed": gone}


@router.post("/sources/find")
def find(body: AddressIn, desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """What a site offers, each source tried once. Raises BadInput with the reason if there is nothing."""
    with _plain_words(), Fetcher(desk.telal.settings.ingest) as fetcher:
        found = find_sources(body.address, fetcher, desk.telal.settings.ingest)
    tried = [{**asdict(one), "kind": KINDS[one.kind]} for one in found.checks]
    return {"name": found.name, "language": found.language, "tried": tried}


@router.post("/sources", status_code=204)
def add(body: OutletIn, desk: Desk, editor: CurrentSession) -> None:
    """Add an outlet and visit it at once. Raises BadInput when there is one of that name."""
    if any(one.name.casefold() == body.name.casefold() for one in desk.outlets()):
        raise BadInput(f"There is an outlet {body.name} already.", hint="Give it another name, or remove the other.")
    fields: dict[str, Any] = {"name": body.name, "language": body.language}
    fields |= {kind: [s.url for s in body.sources if s.kind == kind] for kind in SOURCES}
    fields = {name: value for name, value in fields.items() if value}
    outlet_of(fields)
    desk.changes.set(body.name, OutletChange(fields))
    desk.acts.add(editor.editor, "source.add", body.name, sources=[s.url for s in body.sources])
    desk.visits.start(body.name, desk.outlets)


@router.post("/sources/visit", status_code=202)
def visit(body: NameIn, desk: Desk, editor: CurrentSession) -> None:
    """Visit an outlet's sources now. Raises BadInput if it does not exist or is paused."""
    (outlet,) = select_outlets(desk.outlets(), [body.name])
    if not outlet.enabled:
        raise BadInput(f"{outlet.name} is paused.", hint="Resume it first.")
    desk.acts.add(editor.editor, "source.visit", outlet.name)
    desk.visits.start(outlet.name, desk.outlets)


@router.post("/sources/pause", status_code=204)
def pause(body: PauseIn, desk: Desk, editor: CurrentSession) -> None:
    """Pause its visits; its articles stay. Raises BadInput if it does not exist."""
    (outlet,) = select_outlets(desk.outlets(), [body.name])
    held = desk.changes.all().get(outlet.name.casefold(), _KEPT)
    desk.changes.set(outlet.name, OutletChange({**held.fields, "enabled": not body.paused}))
    desk.acts.add(editor.editor, "source.pause" if body.paused else "source.resume", outlet.name)


@router.post("/sources/remove", status_code=204)
def remove(body: NameIn, desk: Desk, editor: CurrentSession) -> None:
    """Stop visiting it; its articles stay. Raises BadInput if it does not exist."""
    (outlet,) = select_outlets(desk.outlets(), [body.name])
    desk.changes.set(outlet.name, OutletChange({}, removed=True) if _is_in_file(desk, outlet.name) else None)
    desk.acts.add(editor.editor, "source.remove", outlet.name)


@router.post("/sources/restore", status_code=204)
def restore(body: NameIn, desk: Desk, editor: CurrentSession) -> None:
    """Restore a removed outlet of the operator's file. Raises BadInput when the file does not have it."""
    if not _is_in_file(desk, body.name):
        raise BadInput(f"There is no outlet {body.name} to restore.", hint="Add it anew.")
    desk.changes.set(body.name, None)
    desk.acts.add(editor.editor, "source.restore", body.name)


@router.post("/again")
def again(body: AddressIn, desk: Desk, editor: CurrentSession) -> dict[str, Any]:
    """Read one page again now. Raises BadInput with the reason if that fails."""
    with _plain_words(), Fetcher(desk.telal.settings.ingest) as fetcher:
        found = read_again(
            body.address.strip(),
            pipeline=desk.pipeline,
            fetcher=fetcher,
            outlets=desk.outlets(),
        )
    # The address of an article that is erased later must not stand in the log: its id does, and the host.
    subject = ", ".join(found.articles) or (urlsplit(body.address.strip()).hostname or "")
    desk.acts.add(editor.editor, "page.again", subject, became=found.became)
    return dict(jsonable(asdict(found)))


_KEPT = OutletChange({})


@contextmanager
def _plain_words() -> Iterator[None]:
    """The error of the request for a failed fetch."""
    try:
        yield
    except (FetchRefused, FetchFailed) as error:
        raise BadInput(error.message, hint=error.hint) from error


def _is_in_file(desk: Room, name: str) -> bool:
    return any(one.name.casefold() == name.casefold() for one in load_outlets(desk.telal.settings))


def _stored_since(state: WatchState, since: datetime) -> Counter[str]:
    query = select(items.c.outlet, func.count()).where(items.c.stored >= micros(since)).group_by(items.c.outlet)
    with state.reading() as connection:
        return Counter({outlet: count for outlet, count in connection.execute(query)})


def _row(outlet: Outlet, fared: OutletStatus, per_day: float, desk: Room) -> dict[str, Any]:
    health = "paused" if not outlet.enabled else "failing" if fared.failing else "ok" if fared.last_success else "new"
    if health == "ok" and fared.next_visit and datetime.now(UTC) - fared.next_visit > UNVISITED:
        health = "unvisited"
    return {
        "name": outlet.name,
        "language": outlet.language,
        "sources": [{"kind": kind, "url": url} for kind, url in outlet.sources()],
        "health": health,
        "last_success": jsonable(fared.last_success),
        "next_visit": jsonable(fared.next_visit) if outlet.enabled else None,
        "error": fared.last_error,
        "held": fared.held,
        "rejected": fared.rejected,
        "per_day": round(per_day, 1),
        "visit": jsonable(desk.visits.of(outlet.name)),
    }
