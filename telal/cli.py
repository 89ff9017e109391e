"""The command line: joins the commands of all folders, and prints errors in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from rag.errors import TelalError

PARTS = (
    "rag.ask_command",
    "rag.commands",
    "ingest.commands.main",
    "api.commands.main",
    "eval.commands.main",
)

# The parts that a command needs; others need all.
NEEDS: dict[str, tuple[str, ...]] = {
    "ask": ("rag.ask_command",),
    **dict.fromkeys(("search", "status", "doctor", "model", "settings"), ("rag.commands",)),
    **dict.fromkeys(("archive", "ingest", "reindex"), ("ingest.commands.main",)),
    **dict.fromkeys(("serve", "mcp", "keys", "feedback", "backup", "restore"), ("api.commands.main",)),
    "articles": ("rag.commands", "api.commands.main"),
    "--version": (),
}


def command_line(parts: Sequence[str] = PARTS) -> typer.Typer:
    """Makes a command line of these parts."""
    made = typer.Typer(
        help="Telal answers questions about Balkan news, and shows its sources.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    made.callback()(_options)
    for part in parts:
        import_module(part).register(made)
    return made


def main() -> None:
    """Entry point of the console script `telal`; exit code 2 on a known error, 130 on Ctrl-C.

    Files that it writes are for this user alone, except models, whose directory may be shared.
    """
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command != "model":
        os.umask(0o077)
    try:
        command_line(NEEDS.get(command, PARTS))()
    except TelalError as error:
        print(f"telal: {error.message}", file=sys.stderr)  # noqa: T201
        if error.hint:
            print(f"       {error.hint}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except KeyboardInterrupt:
        print("telal: stopped.", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"telal {version('telal')}")
        raise typer.Exit


def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Telal answers questions about Balkan news, and shows its sources."""
