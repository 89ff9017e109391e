"""The progress of a run: its rate and the time left, at a terminal and elsewhere."""

import io

from rich.console import Console

from ingest.commands.terminal import RecordProgressBar
from ingest.pipeline import IngestReport


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_line_tells_the_rate_and_the_time_left_by_what_was_stored() -> None:
    clock, console = Clock(), Console(file=io.StringIO(), force_terminal=False, width=200)
    report = IngestReport(unchanged=900, bytes=9_000)  # a run that continues passes over what is known at once
    with RecordProgressBar(console, total_bytes=20_000, clock=clock) as bar:
        bar.show(report)
        for second in range(1, 121):
            clock.now = float(second)
            report.new, report.passages = report.new + 1, report.passages + 8
            report.bytes, report.stored_bytes = report.bytes + 10, report.stored_bytes + 10
            bar.show(report)
    told = lines(console)
    assert len(told) == 4
    assert told[0] == "930 records, 240 passages; 8.0 passages/s; 0:17:50 left"
    # 9,800 bytes are left, and ten a second were stored
    assert told[-1] == "1,020 records, 960 passages; 8.0 passages/s; 0:16:20 left"


def test_a_list_of_pages_is_told_by_the_pace_of_its_pages() -> None:
    clock, console = Clock(), Console(file=io.StringIO(), force_terminal=False, width=200)
    report = IngestReport()
    with RecordProgressBar(console, total_bytes=None, total_records=100, clock=clock) as bar:
        for second in range(0, 41, 2):
            clock.now = float(second)
            report.new, report.passages = second // 2, second
            bar.show(report)
    assert lines(console) == ["15 records, 30 passages; 1.0 passages/s; 0:02:50 left"]


def test_at_a_terminal_the_bar_has_both() -> None:
    clock, console = Clock(), Console(file=io.StringIO(), force_terminal=True, width=120)
    with RecordProgressBar(console, total_bytes=100, clock=clock) as bar:
        clock.now = 10.0
        bar.show(IngestReport(new=5, passages=20, bytes=50, stored_bytes=50))
    shown = "".join(lines(console))
    assert "2.0 passages/s" in shown and "0:00:10" in shown
