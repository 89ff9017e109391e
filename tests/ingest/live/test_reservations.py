"""What owners reserve, in every place where it can be said, and what only looks like it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from faulty_server import Faulty, send

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, RightsReserved
from ingest.fetch.reservations import parse_tdmrep

pytestmark = pytest.mark.usefixtures("database")

PAGE = "<html><head>{head}</head><body><p>Most</p></body></html>"
Find = Callable[..., Any]


@pytest.fixture
def find(faulty: Faulty, fetcher: Callable[..., Fetcher]) -> Find:
    """The reservation found on a page with this head and these headers, at a host with this tdmrep.json."""

    def look(head: str = "", *, rules: object = None, path: str = "/a", agreed: bool = False, **headers: str) -> Any:
        if rules is not None:
            text = rules if isinstance(rules, str) else json.dumps(rules)
            faulty.on("/.well-known/tdmrep.json", send(text, kind="application/json"))
        url = faulty.on(path, send(PAGE.format(head=head), **headers))
        asked = fetcher()
        page = asked.get(url, "page")
        try:
            asked.reservations.check(page, agreed=agreed)
        except RightsReserved as error:
            return error
        return None

    return look


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("noindex", "noindex"),
        ("NOINDEX, nofollow", "noindex"),
        ("none", "noindex"),
        ("noarchive", "noarchive"),
        ("noai, noimageai", "noai"),
        ("telal: noindex", "noindex"),
        ("googlebot: noindex, telal: noai", "noai"),
        ("googlebot: noindex", None),
        ("googlebot: nofollow, noindex", None),
        ("max-snippet: 20, noarchive", "noarchive"),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST", None),
        ("index, follow, max-image-preview:large", None),
        ("nofollow", None),
    ],
)
def test_x_robots_tag(find: Find, header: str, reason: str | None) -> None:
    found = find(X_Robots_Tag=header)
    assert (found.reason if found else None) == reason
    assert found is None or found.said_in == "header"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('<meta name="robots" content="noindex">', "noindex"),
        ("<META CONTENT='noarchive' NAME='ROBOTS'>", "noarchive"),
        ("<meta name=robots content=noai>", "noai"),
        ('<meta name="telal" content="noindex, nofollow" />', "noindex"),
        ('<meta name="googlebot" content="noindex">', None),
        ('<meta name="robots" content="max-image-preview:large, index">', None),
        ('<meta name="description" content="noindex">', None),
        (
            '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://m.example/p">',
            "tdm-reservation",
        ),
        ('<meta name="tdm-reservation" content="0">', None),
    ],
)
def test_meta_elements(find: Find, head: str, reason: str | None) -> None:
    found = find(head)
    assert (found.reason if found else None) == reason
    assert found is None or found.said_in == "page"


def test_the_tdm_header_and_its_policy(find: Find) -> None:
    found = find(tdm_reservation="1", tdm_policy="https://most.example/policy.json")
    assert (found.reason, found.said_in) == ("tdm-reservation", "header")
    assert "https://most.example/policy.json" in found.message


@pytest.mark.parametrize(
    ("location", "path", "reserved"),
    [
        ("/", "/a", True),
        ("/news", "/news/1", True),
        ("/news", "/other", False),
        ("/*.html$", "/x/y.html", True),
        ("/*.html$", "/x/y.html?z", False),
        ("*", "/a", True),
        ("/archive/*/text", "/archive/2026/text/1", True),
        ("https://most.example/news", "/news", True),
        ("news", "/news", True),
    ],
)
def test_tdmrep_locations(find: Find, location: str, path: str, reserved: bool) -> None:
    found = find(rules=[{"location": location, "tdm-reservation": 1}], path=path)
    assert (found is not None) == reserved
    assert found is None or found.said_in == "tdmrep.json"


def test_the_first_rule_that_matches_holds(find: Find) -> None:
    rules = [{"location": "/open", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]
    assert find(rules=rules, path="/open/1") is None
    assert find(rules=rules, path="/closed") is not None


def test_a_page_says_more_than_its_header_and_that_more_than_the_file(find: Find) -> None:
    rules = [{"location": "/", "tdm-reservation": 1}]
    assert find(rules=rules, path="/b", tdm_reservation="0") is None
    assert find('<meta name="tdm-reservation" content="0">', rules=rules, path="/c", tdm_reservation="1") is None


@pytest.mark.parametrize(
    "rules", ["<html>not found</html>", "", "{}", "[1, null, {}]", '[{"location": 5}]', "[" * 100_000]
)
def test_files_that_are_no_rules(find: Find, rules: str) -> None:
    assert find(rules=rules) is None


def test_patterns_made_to_hang_do_not() -> None:
    location = "/" + "*a" * 200 + "b$"
    (rule,) = parse_tdmrep(json.dumps([{"location": location, "tdm-reservation": "1"}]).encode())
    started = time.thread_time()
    assert rule.pattern.match("/" + "a" * 5000) is None
    assert time.thread_time() - started < 1


def test_while_the_file_cannot_be_had_nothing_is_taken(faulty: Faulty, fetcher: Callable[..., Fetcher]) -> None:
    faulty.on("/.well-known/tdmrep.json", send(status=503))
    asked = fetcher()
    page = asked.get(faulty.on("/a", send(PAGE)), "page")
    with pytest.raises(FetchFailed) as caught:
        asked.reservations.check(page, agreed=False)
    assert caught.value.reason == "tdmrep-unreachable"


def test_an_agreement_is_leave_to_mine_and_no_more(find: Find) -> None:
    rules = [{"location": "/", "tdm-reservation": 1}]
    assert find(rules=rules, agreed=True) is None
    assert find(rules=rules, agreed=True, X_Robots_Tag="noai") is None
    assert find(rules=rules, agreed=True, X_Robots_Tag="noai, noindex").reason == "noindex"


def test_the_file_is_asked_for_once_an_hour(faulty: Faulty, fetcher: Callable[..., Fetcher]) -> None:
    asked = fetcher()
    for n in range(3):
        page = asked.get(faulty.on(f"/{n}", send(PAGE)), "page")
        asked.reservations.check(page, agreed=False)
    assert faulty.requests["/.well-known/tdmrep.json"] == 1
