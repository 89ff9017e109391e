"""The extraction gate holds: on pages of our own, and on a sample of the shared ones where they are."""

from dataclasses import replace

import pytest

from eval.suites.extraction import (
    SHARED_DATA,
    Floors,
    digest,
    floors_under,
    measure,
    pages_of,
    read_floors,
    summary,
    write_floors,
)
from rag.errors import BadInput


@pytest.mark.parametrize("name", ["own", "sample"])
def test_no_figure_is_under_its_floor(name: str) -> None:
    if name == "sample" and not SHARED_DATA.exists():
        pytest.skip(f"{SHARED_DATA} is not there: extraction is not measured on pages of real outlets")
    pages = pages_of(name)
    floors = read_floors()[name]
    assert digest(pages) == floors.digest
    assert floors.find_fallen(summary(measure(pages))) == []


def test_the_gate_falls_when_extraction_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.extraction.extract.without_furniture", lambda text, title="": text)
    fallen = read_floors()["own"].find_fallen(summary(measure(pages_of("own"))))
    assert [line for line in fallen if line.startswith("precision")]


def test_a_changed_page_changes_the_digest() -> None:
    pages = pages_of("own")
    assert digest([replace(pages[0], title="another"), *pages[1:]]) != digest(pages)


def test_floors_are_raised_and_never_lowered(tmp_path) -> None:
    pages = pages_of("own")[:2]
    held = Floors("own", digest(pages), {"f1": 0.9})
    assert floors_under("own", pages, {"f1": 0.95}, held).at_least == {"f1": 0.94}
    assert floors_under("own", pages, {"f1": 0.5}, held).at_least == {"f1": 0.9}
    with pytest.raises(BadInput, match="not those of the floors"):
        floors_under("own", pages[:1], {"f1": 0.95}, held)
    write_floors({"own": held}, tmp_path / "floors.toml")
    assert read_floors(tmp_path / "floors.toml") == {"own": held}
    assert held.find_fallen({"f1": 0.89}) and held.find_fallen({}) and not held.find_fallen({"f1": 0.9})
