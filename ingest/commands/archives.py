"""The commands for archives made by others: `telal ingest warc | wordpress-export | urls`, and `status`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer
from rich.console import Console

from ingest.commands.opening import open_pipeline, refresh_indexes
from ingest.commands.terminal import RecordProgressBar, StopSignals, afterword, report_table
from ingest.fetch.fetcher import Fetcher
from ingest.pipeline import Watch
from ingest.raw import Raw, RejectedRecord, Rejections
from ingest.sources.sitemaps import UrlList
from ingest.sources.warc import WebArchive
from ingest.sources.wordpress import WordPressExport
from ingest.watch.figures import figures
from ingest.watch.progress import status_table
from ingest.watch.state import WatchState
from rag.config import Settings, load_settings
from rag.store.archive.archive import Archive

INTERRUPTED, REJECTED = 130, 2

_out = Console()
_err = Console(stderr=True)

Paths = Annotated[list[Path], typer.Argument(help="Files to read.")]
Language = Annotated[str, typer.Option(help="BCP 47; none: what the pages say, or detected in each text.")]
OutletName = Annotated[str, typer.Option(help="The outlet's name; none: what the pages say.")]


class CountedRecords(Protocol):
    """Records to ingest, with the number that was skipped."""

    passed_over: int

    @property
    def total_bytes(self) -> int | None: ...

    def __iter__(self) -> Iterator[Raw | RejectedRecord]: ...


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal ingest`."""
    app.command("warc")(warc)
    app.command("wordpress-export")(wordpress_export)
    app.command("urls")(urls)
    app.command("status")(status)


def warc(paths: Paths, language: Language = "", outlet: OutletName = "") -> None:
    """Ingest the pages of web archives: .warc, .warc.gz, .wacz."""
    settings = load_settings()
    _take(WebArchive(paths, max_bytes=settings.ingest.page_max_bytes, language=language, outlet=outlet), settings)


def wordpress_export(paths: Paths, language: Language = "", outlet: OutletName = "") -> None:
    """Ingest the published posts of WordPress export files (WXR)."""
    _take(WordPressExport(paths, language=language, outlet=outlet), load_settings())


def urls(
    path: Annotated[Path, typer.Argument(help="A list of addresses, one a line.")],
    language: Language = "",
    outlet: OutletName = "",
) -> None:
    """Fetch and ingest the pages of a list of addresses, as politely as `telal ingest watch`."""
    settings = load_settings()
    with StopSignals() as stopping, Fetcher(settings.ingest, stopped=lambda: stopping.stop_requested) as fetcher:
        _take(UrlList(path, fetcher, language=language, outlet=outlet), settings, stopping)


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show each outlet's last success, last error, articles, and lag from publication to answerable."""
    now = datetime.now(UTC)
    with Archive.open(load_settings(), read_only=True) as archive:
        found = figures(WatchState.read(archive), now)
    if as_json:
        _out.print_json(json.dumps([asdict(f) for f in found], default=str))
    elif found:
        _out.print(status_table(found, now))
    else:
        _err.print("No source was ever visited: `telal ingest run`.")


def _take(source: CountedRecords, settings: Settings, stopping: StopSignals | None = None) -> None:
    file = settings.data_dir / "rejected" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl"
    with stopping or StopSignals() as asked, Rejections(file) as rejections:
        with open_pipeline(settings) as pipeline, RecordProgressBar(_err, total_bytes=source.total_bytes) as follower:
            records: Iterable[Raw | RejectedRecord] = asked.records(source)
            watch = Watch(progress=follower.show, rejected=rejections.write, stopped=lambda: asked.stop_requested)
            report = pipeline.run(records, watch)
        if not report.interrupted:
            refresh_indexes(settings)
    _out.print(report_table(report))
    for line in afterword(report, rejections, passed_over=0):
        _err.print(line, soft_wrap=True, highlight=False)
    if source.passed_over:
        _err.print(f"{source.passed_over:,} records that are not articles were skipped.", highlight=False)
    if report.interrupted or report.rejected:
        raise typer.Exit(INTERRUPTED if report.interrupted else REJECTED)
