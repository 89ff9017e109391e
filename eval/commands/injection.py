"""The command `telal eval attacks`: orders in articles and questions, against the quotes and against a lying model."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.core.show import console
from eval.suites.adversarial_model import liar, ways
from eval.suites.injection import Outcome, attacks, lied_to, outcome
from rag.answer.generate.chat import LangChainChat
from rag.config import ChatSettings, load_settings
from rag.reader.reader import load_reader

_out = console()
_err = Console(stderr=True)
_SAMPLE = 13  # every so many of the attacks is lied about in each way


def register(app: typer.Typer) -> None:
    """Adds this command to `telal eval`."""
    app.command("attacks")(run_attacks)


def run_attacks(
    out: Annotated[Path | None, typer.Option("--out", help="Where every outcome is written, JSON lines.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N attacks.")] = None,
) -> None:
    """Try every attack on quotes and on a model that obeys, lies of every kind on some. Exit code 1: one worked."""
    reader = load_reader(load_settings().embedding)
    every = attacks()[:limit]
    results: dict[str, list[Outcome]] = {}
    results["quotes"] = [outcome(a, reader) for a in track(every, description="quotes", console=_err)]
    with liar() as address:
        for way in track(ways(), description="a lying model", console=_err):
            chat = LangChainChat(lying(address, way))
            chosen = every if way == "obeys" else [lied_to(a) for a in every[::_SAMPLE]]
            chosen = chosen[:2] if way.startswith("never") else chosen
            results[f"model: {way}"] = [outcome(a, reader, chat) for a in chosen]
    table = Table("answered by", "attacks", "worked", "refused", "quotes instead", "faults", box=None)
    for name, found in results.items():
        worked = [o for o in found if o.faults]
        kinds = Counter(f for o in worked for f in o.faults)
        refused = sum(o.answer.refusal is not None for o in found)
        quotes = sum(o.answer.answered_by == "quotes" and o.answer.refusal is None for o in found)
        said = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
        table.add_row(name, str(len(found)), str(len(worked)), str(refused), str(quotes), said or "-")
    _out.print(table)
    if out is not None:
        rows = [
            {"by": by, "id": o.attack.id, "faults": o.faults, "question": o.attack.question, "answer": o.answer.text}
            for by, found in results.items()
            for o in found
        ]
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    if any(o.faults for found in results.values() for o in found):
        raise typer.Exit(1)


def lying(address: str, way: str) -> ChatSettings:
    """Settings for the lying model, impatient."""
    return ChatSettings(
        model=f"openai:{way.replace(' ', '-')}",
        base_url=f"{address}/v1",
        api_key="none",
        timeout_s=1.5,
        first_token_s=1.0,
    )
