"""`telal eval languages`: one question in twelve languages, both Serbian scripts, and without diacritics."""

from __future__ import annotations

import typer
from rich.table import Table

from eval.core.show import console
from eval.suites.one_question import ask_all
from rag.config import load_settings


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("languages")(languages)


def languages() -> None:
    """Ask one question in every language of the region; exit code 1 when one does not find the article first."""
    table = Table("language", "question", "found first", "rank", "answer quoted", box=None)
    asked = list(ask_all(load_settings()))
    for one in asked:
        table.add_row(
            f"{one.language} {one.how}".strip(),
            one.question,
            one.found,
            str(one.rank or "-"),
            ("yes" if one.quoted else "no") + (", as perhaps" if one.status == "partial" else ""),
        )
    console().print(table)
    first, quoted = sum(one.rank == 1 for one in asked), sum(one.quoted for one in asked)
    console().print(f"\n{first} of {len(asked)} find the article first, {quoted} quote the answer.")
    raise typer.Exit(0 if first == len(asked) else 1)
