"""The commands of the server: serve, mcp, keys, feedback, backup, restore."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from api.auth.keys import PUBLIC_SCOPES, SCOPES, Key, KeyStore, NewKey
from api.auth.limits import parse_rates
from api.commands import archive
from api.reader_data.feedback import FeedbackStore
from rag.commands import articles
from rag.config import load_settings
from rag.errors import BadInput
from rag.store.archive.archive import Archive
from rag.store.backup import back_up, restore
from rag.wire import pick

keys = typer.Typer(help="Make, list and revoke keys of the API.", no_args_is_help=True)
feedback = typer.Typer(help="Read and erase readers' feedback on answers.", no_args_is_help=True)
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_out = Console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(serve)
    app.command()(mcp)
    app.add_typer(keys, name="keys")
    app.add_typer(feedback, name="feedback")
    archive.register(articles)
    app.command("backup")(backup_archive)
    app.command("restore")(restore_archive)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: TELAL_SERVER__HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: TELAL_SERVER__PORT.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the archive.")] = 1,
) -> None:
    """Serve the API and the page."""
    from api.serving import serve as run  # imported here: the other commands need not pay for a web server

    for name, value in (("HOST", host), ("PORT", port)):
        if value is not None:
            os.environ[f"TELAL_SERVER__{name}"] = str(value)  # workers read it too
    run(load_settings(), workers=workers, tell=_tell)


def mcp() -> None:
    """Serve agents over the Model Context Protocol, on standard input and output."""
    from api import serving
    from api.mcp_tools import serve_stdio
    from api.serving import open_engine

    settings = load_settings()
    serving.configure(settings)
    with open_engine(settings, own=None, tell=_tell) as engine:
        _tell(engine.archive.notice_if_empty() or f"Telal answers from {settings.data_dir}.")
        serve_stdio(engine, settings)


def backup_archive(file: Annotated[Path, typer.Argument(help="Where to write the copy; it must not exist.")]) -> None:
    """Copy the archive into a file, also while it is being served and written."""
    done = back_up(load_settings(), file)
    _out.print(f"{done.articles:,} articles, {done.bytes:,} bytes, checked: {file}", markup=False, highlight=False)


def restore_archive(
    file: Annotated[Path, typer.Argument(help="A copy that `telal backup` made.")],
    replace: Annotated[bool, typer.Option("--replace", help="Move the existing archive aside.")] = False,
) -> None:
    """Replace the archive by a backup; the indexes are rebuilt from it."""
    done = restore(load_settings(), file, replace=replace)
    _out.print(f"{done.articles:,} articles restored.", markup=False, highlight=False)
    if done.aside is not None:
        _out.print(f"The former archive is now {done.aside}.", markup=False, highlight=False)


def _tell(line: str) -> None:
    _err.print(line, style="dim", markup=False, highlight=False)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    public: Annotated[bool, typer.Option("--public", help="A widget's key: no secret, bound to origins.")] = False,
    scope: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(SCOPES)}; default: ask, search.")] = None,
    origin: Annotated[list[str] | None, typer.Option(help="A site, e.g. https://news.example.")] = None,
    limit: Annotated[str, typer.Option(help="For the key as a whole, e.g. 5000/day.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Expires after so many days.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key. A secret one is shown once, now; only its digest is kept."""
    parse_rates(limit)
    with _keys() as store:
        created = store.create(
            name,
            kind="public" if public else "secret",
            scopes=scope or PUBLIC_SCOPES,
            origins=origin or (),
            limit=limit,
            expires=datetime.now(UTC) + timedelta(days=days) if days else None,
        )
    _show(created, as_json=as_json)


@keys.command("list")
def list_keys(as_json: JsonFlag = False) -> None:
    """List every key, never its secret."""
    with _keys() as store:
        found = store.all()
    if as_json:
        typer.echo(json.dumps([_plain(key) for key in found], indent=2))
        return
    table = Table(Column("id", no_wrap=True), "name", "kind", "scopes", "origins", "limit", "created", "state")
    for key in found:
        origins = "\n".join(key.origins)
        day = f"{key.created:%Y-%m-%d}"
        table.add_row(key.id, key.name, key.kind, " ".join(key.scopes), origins, key.limit, day, _state(key))
    _out.print(table)


@keys.command("revoke")
def revoke_key(key_id: str) -> None:
    """Revoke a key at once, on every worker."""
    with _keys() as store:
        _out.print(f"Revoked {store.revoke(key_id).id}.", highlight=False)


@keys.command("rotate")
def rotate_key(
    key_id: str,
    keep_hours: Annotated[float, typer.Option(min=0, help="How long the former secret still works.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Give a key a new secret."""
    with _keys() as store:
        _show(store.rotate(key_id, keep_former=timedelta(hours=keep_hours)), as_json=as_json)


@contextmanager
def _keys() -> Iterator[KeyStore]:
    with Archive.open(load_settings()) as archive:
        yield KeyStore(archive.database)


def _show(created: NewKey, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**_plain(created.key), "token": created.token}, indent=2))
    else:
        typer.echo(created.token)


def _plain(key: Key) -> dict[str, object]:
    names = ("id", "name", "kind", "scopes", "origins", "limit", "created", "expires", "revoked")
    return {**pick(key, *names), "state": _state(key)}


def _state(key: Key) -> str:
    if key.revoked:
        return "revoked"
    return "usable" if key.usable(datetime.now(UTC)) else "expired"


@feedback.command("list")
def list_feedback(as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False) -> None:
    """List the feedback, oldest first."""
    table = Table("at", "verdict", "citation", "comment", "answer")
    with Archive.open(load_settings()) as archive:
        for said in FeedbackStore(archive.database).all():
            if as_json:
                typer.echo(json.dumps(asdict(said), ensure_ascii=False))
            table.add_row(said.at, said.verdict, str(said.citation or ""), said.comment, said.id)
    if not as_json:
        _out.print(table)


@feedback.command("erase")
def erase_feedback(before: Annotated[str, typer.Option(help="YYYY-MM-DD: older feedback is erased.")]) -> None:
    """Erase feedback from before a day."""
    try:
        day = date.fromisoformat(before)
    except ValueError as error:
        raise BadInput(f"--before {before!r} is not a date.", hint="Write it as 2026-03-18.") from error
    with Archive.open(load_settings()) as archive:
        count = FeedbackStore(archive.database).erase(lambda said: said.at < day.isoformat())
    _out.print(f"Erased {count}.", highlight=False)
