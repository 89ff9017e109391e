"""Reading and writing the archive: revisions, changes, filters, what is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from rag.errors import NotFound
from rag.store.database.records import NO_DAY
from rag.types import ArticleStatus, Filters

pytestmark = pytest.mark.usefixtures("each_database")


def test_an_article_comes_back_as_it_was_written(archive, made):
    write = made(
        authors=("Ana Đurić", "Петар"),
        url="https://n1.example/1",
        section="Svijet",
        cluster="c1",
        modified=datetime(2024, 5, 2, 8, 30, 15, 123456, tzinfo=UTC),
        extra={"tags": ["vlada", 3, None], "nested": {"ћ": 1.5}},
    )
    assert archive.write([write]) == ["new"]
    assert archive.article("a1") == write.article
    stored = archive.passages_of("a1")
    assert [s.passage.text for s in stored] == [p.text for p in write.passages]
    for one in stored:
        assert write.article.text[one.passage.start : one.passage.end] == one.passage.text
        assert (one.passage.url, one.passage.language) == ("https://n1.example/1", "sr-Latn")
    assert [s.passage.id for s in stored] == [p.id for p in write.passages]
    assert archive.passages([stored[1].key, 999]) == {stored[1].key: stored[1].passage}


def test_times_are_kept_as_utc(archive, made):
    local = datetime(2024, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    archive.write([made(published=local)])
    assert archive.article("a1").published == local
    assert archive.article("a1").published.tzinfo is UTC
    assert archive.columns().published_day.tolist() == [(date(2023, 12, 31) - date(1970, 1, 1)).days] * 3


def test_the_same_article_twice_is_one(archive, made):
    archive.write([made()])
    again = made(modified=datetime(2025, 1, 1, tzinfo=UTC), authors=("Novi",))
    assert archive.write([again]) == ["unchanged"]
    assert archive.last_change() == 1
    assert archive.write([made("a2"), made("a2")]) == ["new", "unchanged"]


@pytest.mark.parametrize(
    "field",
    [
        {"title": "Drugi"},
        {"text": "Novo. Novo drugo."},
        {"outlet": "Danas"},
        {"url": "https://x.example"},
        {"language": "hr"},
        {"kind": "opinion"},
        {"published": datetime(2024, 6, 1, tzinfo=UTC)},
    ],
    ids=lambda field: next(iter(field)),
)
def test_a_changed_field_is_a_new_revision(archive, made, field):
    archive.write([made()])
    assert archive.write([made(**field)]) == ["changed"]
    assert archive.article("a1").revision == 2
    assert archive.article("a1", revision=1).title == "Naslov a1"


def test_a_new_revision_supersedes_the_passages_and_keeps_the_old_text(archive, made):
    archive.write([made()])
    old = [s.key for s in archive.passages_of("a1")]
    archive.write([made(text="Sve novo. Baš sve.")])
    new = archive.passages_of("a1")
    assert archive.passages(old) == {}
    assert [s.passage.revision for s in new] == [2, 2]
    assert archive.removed_keys(0, 99).tolist() == old
    assert archive.removed_keys(2, 99).tolist() == []
    assert archive.article("a1", revision=1).text.startswith("Prva")
    assert archive.columns().keys.tolist() == [s.key for s in new]


def test_an_old_dump_fed_again_does_not_turn_an_article_back(archive, made):
    first, second = made(), made(text="Ispravljeno. Sada je tačno.")
    assert archive.write([first, second, first, second, first]) == ["new", "changed"] + ["unchanged"] * 3
    assert archive.article("a1").text == second.article.text


def test_earlier_content_with_a_later_date_is_news(archive, made):
    def dated(write, day):
        return replace(write, article=replace(write.article, modified=datetime(2024, 1, day, tzinfo=UTC)))

    first, second = made(), made(text="Ispravljeno. Sada je tačno.")
    archive.write([dated(first, 1), dated(second, 5)])
    assert archive.write([dated(first, 5)]) == ["unchanged"]
    assert archive.write([dated(first, 6)]) == ["changed"]
    assert archive.article("a1").revision == 3
    assert archive.write([dated(second, 5), dated(first, 1)]) == ["unchanged", "unchanged"]


def test_plan_says_what_writing_will_do(archive, made):
    archive.write([made(), made("gone")])
    archive.erase("gone", reason="asked")
    articles = [made().article, made(title="Novi").article, made("a9").article, made("gone").article]
    assert [(p.outcome, p.revision) for p in archive.plan(articles)] == [
        ("unchanged", 1),
        ("changed", 2),
        ("new", 1),
        ("erased", 0),
    ]


def test_passage_ids_follow_the_revision_that_was_really_given(archive, made):
    archive.write([made(), made(title="Novi")])
    ids = [s.passage.id for s in archive.passages_of("a1")]
    assert not set(ids) & {p.id for p in made().passages}
    assert len(set(ids)) == 3


def test_a_retracted_article_answers_nothing_and_can_come_back(archive, made):
    archive.write([made(), made("a2")])
    keys = [s.key for s in archive.passages_of("a1")]
    assert archive.write([made(status=ArticleStatus.RETRACTED)]) == ["changed"]
    assert archive.article("a1").status is ArticleStatus.RETRACTED
    assert archive.passages([*keys, *(s.key for s in archive.passages_of("a1"))]) == {}
    assert archive.changes(2)[0].kind == "status"
    assert len(archive.columns().keys) == archive.stats().passages == 3
    later = datetime(2030, 1, 1, tzinfo=UTC)
    assert archive.write([made(modified=later)]) == ["changed"]
    assert len(archive.passages([s.key for s in archive.passages_of("a1")])) == 3


def test_changes_are_numbered_and_added_follows_them(archive, made):
    archive.write([made("a1"), made("a2")])
    archive.write([made("a1", text="Izmjena. Da."), made("a3")])
    assert [(c.number, c.article_id, c.kind) for c in archive.changes(1)] == [
        (2, "a2", "put"),
        (3, "a1", "put"),
        (4, "a3", "put"),
    ]
    assert [c.number for c in archive.changes(0, limit=2)] == [1, 2]
    (batch,) = archive.read_added(0, 2)
    assert {p.article_id for p in batch.passages} == {"a2"}  # a1's first revision is superseded by now
    (batch,) = archive.read_added(2, archive.last_change())
    assert [p.article_id for p in batch.passages] == ["a1", "a1", "a3", "a3", "a3"]
    assert list(archive.passages(batch.keys.tolist()).values()) == batch.passages
    wanted = np.concatenate([made("a1", text="Izmjena. Da.").vectors, made("a3").vectors])
    np.testing.assert_allclose(batch.vectors, wanted, atol=1e-3)
    assert list(archive.read_added(4, 4)) == []


def test_added_comes_in_batches(archive, made, monkeypatch):
    monkeypatch.setattr("rag.store.archive.archive._BATCH", 7)
    archive.write([made(f"a{n}") for n in range(9)] + [made("long", text=". ".join(f"S{n}" for n in range(20)))])
    batches = list(archive.read_added(0, archive.last_change()))
    assert [len(b.keys) for b in batches] == [6, 6, 6, 6, 3, 20]
    keys = np.concatenate([b.keys for b in batches])
    assert keys.tolist() == archive.columns().keys.tolist()
    np.testing.assert_array_equal(
        np.concatenate([b.vectors for b in batches]).astype(np.float16), archive.columns().vectors
    )


def test_columns_have_the_filter_values_of_every_passage(archive, made):
    archive.write([made("a1"), made("a2", published=None, language="el", outlet="Ετ", kind="opinion", text="Ένα")])
    c = archive.columns()
    assert c.published_day.tolist() == [19844] * 3 + [NO_DAY]
    assert [c.languages[n] for n in c.language] == ["sr-Latn"] * 3 + ["el"]
    assert [c.outlets[n] for n in c.outlet] == ["N1"] * 3 + ["Ετ"]
    assert [c.kinds[n] for n in c.kind] == ["report"] * 3 + ["opinion"]
    assert archive.columns(1).keys.tolist() == [4] and archive.columns(0, 1).keys.tolist() == [1, 2, 3]


def test_an_empty_archive_reads_as_empty(archive):
    assert len(archive.columns().keys) == len(archive.columns().vectors) == 0
    assert (archive.last_change(), archive.changes(0), list(archive.read_added(0, 0))) == (0, [], [])
    assert (archive.articles(), archive.passages([1]), archive.passages_of("a1")) == ([], {}, [])
    assert archive.stats().articles == 0 and archive.check() == []
    assert archive.write([]) == []


def test_listing_goes_page_by_page_newest_first(archive, made):
    days = {"b": 3, "a": 3, "c": 9, "d": None, "e": 1, "f": None}
    archive.write([made(n, published=datetime(2024, 1, d, tzinfo=UTC) if d else None) for n, d in days.items()])
    assert [a.id for a in archive.articles()] == ["c", "a", "b", "e", "d", "f"]
    assert [a.id for a in archive.articles(limit=2, after="a")] == ["b", "e"]
    archive.erase("b", reason="asked")
    assert [a.id for a in archive.articles(after="b")] == ["e", "d", "f"]
    with pytest.raises(NotFound):
        archive.articles(after="never")


def test_listing_filters(archive, made):
    archive.write(
        [
            made("sr", published=datetime(2024, 1, 1, 23, 59, tzinfo=UTC)),
            made("cyrl", language="sr-Cyrl", published=datetime(2024, 1, 2, tzinfo=UTC), outlet="Политика"),
            made("srn", language="srn", published=None, kind="opinion"),
        ]
    )

    def ids(**filters):
        return {a.id for a in archive.articles(filters=Filters(**filters))}

    assert ids(languages=("SR",)) == {"sr", "cyrl"}
    assert ids(languages=("sr-cyrl", "srn")) == {"cyrl", "srn"}
    assert ids(languages=("s%",)) == set()
    assert ids(outlets=("ПОЛИТИКА",)) == {"cyrl"}
    assert ids(kinds=("opinion",)) == {"srn"}
    assert ids(published_to=date(2024, 1, 1)) == {"sr"}
    assert ids(published_from=date(2024, 1, 2)) == {"cyrl"}
    assert ids(published_from=date(2024, 1, 1), languages=("sr-Latn",), outlets=("n1",)) == {"sr"}


def test_stats_count(archive, made):
    archive.write([made("a1"), made("a2", language="hr", published=None), made("a3"), made("a3", title="Drugi")])
    archive.erase("a1", reason="asked")
    stats = archive.stats()
    assert (stats.articles, stats.passages, stats.revisions, stats.erased, stats.last_change) == (2, 6, 3, 1, 5)
    assert stats.by_language == {"hr": 1, "sr-Latn": 1} and stats.by_outlet == {"N1": 2}
    assert stats.first_published == stats.last_published == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert stats.bytes > 0
