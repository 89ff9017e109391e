"""The commands for archives made by others: `telal ingest wordpress-export | urls`, and `status`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.commands.terminal import StopSignals, ingest_records
from ingest.fetch.fetcher import Fetcher
from ingest.sources.addresses import fetch_listed_pages, read_address_file
from ingest.sources.wordpress import read_wordpress_exports
from ingest.watch.outlet_status import outlet_statuses
from ingest.watch.show import status_table
from ingest.watch.state import WatchState
from rag.config import load_settings
from rag.store.archive.archive import Archive

_out = Console()
_err = Console(stderr=True)

Paths = Annotated[list[Path], typer.Argument(help="Files to read.")]
Language = Annotated[str, typer.Option(help="BCP 47; none: what the pages say, or detected in each text.")]
OutletName = Annotated[str, typer.Option(help="The outlet's name; none: what the pages say.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal ingest`."""
    app.command("wordpress-export")(wordpress_export)
    app.command("urls")(urls)
    app.command("status")(status)


def wordpress_export(paths: Paths, language: Language = "", outlet: OutletName = "") -> None:
    """Ingest the published posts of WordPress export files (WXR)."""
    ingest_records(read_wordpress_exports(paths), load_settings(), given={"language": language, "outlet": outlet})


def urls(
    path: Annotated[Path, typer.Argument(help="A list of addresses, one a line.")],
    language: Language = "",
    outlet: OutletName = "",
    again: Annotated[bool, typer.Option("--again", help="Fetch pages that the archive has, too.")] = False,
) -> None:
    """Fetch and ingest the pages of a list of addresses, as politely as `telal ingest watch`.

    Pages that the archive has are not fetched again, so that an interrupted run continues where it stopped.
    """
    settings, listed = load_settings(), read_address_file(path)
    wanted = listed.addresses
    if not again:
        with Archive.open_as_allowed(settings) as archive:  # what was erased stays known by its address
            wanted = tuple(url for url in listed.addresses if not archive.at_address(url))
    if listed.repeated:
        _say(f"{listed.repeated:,} lines repeat an address; each page is fetched once.")
    if had := len(listed.addresses) - len(wanted):
        _say(f"{had:,} pages are in the archive and are not fetched; --again fetches them, too.")
    with StopSignals() as stopping, Fetcher(settings.ingest, stopped=lambda: stopping.stop_requested) as fetcher:
        records = fetch_listed_pages(path, listed, wanted, fetcher)
        total = len(wanted) + len(listed.others)
        given = {"language": language, "outlet": outlet}
        ingest_records(records, settings, total_records=total, stopping=stopping, given=given)


def _say(line: str) -> None:
    _err.print(line, soft_wrap=True, highlight=False)


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show each outlet's last success, last error, articles, and lag from publication to answerable."""
    now = datetime.now(UTC)
    with Archive.open(load_settings(), read_only=True) as archive:
        found = outlet_statuses(WatchState.read(archive), now)
    if as_json:
        _out.print_json(json.dumps([asdict(f) for f in found], default=str))
    elif found:
        _out.print(status_table(found, now))
    else:
        _err.print("No source was ever visited: `telal ingest run`.")
