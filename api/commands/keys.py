"""The commands `telal keys create|list|revoke|rotate`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from api.auth.keys import PUBLIC_SCOPES, SCOPES, Created, Key, KeyStore
from api.auth.limits import parsed
from rag.config import load_settings
from rag.store.archive.open import shared_database

keys = typer.Typer(help="Make, list and end the keys of the API.", no_args_is_help=True)
_out = Console()

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="For whom it is.")],
    public: Annotated[bool, typer.Option("--public", help="A widget's key: no secret, bound to origins.")] = False,
    scope: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(SCOPES)}; default: ask, search.")] = None,
    origin: Annotated[list[str] | None, typer.Option(help="A site, e.g. https://news.example.")] = None,
    limit: Annotated[str, typer.Option(help="For the key as a whole, e.g. 5000/day.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Ends after so many days.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key. A secret one is shown once, now; only its digest is kept."""
    parsed(limit)
    created = _store().create(
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
    found = _store().all()
    if as_json:
        typer.echo(json.dumps([_plain(key) for key in found], indent=2))
        return
    table = Table(Column("id", no_wrap=True), "name", "kind", "scopes", "origins", "limit", "created", "state")
    for key in found:
        origins = "\n".join(key.origins)
        day = f"{key.created:%Y-%m-%d}"
        table.add_row(key.id, key.name, key.kind, " ".join(key.scopes), origins, key.limit, day, _state(key))
    _out.print(table)


@keys.command()
def revoke(key_id: str) -> None:
    """End a key at once, on every worker."""
    _out.print(f"Revoked {_store().revoke(key_id).id}.", highlight=False)


@keys.command()
def rotate(
    key_id: str,
    keep_hours: Annotated[float, typer.Option(min=0, help="How long the former secret still works.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Give a key a new secret."""
    _show(_store().rotate(key_id, keep_former=timedelta(hours=keep_hours)), as_json=as_json)


def _store() -> KeyStore:
    settings = load_settings()
    return KeyStore(settings.data_dir, shared_database(settings))


def _show(created: Created, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**_plain(created.key), "token": created.token}, indent=2))
    else:
        typer.echo(created.token)


def _plain(key: Key) -> dict[str, object]:
    moments = {n: v.isoformat() if v else None for n in ("created", "expires", "revoked") for v in [getattr(key, n)]}
    rest = {n: getattr(key, n) for n in ("id", "name", "kind", "scopes", "origins", "limit")}
    return {**rest, **moments, "state": _state(key)}


def _state(key: Key) -> str:
    if key.revoked:
        return "revoked"
    return "usable" if key.usable(datetime.now(UTC)) else "expired"
