"""The commands of `python -m research.train`: data, reader, measure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from eval.targets.torch_model import torch_model
from rag.config import load_settings
from rag.errors import BadInput
from research.train.answers.commands import fit_answers
from research.train.embedder.commands import app as embedder
from research.train.verifier.commands import train_premise, train_verifier

if TYPE_CHECKING:
    from research.train.reader.measure import Trial

app = typer.Typer(help="Train and measure the models that come with Telal.", no_args_is_help=True, add_completion=False)
_err = Console(stderr=True)
_out = Console()
WEIGHTS = Path(__file__).parents[3] / "rag" / "reader" / "weights"
Data = Annotated[Path, typer.Option(help="The folder with train/, parallel/ and qa/; see docs/reader.md.")]
Out = Annotated[Path, typer.Option(help="Where all that is made is kept; a training that broke off goes on from it.")]


app.add_typer(embedder, name="embedder")
app.command("answers")(fit_answers)
app.command("verifier")(train_verifier)
app.command("premise")(train_premise)


@app.command("data")
def make_data(
    data: Data,
    out: Out,
    seed: Annotated[int | None, typer.Option(help="Another seed draws other examples.")] = None,
    hands: Annotated[str, typer.Option(help="Only written records whose ids begin so, with commas between.")] = "",
    beside: Annotated[
        float | None, typer.Option(min=0, help="So many examples of the collections for each written one.")
    ] = None,
    same: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the written questions in their article's language.")
    ] = 1.0,
    fresh: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of the examples from the open sets, with openings as heads.")
    ] = 0.0,
    most: Annotated[int, typer.Option(min=1, help="So many examples in all.")] = 1_000_000,
    parallel: Annotated[
        int, typer.Option(min=0, max=13, help="In so many variants each parallel question is asked.")
    ] = 0,
    taught: Annotated[
        bool, typer.Option(help="Beside each parallel question the same one in one language, which teaches it.")
    ] = False,
) -> None:
    """Put the training examples and the dev sets together, and say their digest."""
    from research.train.reader.data import examples
    from research.train.reader.data.build import SEED, Mix, build

    out.mkdir(parents=True, exist_ok=True)
    chosen = tuple(filter(None, hands.split(",")))
    mix = Mix(chosen, same, beside, fresh, most, parallel, taught)
    sets = build(data, seed=SEED if seed is None else seed, mix=mix)
    digest = examples.write(out / "train.jsonl.gz", sets.train)
    for name, found in sets.dev.items():
        examples.write(out / f"dev-{name}.jsonl.gz", found)
    record = {"digest": digest, "examples": len(sets.train), "sources": sets.counts()}
    (out / "data.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    _out.print_json(data=record)


@app.command("suites")
def make_suites(data: Data, out: Out) -> None:
    """Write the suite that `python -m research.train answers` reads into OUT."""
    from research.train.reader.data.suites import write_suites

    out.mkdir(parents=True, exist_ok=True)
    _out.print_json(data=write_suites(data, out))


@app.command("reader")
def train_reader(
    out: Out,
    data: Annotated[Path | None, typer.Option(help="The folder of the collections; see docs/reader.md.")] = None,
    questions: Annotated[
        Path | None, typer.Option(help="Questions of your own with their passages, JSON lines, instead of --data.")
    ] = None,
    first: Annotated[int, typer.Option("--examples", min=1, help="Only so many of the examples.")] = 1_000_000,
    threads: Annotated[int, typer.Option(min=1, help="Threads of PyTorch.")] = 1,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="A reader.pt or reader.onnx to train on from; else the embedding model."),
    ] = None,
    rate: Annotated[float, typer.Option(help="AdamW's; the heads' is six times that.")] = 2e-4,
    decay: Annotated[float, typer.Option(min=0, max=1, help="Share of the examples over which the rate falls.")] = 0.4,
    long: Annotated[bool, typer.Option(help="A fifth of the windows as long as at reading.")] = False,
    bfloat16: Annotated[bool, typer.Option("--bfloat16/--float32", help="The precision of the passes.")] = True,
) -> None:
    """Train the reader and export it to OUT/weights; some 700 examples a minute and thread.

    From --questions it goes on from our reader, and what is exported is the mean of both.
    """
    from research.train.reader.data.examples import read
    from research.train.reader.data.own import write_own
    from research.train.reader.export import export
    from research.train.reader.measure import kept_back
    from research.train.reader.train import Recipe, average, parameters, train

    if (data is None) == (questions is None):
        raise BadInput("What is to be learned?", hint="Give one of --data and --questions; docs/reader.md shows both.")
    if not (out / "data.json").is_file():
        if questions:
            write_own(questions, out)
        elif data:
            make_data(data, out)
    if questions and start is None:
        start = WEIGHTS / "reader.onnx"
    dev = {name: read(path) for name, path in _dev_files(out)}
    model = torch_model(load_settings().embedding)
    recipe = Recipe(threads=threads, rate=rate, head_rate=6 * rate, decay=decay, bfloat16=bfloat16, long=long)
    begin = parameters(start) if start else None
    result = train(model, read(out / "train.jsonl.gz")[:first], dev, out, recipe, _say, start=begin)
    if questions and start:
        result = average([start, result], out / "mean.pt")
    export(model, result, out / "weights", about={"data": json.loads((out / "data.json").read_text())["digest"]})
    _say(f"Exported to {out / 'weights'}.")
    if questions:
        _compare([WEIGHTS, out / "weights"], kept_back(read(out / "dev-own.jsonl.gz")))


@app.command("average")
def average_readers(
    results: Annotated[
        list[Path], typer.Argument(help="reader.pt or reader.onnx, each trained on from the one before.")
    ],
    out: Out,
    last: Annotated[float, typer.Option(min=0, max=1, help="What the last one counts; the others share the rest.")] = 0,
) -> None:
    """Average trainings number by number, and export the mean to OUT/weights; without --last all count the same."""
    from research.train.reader.export import export
    from research.train.reader.train import average

    data = [path.with_name("data.json") for path in results if path.with_name("data.json").is_file()]
    if not data:
        raise BadInput(f"No data.json beside {results[-1]}: what was trained on?", hint="Name a training's reader.pt.")
    model = torch_model(load_settings().embedding)
    out.mkdir(parents=True, exist_ok=True)
    about = {"data": json.loads(data[-1].read_text(encoding="utf-8"))["digest"]}
    shares = [*[(1 - last) / (len(results) - 1)] * (len(results) - 1), last] if last and len(results) > 1 else []
    export(model, average(results, out / "reader.pt", shares), out / "weights", about=about)
    _say(f"Exported to {out / 'weights'}.")


@app.command("measure")
def measure_readers(
    data: Data,
    weights: Annotated[
        list[Path] | None, typer.Option(help="A folder with a reader; again for another. Default: ours.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the table to this file.")] = None,
) -> None:
    """Readers side by side on suites that none was trained on, as a table; ten minutes each on one thread."""
    from research.train.reader.measure import trials

    table = _compare(weights or [WEIGHTS], trials(data))
    if out:
        out.write_text(table + "\n", encoding="utf-8")


def _compare(folders: Sequence[Path], asked: Sequence[Trial]) -> str:
    """Says the figures of the readers in `folders` as a table, and returns it."""
    from rag.reader.reader import load_reader
    from research.train.reader.measure import figures, markdown, outcome

    found = []
    for folder in folders:
        reader = load_reader(load_settings().embedding, folder=folder)
        found.append([outcome(trial, reader) for trial in asked])
        _say(f"{folder}: {len(asked)} questions read.")
    table = markdown(figures(asked, found), [str(f) for f in folders])
    _out.print(table, markup=False, soft_wrap=True)
    return table


def _dev_files(out: Path) -> list[tuple[str, Path]]:
    return [(p.name.removeprefix("dev-").removesuffix(".jsonl.gz"), p) for p in sorted(out.glob("dev-*.jsonl.gz"))]


def _say(text: str) -> None:
    _err.print(text, markup=False, highlight=False, soft_wrap=True)
