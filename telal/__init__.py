"""Telal for people and programs: `telal.client` asks a running server, `telal.cli` is the command line."""

from __future__ import annotations

from typing import Any

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the console script `telal`."""
    from telal.cli import main as run  # imported here: who uses the client does without a command line

    run()


def __getattr__(name: str) -> Any:
    """`telal.app` is the whole command line, made when somebody asks for it."""
    if name == "app":
        from telal.cli import command_line

        globals()["app"] = made = command_line()
        return made
    raise AttributeError(f"module 'telal' has no attribute {name!r}")
