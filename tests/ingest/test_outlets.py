"""The file of outlets: what it may hold, what is told when it is wrong, and that adding leaves the rest alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.outlets import (
    OutletConfig,
    add_outlet,
    load_outlets,
    outlets_file,
    parse_outlets,
    select_outlets,
    starter_outlets,
)
from rag.config import IngestSettings, Settings
from rag.errors import BadInput, BadSettings, ReadOnly

MINE = """# mine, and ordered
[[outlet]]
name = "Most Daily"   # the first
feeds = ["https://most.example/feed"]
every_s = 60
"""


def test_an_outlet_is_read() -> None:
    (outlet,) = parse_outlets(MINE, "outlets.toml")
    assert outlet == OutletConfig(name="Most Daily", feeds=("https://most.example/feed",), every_s=60)
    assert outlet.sources() == [("feeds", "https://most.example/feed")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[outlet]\n", "is not TOML"),
        ('x = 1\n[[outlet]]\nname = "A"', "'x' is not known"),
        ('[outlet]\nname = "A"', "two brackets"),
        ("[[outlet]]\nfeeds = []", "outlet 1: name: Field required"),
        ('[[outlet]]\nname = "A"\nfeed = ["https://a.example"]', "outlet 1: 'feed' is not known"),
        ('[[outlet]]\nname = "A"\nfeeds = ["ftp://a.example"]', "is not an http address"),
        ('[[outlet]]\nname = "A"\nkind = "blog"', "outlet 1: kind"),
        ('[[outlet]]\nname = "A"\nevery_s = 0', "outlet 1: every_s"),
        ('[[outlet]]\nname = "A"\n[[outlet]]\nname = "a"', "stands there twice"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(BadSettings) as caught:
        parse_outlets(text, "outlets.toml")
    assert told in caught.value.message


def test_where_the_file_is(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert outlets_file(settings) == tmp_path / "outlets.toml"
    assert load_outlets(settings) == []
    elsewhere = Settings(data_dir=tmp_path, ingest=IngestSettings(outlets=tmp_path / "mine.toml"))
    (tmp_path / "mine.toml").write_text(MINE)
    assert [o.name for o in load_outlets(elsewhere)] == ["Most Daily"]


def test_adding_leaves_remarks_and_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "outlets.toml"
    add_outlet(path, OutletConfig(name="A", feeds=("https://a.example/feed",)))
    path.write_text(MINE)
    add_outlet(path, OutletConfig(name="Šumski list", language="hr", wordpress=("https://b.example",), delay_s=2))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# mine, and ordered") and "# the first" in text
    added = parse_outlets(text, "x")[1]
    assert added == OutletConfig(name="Šumski list", language="hr", wordpress=("https://b.example",), delay_s=2)


def test_adding_to_an_outlet_keeps_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "outlets.toml"
    path.write_text(MINE)
    more = OutletConfig(
        name="most daily", feeds=("https://most.example/feed", "https://most.example/sport"), country="RS"
    )
    whole = add_outlet(path, more)
    (held,) = parse_outlets(path.read_text(), "x")
    assert held == whole
    assert (held.name, held.every_s, held.country) == ("Most Daily", 60, "RS")
    assert held.addresses("feeds") == ("https://most.example/feed", "https://most.example/sport")


def test_what_cannot_be_added(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        add_outlet(tmp_path / "outlets.toml", OutletConfig(name="A"))
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ReadOnly):
        add_outlet(blocked / "outlets.toml", OutletConfig(name="A", feeds=("https://a.example",)))


def test_outlets_by_name() -> None:
    outlets = parse_outlets(MINE, "x")
    assert select_outlets(outlets, []) == outlets
    assert select_outlets(outlets, ["MOST DAILY"]) == outlets
    with pytest.raises(BadInput) as caught:
        select_outlets(outlets, ["Other"])
    assert "Most Daily" in caught.value.hint


def test_the_starter_list_is_of_the_region_and_says_where_it_was_found() -> None:
    outlets = starter_outlets()
    assert len(outlets) >= 25
    assert all(o.found and o.addresses("feeds") for o in outlets)
    assert {"AL", "BA", "BG", "GR", "HR", "ME", "MK", "RO", "RS", "SI", "TR", "XK"} <= {o.country for o in outlets}
    assert len({url for o in outlets for _, url in o.sources()}) == sum(len(o.sources()) for o in outlets)
