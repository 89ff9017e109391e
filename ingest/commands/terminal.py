"""Runs ingestion at a terminal: the opened pipeline, progress bar, final table, exit code, Ctrl-C and SIGTERM."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.progress import TextColumn
from rich.table import Table

from ingest.pipeline import IngestReport, Pipeline, RunCallbacks, identity
from ingest.raw import RawRecord, RejectedRecord, RejectionFile, SourceRecord
from rag.config import Settings
from rag.engine import embedding_of
from rag.models.embed import load_embedder
from rag.show import ProgressBar
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

INTERRUPTED, REJECTED = 130, 2

Clock = Callable[[], float]

_out = Console()
_err = Console(stderr=True)


@contextmanager
def open_pipeline(settings: Settings) -> Iterator[Pipeline]:
    """Opens a pipeline into the archive of the settings, which is created if it does not exist."""
    embedder = load_embedder(embedding_of(settings), progress=lambda line: _err.print(line, highlight=False))
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        yield Pipeline(archive, embedder, settings)


def refresh_indexes(settings: Settings) -> None:
    """Updates the indexes, so that the next question need not wait for it. A running server does so by itself."""
    with Archive.open(settings) as archive:
        held = archive.identity
        if held is None:  # nothing was ever stored
            return
        indexes = Indexes(archive, settings, dimension=held.dimension)
        try:
            indexes.start()
            indexes.refresh()
        finally:
            indexes.close()


def ingest_records(
    records: Iterable[SourceRecord],
    settings: Settings,
    *,
    total_bytes: int | None = None,
    total_records: int | None = None,
    rejected: Path | None = None,
    stopping: StopSignals | None = None,
    given: Mapping[str, str] | None = None,
) -> None:
    """Stores all records of a source, shows progress and a report, and ends with the exit code of the run.

    `total_bytes`, or `total_records`: the size of the source, for the progress bar. `rejected`: the file for rejected
    records; default: a new one in the data directory. `given`: fields that every record gets, unless they are empty.
    """
    file = rejected or settings.data_dir / "rejected" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl"
    fields = {name: value for name, value in (given or {}).items() if value}
    skipped = 0

    def chosen() -> Iterator[RawRecord | RejectedRecord]:
        nonlocal skipped
        for one in stop.records(records):
            if one is None:
                skipped += 1
            else:
                yield replace(one, fields={**one.fields, **fields}) if isinstance(one, RawRecord) else one

    with stopping or StopSignals() as stop, RejectionFile(file) as rejections:
        shown = RecordProgressBar(_err, total_bytes=total_bytes, total_records=total_records)
        with open_pipeline(settings) as pipeline, shown as bar:
            callbacks = RunCallbacks(progress=bar.show, rejected=rejections.write, stopped=lambda: stop.stop_requested)
            report = pipeline.run(chosen(), callbacks)
        if not report.interrupted:  # after the run, when the model's memory has been given back
            refresh_indexes(settings)
    _out.print(report_table(report))
    for line in summary_lines(report, rejections, skipped=skipped):
        _err.print(line, soft_wrap=True, highlight=False)
    if report.interrupted or report.rejected:
        raise typer.Exit(INTERRUPTED if report.interrupted else REJECTED)


LINE_S = 30.0  # from one line to the next where there is no terminal


class RecordProgressBar(ProgressBar):
    """A progress bar over the bytes or the records of a source, with the passages a second and the time left; a line
    now and then where there is no terminal."""

    def __init__(
        self, console: Console, *, total_bytes: int | None, total_records: int | None = None, clock: Clock | None = None
    ) -> None:
        self._total = total_bytes if total_bytes is not None else total_records
        self._in_bytes = total_bytes is not None
        self._console, self._clock = console, clock or time.monotonic
        self._begun = self._said = self._clock()
        columns = TextColumn("{task.fields[records]:,} records"), TextColumn("{task.fields[rate]}")
        left = TextColumn("{task.fields[left_time]}")
        super().__init__(
            console, *columns, label="Taking in", total=self._total, left=left, records=0, rate="", left_time=""
        )

    def show(self, report: IngestReport) -> None:
        """Shows how far the run is. What the archive knew already is passed over faster, and comes first in a run that
        continues: the rest will take as long as what was stored."""
        now, done = self._clock(), report.bytes if self._in_bytes else report.records
        elapsed_s = max(now - self._begun, 1e-6)
        paid = (report.stored_bytes if self._in_bytes else 0) or done
        left = "-:--:--"
        if self._total is not None and paid:
            left = str(timedelta(seconds=round(max(self._total - done, 0) * elapsed_s / paid)))
        rate = f"{report.passages / elapsed_s:,.1f} passages/s"
        self._update(completed=done, records=report.records, rate=rate, left_time=left)
        if not self._console.is_terminal and now - self._said >= LINE_S:
            self._said = now
            line = f"{report.records:,} records, {report.passages:,} passages; {rate}; {left} left"
            self._console.print(line, soft_wrap=True, highlight=False)


def report_table(report: IngestReport) -> Table:
    """Makes a table of a run's counts, with each reason for rejected records."""
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


def summary_lines(report: IngestReport, rejections: RejectionFile, *, skipped: int) -> list[str]:
    """Says in lines what the table does not: the speed, what was skipped, what to do next."""
    rate = report.stored / report.seconds if report.seconds else 0.0
    lines = [
        f"{report.stored:,} articles ({report.passages:,} passages) stored in {report.seconds:.1f} s, {rate:,.1f}/s."
    ]
    lines += [f"{count:,} records were {notice}." for notice, count in report.notices.most_common()]
    if skipped:
        lines.append(f"{skipped:,} files or records of other kinds were passed over.")
    if rejections.count:
        lines.append(
            f"Rejected records, each with its reason: {rejections.path}. Mend them there and feed the file again."
        )
    if report.interrupted:
        lines.append("Interrupted: what is counted is stored. Run the same command again to continue.")
    return lines


T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _StopWaiting(Exception):  # noqa: N818
    """Raised by a signal while the next record is waited for."""


class StopSignals:
    """Inside its block, Ctrl-C and SIGTERM set `stop_requested` and end a wait for the next record.

    A second signal ends the program.
    """

    def __init__(self) -> None:
        self.stop_requested = False
        self._waiting = False
        self._before: dict[signal.Signals, Any] = {}

    def records(self, source: Iterable[T]) -> Iterator[T]:
        """Yields the records of a source until somebody asks to stop."""
        iterator = iter(source)
        while not self.stop_requested:
            try:
                self._waiting = True
                record = next(iterator)
                self._waiting = False
            except (StopIteration, _StopWaiting):
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
            raise _StopWaiting
