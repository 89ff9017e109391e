"""The commands `telal eval fit-answers`, `fit-languages` and `fit-fusion`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.core.cases import Suite
from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.fit import fusion
from eval.fit.answers import FITTED_PATH, GUEST, Question, fit, questions, save
from eval.fit.languages import fit_means, half, save_means
from rag.config import load_settings
from rag.models.embed import load_embedder

_err = Console(stderr=True)
_out = Console()


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("fit-answers")(fit_answers)
    app.command("fit-languages")(fit_languages)
    app.command("fit-fusion")(fit_fusion)


def fit_answers(
    suite: Annotated[list[str], typer.Argument(metavar="SUITE[:SPLIT]...", help="The first one decides thresholds.")],
    out: Annotated[Path, typer.Option(help="Where it is written; default: where Telal reads it.")] = FITTED_PATH,
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


def fit_fusion(
    suite: Annotated[list[str], typer.Argument(metavar="SUITE[:SPLIT][@ASKED-TOLD]...", help="Fitted on these.")],
    on: Annotated[list[str], typer.Option("--on", metavar="SUITE[:SPLIT][@ASKED-TOLD]", help="Measured on these.")],
    sample: Annotated[int | None, typer.Option(min=1, help="Of each suite at most so many questions.")] = None,
) -> None:
    """Fit how meaning, words and names are joined to one order, and compare with today's weights.

    The first suite counts whole, further ones a fifth. @ro-en: Romanian questions over English documents. Nothing is
    written: weights that are better are put into rag/retrieve/rank.py, and what decides on answers is fitted anew then.
    """
    settings = load_settings()
    fitted, measured = (
        [
            [*fusion.score_candidates(_opened(one, sample), settings, weight=GUEST if n else 1.0)]
            for n, one in enumerate(some)
        ]
        for some in (suite, on)
    )
    every = [q for one in fitted for q in one]
    ways = {"today's": fusion.PRESENT, "three weights": fusion.fit(every, range(3)), "with language": fusion.fit(every)}
    table = Table("questions", "languages", *ways)
    for name, some in zip((*suite, *on), (*fitted, *measured), strict=True):
        found = {way: fusion.measure(some, weights) for way, weights in ways.items()}
        for group, present in found["today's"].items():
            cells = (f"{f.first:.3f} / {f.five:.3f}" for f in (found[way][group] for way in ways))
            table.add_row(name.rpartition("/")[2], f"{group}, {present.questions}", *cells)
    _out.print(table)
    for way, weights in ways.items():
        told = ", ".join(f"{name} {w:.3f}" for name, w in zip(fusion.FEATURES, weights, strict=True) if w)
        _out.print(f"{way}: {told}", highlight=False)


def _opened(named: str, sample: int | None) -> Suite:
    """A suite by its name, split and languages; the documents of a file stand beside it."""
    rest, _, languages = named.partition("@")
    name, _, split = rest.partition(":")
    asked, _, told = languages.partition("-")
    beside = Path(name).with_name(f"{Path(name).stem}_docs.jsonl")
    loaded = load(name, Options(beside if beside.is_file() else None))
    return (
        narrow(loaded, questions=asked or None, documents=told or None).of_split(split or None).sample(sample, seed=0)
    )
