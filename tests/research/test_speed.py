"""Texts, vectors, figures and pictures of the measurement of speed."""

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from datetime import date

import numpy as np
import pytest

from rag.errors import BadInput
from rag.types import Filters
from research.speed import runtimes
from research.speed.__main__ import sizes
from research.speed.figures import Figure, Report, SizeFigures, Times, number, take_turns
from research.speed.measure import where
from research.speed.texts import DAYS, FILTERS, PASSAGE_CHARS, PER_ARTICLE, TENTH, Base, Maker
from research.speed.write import picture, write


@pytest.fixture(scope="module")
def maker():
    return Maker()


def test_articles_are_the_same_every_time_and_whole(maker):
    made = maker.article(7)
    assert made == Maker().article(7) != maker.article(8)
    assert len(made.passages) == PER_ARTICLE
    for passage in made.passages:
        assert made.article.text[passage.start : passage.end] == passage.text
        assert PASSAGE_CHARS <= len(passage.text) < 3 * PASSAGE_CHARS


def test_filters_hold_the_share_that_they_are_named_for(maker):
    made = [m.article for m in maker.articles(DAYS * PER_ARTICLE)]
    assert Counter(a.language for a in made)[TENTH] == len(made) // 10
    for name, share in (("dates, 1 %", 0.01), ("dates, 30 %", 0.3)):
        days = FILTERS[name]
        held = [a for a in made if days.published_from <= a.published.date() <= days.published_to]
        assert len(held) == share * len(made)
        assert len({a.language for a in held}) > 3


def test_moved_vectors_are_unit_and_near(maker):
    rng = np.random.default_rng(0)
    base = Base({"sq": np.eye(3, 384, dtype=np.float32)}, ())
    made = base.perturb("sq", 50, rng)
    assert made.shape == (50, 384) and made.dtype == np.float32
    assert np.linalg.norm(made, axis=1) == pytest.approx(1, abs=1e-5)
    assert (made @ base.vectors["sq"].T).max(axis=1) == pytest.approx(0.96, abs=0.02)
    assert base.perturb("tr", 2, rng).shape == (2, 384)  # a language of which nothing was embedded


def test_ratios_say_how_many_times_better():
    assert Figure("search", "ms", 2.0, 10.0).ratio == 5
    assert Figure("rate", "1/s", 2.0, 10.0, "higher").ratio == 0.2
    assert Figure("answer", "ms", 2.0).ratio is None


def test_the_systems_take_turns():
    asked = []
    times = take_turns(["a", "b"], lambda q: asked.append(("ours", q)), lambda q: asked.append(("theirs", q)))
    assert asked == [("ours", "a"), ("theirs", "a"), ("ours", "b"), ("theirs", "b")]
    assert len(times.telal) == len(times.reference) == 2
    assert [f.name for f in Times([1, 2, 3]).figures("x")] == ["x, p50", "x, p95", "x, p99"]
    assert Times([1, 2, 3]).figures("x")[0] == Figure("x, p50", "ms", 2.0, None)


def test_filters_in_the_words_of_chroma():
    assert where(Filters()) is None
    assert where(Filters(languages=("sq",))) == {"language": "sq"}
    days = Filters(published_from=date(1970, 1, 2), published_to=date(1970, 1, 4))
    assert where(days) == {"$and": [{"day": {"$gte": 1}}, {"day": {"$lte": 3}}]}


@pytest.mark.parametrize("value, shown", [(None, "-"), (1234.5, "1,234"), (12.34, "12.3"), (1.234, "1.23")])
def test_numbers(value, shown):
    assert number(value) == shown


def test_sizes_are_checked():
    assert sizes("10000,30_000,10000") == (10_000, 30_000)
    for text, said in (("many", "no list"), ("5", "between"), ("1e3", "no list")):
        with pytest.raises(BadInput, match=said):
            sizes(text)


@pytest.fixture
def report():
    def measured(count):
        searches = [Figure(f"search, {name}, p50", "ms", count / 1000, count / 100) for name in FILTERS]
        return SizeFigures(count, searches)

    return Report([measured(1000), measured(3000)], ["Vectors are moved."], {"cpu": "one"})


def test_files_of_a_measurement(report, tmp_path):
    written = write(report, tmp_path / "new")
    assert [p.name for p in written] == ["speed.json", "latency.svg"]
    record = json.loads(written[0].read_text(encoding="utf-8"))
    assert record["notes"] == ["Vectors are moved."]
    assert record["sizes"][1]["figures"][0]["ratio"] == 10
    ElementTree.parse(written[1])


def test_a_picture_of_one_size_and_of_one_system():
    alone = [SizeFigures(500, [Figure("search, no filter, p50", "ms", 3.0)])]
    ElementTree.fromstring(picture(alone))
    assert "var(--run-1)" not in picture(alone).partition("</style>")[2]


def test_runtimes_give_every_figure(monkeypatch):
    monkeypatch.setattr(runtimes, "PASSAGES", 2)
    monkeypatch.setattr(runtimes, "QUERIES", 2)
    figures = runtimes.measure("onnx")
    assert set(figures) == set(runtimes.ROWS) and all(value > 0 for value in figures.values())
    assert runtimes.table({"onnx": runtimes.best([figures, figures])}).count("\n") == len(runtimes.ROWS)
