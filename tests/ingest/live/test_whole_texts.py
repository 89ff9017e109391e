"""Texts that come with a list, not from their pages, are held to what their owner reserves for the pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from faulty_server import Faulty, send
from outlet_site import Site, Story

from ingest.outlets import OutletConfig
from ingest.watch.schema import page_key

TEXT = "<p>Most je otvoren juče u mestu Pirot. Radovi su trajali dve godine i koštali pet miliona evra.</p>"


def wordpress(site: Site, **more: Any) -> OutletConfig:
    return OutletConfig(name="Most Daily", wordpress=(site.base,), **more)


def reasons(desk: Any, site: Site, stories: Sequence[Story]) -> list[str]:
    known = desk.state.read_pages([page_key(site.url(s)) for s in stories])
    return [known[page_key(site.url(s))].reason for s in stories]


def test_tdmrep_holds_for_the_texts_of_wordpress(site: Site, desk: Any) -> None:
    stories = site.publish(3)
    site.tdmrep = [{"location": stories[1].path, "tdm-reservation": 1, "tdm-policy": "https://most.example/policy"}]
    totals = desk.run(wordpress(site))
    assert (totals.stored, totals.refused) == (2, 1)
    assert reasons(desk, site, stories) == ["", "tdm-reservation", ""]
    assert desk.archive.at_address(site.url(stories[1])) == []
    assert site.requests["200 /.well-known/tdmrep.json"] == 1


def test_a_reserved_interface_gives_no_text(site: Site, desk: Any) -> None:
    site.publish(2)
    site.tdmrep = [{"location": "/wp-json/*", "tdm-reservation": 1}]
    totals = desk.run(wordpress(site))
    assert (totals.stored, totals.refused) == (0, 2)


def test_an_agreement_is_leave_for_whole_texts_too(site: Site, desk: Any) -> None:
    stories = site.publish(2)
    site.tdmrep = [{"location": "/", "tdm-reservation": 1}]
    site.robots = f"User-agent: *\nDisallow: {stories[0].path}\n"
    totals = desk.run(wordpress(site, agreement="Letter of 2026-11-01"))
    assert (totals.stored, totals.refused) == (1, 1)
    assert reasons(desk, site, stories) == ["robots", ""]


def test_a_reservation_that_comes_later_leaves_what_is_held_as_it_was(site: Site, desk: Any) -> None:
    story = site.publish(1)[0]
    desk.run(wordpress(site))
    site.tdmrep = [{"location": "/", "tdm-reservation": 1}]
    site.correct(story.number)
    assert desk.run(wordpress(site)).stored == 0
    (article_id,) = desk.archive.at_address(site.url(story))
    assert desk.archive.article(article_id).revision == 1
    (item,) = desk.state.read_pages([page_key(site.url(story))]).values()
    assert (item.state, item.reason) == ("held", "tdm-reservation")


def test_while_tdmrep_cannot_be_had_no_whole_text_is_taken_and_none_is_lost(
    site: Site, desk: Any, monkeypatch: Any
) -> None:
    site.publish(2)
    answer = site.answer
    down = (500, b"", "text/plain", {})
    monkeypatch.setattr(site, "answer", lambda path, query: down if "tdmrep" in path else answer(path, query))
    totals = desk.run(wordpress(site))
    assert (totals.stored, totals.errors) == (0, 1)
    assert "tdmrep.json" in desk.source("wordpress").error and not desk.source("wordpress").mark
    monkeypatch.undo()
    from test_watch import age

    age(desk, hours=1)
    assert desk.run(wordpress(site)).stored == 2


def feed(base: str, text: str = TEXT) -> bytes:
    item = (
        f"<item><title>Most u Pirotu</title><link>{base}/1</link><description><![CDATA[{text}]]></description></item>"
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>M</title>{item}</channel></rss>'.encode()


@pytest.mark.parametrize(
    ("headers", "stored"),
    [
        ({}, 1),
        ({"X_Robots_Tag": "noindex, follow"}, 1),  # plugins say it of every feed, and mean the feed
        ({"X_Robots_Tag": "noai"}, 0),
        ({"X_Robots_Tag": "googlebot: noarchive"}, 1),
        ({"X_Robots_Tag": "telal: noarchive"}, 0),
        ({"tdm_reservation": "1"}, 0),
        ({"tdm_reservation": "0"}, 1),
    ],
)
def test_what_a_feed_says_in_its_headers(desk: Any, faulty: Faulty, headers: dict[str, str], stored: int) -> None:
    url = faulty.on("/feed", send(feed(faulty.base), kind="application/rss+xml", **headers))
    totals = desk.run(OutletConfig(name="Whole", feeds=(url,), text="feed"))
    assert (totals.stored, totals.refused) == (stored, 1 - stored)
    assert faulty.requests["/1"] == 0


def test_tdmrep_holds_for_the_texts_of_feeds(desk: Any, faulty: Faulty) -> None:
    url = faulty.on("/feed", send(feed(faulty.base), kind="application/rss+xml"))
    rules = [{"location": "/1", "tdm-reservation": 1}]
    faulty.on("/.well-known/tdmrep.json", send(json.dumps(rules), kind="application/json"))
    assert desk.run(OutletConfig(name="Whole", feeds=(url,), text="feed")).refused == 1


@pytest.mark.parametrize(
    ("head", "stored"),
    [
        ('<meta name="robots" content="index, follow">', 1),
        ('<meta name="robots" content="noindex, follow">', 0),
        ('<meta name="robots" content="noai">', 0),
        ('<meta name="tdm-reservation" content="1">', 0),
        (False, 1),  # what the plugin gives when it is off
    ],
)
def test_the_head_that_wordpress_repeats_is_read(
    site: Site, desk: Any, monkeypatch: Any, head: object, stored: int
) -> None:
    site.publish(1)
    post = site._post
    monkeypatch.setattr(site, "_post", lambda story: post(story) | {"yoast_head": head})
    totals = desk.run(wordpress(site))
    assert (totals.stored, totals.refused) == (stored, 1 - stored)
