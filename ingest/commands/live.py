"""The commands for live sources: `telal ingest add | check | run | watch`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from ingest.commands.terminal import StopSignals, open_pipeline, refresh_indexes
from ingest.fetch.fetcher import Fetcher
from ingest.lifecycle.discover import check_outlets, checked_table
from ingest.lifecycle.reread import read_again
from ingest.outlets import (
    OutletConfig,
    add_outlet,
    outlet_of,
    outlets_file,
    select_outlets,
    site_outlets,
    starter_outlets,
)
from ingest.sources.live import source_kinds
from ingest.watch.expiry import Expiry, expire_by_command
from ingest.watch.runner import Runner
from ingest.watch.show import run_table, visit_log
from ingest.watch.visit import VisitCounts
from rag.config import Settings, load_settings
from rag.errors import BadInput

INTERRUPTED, NOT_ALL = 130, 2
EXPIRY_WAIT_S = 600.0  # for the erasing that a run began

BECAME = {
    "new": "Taken in.",
    "changed": "It had changed: a new revision.",
    "unchanged": "Nothing new: the archive has this version.",
    "rejected": "Not taken in.",
    "waiting": "The page is missing; its article is retracted at the third miss, a day apart.",
    "retracted": "The page is gone: its article is retracted.",
    "unknown": "The page is missing, and the archive has no article from it.",
    "erased": "Its article was erased and stays erased.",
}

_out = Console()
_err = Console(stderr=True)

Names = Annotated[list[str] | None, typer.Argument(help="Names of outlets; none: all.")]
LogFormat = Annotated[
    Literal["auto", "text", "json", "off"],
    typer.Option("--log", help="Events on the error stream; auto: text on a terminal, else JSON."),
]


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal ingest`."""
    app.command()(_with_sources(add))
    app.command()(check)
    app.command()(run)
    app.command()(watch)
    app.command()(again)


def _with_sources(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command an option for each kind of source (`--feed URL`) in the place of its `**sources`."""
    signature = inspect.signature(command, eval_str=True)
    parameters = [p for p in signature.parameters.values() if p.name not in ("sources", *source_kinds())]
    for kind in source_kinds().values():
        option = typer.Option(f"--{kind.word}", metavar="URL", help=f"{kind.says}; may be given again.")
        hint = Annotated[list[str] | None, option]
        parameters.append(inspect.Parameter(kind.field, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint))
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command


def add(
    name: Annotated[str, typer.Argument(help="The outlet's name, as readers will see it.")],
    language: Annotated[str, typer.Option(help="BCP 47, e.g. sr-Latn; none: detected in each text.")] = "",
    starter: Annotated[bool, typer.Option("--starter", help="Take it from the packaged list.")] = False,
    **sources: list[str] | None,
) -> None:
    """Add an outlet to the file of outlets, or add sources to the one of that name. Other fields: edit the file."""
    settings = load_settings()
    if starter:
        (outlet,) = select_outlets(starter_outlets(), [name])
    else:
        given = {kind: urls for kind, urls in sources.items() if urls}
        outlet = outlet_of({"name": name, "language": language, **given})
    path = outlets_file(settings)
    whole = add_outlet(path, outlet)
    _out.print(f"{whole.name}: {len(whole.sources())} sources, in {path}.", soft_wrap=True, highlight=False)
    _err.print("`telal ingest check` tries them; `telal ingest run` takes in what they list.", highlight=False)


def check(
    names: Names = None,
    starter: Annotated[bool, typer.Option("--starter", help="Check the packaged list.")] = False,
) -> None:
    """Ask every source once and show what it answers. Stores nothing. Exit code 2: some do not respond."""
    settings = load_settings()
    outlets = select_outlets(starter_outlets() if starter else _outlets(settings), names or [])
    with Fetcher(settings.ingest) as fetcher:
        checked = check_outlets(outlets, fetcher, settings.ingest)
    _out.print(checked_table(checked))
    failing = sum(not one.ok for one in checked)
    _err.print(f"{len(checked) - failing} of {len(checked)} sources respond.", highlight=False)
    if failing:
        raise typer.Exit(NOT_ALL)


def run(names: Names = None, log: LogFormat = "auto") -> None:
    """Visit every source once and ingest what is new. Exit code 2: a source failed; 130: interrupted."""
    settings = load_settings()
    outlets = select_outlets(_outlets(settings), names or [])
    with StopSignals() as stopping:
        totals = _run(settings, outlets, stopping, once=True, log=_log(log, settings))
        if not stopping.stop_requested:
            refresh_indexes(settings)
    _out.print(run_table(totals))
    if stopping.stop_requested or totals.errors:
        raise typer.Exit(INTERRUPTED if stopping.stop_requested else NOT_ALL)


def watch(names: Names = None, log: LogFormat = "auto") -> None:
    """Visit sources whenever they are due, until Ctrl-C or SIGTERM. Several processes may do so beside a server."""
    settings = load_settings()
    outlets = select_outlets(_outlets(settings), names or [])
    if settings.ingest.contact is None:
        _err.print("No contact is set: servers cannot tell whom to write to. Set TELAL_INGEST__CONTACT.")
    with StopSignals() as stopping:
        _run(settings, outlets, stopping, once=False, log=_log(log, settings), names=names or ())


def again(url: Annotated[str, typer.Argument(help="The page's address.")]) -> None:
    """Read one page again now, whatever its feed says. Exit code 2: it was not ingested."""
    settings = load_settings()
    with open_pipeline(settings) as pipeline, Fetcher(settings.ingest) as fetcher:
        outlets = site_outlets(settings, pipeline.archive.database)
        found = read_again(url, pipeline=pipeline, fetcher=fetcher, outlets=outlets)
    articles = ", ".join(found.articles)
    _out.print(f"{BECAME[found.became]}{f' ({found.reason})' if found.reason else ''} {articles}".strip(), markup=False)
    if found.became in ("rejected", "unknown", "erased"):
        raise typer.Exit(NOT_ALL)


def _run(
    settings: Settings,
    outlets: list[OutletConfig],
    stopping: StopSignals,
    *,
    once: bool,
    log: Any,
    names: Sequence[str] = (),
) -> VisitCounts:
    with open_pipeline(settings) as pipeline:
        archive = pipeline.archive
        expiry = Expiry(archive, expire_by_command(settings), log)
        runner = Runner(
            settings,
            pipeline,
            outlets,
            log=log,
            stopped=lambda: stopping.stop_requested,
            reload=None if once else lambda: select_outlets(site_outlets(settings, archive.database), names),
            each_round=expiry.look,
        )
        log.info("begin", outlets=len(outlets), sources=sum(len(o.sources()) for o in outlets))
        totals = runner.run(once=once)
        expiry.wait(EXPIRY_WAIT_S if once and not stopping.stop_requested else 0.0)
        log.info("end", visits=totals.visits, stored=totals.stored, errors=totals.errors)
        return totals


def _log(kind: str, settings: Settings) -> Any:
    as_json = kind == "json" or (kind == "auto" and not sys.stderr.isatty())
    return visit_log("critical" if kind == "off" else settings.log_level, as_json=as_json)


def _outlets(settings: Settings) -> list[OutletConfig]:
    outlets = site_outlets(settings)
    if not outlets:
        raise BadInput(
            f"There are no outlets in {outlets_file(settings)}.", hint='Add one: `telal ingest add "Name" --feed URL`.'
        )
    return outlets
