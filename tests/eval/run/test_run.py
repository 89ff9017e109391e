"""Running: order, failures apart, resuming, other runs' folders, workers."""

import json
from contextlib import nullcontext
from unittest.mock import Mock

import pytest

from eval.core.cases import TargetRefused, Usage
from eval.core.record import read_run
from eval.run.run import RunOptions, quiet, run
from rag.errors import BadInput

ENVIRONMENT = {"commit": "abc", "settings": {}, "cases_digest": "1", "docs_digest": "2"}


@pytest.fixture
def suite(make):
    return make.suite(*(make.case(f"c{n}") for n in range(5)))


@pytest.fixture
def target(make, suite):
    return make.Target({c.id: make.reply() for c in suite.cases})


def go(suite, target, out=None, *, environment=None, bars=quiet, **more):
    options = RunOptions("dev", out=out, **more)
    return run(suite, target, options, environment={**ENVIRONMENT, **(environment or {})}, bars=bars)


def test_a_run_and_its_record(suite, target, tmp_path):
    made = go(suite, target, tmp_path / "run.json")
    assert [c.id for c in made.per_case] == ["c0", "c1", "c2", "c3", "c4"]
    assert made.metrics["recall@1"] == 1 and made.counts["stated"] == 5
    raw = json.loads((tmp_path / "run.json").read_text())
    assert {"format", "suite", "split", "target", "created", "metrics", "metrics_by", "environment", "counts"} <= set(
        raw
    )
    assert raw["split"] == "dev"
    assert read_run(tmp_path / "run.json").per_case == made.per_case
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]  # one file, no journal


def test_workers_give_the_same_order(suite, target):
    assert [c.id for c in go(suite, target, workers=3).per_case] == [c.id for c in suite.cases]


def test_failures_are_counted_apart_and_the_run_goes_on(suite, target, failure, tmp_path):
    target.replies["c1"] = failure
    made = go(suite, target, tmp_path / "out")
    assert made.counts["failed"] == 1 and made.counts["stated"] == 4
    assert made.per_case[1].status == "failed" and "The server is down. Start it." in made.per_case[1].error
    assert made.metrics["seen@1"] == 1  # not a wrong answer


def test_failed_cases_are_tried_again(suite, target, failure, make, tmp_path):
    target.replies["c1"] = failure
    go(suite, target, tmp_path / "out")
    target.replies["c1"] = make.reply()
    target.asked.clear()
    made = go(suite, target, tmp_path / "out")
    assert target.asked == ["c1"]
    assert made.counts["failed"] == 0 and made.counts["stated"] == 5


def test_an_interrupted_run_goes_on(suite, target, tmp_path):
    target.replies["c3"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        go(suite, target, tmp_path / "out")
    journal = tmp_path / "out/journal.jsonl"
    with journal.open("a") as file:
        file.write('{"id": "c2", "torn')  # killed while it wrote
    with pytest.raises(BadInput, match=r"out was interrupted after 3 of 5 cases\. The same command goes on\."):
        read_run(tmp_path / "out")
    target.replies["c3"] = target.replies["c4"]
    target.asked.clear()
    bar = Mock()
    made = go(suite, target, tmp_path / "out", bars=lambda label, total: nullcontext(bar))
    bar.advance.assert_called_once_with(3)
    assert bar.case.call_count == 2
    assert target.asked == ["c3", "c4"]
    assert len(made.per_case) == 5
    assert all(json.loads(line) for line in journal.read_text().splitlines())


def test_an_interrupted_run_of_one_file(suite, target, tmp_path):
    target.replies["c3"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        go(suite, target, tmp_path / "run.json")
    with pytest.raises(BadInput, match="interrupted after 3 of 5"):
        read_run(tmp_path / "run.json")


def test_a_folder_of_another_run_is_left_alone(suite, target, tmp_path):
    go(suite, target, tmp_path / "out")
    with pytest.raises(BadInput, match="holds another run: commit differ"):
        go(suite, target, tmp_path / "out", environment={"commit": "def"})
    target.asked.clear()
    go(suite, target, tmp_path / "out", environment={"commit": "def"}, overwrite=True)
    assert len(target.asked) == 5


def test_runs_of_other_versions(suite, target, tmp_path):
    go(suite, target, tmp_path / "out")
    file = tmp_path / "out/run.json"
    file.write_text(file.read_text().replace('"format": 2', '"format": 99', 1))
    with pytest.raises(BadInput, match="format 99; this Telal reads 2"):
        read_run(tmp_path / "out")


@pytest.mark.parametrize(("content", "words"), [("{", "is not a run record"), ("{}", "is not a run record")])
def test_what_is_no_run(tmp_path, content, words):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BadInput, match=words):
        read_run(tmp_path)
    with pytest.raises(BadInput, match="There is no run in"):
        read_run(tmp_path / "nowhere")


def test_a_journal_of_something_else(suite, target, tmp_path):
    (tmp_path / "journal.jsonl").write_text("hello\n")
    with pytest.raises(BadInput, match="is not a run's journal"):
        go(suite, target, tmp_path)


class Busy:
    """Asks for patience, twice."""

    name = "busy"

    def __init__(self, reply, times, wait):
        self.reply, self.times, self.wait = reply, times, wait

    def ask(self, case):
        if self.times:
            self.times -= 1
            raise TargetRefused("too many", status=429, retry_after_s=self.wait)
        return self.reply


def test_a_busy_system_is_asked_again(make):
    made = go(make.suite(make.case()), Busy(make.reply(), times=2, wait=0.01))
    assert made.counts["failed"] == 0


def test_patience_ends(make):
    never = go(make.suite(make.case()), Busy(make.reply(), times=100, wait=0.001))
    late = go(make.suite(make.case()), Busy(make.reply(), times=1, wait=3600))
    assert never.counts["failed"] == late.counts["failed"] == 1


def test_cost(make):
    suite = make.suite(make.case())
    target = make.Target({"c1": make.reply(usage=Usage(1000, 200))})
    assert go(suite, target, prices=(2.0, 10.0)).metrics["cost"] == pytest.approx(0.002 + 0.002)
    assert go(suite, target).metrics["cost"] is None
    free = make.Target({"c1": make.reply()})
    assert go(suite, free, prices=(2.0, 10.0)).metrics["cost"] is None  # it reports no tokens
