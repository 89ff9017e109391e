"""Telal for people and programs: `telal.cli` is the command line, `telal.client` asks a running server."""

from __future__ import annotations

from typing import Any

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the console script `telal`."""
    from telal.cli import main as run  # imported here, as the client needs no command line

    run()


def __getattr__(name: str) -> Any:
    """Makes `telal.app`, the whole command line, at its first use."""
    if name == "app":
        from telal.cli import command_line

        globals()["app"] = made = command_line()
        return made
    raise AttributeError(f"module 'telal' has no attribute {name!r}")
