"""What a run says while it lasts and at its end."""

from io import StringIO

import pytest
from rich.console import Console

from eval.core import show
from eval.run.run import run
from eval.run.show import by_grid, show_run


@pytest.fixture
def consoles():
    return [Console(file=StringIO(), width=200) for _ in range(2)]


def said(console):
    return console.file.getvalue()


def test_without_a_terminal_a_line_now_and_then_says_how_far_it_is(make, failure, consoles, monkeypatch):
    out = consoles[0]
    clock = [0.0]
    monkeypatch.setattr(show.time, "monotonic", lambda: clock[0])

    class Slow:
        name = "slow"

        def ask(self, case):
            clock[0] += 20  # seconds that it takes
            if case.id == "c1":
                raise failure
            return make.reply()

    suite = make.suite(*(make.case(f"c{n}") for n in range(5)))
    run(suite, Slow(), bars=lambda label, total: show.CaseProgressBar(out, label, total))
    assert said(out).splitlines() == ["Asking: 2 of 5, 1 failed", "Asking: 4 of 5, 1 failed"]


def test_where_all_failed_that_is_said_first_and_no_table(make, failure, consoles):
    suite = make.suite(make.case("c1"), make.case("c2"))
    show_run(*consoles, run(suite, make.Target({"c1": failure, "c2": failure})))
    out, err = map(said, consoles)
    assert out == "All 2 cases failed.\n"
    assert "c1 failed: The server is down. Start it." in err


def test_pairs_with_enough_cases_the_worst_first(make):
    away = make.reply(**make.REFUSAL)
    right = {"en": 5, "sq": 2, "mk": 3, "el": 4}  # of five; el has four cases
    cases, replies = [], {}
    for language, count in right.items():
        for n in range(4 if language == "el" else 5):
            cases.append(make.case(f"{language}{n}", language=language))
            replies[f"{language}{n}"] = make.reply() if n < count else away
    made = by_grid(run(make.suite(*cases), make.Target(replies)), "pair")
    assert made.head[0] == "question:article (5 cases or more)"
    assert [row[:3] for row in made.rows] == [
        ("sq:en", "5", "0.400"), ("mk:en", "5", "0.600"), ("en:en", "5", "1.000"),
    ]  # fmt: skip
