"""The desk's routes for outlets and their sources: status, adding, visiting, pausing, removing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Body
from pydantic import Field
from sqlalchemy import func, select

from api.desk.deps import CurrentSession, Desk, DeskServices
from api.desk.follows import list_follows
from api.schemas.requests import Input, Name, Text
from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused
from ingest.lifecycle.discover import find_sources
from ingest.lifecycle.reread import read_again
from ingest.outlets import OutletChange, OutletConfig, load_outlets, outlet_of, select_outlets
from ingest.watch.outlet_status import OutletStatus, outlet_statuses
from ingest.watch.schema import items
from ingest.watch.state import WatchState
from rag.errors import BadInput
from rag.shown import Shows
from rag.store.database.rows import micros
from rag.wire import jsonable

DAYS = 7  # over which articles a day are counted
UNVISITED = timedelta(hours=12)  # after the time of its next visit: then no process visits

router = APIRouter()


class SourceIn(Input):
    """A source of an outlet."""

    kind: Annotated[str, Field(max_length=40)]  # one of `source_kinds`
    url: Text = Field(min_length=8, max_length=2000)


class OutletIn(Input):
    """A new outlet."""

    name: Name
    language: Text = Field("", max_length=35)
    sources: tuple[SourceIn, ...] = Field(min_length=1, max_length=20)


OutletName = Annotated[Name, Body(embed=True)]
Address = Annotated[Text, Body(embed=True, min_length=3, max_length=2000)]


@router.get("/sources")
def sources(desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Lists the outlets, paused and removed ones too, with the status of each."""
    now, state = datetime.now(UTC), WatchState.read(desk.archive)
    known = {f.outlet: f for f in outlet_statuses(state, now)}  # none where nothing was ever visited
    daily = _stored_since(state, now - timedelta(days=DAYS)) if known else Counter[str]()
    changes, listed = desk.changes.all(), desk.outlets()
    rows = [_row(one, known.get(one.name, OutletStatus(one.name)), daily[one.name] / DAYS, desk) for one in listed]
    gone = [o.name for o in load_outlets(desk.telal.settings) if changes.get(o.name.casefold(), _KEPT).removed]
    return {"outlets": rows, "removed": gone, "follows": list_follows(desk)}


@router.post("/sources/find")
def find(address: Address, desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Finds the sources of a site and tries each once. Raises BadInput with the reason if there are none."""
    with _as_bad_input(), Fetcher(desk.telal.settings.ingest) as fetcher:
        found = find_sources(address, fetcher, desk.telal.settings.ingest)
    return asdict(found)


@router.post("/sources", status_code=204)
def add(body: OutletIn, desk: Desk, editor: CurrentSession) -> None:
    """Adds an outlet and visits it at once. Raises BadInput when there is one of that name."""
    if any(one.name.casefold() == body.name.casefold() for one in desk.outlets()):
        raise BadInput(f"There is an outlet {body.name} already.", hint="Give it another name, or remove the other.")
    fields: dict[str, Any] = {s.kind: [o.url for o in body.sources if o.kind == s.kind] for s in body.sources}
    fields |= {"name": body.name, "language": body.language}
    fields = {name: value for name, value in fields.items() if value}
    outlet_of(fields)
    desk.changes.set(body.name, OutletChange(fields))
    desk.acts.add(editor.editor, "source.add", body.name, sources=[s.url for s in body.sources])
    desk.visits.start(body.name, desk.outlets)


@router.post("/sources/visit", status_code=202)
def visit(name: OutletName, desk: Desk, editor: CurrentSession) -> None:
    """Visits an outlet's sources now. Raises BadInput if it does not exist or is paused."""
    (outlet,) = select_outlets(desk.outlets(), [name])
    if not outlet.enabled:
        raise BadInput(f"{outlet.name} is paused.", hint="Resume it first.")
    desk.acts.add(editor.editor, "source.visit", outlet.name)
    desk.visits.start(outlet.name, desk.outlets)


@router.post("/sources/pause", status_code=204)
def pause(name: OutletName, paused: Annotated[bool, Body()], desk: Desk, editor: CurrentSession) -> None:
    """Pauses or resumes the visits to an outlet; its articles stay. Raises BadInput if it does not exist."""
    (outlet,) = select_outlets(desk.outlets(), [name])
    held = desk.changes.all().get(outlet.name.casefold(), _KEPT)
    desk.changes.set(outlet.name, OutletChange({**held.fields, "enabled": not paused}))
    desk.acts.add(editor.editor, "source.pause" if paused else "source.resume", outlet.name)


@router.post("/sources/shows", status_code=204)
def set_shows(name: OutletName, shows: Annotated[Shows | None, Body()], desk: Desk, editor: CurrentSession) -> None:
    """Sets how much of an outlet's texts readers see; null: its terms say nothing. Raises BadInput if it does not
    exist."""
    (outlet,) = select_outlets(desk.outlets(), [name])
    held = desk.changes.all().get(outlet.name.casefold(), _KEPT)
    desk.changes.set(outlet.name, OutletChange({**held.fields, "shows": shows and shows.value}))
    desk.acts.add(editor.editor, "source.shows", outlet.name, word=shows.value if shows else "")


@router.post("/sources/remove", status_code=204)
def remove(name: OutletName, desk: Desk, editor: CurrentSession) -> None:
    """Removes an outlet; its articles stay. Raises BadInput if it does not exist."""
    (outlet,) = select_outlets(desk.outlets(), [name])
    desk.changes.set(outlet.name, OutletChange({}, removed=True) if _is_in_file(desk, outlet.name) else None)
    desk.acts.add(editor.editor, "source.remove", outlet.name)


@router.post("/sources/restore", status_code=204)
def restore(name: OutletName, desk: Desk, editor: CurrentSession) -> None:
    """Restores a removed outlet of the operator's file. Raises BadInput when the file does not have it."""
    if not _is_in_file(desk, name):
        raise BadInput(f"There is no outlet {name} to restore.", hint="Add it anew.")
    desk.changes.set(name, None)
    desk.acts.add(editor.editor, "source.restore", name)


@router.post("/again")
def again(address: Address, desk: Desk, editor: CurrentSession) -> dict[str, Any]:
    """Reads one page again now. Raises BadInput with the reason if that fails."""
    with _as_bad_input(), Fetcher(desk.telal.settings.ingest) as fetcher:
        found = read_again(
            address.strip(),
            pipeline=desk.pipeline,
            fetcher=fetcher,
            outlets=desk.outlets(),
        )
    # The address of an article that is erased later must not stand in the log: its id does, and the host.
    subject = ", ".join(found.articles) or (urlsplit(address.strip()).hostname or "")
    desk.acts.add(editor.editor, "page.again", subject, became=found.became)
    return dict(jsonable(asdict(found)))


_KEPT = OutletChange({})


@contextmanager
def _as_bad_input() -> Iterator[None]:
    """Turns a failed fetch into an error of the request."""
    try:
        yield
    except (FetchRefused, FetchFailed) as error:
        raise BadInput(error.message, hint=error.hint) from error


def _is_in_file(desk: DeskServices, name: str) -> bool:
    return any(one.name.casefold() == name.casefold() for one in load_outlets(desk.telal.settings))


def _stored_since(state: WatchState, since: datetime) -> Counter[str]:
    query = select(items.c.outlet, func.count()).where(items.c.stored >= micros(since)).group_by(items.c.outlet)
    with state.reading() as connection:
        return Counter({outlet: count for outlet, count in connection.execute(query)})


def _row(outlet: OutletConfig, status: OutletStatus, per_day: float, desk: DeskServices) -> dict[str, Any]:
    health = "paused" if not outlet.enabled else "failing" if status.failing else "ok" if status.last_success else "new"
    if health == "ok" and status.next_visit and datetime.now(UTC) - status.next_visit > UNVISITED:
        health = "unvisited"
    return {
        "name": outlet.name,
        "language": outlet.language,
        "shows": outlet.shows,
        "sources": [{"kind": kind, "url": url} for kind, url in outlet.sources()],
        "health": health,
        "last_success": jsonable(status.last_success),
        "next_visit": jsonable(status.next_visit) if outlet.enabled else None,
        "error": status.last_error,
        "held": status.held,
        "rejected": status.rejected,
        "per_day": round(per_day, 1),
        "visit": jsonable(desk.visits.of(outlet.name)),
    }
