"""Commands that hold Telal to its figures: gate, baseline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.compare import gate as gates
from eval.compare.baseline import Contender, baseline
from eval.core.cases import Suite
from eval.core.record import RunRecord, command_line
from eval.core.show import Follower, console, metrics_table
from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.datasets.shared import DataMissing
from eval.run.run import How, measure
from rag.config import load_settings
from rag.errors import BadInput

FELL = 1
_out = console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("gate")(hold)
    app.command("baseline")(run_baseline)


def hold(
    name: Annotated[str | None, typer.Argument(help="Which gate of the file of floors; default: each of them.")] = None,
    lower: Annotated[bool, typer.Option("--lower", help="Lower what has fallen to what is measured.")] = False,
    repin: Annotated[bool, typer.Option("--repin", help="Take the changed cases and documents as they are.")] = False,
    raise_: Annotated[bool, typer.Option("--raise", help="Raise the floors to just under what is measured.")] = False,
    reason: Annotated[str, typer.Option(help="Why; goes into CHANGELOG.md with --lower and --repin.")] = "",
) -> None:
    """Run the pinned cases and fail, exit code 1, when a figure is under its floor.

    Without a name a gate whose data is not here is passed over, and said.
    """
    known = gates.read_gates()
    if name is not None and name not in known:
        raise BadInput(f"There is no gate {name!r}.", hint=f"The file of floors holds: {', '.join(known)}.")
    if (lower or repin) and not reason.strip():
        raise BadInput("A floor is not lowered without a reason.", hint='Give it: --reason "...".')
    change = _Change(lower, repin, raise_, reason)
    held = [_held(known[gate], change, named=name is not None) for gate in ([name] if name else known)]
    if not all(held):
        raise typer.Exit(FELL)


@dataclass(frozen=True, slots=True)
class _Change:
    """What may be done to a gate's bounds after the run."""

    lower: bool
    repin: bool
    up: bool
    reason: str

    def of(self, gate: gates.Gate, suite: Suite, made: RunRecord) -> gates.Gate:
        new = gates.repin(gate, suite) if self.repin else gate
        new = gates.lower_bounds(new, made.metrics) if self.lower else new
        return gates.raise_bounds(new, made.metrics) if self.up else new


def _held(gate: gates.Gate, change: _Change, *, named: bool) -> bool:
    """Whether the gate holds, after what is to be changed of it."""
    try:
        suite = gate.of(load(gate.suite))
    except DataMissing as error:
        if named:
            raise
        _err.print(f"Gate {gate.name} is passed over: {error.message} {error.hint}", style="yellow", soft_wrap=True)
        return True
    problems = gate.changed_pins(suite)
    if problems and not change.repin:
        hint = 'Look at the change, then --repin --reason "...".'
        raise BadInput(f"Gate {gate.name}: {'; '.join(problems)}.", hint=hint)
    how = How(split=gate.split, command=command_line())
    made = measure(suite, load_settings(), how, bars=partial(Follower, _err))
    new = change.of(gate, suite, made)
    if new != gate:
        if change.lower or change.repin:
            gates.write_changelog(gates.changelog_line(gate, new, change.reason))
        gates.write_gates([new if g.name == gate.name else g for g in gates.read_gates().values()])
    return _verdict(new, made)


def run_baseline(
    source: Annotated[str, typer.Argument(metavar="SUITE|FILE")],
    docs: Annotated[Path | None, typer.Option("--docs")] = None,
    split: Annotated[str | None, typer.Option()] = None,
    language: Annotated[str | None, typer.Option()] = None,
    docs_language: Annotated[str | None, typer.Option()] = None,
    pairs: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int | None, typer.Option(min=1)] = None,
    sample: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int, typer.Option()] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder; each system's run goes into one below it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
    no_tutorial: Annotated[bool, typer.Option("--no-tutorial", help="Leave the tutorial's pipeline out.")] = False,
) -> None:
    """Measure BM25 alone, vectors alone, the usual tutorial's pipeline and Telal on the same cases; one table."""
    suite = narrow(load(source, Options(docs, pairs)), questions=language, documents=docs_language or language)
    suite = suite.of_split(split).first(limit).sample(sample, seed=seed)
    how = How(split=split, out=out, overwrite=overwrite, seed=seed, command=command_line())
    others = () if no_tutorial else (_tutorial(),)
    runs = dict(baseline(suite, load_settings(), how, others=others, bars=partial(Follower, _err)))
    _out.print(metrics_table(list(runs), [r.metrics for r in runs.values()]))


def _tutorial() -> Contender:
    """Imported here: it needs the packages of the extra `bench`, and NotInstalled says so."""
    from eval.targets.tutorial import reference_target

    return Contender("tutorial", opens=reference_target)


def _verdict(gate: gates.Gate, made: RunRecord) -> bool:
    failed = int(made.counts["failed"])
    falls = gates.find_regressions(gate, made.metrics)
    for fall in falls:
        _err.print(f"fell: {fall}", style="red", markup=False, highlight=False, soft_wrap=True)
    if failed:
        _err.print(f"{failed} cases failed: {next(c.error for c in made.per_case if c.failed)}", style="red")
    if falls or failed:
        return False
    bounds = len(gate.at_least) + len(gate.at_most)
    _out.print(f"Gate {gate.name} holds: {bounds} bounds on {len(made.per_case)} cases.", highlight=False)
    return True
