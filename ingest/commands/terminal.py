"""A run of ingestion at the terminal: progress bar, final table, exit code, and what Ctrl-C or SIGTERM does."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Protocol, TypeVar

import typer
from rich.console import Console
from rich.progress import TextColumn
from rich.table import Table

from ingest.commands.opening import open_pipeline, refresh_indexes
from ingest.pipeline import IngestReport, RunCallbacks
from ingest.raw import RawRecord, RejectedRecord, RejectionFile
from rag.config import Settings
from rag.show import ProgressBar

INTERRUPTED, REJECTED = 130, 2

_out = Console()
_err = Console(stderr=True)


class Records(Protocol):
    """Records to take in, with the number of what was passed over."""

    passed_over: int

    @property
    def total_bytes(self) -> int | None: ...

    def __iter__(self) -> Iterator[RawRecord | RejectedRecord]: ...


def take(
    source: Records,
    settings: Settings,
    *,
    rejected: Path | None = None,
    stopping: StopSignals | None = None,
    given: Mapping[str, str] | None = None,
) -> None:
    """Takes in all records, shows the progress and the report, and ends with the exit code of the run.

    `rejected`: the file for rejected records; default: a new one in the data directory. `given`: fields that hold for
    every record; empty ones do not.
    """
    file = rejected or settings.data_dir / "rejected" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl"
    fields = {name: value for name, value in (given or {}).items() if value}
    with stopping or StopSignals() as asked, RejectionFile(file) as rejections:
        with open_pipeline(settings) as pipeline, RecordProgressBar(_err, total_bytes=source.total_bytes) as bar:
            watch = RunCallbacks(progress=bar.show, rejected=rejections.write, stopped=lambda: asked.stop_requested)
            records = (
                replace(one, fields={**one.fields, **fields}) if isinstance(one, RawRecord) and fields else one
                for one in asked.records(source)
            )
            report = pipeline.run(records, watch)
        if not report.interrupted:  # after the run, when the model's memory has been given back
            refresh_indexes(settings)
    _out.print(report_table(report))
    for line in afterword(report, rejections, passed_over=source.passed_over):
        _err.print(line, soft_wrap=True, highlight=False)
    if report.interrupted or report.rejected:
        raise typer.Exit(INTERRUPTED if report.interrupted else REJECTED)


class RecordProgressBar(ProgressBar):
    """The progress of a run: bytes of the source, and records."""

    def __init__(self, console: Console, *, total_bytes: int | None) -> None:
        column = TextColumn("{task.fields[records]:,} records")
        super().__init__(console, column, label="Taking in", total=total_bytes, records=0)

    def show(self, report: IngestReport) -> None:
        """Shows the progress of the run."""
        self._update(completed=report.bytes, records=report.records)


def report_table(report: IngestReport) -> Table:
    """Read, new, changed, unchanged, rejected, and each reason under the last."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name in ("read", "new", "changed", "unchanged"):
        table.add_row(name, f"{getattr(report, name):,}")
    if report.erased:
        table.add_row("erased before, not stored again", f"{report.erased:,}")
    table.add_row("rejected", f"{report.rejected:,}")
    for reason, count in report.reasons.most_common():
        table.add_row(f"  {reason}", f"{count:,}")
    return table


def afterword(report: IngestReport, rejections: RejectionFile, *, passed_over: int) -> list[str]:
    """What to know and to do besides the figures, one line each."""
    rate = report.stored / report.seconds if report.seconds else 0.0
    lines = [
        f"{report.stored:,} articles ({report.passages:,} passages) stored in {report.seconds:.1f} s, {rate:,.1f}/s."
    ]
    lines += [f"{count:,} records were {notice}." for notice, count in report.notices.most_common()]
    if passed_over:
        lines.append(f"{passed_over:,} files or records of other kinds were passed over.")
    if rejections.count:
        lines.append(
            f"Rejected records, each with its reason: {rejections.path}. Mend them there and feed the file again."
        )
    if report.interrupted:
        lines.append("Interrupted: what is counted is stored. Run the same command again to continue.")
    return lines


T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Now(Exception):  # noqa: N818
    """Raised instead of waiting for the next record."""


class StopSignals:
    """Inside the block signals only set `stop_requested`, and a wait for the next record ends at once."""

    def __init__(self) -> None:
        self.stop_requested = False
        self._waiting = False
        self._before: dict[signal.Signals, Any] = {}

    def records(self, source: Iterable[T]) -> Iterator[T]:
        """The records of a source until somebody asks to stop."""
        iterator = iter(source)
        while not self.stop_requested:
            try:
                self._waiting = True
                record = next(iterator)
                self._waiting = False
            except (StopIteration, _Now):
                return
            finally:
                self._waiting = False
            yield record

    def __enter__(self) -> StopSignals:
        self._before = {number: signal.signal(number, self._asked) for number in SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self.stop_requested:
            raise KeyboardInterrupt
        self.stop_requested = True
        if self._waiting:
            raise _Now
