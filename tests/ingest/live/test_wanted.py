"""A page that a reader met and the archive lacks waits for its outlet's next visit, which fetches it once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from outlet_site import Site

from ingest.outlets import OutletConfig
from ingest.watch.wanted import MOST, WantedPages, outlet_of_page

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def followed(**more: Any) -> OutletConfig:
    return OutletConfig(**({"name": "Most Daily", "feeds": ("https://www.most.example/feed",)} | more))


def outlet(site: Site) -> OutletConfig:
    return OutletConfig(name="Most Daily", feeds=(f"{site.base}/feed",))


def test_the_next_visit_fetches_a_wanted_page_that_no_list_names(site: Site, desk: Any) -> None:
    story, _ = site.publish(2)
    site.feed_length = 1  # the older one has left the feed
    address, wanted = site.url(story), WantedPages(desk.archive)
    lists = outlet(site)
    assert wanted.note(address, [lists], now=NOW) and not wanted.note(f"{address}?utm_source=x", [lists], now=NOW)
    assert site.requests[f"200 {story.path}"] == 0  # noting fetches nothing
    desk.run(lists)
    assert len(desk.archive.at_address(address)) == 1 and wanted.of("Most Daily", limit=9) == []
    assert not wanted.note(address, [lists], now=NOW)
    desk.run(lists)
    assert site.requests[f"200 {story.path}"] == 1


def test_a_page_that_cannot_be_fetched_waits_for_the_next_try(site: Site, desk: Any) -> None:
    (story,) = site.publish(1)
    site.withdraw(story.number, 404)
    wanted = WantedPages(desk.archive)
    assert wanted.note(site.url(story), [outlet(site)], now=NOW)
    desk.run(outlet(site))
    assert desk.archive.at_address(site.url(story)) == [] and wanted.of("Most Daily", limit=9) == [site.url(story)]


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("https://other.example/1", {}),
        ("https://most.example.evil.example/1", {}),
        ("https://most.example/", {}),
        ("javascript:alert(1)//most.example/1", {}),
        ("https://most.example/a\nb", {}),
        ("https://user:word@most.example/1", {}),
        ("https://most.example/" + "x" * 2000, {}),
        ("https://most.example/1", {"enabled": False}),
        ("https://most.example/1", {"text": "feed"}),
    ],
)
def test_only_article_pages_of_followed_outlets_are_noted(address: str, more: dict[str, Any]) -> None:
    assert outlet_of_page(address, [followed(**more)]) is None


def test_the_same_host_by_another_name_is_the_outlets() -> None:
    for address in ("https://most.example/1", "https://www.most.example/1", "https://m.most.example/1?a=b"):
        assert outlet_of_page(address, [followed()]) == followed()


def test_ten_thousand_addresses_leave_a_hundred_and_old_ones_make_room(desk: Any) -> None:
    wanted, outlets = WantedPages(desk.archive), [followed()]
    noted = sum(wanted.note(f"https://most.example/{n}", outlets, now=NOW) for n in range(10 * MOST))
    assert noted == MOST == len(wanted.of("Most Daily", limit=10_000))
    assert wanted.note("https://most.example/next", outlets, now=NOW + timedelta(days=8))
    assert wanted.of("Most Daily", limit=9) == ["https://most.example/next"]


def test_an_erased_page_is_not_asked_for_again(site: Site, desk: Any) -> None:
    (story,) = site.publish(1)
    desk.run(outlet(site))
    (article_id,) = desk.archive.at_address(site.url(story))
    desk.archive.erase(article_id, reason="asked for")
    assert not WantedPages(desk.archive).note(site.url(story), [outlet(site)], now=NOW)
