"""The command `python -m research.train verifier`: what decides whether the reader's words are right, trained anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.targets.torch_model import torch_model
from rag.config import load_settings
from rag.reader.weights import FOLDER, READER, VERIFIER

_err = Console(stderr=True)


def train_verifier(
    data: Annotated[Path, typer.Option(help="The folder with train/ and parallel/; see docs/reader.md.")],
    seen: Annotated[
        Path, typer.Option(help="The train.jsonl.gz of the reader's training: its questions are left out.")
    ],
    out: Annotated[Path, typer.Option(help="Where all that is made is kept; what broke off goes on from it.")],
    first: Annotated[int, typer.Option(min=0, help="So many of those examples the reader was trained on.")] = 60_000,
    examples: Annotated[int, typer.Option(min=1, help="So many of the pool.")] = 24_000,
    weights: Annotated[Path, typer.Option(help="The folder of the reader, where it is written.")] = FOLDER,
) -> None:
    """Train the verifier on words that the reader proposes for questions that it was not trained on.

    It is written beside the reader. Half an hour on one thread, nearly all of it for reading.
    """
    from research.train.reader.data.examples import read, write
    from research.train.reader.export import describe
    from research.train.reader.features import Encoder
    from research.train.verifier.export import write_verifier
    from research.train.verifier.network import EPSILON, reader_of
    from research.train.verifier.pool import build
    from research.train.verifier.shards import read_pool
    from research.train.verifier.train import Recipe, train

    out.mkdir(parents=True, exist_ok=True)
    kept = out / "pool.jsonl.gz"
    if not kept.is_file():
        _say(f"Pool: {write(kept, build(data, read(seen)[:first]))}")
    model = torch_model(load_settings().embedding)
    reader = reader_of(model, weights / READER)
    found = read_pool(reader, Encoder(model), read(kept)[:examples], out, _say)
    write_verifier(train(found, Recipe(), _say).weights(), weights / VERIFIER, epsilon=EPSILON)
    describe(weights, {})
    _say(f"Written to {weights / VERIFIER}.")


def _say(text: str) -> None:
    _err.print(text, markup=False, highlight=False, soft_wrap=True)
