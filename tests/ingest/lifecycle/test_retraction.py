"""A page that is gone takes its article out of the answers, a page that is back brings it in again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ingest.lifecycle import retraction
from ingest.pipeline import Pipeline
from rag.errors import NotFound
from rag.store.archive.archive import Archive
from rag.types import ArticleStatus

pytestmark = pytest.mark.usefixtures("database")

URL = "https://glas.example/vesti/1"
NOW = datetime(2025, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def story(number: int = 1, **more: object) -> dict[str, Any]:
    return {
        "url": f"https://glas.example/vesti/{number}",
        "title": f"Vest {number}",
        "text": f"Ministar broj {number} govorio je u Tirani. Sastanak je trajao dva sata.",
        "language": "sr-Latn",
        "published": "2025-03-18T10:00:00Z",
        **more,
    }


@pytest.fixture
def held(pipeline: Pipeline, archive: Archive) -> str:
    pipeline.run([story()])
    return archive.at_address(URL)[0]


def test_410_retracts_at_once(archive: Archive, held: str) -> None:
    keys = [s.key for s in archive.passages_of(held)]
    assert retraction.record_gone(archive, URL, 410, NOW) == "retracted"
    assert archive.article(held).status is ArticleStatus.RETRACTED
    assert archive.article(held).extra["retracted"]["status"] == 410
    assert archive.passages(keys) == {}
    assert archive.article(held, revision=1).text.startswith("Ministar broj 1")
    assert archive.check() == []


def test_404_retracts_at_the_third_check_a_day_apart(archive: Archive, held: str) -> None:
    assert retraction.record_gone(archive, URL, 404, NOW) == "waiting"
    for minutes in range(1, 50):
        assert retraction.record_gone(archive, URL, 404, NOW + timedelta(minutes=20 * minutes)) == "waiting"
    assert retraction.record_gone(archive, URL, 404, NOW + DAY) == "waiting"
    assert archive.article(held).status is ArticleStatus.LIVE
    assert retraction.record_gone(archive, URL, 404, NOW + 2 * DAY) == "retracted"
    assert archive.article(held).status is ArticleStatus.RETRACTED


def test_a_page_that_answers_in_between_begins_the_count_anew(archive: Archive, held: str) -> None:
    retraction.record_gone(archive, URL, 404, NOW)
    retraction.record_gone(archive, URL, 404, NOW + DAY)
    assert retraction.record_present(archive, URL, NOW + DAY) is False
    assert retraction.record_gone(archive, URL, 404, NOW + 2 * DAY) == "waiting"
    assert archive.article(held).status is ArticleStatus.LIVE


def test_other_failures_and_other_pages_count_for_nothing(archive: Archive, held: str) -> None:
    for day in range(5):
        assert retraction.record_gone(archive, URL, 503, NOW + day * DAY) == "waiting"
    assert retraction.record_gone(archive, "https://glas.example/vesti/9", 410, NOW) == "unknown"
    assert archive.article(held).status is ArticleStatus.LIVE


def test_a_twin_of_the_address_is_the_same_page(archive: Archive, held: str) -> None:
    assert retraction.record_gone(archive, "http://m.glas.example/vesti/1/amp?utm_source=x", 410, NOW) == "retracted"


def test_a_page_that_is_back_answers_again_and_an_old_dump_does_not_bring_it(
    archive: Archive, held: str, pipeline: Pipeline
) -> None:
    retraction.record_gone(archive, URL, 410, NOW)
    assert pipeline.run([story()]).unchanged == 1
    assert retraction.record_present(archive, URL, NOW + DAY) is True
    assert pipeline.run([story()]).changed == 1
    assert archive.article(held).status is ArticleStatus.LIVE
    assert len(archive.passages_of(held)) == 1
    assert archive.absence(held) is None
    assert retraction.record_gone(archive, URL, 410, NOW + 2 * DAY) == "retracted"  # and away again
    assert archive.article(held).revision == 4


def test_a_retraction_by_hand(archive: Archive, held: str) -> None:
    assert retraction.retract(archive, held, reason="the outlet withdrew it", at=NOW)
    assert not retraction.retract(archive, held, reason="again", at=NOW)
    assert archive.article(held).extra["retracted"]["reason"] == "the outlet withdrew it"
    with pytest.raises(NotFound):
        retraction.retract(archive, "none", reason="x")


def test_an_erased_page_stays_erased(archive: Archive, held: str, pipeline: Pipeline) -> None:
    archive.erase(held, reason="court")
    assert retraction.record_gone(archive, URL, 410, NOW) == "erased"
    assert pipeline.run([story()]).erased == 1
    other = story(id="another-id", url="https://www.glas.example/vesti/1/?utm_campaign=x")
    assert pipeline.run([other]).erased == 1
    assert archive.stats().articles == 0


def test_the_archive_as_it_stood_on_a_day(archive: Archive, held: str, pipeline: Pipeline) -> None:
    old = [s.key for s in archive.passages_of(held)]
    pipeline.run([story(text="Ministar nije govorio u Tirani. Sastanak je otkazan.", modified="2025-03-25T08:00:00Z")])
    new = [s.key for s in archive.passages_of(held)]
    retraction.record_gone(archive, URL, 410, datetime(2025, 4, 2, tzinfo=UTC))
    both = [*old, *new]
    stood = {
        day: [key for key in both if key in archive.passages_on(both, day)]
        for day in (date(2025, 3, 17), date(2025, 3, 18), date(2025, 3, 24), date(2025, 3, 25), date(2025, 4, 2))
    }
    assert list(stood.values()) == [[], old, old, new, []]
    assert archive.columns_on(date(2025, 3, 20)).keys.tolist() == old
    assert archive.columns_on(date(2025, 3, 26)).keys.tolist() == new
    assert archive.columns_on(date(2025, 4, 3)).keys.tolist() == []
    assert archive.passages(both) == {}
    assert archive.passages_on(old, date(2025, 3, 20))[old[0]].text.startswith("Ministar broj 1")
