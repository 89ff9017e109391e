"""Small runs written as records, as `telal eval run` writes them."""

from __future__ import annotations

import json

import pytest

from eval.core.cases import TargetFailed
from eval.core.record import write_run
from eval.report.runs import read_runs
from eval.run.run import RunOptions, run


@pytest.fixture(scope="session")
def hostile(make):
    """A suite with every outcome, and text that would break a page that does not escape."""
    script = "<script>document.title='taken'</script>"
    return make.suite(
        make.case("right"),
        make.case("wrong", question=f"What is {script}?", answers=("Ankara",), language="sr-Latn", category="where"),
        make.case("needless", question='A "quote" & an <img src=x onerror=alert(1)>'),
        make.case("failed", language="tr"),
        make.case("held", **make.UNANSWERABLE),
        make.case("unfounded", **make.UNANSWERABLE),
    )


@pytest.fixture(scope="session")
def replies(make):
    return {
        "right": make.reply(),
        "wrong": make.reply(confidence=0.95),
        "needless": make.reply(**make.REFUSAL),
        "failed": TargetFailed("The server is down.", hint="Start it."),
        "held": make.reply(**make.REFUSAL),
        "unfounded": make.reply(confidence=0.6),
    }


@pytest.fixture(scope="session")
def write(tmp_path_factory, make, hostile):
    """Runs the suite with these replies and writes the record to a folder of that name."""
    folder = tmp_path_factory.mktemp("runs")

    def write(name, replies):
        made = run(hostile, make.Target(replies), RunOptions("dev"), environment={"commit": "abc"})
        write_run(made, folder / name / "run.json")
        return folder / name

    return write


@pytest.fixture(scope="session")
def two(write, replies, make):
    """A run, and one that also gets `needless` right."""
    return [write("first", replies), write("second", {**replies, "needless": make.reply()})]


@pytest.fixture
def read():
    return read_runs


@pytest.fixture
def spoil(two, tmp_path):
    """A copy of the first run whose record a function has changed."""

    def spoil(change):
        record = json.loads((two[0] / "run.json").read_text())
        change(record)
        (tmp_path / "spoilt.json").write_text(json.dumps(record))
        return tmp_path / "spoilt.json"

    return spoil
