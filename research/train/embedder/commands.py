"""The commands under `python -m research.train embedder`: data, train, measure."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.targets.torch_model import torch_model
from rag.config import load_settings
from rag.errors import BadInput
from rag.models import packaged, tuned
from rag.models.embed import load_embedder

app = typer.Typer(help="Train and measure the embedding model that comes with Telal.", no_args_is_help=True)
_err = Console(stderr=True)
_out = Console()

Data = Annotated[Path, typer.Option(help="The folder with train/ and parallel/; see docs/reader.md.")]
Out = Annotated[Path, typer.Option(help="Where all that is made is kept; a training that broke off goes on from it.")]


@app.command("data")
def make_data(data: Data, out: Out) -> None:
    """Put the pairs together, mine hard negatives with the packaged model, and say their digests."""
    from research.train.embedder.build import build
    from research.train.embedder.pairs import write_pairs

    out.mkdir(parents=True, exist_ok=True)
    sets = build(data, _base())
    digests = {name: write_pairs(out / f"{name}.jsonl.gz", getattr(sets, name)) for name in ("asked", "sentences")}
    record = {"digests": digests, "pairs": sets.counts()}
    (out / "data.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    _out.print_json(data=record)


@app.command("train")
def train_embedder(
    data: Data,
    out: Out,
    share: Annotated[float, typer.Option(min=0, max=1, help="Share of the pairs that is trained on.")] = 1.0,
    rate: Annotated[float, typer.Option(help="AdamW's.")] = 1e-4,
    threads: Annotated[int, typer.Option(min=1, help="Threads of PyTorch.")] = 1,
    steps: Annotated[
        int | None, typer.Option(min=1, help="The whole schedule in so many; default: each pair once.")
    ] = None,
    bfloat16: Annotated[bool, typer.Option("--bfloat16/--float32", help="The precision of the passes.")] = True,
    evaluations: Annotated[int, typer.Option(min=1, help="How often dev is measured on the way.")] = 8,
    control: Annotated[bool, typer.Option("--control", help="The same steps without pairs across languages.")] = False,
) -> None:
    """Train on the pairs and export to OUT/weights; some 250 questions with passages a minute and thread."""
    from research.train.embedder.build import Sets
    from research.train.embedder.pairs import read_pairs
    from research.train.embedder.train import Recipe, export, train

    if not (out / "data.json").is_file():
        make_data(data, out)
    asked, sentences = (read_pairs(out / f"{name}.jsonl.gz") for name in ("asked", "sentences"))
    sets = Sets(tuple(asked[: int(share * len(asked))]), tuple(sentences[: int(share * len(sentences))]))
    recipe = Recipe(
        rate=rate, threads=threads, steps=steps, bfloat16=bfloat16, across=not control, evaluations=evaluations
    )
    made = train(_base(), sets.without_crossing() if control else sets, data, out, recipe)
    digests = json.loads((out / "data.json").read_text(encoding="utf-8"))["digests"]
    export(made, out / "weights", data=digests, pairs=len(sets.asked) + len(sets.sentences))
    _err.print(f"Exported to {out / 'weights'}. Next:")
    _err.print(f"python -m research.train embedder measure --data {data} --model {made}")


@app.command("measure")
def measure_embedder(
    data: Data,
    model: Annotated[str, typer.Option(help="A name of `telal model list`, or a directory.")] = tuned.NAME,
    as_json: Annotated[bool, typer.Option("--json", help="Every pair of languages, as JSON.")] = False,
) -> None:
    """How often a model alone finds the passage: held-back news by pair of languages, `balkan` dev, XQuAD."""
    from research.train.embedder.measure import figures, summary

    settings = load_settings().embedding.model_copy(update={"model": model})
    found = figures(data, load_embedder(settings))
    if as_json:
        _out.print_json(data=[asdict(f) for f in found])
        return
    table = Table("measure", "queries", "recall@1", "recall@5")
    for f in summary(found):
        table.add_row(f.name, str(f.queries), f"{f.first:.3f}", f"{f.five:.3f}")
    _out.print(table)


def _base() -> Path:
    """The directory of the packaged model, which all training begins with. Raises BadInput without `telal[train]`."""
    try:
        import accelerate  # noqa: F401
        import datasets  # noqa: F401
    except ImportError as error:
        raise BadInput(
            f"Training needs the package {error.name}.", hint="Install it: pip install 'telal[train]'."
        ) from error
    return torch_model(load_settings().embedding, packaged.NAME)
