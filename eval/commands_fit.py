"""The commands `telal eval fit-refusal` and `telal eval fit-languages`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.fit_languages import fit_means, half, save_means
from eval.fit_refusal import Example, examples, fit, save
from rag.config import load_settings
from rag.errors import BadInput
from rag.models.embed import load_embedder

_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("fit-refusal")(fit_refusal)
    app.command("fit-languages")(fit_languages)


def fit_refusal(
    out: Annotated[Path, typer.Option(help="Where the calibration is written; Telal reads rag/answer/refusal.json.")],
    suite: Annotated[
        list[str], typer.Option(help="SUITE, or CASES.jsonl=DOCS.jsonl; may be given often. Dev splits only.")
    ],
) -> None:
    """Fit the refusal decision on dev cases, each also asked with its gold articles taken out."""
    settings = load_settings()
    found: list[Example] = []
    for one in suite:
        cases, _, docs = one.partition("=")
        loaded = load(cases, Options(docs=Path(docs) if docs else None))
        if loaded.splits():
            loaded = loaded.of_split("dev")
        told = track(examples(loaded, settings), description=loaded.name, total=2 * len(loaded.cases), console=_err)
        found.extend(told)
    if not found:
        raise BadInput("The suites have no cases.", hint="Name at least one with --suite.")
    fitted = fit(found)
    save(fitted, out)
    _err.print(
        f"{fitted.examples} examples: AUROC {fitted.auroc:.3f}, refusal precision {fitted.refusal_precision:.3f}, "
        f"recall {fitted.refusal_recall:.3f}, {fitted.answered:.3f} of the answerable answered. Written to {out}."
    )


def fit_languages(
    segments: Annotated[Path, typer.Argument(metavar="SEGMENTS.jsonl", help="The same news in every language.")],
    out: Annotated[Path, typer.Option(help="Where the means are written; Telal reads rag/store/questions.json.")],
) -> None:
    """Fit the mean question of each language on half of the documents of parallel segments."""
    embedder = load_embedder(load_settings().embedding)
    means = fit_means(half(segments), embedder)
    save_means(means, out, source=segments.name)
    _err.print(f"{len(means.vectors)} languages, {sum(means.counts.values())} segments. Written to {out}.")
