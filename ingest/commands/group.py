"""Lets `telal ingest PATH...` stand beside `telal ingest add`: what names no command is read as paths."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

FILES = "files"
HELP = ("--help", "-h")


class FilesByDefault(TyperGroup):
    """A group of commands whose default is the one that reads files. A folder named like a command: `./watch`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in HELP):
            args = [FILES, *args]
        return list(super().parse_args(ctx, args))
