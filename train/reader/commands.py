"""The commands under `telal train`: data, reader, measure."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rag.config import load_settings
from rag.errors import BadInput
from rag.models.embed import load_embedder
from rag.models.files import prepare_model
from train.embedder.commands import app as embedder

app = typer.Typer(help="Train and measure the models that come with Telal.", no_args_is_help=True)
_err = Console(stderr=True)
_out = Console()
WEIGHTS = Path(__file__).parents[2] / "rag" / "reader" / "weights"
# So many trials are read where a set has more: the whole takes ten minutes on one thread.
SIZES = {
    "xquad/en:en": 450, "xquad/ro:ro": 150, "xquad/ro:en": 150, "xquad/en:ro": 100, "xquad/en:en/walk": 125,
    "xquad/ro:en/walk": 60, "dev/news": 110, "news": 160, "dev/squad": 200, "dev/squad-unanswerable": 200,
    "dev/turkish": 80, "dev/ntrex-cross": 200, "dev/ntrex-own": 100, "dev/ntrex-null": 150,
}  # fmt: skip

Data = Annotated[Path, typer.Option(help="The folder with train/, parallel/ and qa/; see docs/reader.md.")]
Out = Annotated[Path, typer.Option(help="Where all that is made is kept; a training that broke off goes on from it.")]


def register(root: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.add_typer(embedder, name="embedder")
    root.add_typer(app, name="train")


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
) -> None:
    """Put the training examples and the dev sets together, and say their digest."""
    from train.reader.data import examples
    from train.reader.data.build import SEED, build

    out.mkdir(parents=True, exist_ok=True)
    chosen = tuple(filter(None, hands.split(",")))
    sets = build(data, seed=SEED if seed is None else seed, hands=chosen, beside=beside, same=same)
    digest = examples.write(out / "train.jsonl.gz", sets.train)
    for name, found in sets.dev.items():
        examples.write(out / f"dev-{name}.jsonl.gz", found)
    record = {"digest": digest, "examples": len(sets.train), "sources": sets.counts()}
    (out / "data.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    _out.print_json(data=record)


@app.command("suites")
def make_suites(data: Data, out: Out) -> None:
    """Write the suite that `telal eval fit-answers` wants beside reader_dev into OUT."""
    from train.reader.data.suites import write_suites

    out.mkdir(parents=True, exist_ok=True)
    _out.print_json(data=write_suites(data, out))


@app.command("reader")
def train_reader(
    data: Data,
    out: Out,
    first: Annotated[int, typer.Option("--examples", min=1, help="Only so many of the examples.")] = 1_000_000,
    threads: Annotated[int, typer.Option(min=1, help="Threads of PyTorch.")] = 1,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="A reader.pt or reader.onnx to train on from; else the embedding model."),
    ] = None,
    rate: Annotated[float, typer.Option(help="AdamW's; the heads' is six times that.")] = 2e-4,
    decay: Annotated[float, typer.Option(min=0, max=1, help="Share of the examples over which the rate falls.")] = 0.4,
    bfloat16: Annotated[bool, typer.Option("--bfloat16/--float32", help="The precision of the passes.")] = True,
) -> None:
    """Train the reader and export it to OUT/weights; some 600 examples a minute and thread."""
    from train.reader.data.examples import read
    from train.reader.export import export
    from train.reader.train import Recipe, parameters, train

    if not (out / "data.json").is_file():
        make_data(data, out)
    dev = {name: read(path) for name, path in _dev_files(out)}
    model = prepare_model(load_settings().embedding, progress=_err.print).path
    recipe = Recipe(threads=threads, rate=rate, head_rate=6 * rate, decay=decay, bfloat16=bfloat16)
    begin = parameters(start) if start else None
    result = train(model, read(out / "train.jsonl.gz")[:first], dev, out, recipe, _say, start=begin)
    export(model, result, out / "weights", about={"data": json.loads((out / "data.json").read_text())["digest"]})
    _say(f"Exported to {out / 'weights'}. Next: telal train measure --data {data} --out {out} --fit")


@app.command("average")
def average_readers(
    results: Annotated[
        list[Path], typer.Argument(help="reader.pt or reader.onnx, each trained on from the one before.")
    ],
    out: Out,
) -> None:
    """Average trainings number by number, and export the mean to OUT/weights. The last one's data.json is read."""
    from train.reader.export import export
    from train.reader.train import average

    data = results[-1].with_name("data.json")
    if not data.is_file():
        raise BadInput(f"{data} is missing: what was trained on?", hint="Name a training's reader.pt last.")
    model = prepare_model(load_settings().embedding, progress=_err.print).path
    out.mkdir(parents=True, exist_ok=True)
    about = {"data": json.loads(data.read_text(encoding="utf-8"))["digest"]}
    export(model, average(results, out / "reader.pt"), out / "weights", about=about)
    _say(f"Exported to {out / 'weights'}.")


@app.command("measure")
def measure_reader(
    data: Data,
    out: Out,
    weights: Annotated[Path, typer.Option(help="The reader to measure; default: the one that comes along.")] = WEIGHTS,
    fit: Annotated[bool, typer.Option("--fit", help="Fit probabilities on dev and write them.")] = False,
    again: Annotated[bool, typer.Option("--again/--known", help="Read anew, or use the readings in OUT.")] = True,
) -> None:
    """The reader's figures beside the sentence cosine of the embedding model, over dev, XQuAD and RealTimeQA."""
    from rag.reader.reader import load_reader
    from train.reader import figures as readings
    from train.reader import trials
    from train.reader.calibrate import calibrate, fitted
    from train.reader.data.build import Sets
    from train.reader.data.examples import read
    from train.reader.export import describe
    from train.reader.figures import figures, markdown, milliseconds

    settings = load_settings().embedding
    if not (out / "data.json").is_file():
        raise BadInput(f"{out} holds no dev sets.", hint=f"Make them: telal train data --data {data} --out {out}.")
    if not (out / "trials.jsonl.gz").is_file():
        dev = {name: tuple(read(path)) for name, path in _dev_files(out)}
        found = trials.trials(data, Sets((), dev), load_embedder(settings), SIZES)
        trials.write(out / "trials.jsonl.gz", found)
    if again or not (out / "readings.jsonl.gz").is_file():
        reader = load_reader(settings, folder=weights)
        readings.write(
            out / "readings.jsonl.gz", list(readings.results(trials.read(out / "trials.jsonl.gz"), reader, _say))
        )
    results = readings.read(out / "readings.jsonl.gz")
    joins = fitted(results)
    table = figures(results, joins)
    if fit:
        found_ = calibrate(results)
        describe(weights, {"not_here": found_.not_here, "supports": found_.supports})
        _out.print_json(data=asdict(found_))
    (out / "figures.md").write_text(markdown(table) + "\n", encoding="utf-8")
    _out.print(markdown(table), markup=False, soft_wrap=True)
    _out.print(f"Fitted on dev: {joins}; {milliseconds(results):.0f} ms a passage.", markup=False)


def _dev_files(out: Path) -> list[tuple[str, Path]]:
    return [(p.name.removeprefix("dev-").removesuffix(".jsonl.gz"), p) for p in sorted(out.glob("dev-*.jsonl.gz"))]


def _say(text: str) -> None:
    _err.print(text, markup=False, highlight=False, soft_wrap=True)
