"""`telal eval gate`: figures of a pinned set of cases that must not fall, and the only way to lower them."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.core.cases import Suite
from eval.core.record import Metrics, RunRecord, command_line
from eval.core.show import CaseProgressBar, console
from eval.datasets.load import load
from eval.datasets.shared_data import DataMissing
from eval.run.run import How, measure
from rag.config import load_settings
from rag.errors import BadInput

FLOORS = Path(__file__).parents[1] / "floors.toml"
CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
SLACK = 0.02  # a floor is raised to this much under what is measured: one case more or less is no fall
UNRELEASED = "## [Unreleased]"
FELL = 1  # exit code
_out = console()
_err = Console(stderr=True)

_HEAD = """\
# Floors of the quality gate. `telal eval gate` writes this file: --raise, or --lower and --repin with a --reason,
# which goes into CHANGELOG.md. `every`: one case in so many is asked, chosen by the digest of its id.
"""


@dataclass(frozen=True, slots=True)
class Gate:
    """One pinned set of cases with its bounds; the digests are those of its cases and documents."""

    name: str
    suite: str
    split: str | None
    every: int
    cases_digest: str
    docs_digest: str
    at_least: Mapping[str, float]
    at_most: Mapping[str, float]

    def of(self, suite: Suite) -> Suite:
        """The pinned cases of the suite."""
        chosen = [c.id for c in suite.of_split(self.split).cases if _number(c.id) % self.every == 0]
        return suite.only(chosen)

    def changed_pins(self, suite: Suite) -> list[str]:
        """What of the pinned cases and documents is not as it was when the floors were set."""
        pins = (("cases", self.cases_digest, suite.cases_digest), ("documents", self.docs_digest, suite.docs_digest))
        return [
            f"the {what} have changed since the floors were set ({old[:12]} is now {new[:12]})"
            for what, old, new in pins
            if old != new
        ]


@dataclass(frozen=True, slots=True)
class Regression:
    """A figure beyond its bound; `value` None: nothing measured it."""

    metric: str
    bound: float
    value: float | None
    at_most: bool = False

    def __str__(self) -> str:
        measured = "not measured" if self.value is None else f"{self.value:.4f}"
        return f"{self.metric}: {measured}, {'at most' if self.at_most else 'at least'} {self.bound:.4f} is wanted"


def read_gates(path: Path = FLOORS) -> dict[str, Gate]:
    """The gates by name; raises BadInput when the file is not as `telal eval gate` writes it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            name: Gate(
                name, g["suite"], g.get("split"), g["every"], g["cases_digest"], g["docs_digest"],
                g.get("at_least", {}), g.get("at_most", {}),
            )
            for name, g in raw.items()
        }  # fmt: skip
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} is not a file of floors: {error!r}.") from error


def find_regressions(gate: Gate, metrics: Metrics) -> list[Regression]:
    """The figures beyond their bounds; what is not measured has fallen too."""
    low = [Regression(n, f, v) for n, f in gate.at_least.items() if (v := metrics.get(n)) is None or v < f - _ROUNDING]
    high = [
        Regression(n, f, v, at_most=True)
        for n, f in gate.at_most.items()
        if (v := metrics.get(n)) is None or v > f + _ROUNDING
    ]
    return [*low, *high]


def lower_bounds(gate: Gate, metrics: Metrics) -> Gate:
    """The gate with each fallen bound at what was measured, rounded so that it holds."""
    down, up = dict(gate.at_least), dict(gate.at_most)
    for fall in find_regressions(gate, metrics):
        if fall.value is None:
            raise BadInput(f"{fall.metric} is not measured: its floor cannot be lowered.", hint="Mend the run first.")
        if fall.at_most:
            up[fall.metric] = math.ceil(fall.value * 1000) / 1000
        else:
            down[fall.metric] = math.floor(fall.value * 1000) / 1000
    return replace(gate, at_least=down, at_most=up)


def raise_bounds(gate: Gate, metrics: Metrics) -> Gate:
    """The gate with every bound moved to SLACK beside what is measured, where that is stricter."""
    up = {
        n: f if (v := metrics.get(n)) is None else max(f, math.floor((v - (v != 1.0) * SLACK) * 1000) / 1000)
        for n, f in gate.at_least.items()
    }
    down = {
        n: f if (v := metrics.get(n)) is None else min(f, math.ceil((v + (v != 0.0) * SLACK) * 1000) / 1000)
        for n, f in gate.at_most.items()
    }
    return replace(gate, at_least=up, at_most=down)


def repin(gate: Gate, suite: Suite) -> Gate:
    """The gate with the digests of its cases and documents as they are."""
    return replace(gate, cases_digest=suite.cases_digest, docs_digest=suite.docs_digest)


def write_gates(gates: Sequence[Gate], path: Path = FLOORS) -> None:
    """The file of floors, in a form that is always the same."""
    path.write_text(_HEAD + "".join(_toml(g) for g in gates), encoding="utf-8")


def changelog_line(old: Gate, new: Gate, reason: str) -> str:
    """The line in the changelog that explains why a gate was lowered or repinned."""
    moves = [
        f"`{n}` from {before[n]:g} to {after[n]:g}"
        for before, after in ((old.at_least, new.at_least), (old.at_most, new.at_most))
        for n in before
        if before[n] != after[n]
    ]
    what = f"lowers {', '.join(moves)}" if moves else "is pinned to the benchmark as it is now"
    return f"- The quality gate `{new.name}` {what}: {reason.rstrip('.')}."


def write_changelog(line: str, path: Path = CHANGELOG) -> None:
    """Puts the line under [Unreleased]; raises BadInput where there is no changelog to put it in."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput("There is no CHANGELOG.md: floors are lowered in a checkout only.") from error
    if UNRELEASED not in text:
        raise BadInput(f"{path.name} has no section {UNRELEASED}.", hint="Add it above the last release.")
    head, _, rest = text.partition(f"{UNRELEASED}\n")
    path.write_text(f"{head}{UNRELEASED}\n\n{line}\n{rest.removeprefix(chr(10))}", encoding="utf-8")


_ROUNDING = 1e-9


def _number(case_id: str) -> int:
    return int(hashlib.sha256(case_id.encode()).hexdigest(), 16)


def _toml(gate: Gate) -> str:
    lines = [f"\n[{gate.name}]", f'suite = "{gate.suite}"']
    lines += [f'split = "{gate.split}"'] if gate.split else []
    lines += [f"every = {gate.every}"]
    lines += [f'cases_digest = "{gate.cases_digest}"', f'docs_digest = "{gate.docs_digest}"']
    for table, bounds in (("at_least", gate.at_least), ("at_most", gate.at_most)):
        lines += [f"\n[{gate.name}.{table}]"] if bounds else []
        lines += [f'"{name}" = {bound:g}' for name, bound in bounds.items()]
    return "\n".join(lines) + "\n"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("gate")(hold)


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
    known = read_gates()
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

    def of(self, gate: Gate, suite: Suite, made: RunRecord) -> Gate:
        new = repin(gate, suite) if self.repin else gate
        new = lower_bounds(new, made.metrics) if self.lower else new
        return raise_bounds(new, made.metrics) if self.up else new


def _held(gate: Gate, change: _Change, *, named: bool) -> bool:
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
    made = measure(suite, load_settings(), how, bars=partial(CaseProgressBar, _err))
    new = change.of(gate, suite, made)
    if new != gate:
        if change.lower or change.repin:
            write_changelog(changelog_line(gate, new, change.reason))
        write_gates([new if g.name == gate.name else g for g in read_gates().values()])
    return _verdict(new, made)


def _verdict(gate: Gate, made: RunRecord) -> bool:
    failed = int(made.counts["failed"])
    falls = find_regressions(gate, made.metrics)
    for fall in falls:
        _err.print(f"fell: {fall}", style="red", markup=False, highlight=False, soft_wrap=True)
    if failed:
        _err.print(f"{failed} cases failed: {next(c.error for c in made.per_case if c.failed)}", style="red")
    if falls or failed:
        return False
    bounds = len(gate.at_least) + len(gate.at_most)
    _out.print(f"Gate {gate.name} holds: {bounds} bounds on {len(made.per_case)} cases.", highlight=False)
    return True
