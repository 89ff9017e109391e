"""An outlet is visited, its articles come in once, and what happens to a page happens to its article."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faulty_server import Faulty, send
from outlet_site import Site, Story
from prometheus_client import generate_latest

from api.freshness import Freshness
from api.metrics import Metrics
from ingest.outlets import OutletConfig, add_outlet, load_outlets, outlets_file
from ingest.watch.outlet_status import IngestCollector, outlet_statuses
from ingest.watch.schedule import TRIES, next_check, next_try, pause_after_failure
from ingest.watch.schema import PageState
from ingest.watch.state import LEASE_S, WatchState
from rag.engine import Engine
from rag.store.database.rows import micros
from rag.types import ArticleStatus


def outlet(
    site: Site, *, feed: bool = True, sitemap: bool = False, wordpress: bool = False, **more: Any
) -> OutletConfig:
    return OutletConfig(
        name="Most Daily",
        feeds=(f"{site.base}/feed",) if feed else (),
        sitemaps=(f"{site.base}/sitemap.xml",) if sitemap else (),
        wordpress=(site.base,) if wordpress else (),
        **more,
    )


def article_of(desk: Any, site: Site, story: Story) -> Any:
    (article_id,) = desk.archive.at_address(site.url(story))
    return desk.archive.article(article_id)


def age(desk: Any, **by: float) -> None:
    """Let time pass: everything that is known of pages moves into the past."""
    back = int(timedelta(**by) / timedelta(microseconds=1))
    with desk.state.reading() as connection:
        from sqlalchemy import select

        from ingest.watch.schema import from_row, items

        held = [from_row(PageState, row) for row in connection.execute(select(items))]
    moved = [replace(i, due=i.due and i.due - back, stored=i.stored and i.stored - back) for i in held]
    desk.state.settle(moved)


def test_a_feed_in_six_languages_and_five_character_sets(site: Site, desk: Any) -> None:
    stories = site.publish(12)
    totals = desk.run(outlet(site))
    assert (totals.visits, totals.stored, totals.errors) == (1, 12, 0)
    for story in stories:
        article = article_of(desk, site, story)
        assert (article.title, article.outlet) == (story.sentences[0], "Most Daily")
        assert article.text == "\n".join(story.sentences[1:])
        assert article.published == story.published
        assert article.language.split("-")[0] == story.language.split("-")[0]


def test_sitemaps_and_wordpress_give_the_same_articles_once(site: Site, desk: Any) -> None:
    site.publish(8)
    desk.run(outlet(site, sitemap=True, wordpress=True))
    assert desk.archive.stats().articles == 8
    assert desk.archive.check() == []
    again = desk.run(outlet(site, sitemap=True, wordpress=True))
    assert (again.stored, again.errors) == (0, 0)
    assert desk.archive.stats().articles == 8


def test_wordpress_tells_authors_sections_and_changes(site: Site, desk: Any) -> None:
    story = site.publish(1, age=timedelta(hours=8))[0]
    only = outlet(site, feed=False, wordpress=True)
    desk.run(only)
    article = article_of(desk, site, story)
    assert (article.authors, article.section) == (("Desk",), "Bridges & roads")
    corrected = site.correct(story.number)
    assert desk.run(only).stored == 1
    article = article_of(desk, site, story)
    assert article.revision == 2
    assert article.modified == corrected.modified
    assert site.requests[f"200 {story.path}"] == 0  # the interface gives the text: no page is fetched


def test_wordpress_lists_longer_than_a_visit_are_gone_on_with(site: Site, desk: Any) -> None:
    site.publish(130)
    few = desk.settings.model_copy(update={"ingest": desk.settings.ingest.model_copy(update={"new_per_poll": 60})})
    only = outlet(site, feed=False, wordpress=True)
    totals = desk.run(only, settings=few)
    assert (totals.stored, totals.visits) == (130, 2)  # of two pages of 50: the limit is looked at after a page
    assert desk.source("wordpress").mark


def test_news_on_a_later_page_of_wordpress_is_seen(site: Site, desk: Any) -> None:
    """The first page of fifty is the same again when a new post stands on the second."""
    site.publish(60)
    only = outlet(site, feed=False, wordpress=True)
    assert desk.run(only).stored == 60
    site.publish(1)
    site.correct(58)
    assert desk.run(only).stored == 2


def test_unchanged_visits_cost_no_parsing_and_no_embedding(site: Site, desk: Any) -> None:
    site.publish(6)
    runner = desk.make(outlet(site))
    runner.run(once=True)
    parsed, embedded = runner.visitor.parsed, len(desk.embedder.embedded)
    for _ in range(5):
        runner = desk.make(outlet(site))
        assert runner.run(once=True).unchanged == 1
        assert runner.visitor.parsed == 0
    assert (parsed, len(desk.embedder.embedded)) == (1, embedded)
    assert site.requests["304 /feed"] == 5


def test_a_server_without_validators_is_known_by_its_reply(site: Site, desk: Any, monkeypatch: Any) -> None:
    site.publish(3)
    desk.run(outlet(site))
    desk.state.finish(desk.source().key, etag="", modified="")
    runner = desk.make(outlet(site))
    assert runner.run(once=True).unchanged == 1
    assert (runner.visitor.parsed, site.requests["200 /feed"]) == (0, 2)


def test_a_correction_in_a_sitemap_changes_no_date_of_publication(site: Site, desk: Any) -> None:
    story = site.publish(1, age=timedelta(hours=5))[0]
    only = outlet(site, feed=False, sitemap=True)
    desk.run(only)
    corrected = site.correct(story.number)
    assert desk.run(only).stored == 1
    article = article_of(desk, site, story)
    assert (article.revision, article.published, article.modified) == (2, story.published, corrected.modified)


def test_a_correction_in_the_feed_is_a_revision(site: Site, desk: Any) -> None:
    stories = site.publish(3)
    desk.run(outlet(site))
    site.correct(stories[1].number)
    assert desk.run(outlet(site)).stored == 1
    article = article_of(desk, site, stories[1])
    assert article.revision == 2
    assert str(11 + 500 + stories[1].number) in article.text
    assert article_of(desk, site, stories[0]).revision == 1


def test_a_correction_that_the_feed_does_not_tell_is_found_at_the_page(site: Site, desk: Any) -> None:
    stories = site.publish(3)
    desk.run(outlet(site))
    site.correct(stories[0].number)
    site.feed_length = 0  # the feed has moved on
    assert desk.run(outlet(site)).checked == 0
    age(desk, hours=2)
    totals = desk.run(outlet(site))
    assert (totals.checked, totals.stored) == (3, 1)
    assert article_of(desk, site, stories[0]).revision == 2
    assert site.requests[f"304 {stories[1].path}"] == 1


@pytest.mark.parametrize(("status", "visits"), [(410, 1), (404, 3)])
def test_a_page_that_vanishes_retracts_its_article(site: Site, desk: Any, status: int, visits: int) -> None:
    """410 at once, 404 at the third check a day apart. The feed dropped it before older ones: it is looked at now."""
    stories = site.publish(4)
    desk.run(outlet(site))
    site.withdraw(stories[2].number, status)
    seen = []
    for _ in range(visits):
        desk.run(outlet(site))
        seen.append(article_of(desk, site, stories[2]).status)
        if visits > 1:
            forget_a_day(desk, site, stories[2])
    assert seen[-1] is ArticleStatus.RETRACTED
    assert all(s is ArticleStatus.LIVE for s in seen[:-1])
    assert article_of(desk, site, stories[1]).status is ArticleStatus.LIVE
    assert desk.archive.check() == []


def forget_a_day(desk: Any, site: Site, story: Story) -> None:
    """A day passes for the counted absence and for the page's next check."""
    age(desk, hours=25)
    from sqlalchemy import update

    from rag.store.database.schema import absences

    with desk.archive.database.writing() as connection:
        connection.execute(update(absences).values(last_at=absences.c.last_at - 25 * 3600 * 10**6))


def test_an_erased_article_stays_erased_when_it_is_listed_again(site: Site, desk: Any) -> None:
    story = site.publish(1)[0]
    desk.run(outlet(site))
    article = article_of(desk, site, story)
    desk.archive.erase(article.id, reason="court order")
    site.correct(story.number)
    assert desk.run(outlet(site)).stored == 0
    assert desk.archive.stats().articles == 0
    with desk.state.reading() as connection:
        held = str(connection.exec_driver_sql("select * from ingest_items").fetchall())
    assert story.path not in held and "most-" not in held


def test_guids_that_change_daily_change_nothing(site: Site, desk: Any) -> None:
    site.publish(4)
    desk.run(outlet(site))
    pages = sum(n for path, n in site.requests.items() if "/most-" in path)
    site.guid_salt = "?day=2"
    assert desk.run(outlet(site)).stored == 0
    assert sum(n for path, n in site.requests.items() if "/most-" in path) == pages


def test_a_long_sitemap_is_taken_in_over_several_visits(site: Site, desk: Any) -> None:
    site.publish(25)
    few = desk.settings.model_copy(update={"ingest": desk.settings.ingest.model_copy(update={"new_per_poll": 10})})
    only = outlet(site, feed=False, sitemap=True)
    totals = desk.run(only, settings=few)
    assert (totals.stored, totals.visits) == (25, 4)  # the index, and its sitemap three times
    assert desk.run(only, settings=few).stored == 0
    assert len([s for s in desk.state.sources() if s.parent]) == 1


def test_what_robots_and_owners_reserve_is_left_alone(site: Site, desk: Any) -> None:
    stories = site.publish(3)
    site.robots = f"User-agent: Telal\nDisallow: {stories[0].path}\n"
    site.tdmrep = [{"location": stories[1].path, "tdm-reservation": 1, "tdm-policy": "https://most.example/policy"}]
    totals = desk.run(outlet(site))
    assert (totals.stored, totals.refused) == (1, 2)
    assert site.requests[f"200 {stories[0].path}"] == 0
    reasons = {item.reason for item in desk.state.read_pages([*keys(site, stories)]).values()}
    assert reasons == {"robots", "tdm-reservation", ""}


def keys(site: Site, stories: list[Story]) -> list[str]:
    from ingest.watch.schema import page_key

    return [page_key(site.url(story)) for story in stories]


def test_two_runners_share_the_work_and_each_article_comes_once(site: Site, desk: Any, settings: Any) -> None:
    site.publish(10)
    first, second = desk.make(outlet(site)), desk.make(outlet(site))
    other = threading.Thread(target=lambda: second.run(once=True))
    other.start()
    first.run(once=True)
    other.join()
    assert first.totals.visits + second.totals.visits == 1
    assert desk.archive.stats().articles == 10
    assert sum(n for path, n in site.requests.items() if "/most-" in path) == 10


def test_an_outlet_is_claimed_once_until_its_lease_ends(site: Site, desk: Any) -> None:
    now = datetime.now(UTC)
    desk.state.sync([outlet(site, sitemap=True)], now=now)
    claim = partial(desk.state.claim, ["Most Daily"])
    assert {s.kind for s in claim(now=now)} == {"feeds", "sitemaps"}
    assert claim(now=now) == []
    desk.state.lease(["Most Daily"], now + timedelta(seconds=2 * LEASE_S))  # by a process that lives
    assert claim(now=now + timedelta(seconds=LEASE_S + 1)) == []
    assert len(claim(now=now + timedelta(seconds=2 * LEASE_S + 1))) == 2
    desk.state.lease(["Most Daily"], None)
    assert len(claim(now=now)) == 2
    assert desk.state.claim(["Other"], now=now + timedelta(days=1)) == []


def test_sources_follow_the_file_of_outlets(site: Site, desk: Any) -> None:
    now = datetime.now(UTC)
    both = outlet(site, sitemap=True)
    for listed, kinds in (([both], ["feeds", "sitemaps"]), ([outlet(site)], ["feeds"])):
        desk.state.sync(listed, now=now)
        assert [s.kind for s in desk.state.sources()] == kinds
    desk.state.sync([both.model_copy(update={"enabled": False})], now=now)
    assert desk.state.sources() == []


def test_outlets_that_are_added_to_the_file_are_watched(site: Site, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.watch.runner.FOLLOW_S", 0.2)
    site.publish(3)
    settings, path, told = desk.settings, outlets_file(desk.settings), []
    monkeypatch.setattr(desk, "log", SimpleNamespace(info=lambda *a, **b: None, warning=lambda *a, **b: told.append(b)))
    add_outlet(path, outlet(site).model_copy(update={"name": "First"}))
    right = path.read_text()
    stop = threading.Event()
    runner = desk.make(*load_outlets(settings), stopped=stop.is_set, reload=lambda: load_outlets(settings))
    thread = threading.Thread(target=lambda: runner.run(once=False))
    thread.start()
    visited = partial(wait_until, lambda name: name in {s.outlet for s in desk.state.sources() if s.visited})
    try:
        visited("First")
        path.write_text(right + "[[outlet]]\n")  # a mistake is told, not followed
        wait_until(lambda: bool(told))
        path.write_text(right)
        add_outlet(path, outlet(site))
        visited("Most Daily")
    finally:
        stop.set()
        thread.join()
    assert len(told) == 1 and "Field required" in told[0]["error"]


def wait_until(holds: Callable[..., bool], *args: Any) -> None:
    until = time.monotonic() + 20
    while not holds(*args):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_figures_tell_of_success_error_and_lag(site: Site, desk: Any) -> None:
    site.publish(2)
    desk.run(outlet(site))
    site.publish(1)
    broken = outlet(site).model_copy(update={"name": "Broken", "feeds": (f"{site.base}/nowhere",)})
    desk.run(outlet(site), broken)
    now = datetime.now(UTC)
    by_name = {f.outlet: f for f in outlet_statuses(desk.state, now)}
    good, bad = by_name["Most Daily"], by_name["Broken"]
    assert (good.held, good.failing, good.last_error) == (3, 0, "")
    assert good.last_success is not None and now - good.last_success < timedelta(seconds=20)
    assert good.lag_s is not None and 0 <= good.lag_s < 20  # of the one that came live, not of the two found there
    assert (bad.held, bad.failing, bad.last_success) == (0, 1, None)
    assert "404" in bad.last_error
    told = {f.name: {s.labels["outlet"]: s.value for s in f.samples} for f in IngestCollector(desk.archive).collect()}
    assert told["telal_ingest_articles"] == {"Most Daily": 3.0, "Broken": 0.0}
    assert told["telal_ingest_lag_seconds"]["Most Daily"] == good.lag_s
    server = Metrics(cast(Engine, SimpleNamespace(archive=desk.archive)), Freshness(desk.archive))
    assert b'telal_ingest_articles{outlet="Most Daily"} 3.0' in generate_latest(server.registry)
    assert told["telal_ingest_sources_failing"] == {"Most Daily": 0.0, "Broken": 1.0}


def test_erased_articles_are_not_held(site: Site, desk: Any) -> None:
    stories = site.publish(3)
    desk.run(outlet(site))
    desk.archive.erase(article_of(desk, site, stories[0]).id, reason="court order")
    desk.run(outlet(site))
    (found,) = outlet_statuses(desk.state, datetime.now(UTC))
    assert found.held == 2


def test_the_lag_is_of_dated_articles_that_came_live(site: Site, desk: Any) -> None:
    """(hours from publication to storing, came live) of articles; None: undated."""
    now = datetime.now(UTC)
    told = [(1, 1), (2, 1), (9, 1), (-3, 1), (None, 1), (24 * 30, 1), (5, 0)]  # -3: a clock that is wrong
    for number, (hours, live) in enumerate(told):
        published = None if hours is None else micros(now - timedelta(hours=hours))
        desk.state.settle(
            [
                PageState(
                    str(number),
                    "s",
                    "Most Daily",
                    article_id=f"x{number}",
                    stored=micros(now),
                    published=published,
                    live=live,
                )
            ]  # fmt: skip
        )
    (found,) = outlet_statuses(desk.state, now)
    assert found.lag_s == 2 * 3600.0
    desk.state.settle([PageState("y", "s", "Quiet", article_id="y", stored=micros(now))])
    assert outlet_statuses(desk.state, now)[1].lag_s is None


def test_status_of_an_archive_that_never_watched(archive: Any) -> None:
    assert outlet_statuses(WatchState.read(archive), datetime.now(UTC)) == []
    assert list(IngestCollector(archive).collect()) == []


def test_when_a_source_is_visited_again(site: Site, desk: Any, faulty: Faulty) -> None:
    """After ten minutes, or as its feed or the operator asks; sooner after a failure, and then less and less."""

    def pause_s(url: str, **more: Any) -> float:
        desk.run(OutletConfig(name="Most Daily", feeds=(url,), **more))
        source = desk.source()
        return round((source.due - source.visited) / 1e6)

    empty = '<rss version="2.0"><channel><title>F</title>{}</channel></rss>'
    assert pause_s(faulty.on("/1", send(empty.format(""), kind="text/xml"))) == 600
    assert pause_s(faulty.on("/2", send(empty.format("<ttl>30</ttl>"), kind="text/xml"))) == 1800
    assert pause_s(faulty.on("/3", send(empty.format("<ttl>9999</ttl>"), kind="text/xml"))) == 3600
    assert pause_s(faulty.on("/4", send(empty.format("<ttl>30</ttl>"), kind="text/xml")), every_s=30) == 30
    assert pause_s(faulty.on("/5", send(status=500)), every_s=3000) == 60
    assert [pause_after_failure(n, retry_after_s=None) for n in (1, 2, 3, 99)] == [60, 120, 240, 21_600]
    assert pause_after_failure(1, retry_after_s=900) == 900


def test_pages_are_looked_at_again_less_and_less_and_then_left_alone() -> None:
    stored = now = datetime(2026, 11, 1, tzinfo=UTC)
    hours = []
    for checks in range(7):
        due = next_check(checks, stored=stored, now=now, days=7)
        hours.append((due - stored) / timedelta(hours=1) if due else None)
    assert hours == [1, 6, 24, 72, 168, None, None]
    assert next_check(0, stored=stored, now=stored + timedelta(days=2), days=7) == stored + timedelta(days=3)
    assert next_try(len(TRIES) + 1, now) is None
    assert micros(next_try(1, now) or now) - micros(now) == 120 * 10**6
