"""`telal eval gate`: figures of a pinned set of cases that must not fall, and the only way to lower them."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.core.cases import Suite
from eval.core.record import Metrics, RunRecord, command_line
from eval.core.show import CaseProgressBar, console
from eval.datasets.load import load
from eval.datasets.shared_data import DataMissing
from eval.run.run import RunOptions, measure
from eval.run.summary import KEYS, RATIOS, confident, grouped
from rag.config import load_settings
from rag.errors import BadInput

FLOORS = Path(__file__).parents[1] / "floors.toml"
# How far beside what is measured a bound is written: two hundredths, and where few cases count two of them. A
# processor with AVX2 alone answers one of eight questions of a group otherwise than one with VNNI (decision 001).
SLACK, CASES = 0.02, 2.5
CALIBRATED = 50
# Promises, held as measured.
EXACT = frozenset({"citation_valid", "false_absence", "quotes_altered", "unsupported_shown"})
FELL = 1  # exit code
_out = console()
_err = Console(stderr=True)

# What is bounded where it is measured. "languages two: seen@1" is the figure of one group.
AT_LEAST = (
    "seen@1", "seen", "stated", "withheld", "short@shown", "recall@5", "citation_valid",
    "languages one: seen@1", "languages two: seen@1", "languages one: stated", "languages two: stated",
)  # fmt: skip
AT_MOST = (
    "stated_wrong", "false_absence", "calibration_error", "short_false", "quotes_altered", "unsupported_shown",
)  # fmt: skip
_HEAD = """\
# Floors of the quality gate, written by `telal eval gate --write`; `--lower --reason "..."` also lowers them and keeps
# the reason. `every`: one case in so many is asked, chosen by the digest of its id. `pins`: cases, documents.
"""


@dataclass(frozen=True, slots=True)
class Gate:
    """One pinned set of cases with its bounds; `pins` are the digests of its cases and documents."""

    name: str
    suite: str
    split: str | None
    every: int
    pins: tuple[str, str]
    at_least: Mapping[str, float]
    at_most: Mapping[str, float]
    reason: str = ""  # why it was lowered or took other cases, the last time

    def of(self, suite: Suite) -> Suite:
        """The pinned cases of the suite."""
        numbers = {c.id: hashlib.sha256(c.id.encode()).hexdigest() for c in suite.of_split(self.split).cases}
        chosen = [case_id for case_id, number in numbers.items() if int(number, 16) % self.every == 0]
        return suite.only(chosen)

    def changed_pins(self, suite: Suite) -> list[str]:
        """Names the pinned cases and documents that have changed since the floors were set."""
        pairs = zip(("cases", "documents"), self.pins, pins_of(suite), strict=True)
        return [f"the {what} ({old} is now {new})" for what, old, new in pairs if old != new]


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


def pins_of(suite: Suite) -> tuple[str, str]:
    """The digests of a suite's cases and documents, shortened."""
    return suite.cases_digest[:16], suite.docs_digest[:16]


def figures(run: RunRecord) -> Metrics:
    """The figures of a run, those of each group under "key group: metric"."""
    groups = {
        f"{key} {group}: {name}": value
        for key in KEYS
        for group, found in run.metrics_by.get(key, {}).items()
        for name, value in found.items()
    }
    return {**run.metrics, **groups}


def read_gates(path: Path = FLOORS) -> dict[str, Gate]:
    """The gates by name; raises BadInput when the file is not as `telal eval gate` writes it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _gate(name, told) for name, told in raw.items()}
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{path} is not a file of floors: {error!r}.") from error


def _gate(name: str, told: Mapping[str, Any]) -> Gate:
    cases, documents = told["pins"]
    bounds = told.get("at_least", {}), told.get("at_most", {})
    return Gate(
        name,
        told["suite"],
        told.get("split"),
        told.get("every", 1),
        (cases, documents),
        *bounds,
        told.get("reason", ""),
    )


def find_regressions(gate: Gate, measured: Metrics) -> list[Regression]:
    """The figures beyond their bounds; what is not measured has fallen too."""
    low = [Regression(n, f, v) for n, f in gate.at_least.items() if (v := measured.get(n)) is None or v < f - _ROUNDING]
    high = [
        Regression(n, f, v, at_most=True)
        for n, f in gate.at_most.items()
        if (v := measured.get(n)) is None or v > f + _ROUNDING
    ]
    return [*low, *high]


def slacks(run: RunRecord) -> dict[str, float]:
    """How far beside what is measured the bound of each figure of a run is written; SLACK where it is not named.

    The error of calibration is not bounded where fewer than fifty answers have a confidence: with AVX2 that of thirteen
    was .33, with VNNI .21.
    """
    groups = {"": list(run.per_case)} | {
        f"{key} {name}: ": cases for key in KEYS for name, cases in grouped(run.per_case, key).items()
    }
    counted = {
        f"{prefix}{m.name}": sum(m.of(c) is not None for c in cases if not c.failed)
        for prefix, cases in groups.items()
        for m in RATIOS
    }
    calibrated = {"calibration_error": SLACK if len(confident(run.per_case)) >= CALIBRATED else math.inf}
    return {name: max(SLACK, CASES / count) for name, count in counted.items() if count} | calibrated


def written(gate: Gate, measured: Metrics, slack: Mapping[str, float], *, lower: bool) -> Gate:
    """The gate with every bound its slack beside what is measured; a bound becomes looser only with `lower`."""

    def of(name: str) -> float:
        return 0.0 if name in EXACT else slack.get(name, SLACK)

    down = {n: max(0.0, math.floor((v - of(n)) * 1000) / 1000) for n in AT_LEAST if (v := measured.get(n))}
    up = {
        n: math.ceil((v + of(n)) * 1000) / 1000
        for n in AT_MOST
        if (v := measured.get(n)) is not None and of(n) < math.inf
    }
    if not lower:
        down = {**gate.at_least, **{n: max(f, gate.at_least.get(n, 0.0)) for n, f in down.items()}}
        up = {**gate.at_most, **{n: min(f, gate.at_most.get(n, 1.0)) for n, f in up.items()}}
    return replace(gate, at_least=down, at_most=up)


def write_gates(gates: Sequence[Gate], path: Path = FLOORS) -> None:
    """The file of floors, in a form that is always the same."""
    path.write_text(_HEAD + "".join(_toml(g) for g in gates), encoding="utf-8")


_ROUNDING = 1e-9


def _toml(gate: Gate) -> str:
    lines = [f"\n[{gate.name}]", f'suite = "{gate.suite}"']
    lines += [f'split = "{gate.split}"'] if gate.split else []
    lines += [f"every = {gate.every}"] if gate.every > 1 else []
    lines += [f"reason = {json.dumps(gate.reason, ensure_ascii=False)}"] if gate.reason else []
    lines += [f'pins = ["{gate.pins[0]}", "{gate.pins[1]}"]']
    for table, bounds in (("at_least", gate.at_least), ("at_most", gate.at_most)):
        lines += [f'{table}."{name}" = {bound:g}' for name, bound in bounds.items()]
    return "\n".join(lines) + "\n"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("gate")(hold)


def hold(
    name: Annotated[str | None, typer.Argument(help="Which gate of the file of floors; default: each of them.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Raise the floors to just under what is measured.")] = False,
    lower: Annotated[
        bool, typer.Option("--lower", help="Write what is measured though it is lower, or of changed cases.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; kept beside the floors with --lower.")] = "",
) -> None:
    """Run the pinned cases and fail, exit code 1, when a figure is under its floor.

    Without a name a gate whose data is not here is passed over, and said.
    """
    known = read_gates()
    if name is not None and name not in known:
        raise BadInput(f"There is no gate {name!r}.", hint=f"The file of floors holds: {', '.join(known)}.")
    if lower and not reason.strip():
        raise BadInput("A floor is not lowered without a reason.", hint='Give it: --lower --reason "...".')
    gates = [known[name]] if name else list(known.values())
    held = [_held(gate, write=write, lower=lower, reason=reason, named=name is not None) for gate in gates]
    if not all(held):
        raise typer.Exit(FELL)


def _held(gate: Gate, *, write: bool, lower: bool, reason: str, named: bool) -> bool:
    """Whether the gate holds, after its floors are written where that is wanted."""
    try:
        suite = gate.of(load(gate.suite))
    except DataMissing as error:
        if named:
            raise
        _err.print(f"Gate {gate.name} is passed over: {error.message} {error.hint}", style="yellow", soft_wrap=True)
        return True
    changed = gate.changed_pins(suite)
    if changed and not lower:
        raise BadInput(
            f"Gate {gate.name}: since its floors were set there have changed {'; '.join(changed)}.",
            hint='Look at the change, then --lower --reason "...".',
        )
    options = RunOptions(split=gate.split, command=command_line())
    made = measure(suite, load_settings(), options, bars=partial(CaseProgressBar, _err))
    failed = int(made.counts["failed"])
    if failed:
        _err.print(f"{failed} cases failed: {next(c.error for c in made.per_case if c.failed)}", style="red")
        return False
    new = gate
    if write or lower:
        new = replace(
            written(gate, figures(made), slacks(made), lower=lower),
            pins=pins_of(suite),
            reason=reason if lower else gate.reason,
        )
        write_gates([new if g.name == gate.name else g for g in read_gates().values()])
    return _verdict(new, made)


def _verdict(gate: Gate, made: RunRecord) -> bool:
    falls = find_regressions(gate, figures(made))
    for fall in falls:
        _err.print(f"fell: {fall}", style="red", markup=False, highlight=False, soft_wrap=True)
    if not falls:
        bounds = len(gate.at_least) + len(gate.at_most)
        _out.print(f"Gate {gate.name} holds: {bounds} bounds on {len(made.per_case)} cases.", highlight=False)
    return not falls
