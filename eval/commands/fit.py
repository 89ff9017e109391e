"""The commands `telal eval fit-answers` and `fit-languages`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from eval.datasets.load import load
from eval.fit.answers import FITTED, Question, fit, questions, save
from eval.fit.languages import fit_means, half, save_means
from rag.config import load_settings
from rag.models.embed import load_embedder

_err = Console(stderr=True)
_out = Console()


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("fit-answers")(fit_answers)
    app.command("fit-languages")(fit_languages)


def fit_answers(
    suite: Annotated[list[str], typer.Argument(metavar="SUITE[:SPLIT]...", help="The first one decides thresholds.")],
    out: Annotated[Path, typer.Option(help="Where it is written; default: where Telal reads it.")] = FITTED,
) -> None:
    """Fit which sentence and passage answer, whether any does, and which short answers are shown.

    The first suite needs unanswerable cases too, and must be by another hand than the rules and the reader's training.
    """
    found: list[Question] = []
    for one in suite:
        name, _, split = one.partition(":")
        loaded = load(name).of_split(split or None)
        settings = load_settings()
        made = questions(loaded, settings, first=not found)
        found.extend(track(made, description=one, total=len(loaded.cases), console=_err))
    fitted = fit(found)
    save(fitted, out)
    _out.print_json(data={name: fitted[name] for name in ("one", "two", "questions")})


def fit_languages(
    segments: Annotated[Path, typer.Argument(metavar="SEGMENTS.jsonl", help="The same news in every language.")],
    out: Annotated[Path, typer.Option(help="Where the means are written: question_means.json.")],
) -> None:
    """Fit the mean question of each language on half of the documents of parallel segments."""
    embedder = load_embedder(load_settings().embedding)
    means = fit_means(half(segments), embedder)
    save_means(means, out, source=segments.name)
    _err.print(f"{len(means.vectors)} languages, {sum(means.counts.values())} segments. Written to {out}.")
