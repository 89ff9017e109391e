"""A run of ingestion at the terminal: progress bar, final table, and what Ctrl-C or SIGTERM does."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import TextColumn
from rich.table import Table

from ingest.pipeline import Progress, Report
from ingest.raw import Rejections
from rag.show import ProgressBar, Rate


class RecordProgressBar(ProgressBar):
    """The progress of a run: bytes of the source, records, and records a second.

    The rate is that of the last moments: known articles pass a hundred times faster than new ones.
    """

    def __init__(self, console: Console, *, total_bytes: int | None) -> None:
        column = TextColumn("{task.fields[records]:,} records, {task.fields[rate]:,.0f}/s")
        super().__init__(console, column, label="Taking in", total=total_bytes, records=0, rate=0.0)
        self._rate = Rate()

    def show(self, progress: Progress) -> None:
        """Shows the progress of the run."""
        self._update(completed=progress.bytes, records=progress.records, rate=self._rate.of(progress.records))


def report_table(report: Report) -> Table:
    """Read, new, changed, unchanged, rejected, and each reason under the last."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name in ("read", "new", "changed", "unchanged"):
        table.add_row(name, f"{getattr(report, name):,}")
    if report.erased:
        table.add_row("erased before, not stored again", f"{report.erased:,}")
    table.add_row("rejected", f"{report.rejected:,}")
    for reason, count in report.reasons.items():
        table.add_row(f"  {reason}", f"{count:,}")
    return table


def afterword(report: Report, rejections: Rejections, *, passed_over: int) -> list[str]:
    """What to know and to do besides the figures, one line each."""
    rate = report.stored / report.seconds if report.seconds else 0.0
    lines = [
        f"{report.stored:,} articles ({report.passages:,} passages) stored in {report.seconds:.1f} s, {rate:,.1f}/s."
    ]
    lines += [f"{count:,} records were {notice}." for notice, count in report.notices.items()]
    if passed_over:
        lines.append(f"{passed_over:,} files of other kinds in the folders were passed over.")
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
