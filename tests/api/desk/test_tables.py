"""The desk's tables in both databases: the log, counts, choices, cases, outlets, and forgetting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from api.desk.acts import Acts, Editor, forget
from api.desk.asked import KeptQuestion, QuestionBuffer, QuestionKind, QuestionLog
from api.desk.reports import settle_report, settlements
from api.desk.session import OpenSession, OpenSessions
from ingest.outlets import OutletChange, OutletChanges
from rag.config import Settings
from rag.errors import NotFound
from rag.store.archive.archive import Archive
from rag.store.archive.erase import ErasureTraces
from rag.store.database.database import Database
from rag.store.database.desk_tables import acts as acts_table
from rag.store.site_cases import SiteCases

pytestmark = pytest.mark.usefixtures("database")

ANA = Editor("k1", "Ana")
NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
WORDS = "the old pipe below the school had been sealed in secret"


@pytest.fixture
def desk(tmp_path) -> Iterator[Database]:
    with Archive.open(Settings(data_dir=tmp_path / "data")) as archive:
        assert OutletChanges(archive.database).all() == {} and forget(archive.database, marks()) == 0
        yield archive.database


def marks() -> ErasureTraces:
    return ErasureTraces(ids=("a1",), stretches=(WORDS,), words=(), vectors=())


def test_the_log_is_a_chain(desk):
    log = Acts(desk)
    for number in range(5):
        log.add(ANA, "article.hold", f"a{number}", reason=f"because {number}")
    assert [act.subject for act in log.newest(limit=2)] == ["a4", "a3"]
    assert [act.subject for act in log.newest(before=3)] == ["a1", "a0"]
    assert [act.detail for act in log.of("a2")] == [{"reason": "because 2"}]
    assert log.find_altered() is None
    with desk.writing() as connection:
        connection.execute(update(acts_table).where(acts_table.c.number == 4).values(detail='{"reason": "other"}'))
    assert log.find_altered() == 4
    with desk.writing() as connection:
        connection.execute(delete(acts_table).where(acts_table.c.number == 2))
    assert log.find_altered() == 2


def test_two_processes_add_to_the_counts(desk):
    one, two = QuestionLog(desk), QuestionLog(desk)
    asked = QuestionKind(NOW.date(), "sr-Latn", "answered", "a1")
    for log in (one, two, one):
        log.add(QuestionBuffer(Counter({asked: 2}), Counter({(NOW.date(), "Sarajevo"): 1})), NOW)
    found = one.since(NOW.date())
    assert found.days == {(NOW.date(), "answered"): 6} and found.languages == {("sr-Latn", "answered"): 6}
    assert found.stories == {("a1", "answered"): 6} and found.sought == {"Sarajevo": 3}
    assert one.since(NOW.date() + timedelta(days=1)).days == {}
    one.add(QuestionBuffer(), NOW + timedelta(days=500))
    assert one.since(date(2000, 1, 1)).days == {}


def test_questions_are_kept_as_long_as_was_chosen(desk):
    log = QuestionLog(desk)
    question = KeptQuestion(NOW, "en", "refused", "", "Who?")
    log.add(QuestionBuffer(questions=[question]), NOW)
    assert log.keeping_days() == 0 and log.list_kept(NOW) == []
    log.keep(7)
    log.add(QuestionBuffer(questions=[question]), NOW)
    assert log.list_kept(NOW + timedelta(days=6)) == [question]
    assert log.list_kept(NOW + timedelta(days=8)) == []
    log.add(QuestionBuffer(), NOW + timedelta(days=8))
    log.keep(90)
    assert log.list_kept(NOW) == []


def test_a_session_is_open_until_it_ends(desk):
    kept, now = OpenSessions(desk), datetime.now(UTC)
    day = timedelta(days=1)
    mine = [
        OpenSession(f"d{n}", "k1", "x", "Ana", now - n * day, now + (2 - n) * day, "192.0.2.0/24") for n in range(3)
    ]
    hers = OpenSession("e", "k2", "y", "Mara", now - 9 * day, now + day, "")
    for one in (*mine, hers):
        kept.begin(one)
    assert OpenSessions(desk).all() == [*mine[:2], hers] and kept.find("d2") is None
    assert kept.end(key_id="k2", digest="d0") == 0 and kept.end(key_id="k1", digest="d0") == 1
    assert kept.find("d0") is None and kept.find("d1") == mine[1]
    assert kept.end(key_id="k1") == 1 and kept.all() == [hers]


def test_changes_of_outlets_take_the_place_of_earlier_ones(desk):
    changes = OutletChanges(desk)
    changes.set("Most Daily", OutletChange({"name": "Most Daily"}))
    changes.set("MOST daily", OutletChange({}, removed=True))
    assert changes.all() == {"most daily": OutletChange({}, removed=True)}
    changes.set("Most Daily", None)
    assert changes.all() == {}


def test_what_quotes_an_erased_article_is_forgotten_and_the_chain_holds(desk):
    log, cases = Acts(desk), SiteCases(desk)
    quoting = f"they say that {WORDS}"
    log.add(ANA, "article.hold", "a1", reason=quoting)
    log.add(ANA, "article.hold", "a2", reason="another")
    kept = cases.add("Ana", {"question": "Another?"})
    cases.add("Ana", {"question": quoting})
    settle_report(desk, "r1", "Ana", "mended", quoting)
    asked = QuestionLog(desk)
    asked.keep(30)
    asked.add(QuestionBuffer(questions=[KeptQuestion(NOW, "en", "refused", "", quoting)]), NOW)
    assert forget(desk, marks()) == 4 and forget(desk, marks()) == 0
    assert [act.detail for act in log.newest()] == [{"reason": "another"}, {}]
    assert log.newest()[1].subject == "a1" and log.find_altered() is None
    assert [case.id for case in cases.all()] == [kept]
    assert settlements(desk)["r1"]["word"] == "" and asked.list_kept(NOW) == []
    with pytest.raises(NotFound):
        cases.remove("nobody")
