"""The gate fails when a floor is broken, and a floor is lowered only in writing."""

from contextlib import suppress
from dataclasses import replace

import pytest

from eval.compare.gate import (
    Gate,
    changelog_line,
    find_regressions,
    lower_bounds,
    raise_bounds,
    read_gates,
    repin,
    write_changelog,
    write_gates,
)
from eval.datasets.shared_data import DataMissing
from rag.errors import BadInput


@pytest.fixture
def gate():
    return Gate(
        "small", "balkan", "dev", 3, "aaa", "bbb", {"recall@5": 0.8, "answer_hit@1": 0.5}, {"quotes_altered": 0.0}
    )


GOOD = {"recall@5": 0.85, "answer_hit@1": 0.5, "quotes_altered": 0.0}


def test_it_holds(gate):
    assert find_regressions(gate, GOOD) == []


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ({**GOOD, "recall@5": 0.79}, "recall@5: 0.7900, at least 0.8000 is wanted"),
        ({**GOOD, "quotes_altered": 0.01}, "quotes_altered: 0.0100, at most 0.0000 is wanted"),
        ({**GOOD, "answer_hit@1": None}, "answer_hit@1: not measured, at least 0.5000 is wanted"),
    ],
)
def test_a_broken_floor(gate, metrics, told):
    assert [str(f) for f in find_regressions(gate, metrics)] == [told]


def test_lowering(gate):
    new = lower_bounds(gate, {**GOOD, "recall@5": 0.7996, "quotes_altered": 0.0101})
    assert new.at_least == {"recall@5": 0.799, "answer_hit@1": 0.5}
    assert new.at_most == {"quotes_altered": 0.011}
    assert find_regressions(new, {**GOOD, "recall@5": 0.7996, "quotes_altered": 0.0101}) == []
    with pytest.raises(BadInput, match="recall@5 is not measured"):
        lower_bounds(gate, {**GOOD, "recall@5": None})


def test_raising(gate):
    new = raise_bounds(gate, {**GOOD, "recall@5": 0.9, "answer_hit@1": 0.51})
    assert new.at_least == {"recall@5": 0.88, "answer_hit@1": 0.5}  # never lower than it was
    strict = raise_bounds(
        replace(gate, at_most={"wrong_answers": 0.5, "quotes_altered": 0.2}), {**GOOD, "wrong_answers": 0.3}
    )
    assert strict.at_most == {"wrong_answers": 0.32, "quotes_altered": 0.0}  # nothing altered is held at nothing
    assert raise_bounds(gate, {**GOOD, "recall@5": 1.0}).at_least["recall@5"] == 1.0


def test_the_pinned_cases(make, gate):
    suite = make.suite(*(make.case(f"c{n}") for n in range(60)), make.case("t", split="test"), name="balkan")
    chosen = gate.of(suite)
    assert 10 <= len(chosen.cases) <= 30 and all(c.split == "dev" for c in chosen.cases)
    pinned = repin(gate, chosen)
    assert pinned.changed_pins(chosen) == []
    other = replace(chosen, cases=chosen.cases[1:])
    assert len(pinned.changed_pins(other)) == 1 and "the cases have changed" in pinned.changed_pins(other)[0]


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


def test_the_changelog_says_what_was_lowered_and_why(gate, tmp_path):
    path = tmp_path / "CHANGELOG.md"
    path.write_text("# Changelog\n\n## [Unreleased]\n\n- Something new.\n\n## 0.1\n")
    new = replace(gate, at_least={**gate.at_least, "recall@5": 0.75})
    write_changelog(changelog_line(gate, new, "fusion is simpler now."), path)
    assert path.read_text() == (
        "# Changelog\n\n## [Unreleased]\n\n"
        "- The quality gate `small` lowers `recall@5` from 0.8 to 0.75: fusion is simpler now.\n"
        "- Something new.\n\n## 0.1\n"
    )
    assert "is pinned to the benchmark as it is now: more cases" in changelog_line(gate, gate, "more cases")
    path.write_text("# Changelog\n")
    with pytest.raises(BadInput, match="has no section"):
        write_changelog("- x", path)
    with pytest.raises(BadInput, match="in a checkout only"):
        write_changelog("- x", tmp_path / "nowhere.md")


def test_the_shipped_floors_are_pinned_to_the_benchmark():
    from eval.datasets.load import load

    for gate in read_gates().values():
        assert gate.at_least and gate.at_most
        with suppress(DataMissing):
            assert gate.changed_pins(gate.of(load(gate.suite))) == [], (
                "look at the change, then: telal eval gate --repin"
            )


@pytest.mark.slow
@pytest.mark.parametrize("name", read_gates())
def test_the_gate(name):
    """The pinned cases, asked of Telal as it is; these are the gates of the suite."""
    from eval.datasets.load import load
    from eval.run.run import How, measure
    from rag.config import load_settings

    gate = read_gates()[name]
    try:
        suite = gate.of(load(gate.suite))
    except DataMissing as error:
        pytest.skip(f"{error.message} {error.hint}")
    made = measure(suite, load_settings(), How(split=gate.split))
    assert [c.error for c in made.per_case if c.failed] == []
    assert [str(f) for f in find_regressions(gate, made.metrics)] == []
