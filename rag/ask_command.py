"""The command `ask`, and what the commands over an archive have in common.

A server that runs on the archive is asked; the engine is imported only where none runs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.request import Request, urlopen

import typer
from rich.console import Console

from rag.errors import BadInput
from rag.show import show_answer
from rag.store.upkeep.index_directory import OwnerLock
from rag.types import Filters
from rag.wire import answer_json, answer_of, jsonable

if TYPE_CHECKING:
    from rag.newsroom import Newsroom

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FromDay = Annotated[str | None, typer.Option("--from", help="Published on or after YYYY-MM-DD.")]
ToDay = Annotated[str | None, typer.Option("--to", help="Published on or before YYYY-MM-DD.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Only articles in it, e.g. sr or sr-Cyrl.")]
Outlets = Annotated[list[str] | None, typer.Option("--outlet", help="Only articles of it.")]
DataFolder = Annotated[Path | None, typer.Option("--data", help="The archive's folder; default: TELAL_DATA_DIR.")]

_SERVER_S = 60.0  # as long as a server takes for one answer at most
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds this command to the command line."""
    app.command()(ask)


def ask(
    question: str,
    as_json: JsonFlag = False,
    from_day: FromDay = None,
    to_day: ToDay = None,
    language: Languages = None,
    outlet: Outlets = None,
    as_of: Annotated[str | None, typer.Option(help="Answer as of the day YYYY-MM-DD.")] = None,
    data: DataFolder = None,
    here: Annotated[bool, typer.Option("--here", help="With the settings given here, also beside a server.")] = False,
) -> None:
    """Answer a question from the archive, with its sources."""
    filters, day = filters_of(from_day, to_day, language, outlet), _day(as_of, "as-of")
    body = None if here else _from_server(question, filters, day, data)
    if body is None:
        with opened(data) as engine:
            body = answer_json(engine.ask(question, filters=filters, as_of=day))
    if as_json:
        print_json(body)
    else:
        show_answer(Console(), answer_of(body))


def _from_server(question: str, filters: Filters, as_of: date | None, data: Path | None) -> dict[str, object] | None:
    """Asks the server that runs on the archive. Returns its reply; None where none runs or it refuses."""
    address = OwnerLock(data or Path(os.environ.get("TELAL_DATA_DIR") or "telal-data")).served_at()
    if not address:
        follow(
            "No server runs on this archive. It is opened here, which takes some seconds; beside `telal serve`, none."
        )
        return None
    asked = {k.removeprefix("published_"): v for k, v in jsonable(filters).items()}
    body = json.dumps({"question": question, "filters": asked, "as_of": jsonable(as_of)}).encode()
    request = Request(f"{address}/v1/ask", body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=_SERVER_S) as reply:
            answer: dict[str, object] = json.load(reply)
    except (OSError, ValueError) as error:
        follow(f"The server at {address} does not answer this ({error}). The archive is opened here.")
        return None
    follow(f"Answered by the server at {address}, with its settings.")
    return answer


@contextmanager
def opened(data: Path | None = None) -> Iterator[Newsroom]:
    """Opens the archive in this process. Raises BadInput where there is none."""
    from rag.config import load_settings
    from rag.newsroom import Newsroom
    from rag.store.archive.open import on_postgres, sqlite_path

    settings = load_settings(**({} if data is None else {"data_dir": data}))
    if not on_postgres(settings) and not sqlite_path(settings).exists():
        raise BadInput(
            f"There is no archive in {settings.data_dir.absolute()}.",
            hint="Name its folder with --data, or begin one there: `telal ingest --starter`, or `telal ingest FILES`.",
        )
    with Newsroom.open(settings, progress=follow) as engine:
        yield engine


def follow(line: str) -> None:
    """Says on standard error what goes on."""
    _err.print(line, style="dim", markup=False, soft_wrap=True)


def filters_of(
    from_day: str | None, to_day: str | None, languages: list[str] | None, outlets: list[str] | None
) -> Filters:
    """Makes the filters of these options. Raises BadInput for what is no date."""
    return Filters(_day(from_day, "from"), _day(to_day, "to"), tuple(languages or ()), tuple(outlets or ()))


def _day(value: str | None, name: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadInput(f"--{name} {value!r} is not a date.", hint="Write it as 2025-03-18.") from error


def print_json(value: object) -> None:
    """Prints a value as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
