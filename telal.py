"""The command line: each folder brings its own commands, this file mounts them and turns errors into words."""

from __future__ import annotations

import sys

import typer

import api.commands
import eval.commands
import eval.reader.commands
import ingest.commands
import rag.commands
from rag.errors import TelalError

app = typer.Typer(
    help="Telal answers questions about Balkan news, and shows its sources.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (rag.commands, ingest.commands, api.commands, eval.commands, eval.reader.commands):
    part.register(app)


def main() -> None:
    """Entry point of the console script `telal`; exit code 2 on a clear error, 130 on Ctrl-C."""
    try:
        app()
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


if __name__ == "__main__":
    main()
