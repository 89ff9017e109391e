"""The commands `telal eval fit-refusal`, `fit-languages` and `absent`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from eval.absent import figures
from eval.cases import Suite
from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.fit_languages import fit_means, half, save_means
from eval.fit_refusal import Example, examples, fit, save, unseen
from rag.config import load_settings
from rag.errors import BadInput
from rag.models.embed import load_embedder

_err = Console(stderr=True)
_out = Console()


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("fit-refusal")(fit_refusal)
    app.command("fit-languages")(fit_languages)
    app.command("absent")(absent)


def fit_refusal(
    out: Annotated[Path, typer.Option(help="Where the calibration is written; Telal reads rag/answer/refusal.json.")],
    suite: Annotated[
        list[str], typer.Option(help="SUITE, or CASES.jsonl=DOCS.jsonl; may be given often. Dev splits only.")
    ],
) -> None:
    """Fit the refusal decision on dev cases, each also asked with its gold articles taken out.

    Of our benchmark only the stories that the reader's training held back: of the others it knows too much.
    """
    found: list[Example] = []
    for one in suite:
        cases, _, docs = one.partition("=")
        loaded = load(cases, Options(docs=Path(docs) if docs else None))
        found.extend(_examples(unseen(loaded.of_split("dev") if loaded.splits() else loaded)))
    if not found:
        raise BadInput("The suites have no cases.", hint="Name at least one with --suite.")
    fitted = fit(found)
    save(fitted, out)
    _err.print(
        f"{fitted.examples} examples: AUROC {fitted.auroc:.3f}, refusal precision {fitted.refusal_precision:.3f}, "
        f"recall {fitted.refusal_recall:.3f}, {fitted.answered:.3f} of the answerable answered. Written to {out}."
    )


def absent(
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="A built-in suite, or a file of cases.")],
    docs: Annotated[Path | None, typer.Option(help="The documents: JSON lines.")] = None,
    split: Annotated[str | None, typer.Option(help="Only the cases of this split.")] = None,
    language: Annotated[str | None, typer.Option(help="Only cases and documents in this language.")] = None,
    docs_language: Annotated[str | None, typer.Option(help="Documents in this language instead.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only N cases drawn by seed 0.")] = None,
) -> None:
    """How well Telal knows that the answer is not there: each case asked as it is, and without its gold articles."""
    loaded = load(suite, Options(docs=docs)).of_split(split)
    if language or docs_language:
        loaded = narrow(loaded, questions=language, documents=docs_language or language)
    seen = figures(list(_examples(loaded.sample(sample, seed=0))))
    _out.print_json(data={"suite": loaded.name, **asdict(seen)})


def _examples(suite: Suite) -> Iterable[Example]:
    settings = load_settings()
    return track(examples(suite, settings), description=suite.name, total=2 * len(suite.cases), console=_err)


def fit_languages(
    segments: Annotated[Path, typer.Argument(metavar="SEGMENTS.jsonl", help="The same news in every language.")],
    out: Annotated[Path, typer.Option(help="Where the means are written; Telal reads rag/store/questions.json.")],
) -> None:
    """Fit the mean question of each language on half of the documents of parallel segments."""
    embedder = load_embedder(load_settings().embedding)
    means = fit_means(half(segments), embedder)
    save_means(means, out, source=segments.name)
    _err.print(f"{len(means.vectors)} languages, {sum(means.counts.values())} segments. Written to {out}.")
