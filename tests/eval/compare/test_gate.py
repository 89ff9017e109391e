"""The gate fails when a floor is broken, and a floor is lowered only in writing."""

from contextlib import suppress
from dataclasses import replace

import pytest

from eval.compare.gate import (
    Gate,
    figures,
    find_regressions,
    pins_of,
    read_gates,
    slacks,
    write_gates,
    written,
)
from eval.datasets.load import load
from eval.datasets.shared_data import DataMissing
from eval.run.run import RunOptions, measure, run
from rag.config import load_settings
from rag.errors import BadInput


@pytest.fixture
def gate():
    return Gate("small", "balkan", "dev", 3, ("aaa", "bbb"), {"recall@5": 0.8, "seen@1": 0.5}, {"quotes_altered": 0.0})


GOOD = {"recall@5": 0.85, "seen@1": 0.5, "quotes_altered": 0.0}


def test_it_holds(gate):
    assert find_regressions(gate, GOOD) == []


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ({**GOOD, "recall@5": 0.79}, "recall@5: 0.7900, at least 0.8000 is wanted"),
        ({**GOOD, "quotes_altered": 0.01}, "quotes_altered: 0.0100, at most 0.0000 is wanted"),
        ({**GOOD, "seen@1": None}, "seen@1: not measured, at least 0.5000 is wanted"),
    ],
)
def test_a_broken_floor(gate, metrics, told):
    assert [str(f) for f in find_regressions(gate, metrics)] == [told]


def test_writing_raises_and_lowers_only_when_told(gate):
    measured = {**GOOD, "recall@5": 0.7005, "seen@1": 0.9, "stated_wrong": 0.3, "languages two: seen@1": 0.6}
    new = written(gate, measured, {}, lower=False)
    assert new.at_least == {"recall@5": 0.8, "seen@1": 0.88, "languages two: seen@1": 0.58}
    assert new.at_most == {"quotes_altered": 0.0, "stated_wrong": 0.32}  # nothing altered is held at nothing
    low = written(gate, measured, {}, lower=True)
    assert low.at_least["recall@5"] == 0.68 and find_regressions(low, measured) == []
    few = written(gate, {**GOOD, "seen@1": 0.875}, {"seen@1": 1.5 / 8, "quotes_altered": 0.5}, lower=True)
    assert few.at_least["seen@1"] == 0.687 and few.at_most["quotes_altered"] == 0.0


def test_where_few_cases_count_a_bound_leaves_room_for_one(make):
    suite = make.suite(make.case("a"), make.case("b", language="sq"))
    made = run(suite, make.Target({"a": make.reply(), "b": make.reply(**make.REFUSAL)}))
    found = slacks(made)
    assert found["seen@1"] == 2.5 / 2 and found["languages two: seen@1"] == 2.5
    few = {"calibration_error": 0.2, "stated_wrong": 0.1}
    new = written(Gate("g", "s", None, 1, ("", ""), {}, {}), few, found, lower=True)
    assert list(new.at_most) == ["stated_wrong"], "the calibration of two answers is chance"


def test_figures_of_groups(make):
    suite = make.suite(make.case("a"), make.case("b", language="sq"))
    target = make.Target({"a": make.reply(), "b": make.reply(**make.REFUSAL)})
    found = figures(run(suite, target))
    assert found["seen@1"] == 1 / 2
    assert (found["languages one: seen@1"], found["languages two: seen@1"]) == (1, 0)
    assert found["pair sq:en: false_absence"] == 1


def test_the_pinned_cases(make, gate):
    suite = make.suite(*(make.case(f"c{n}") for n in range(60)), make.case("t", split="test"), name="balkan")
    chosen = gate.of(suite)
    assert 10 <= len(chosen.cases) <= 30 and all(c.split == "dev" for c in chosen.cases)
    pinned = replace(gate, pins=pins_of(chosen))
    assert pinned.changed_pins(chosen) == []
    other = replace(chosen, cases=chosen.cases[1:])
    assert len(pinned.changed_pins(other)) == 1 and "the cases" in pinned.changed_pins(other)[0]


def test_the_file_of_floors(gate, tmp_path):
    path = tmp_path / "floors.toml"
    second = replace(gate, name="other", split=None, at_most={})
    write_gates([gate, second], path)
    assert read_gates(path) == {"small": gate, "other": second}
    path.write_text("[small]\nsuite = 1\n")
    with pytest.raises(BadInput, match="is not a file of floors"):
        read_gates(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_gates(tmp_path / "nowhere")


def test_the_shipped_floors_are_pinned_to_the_benchmark():
    for gate in read_gates().values():
        assert gate.at_least and gate.at_most
        with suppress(DataMissing):
            assert gate.changed_pins(gate.of(load(gate.suite))) == [], (
                "look at the change, then: telal eval gate --lower"
            )


@pytest.mark.slow
@pytest.mark.parametrize("name", read_gates())
def test_the_gate(name):
    """The pinned cases, asked of Telal as it is; these are the gates of the suite."""
    gate = read_gates()[name]
    try:
        suite = gate.of(load(gate.suite))
    except DataMissing as error:
        pytest.skip(f"{error.message} {error.hint}")
    made = measure(suite, load_settings(), RunOptions(split=gate.split))
    assert [c.error for c in made.per_case if c.failed] == []
    assert [str(f) for f in find_regressions(gate, figures(made))] == []
