"""Pages of real outlets are read as well as they were."""

import pytest

from research.extraction import SHARED_DATA, measure, pages_of, summary

# A hundredth under what was measured when extraction was last changed (`python -m research.extraction sample`).
FLOORS = {
    "precision": 0.893,
    "recall": 0.952,
    "f1": 0.912,
    "title": 0.704,
    "authors": 0.847,
    "published": 1,
    "language": 1,
}


@pytest.mark.data
def test_no_figure_of_the_sample_is_under_its_floor() -> None:
    if not SHARED_DATA.exists():
        pytest.skip(f"{SHARED_DATA} is not there: extraction is not measured on pages of real outlets")
    figures = summary(measure(pages_of("sample")))
    assert {name: figures[name] for name, floor in FLOORS.items() if figures[name] < floor} == {}


def test_a_page_read_worse_lowers_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = pages_of("own")
    assert summary(measure(pages))["precision"] == 1
    monkeypatch.setattr("ingest.extraction.extract.without_furniture", lambda text, title="": text)
    assert summary(measure(pages))["precision"] < 1
