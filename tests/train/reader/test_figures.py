"""The reader's figures, by hand."""

import pytest

from train.reader.calibrate import calibrate, clear_margin, fitted
from train.reader.figures import (
    Joining,
    Read,
    Result,
    by_both,
    by_cosine,
    by_reader,
    figures,
    markdown,
    paired,
    read,
    top_holds,
    write,
)


def one(margins, cosines, holds, *, gold=True, stated=0.0, answers=None):
    scores = tuple(0.0 for _ in margins)
    texts = answers or ("x",) * len(margins)
    cosines = tuple(cosines)
    return Read(tuple(margins), cosines, tuple(holds), texts, scores, max(cosines), stated, gold, 40.0)


def result(name, *reads, here=True, claim=False, pair="en:en", source="", wanted=("x",)):
    return Result(name, pair, source, here, claim, wanted, reads)


GOOD = one([3, -1], [0.8, 0.82], [0], stated=2.0)
OFF = one([-4, -5], [0.81, 0.7], [], gold=False, stated=-2.0)


def test_the_best_sentence_of_all_passages():
    walk = result("dev/news/walk", OFF, GOOD)
    assert top_holds(walk, by_reader) and not top_holds(walk, by_cosine)
    assert top_holds(walk, by_both(0.01)) and not top_holds(walk, by_both(0.0))


def test_figures_stand_beside_those_of_cosine():
    found = [result("dev/news/walk", OFF, GOOD), result("dev/news/absent", OFF, here=False)]
    table = {(f.set, f.name): f for f in figures(found, Joining(pick=0.0, order=0.01, clear=9.0))}
    pick = table["dev/news/walk", "top sentence right"]
    assert (pick.reader, pick.cosine, pick.joined, pick.count) == (1.0, 0.0, 0.0, 1)
    order = table["dev/news/walk", "right passage first, of five"]
    assert (order.reader, order.cosine, order.joined) == (1.0, 1.0, 1.0)
    refusal = table["dev/news/walk", "AUROC of not here, by margin"]
    assert refusal.reader == 1.0 and refusal.cosine == 1.0
    assert table["dev/news/walk", "short answer, exact"].reader == 1.0


def test_claims_are_compared_by_how_they_were_changed():
    found = [
        result("dev/claims", GOOD, claim=True, source="claim"),
        result("dev/claims", OFF, here=False, claim=True, source="claim-name"),
        result("dev/claims", one([0], [0.9], [], stated=5.0), here=False, claim=True, source="claim-number"),
    ]
    table = {f.name: f.reader for f in figures(found, Joining(pick=0.0, order=0.0, clear=9.0))}
    assert table == {
        "AUROC of claims, claim-name": 1.0,
        "AUROC of claims, claim-number": 0.0,
        "AUROC of claims, all": 0.5,
    }


def test_the_weight_of_joining_is_the_smallest_of_the_best():
    found = [result("dev/news/walk", OFF, GOOD)] * 3
    assert fitted(found) == Joining(pick=0.005, order=0.0, clear=15.0)


def test_a_walk_may_stop_where_it_costs_nothing():
    early = one([4, 0], [0.7, 0.7], [0])
    late = one([9, 0], [0.8, 0.8], [0])
    found = [result("dev/balkan/walk", early, OFF)] * 9 + [result("dev/news/walk", one([5], [0.7], []), late)]
    assert clear_margin(found) == 6.0  # at 5 the wrong sentence would end the last walk
    assert clear_margin([]) == clear_margin(found[:9]) == 15.0
    table = {
        f.name: f
        for f in figures(
            [result("dev/news/walk", r.read[0], *r.read[1:]) for r in found], Joining(pick=0.0, order=0.0, clear=4.0)
        )
    }
    assert table["top sentence right, stopping early; passages read"].reader == 0.9


def test_a_difference_that_may_be_chance_and_one_that_is_not():
    assert paired([True, False], [False, True]) == 1.0
    assert paired([True] * 30, [False] * 30) < 0.001


def test_probabilities_rise_with_the_scores():
    found = [
        result("dev/squad", one([m, 0], [0.8, 0.8], [0] if m > 0 else [], stated=m)) for m in (-3, -2, -1, 1, 2, 3)
    ]
    found += [result("dev/squad-claims", one([0], [0.8], [], stated=s), here=s > 0, claim=True) for s in (-2, -1, 1, 2)]
    found_ = calibrate(found)
    assert found_.not_here[1] + found_.not_here[2] < 0 < found_.supports[1]
    assert found_.not_here_auroc == found_.supports_auroc == 1.0


def test_results_come_back_from_the_file(tmp_path):
    found = [result("dev/news/walk", OFF, GOOD, pair="el:en")]
    write(tmp_path / "r.jsonl.gz", found)
    assert read(tmp_path / "r.jsonl.gz") == found


@pytest.mark.parametrize(
    ("pair", "crossing"), [("en:en", False), ("sr-Cyrl:hr", False), ("cnr:bs", False), ("sl:hr", True), ("el:en", True)]
)
def test_close_languages_do_not_count_as_two(pair, crossing):
    assert result("s", GOOD, pair=pair).crossing is crossing


def test_the_table_is_markdown():
    table = markdown(figures([result("dev/news/walk", OFF, GOOD)], Joining(pick=0.0, order=0.0, clear=9.0)))
    assert table.splitlines()[2].startswith("| dev/news/walk | top sentence right | 1 | 1.000 | .000 | .000 |")
