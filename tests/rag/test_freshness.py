"""Outlets that fall silent are noticed by their own rhythm, whatever dates their articles have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from rag.config import Settings
from rag.freshness import Freshness
from rag.rhythm import rhythm_of
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.database.rows import article_row, micros
from rag.store.database.schema import articles, changes
from rag.text.tables import table
from rag.types import Article

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def by_day(days: int, *, first: int = 7, last: int = 21, every_min: int = 30) -> list[datetime]:
    """An outlet that sleeps at night."""
    return [
        MONDAY + timedelta(days=day, hours=first, minutes=minute)
        for day in range(days)
        for minute in range(0, (last - first) * 60, every_min)
    ]


def seconds(moments: list[datetime]) -> list[float]:
    return [one.timestamp() for one in moments]


def odd_after(moments: list[datetime]) -> timedelta:
    rhythm = rhythm_of(seconds(moments))
    assert rhythm is not None
    last = moments[-1].timestamp()
    return timedelta(seconds=rhythm.odd_from(last) - last)


def test_a_night_is_not_odd_and_a_silent_morning_is():
    slept = by_day(20)
    assert timedelta(hours=10) < odd_after(slept) < timedelta(hours=16)
    assert odd_after([*slept, MONDAY + 20 * DAY + timedelta(hours=9)]) < timedelta(hours=5)


def test_who_writes_rarely_may_be_silent_for_longer():
    rare = [MONDAY + timedelta(hours=8 * n) for n in range(60)]
    often = [MONDAY + timedelta(minutes=20 * n) for n in range(1400)]
    assert odd_after(often) < timedelta(hours=2) < timedelta(hours=9) < odd_after(rare)


def test_of_too_little_nothing_is_said():
    assert rhythm_of([]) is None
    assert rhythm_of(seconds(by_day(3))) is None  # not a week
    assert rhythm_of(seconds([MONDAY + n * DAY for n in range(30)])) is None  # too few


def test_a_first_visit_that_brings_a_thousand_is_one_minute():
    at_once = [MONDAY + timedelta(milliseconds=n) for n in range(1000)]
    assert rhythm_of(seconds(at_once)) is None
    assert odd_after([*at_once, *by_day(20)[1:]]) == pytest.approx(odd_after(by_day(20)), abs=timedelta(hours=1))


@pytest.fixture
def archive(tmp_path):
    with Archive.open(Settings(data_dir=tmp_path / "a"), identity=Identity("made-up@1", 2, "whole")) as opened:
        yield opened


def bring(archive: Archive, outlet: str, moments: list[datetime], published=None) -> None:
    """Notes that articles came in at these moments."""
    first = archive.last_change() + 1
    with archive.database.writing() as connection:
        for number, moment in enumerate(moments, first):
            name = f"{outlet}/{number}"
            row = article_row(Article(name, "Headline", "Text.", outlet=outlet, published=published))
            connection.execute(insert(articles), row | {"id": name, "change": number})
            written = {"number": number, "article_id": name, "kind": "put", "at": micros(moment)}
            connection.execute(insert(changes), written)


def test_an_outlet_that_stops_is_named_once_it_is_odd(archive):
    bring(archive, "Most", by_day(20))
    bring(archive, "Izlog", by_day(17))
    report = Freshness(archive.database).report(MONDAY + 19 * DAY + timedelta(hours=20, minutes=40))
    assert [one.outlet for one in report.behind] == ["Izlog"]
    assert report.said("en") == (
        "Read until 20:30 UTC; 1 of 2 outlets behind, with their last article: Izlog (Wednesday)."
    )
    assert report.behind[0].behind_since < MONDAY + 18 * DAY
    assert report.behind[0].missed > report.behind[0].odd


@pytest.mark.parametrize("published", [None, datetime(2044, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)])
def test_dates_that_are_missing_or_wrong_change_nothing(archive, published):
    bring(archive, "Most", by_day(20), published)
    now = MONDAY + 19 * DAY + timedelta(hours=20, minutes=40)
    assert Freshness(archive.database).report(now).behind == ()
    assert [one.outlet for one in Freshness(archive.database).report(now + DAY).behind] == ["Most"]


def test_nothing_is_expected_of_an_outlet_that_is_paused_or_has_ended(archive):
    bring(archive, "Most", by_day(20))
    fresh = Freshness(archive.database)
    assert [one.outlet for one in fresh.report(MONDAY + 25 * DAY).behind] == ["Most"]
    fresh.paused = lambda: ["most"]
    assert fresh.report(MONDAY + 25 * DAY).outlets == ()
    fresh.paused = tuple
    assert fresh.report(MONDAY + 90 * DAY).outlets == ()


def test_an_archive_that_nobody_feeds_says_nothing(archive):
    assert Freshness(archive.database).report(MONDAY).said("en") == ""
    bring(archive, "Corpus", [MONDAY] * 500)
    assert Freshness(archive.database).report(MONDAY + DAY).said("en") == ""


def test_it_is_said_in_every_variant(archive):
    bring(archive, "Most", by_day(20))
    bring(archive, "Izlog", by_day(17))
    report = Freshness(archive.database).report(MONDAY + 19 * DAY + timedelta(hours=20, minutes=40))
    said = {language: report.said(language) for language in table("messages")["behind"]}
    assert len(set(said.values())) >= 11 and len(said) == 13
    assert all("20:30" in one and "Izlog" in one and "{" not in one for one in said.values())
    assert all("{" not in text for text in (report.said(tag) for tag in table("messages")["fresh"]))
