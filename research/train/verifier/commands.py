"""The commands `python -m research.train verifier` and `premise`: what judges the reader's words and sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.targets.torch_model import torch_model
from rag.config import load_settings
from rag.reader.weights import FOLDER, PREMISE, READER, VERIFIER

PREMISES = Path(__file__).with_name("premises")
HIDDEN = 384  # of the reader's states
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


def train_premise(
    texts: Annotated[Path, typer.Option(help="The folder of the articles with their questions.")] = PREMISES,
    weights: Annotated[Path, typer.Option(help="The folder of the reader, where it is written.")] = FOLDER,
    held: Annotated[
        list[str] | None, typer.Option(help="A file that is left out and judged; nothing is written then.")
    ] = None,
) -> None:
    """Train what tells whether a sentence bears out what a question takes for granted, or contradicts it.

    It is written beside the reader. Some minutes, half of it for reading.
    """
    from rag.reader.reader import load_reader
    from research.train.reader.export import describe
    from research.train.verifier.premise import PremiseNetwork, asked_texts, judge, read_windows, train, write_premise

    if not (weights / PREMISE).is_file():
        write_premise(PremiseNetwork(HIDDEN).eval(), weights / PREMISE)  # nothing is asked of it while reading
        describe(weights, {})
    reader = load_reader(load_settings().embedding, folder=weights)
    left_out = set(held or ())
    read = {}
    for path in sorted(texts.glob("*.txt")):
        read[path.stem] = [window for one in asked_texts(path) for window in read_windows(reader, one)]
        _say(f"{path.name}: {len(read[path.stem])} windows.")
    network = train([w for name, some in read.items() if name not in left_out for w in some], HIDDEN, _say)
    if left_out:
        _say(judge(network, [w for name in left_out for w in read[name]]))
        return
    write_premise(network, weights / PREMISE)
    describe(weights, {})
    _say(f"Written to {weights / PREMISE}.")


def _say(text: str) -> None:
    _err.print(text, markup=False, highlight=False, soft_wrap=True)
