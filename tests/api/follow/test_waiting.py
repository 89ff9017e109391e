"""What waits to be asked, when there is time for it, and what is not read twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from api.auth.keys import KeyStore
from api.follow.allowance import Allowance
from api.follow.followed import FollowedQuestion, ask
from api.follow.readings import KeptReadings
from api.follow.sender import WebhookSender
from api.follow.store import Follows
from api.follow.watcher import FollowWatcher
from api.follow.webhooks import Webhooks
from ingest.fetch.poster import Poster
from rag.text.sentences import Span
from rag.types import Filters

KOTOR, BUDVA = FollowedQuestion("How many were hurt in Kotor?", "en"), FollowedQuestion("Who left Budva?", "en")


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_following_takes_its_share_of_the_time_while_articles_come():
    clock = Clock()
    allowance = Allowance(0.05, clock=clock)
    taken = 0.0
    for _ in range(6000):
        allowance.came()
        clock.now += 0.1
        while allowance.holds():
            clock.now += 0.2
            taken += 0.2
            allowance.spend(0.2)
    assert taken == pytest.approx(0.05 * (clock.now - 100), rel=0.15)


def test_a_long_start_is_made_up_for_within_a_minute_and_quiet_lifts_the_limit():
    clock = Clock()
    allowance = Allowance(0.05, clock=clock)
    allowance.came()
    allowance.spend(600.0)
    assert not allowance.holds()
    clock.now += 9.9
    assert not allowance.holds()
    clock.now += 0.2
    assert allowance.holds()
    allowance.came()
    assert not allowance.holds()
    clock.now += 60.0
    allowance.came()
    assert allowance.holds()


@dataclass
class Counting:
    short_answers: bool = True
    read: list[tuple[str, str]] = field(default_factory=list)

    def read_each(self, question, texts):
        texts = list(texts)
        self.read += [(question, text) for text, _ in texts]
        return [f"{question} {text} {len(spans)}" for text, spans in texts]


def test_a_text_is_read_once_for_a_question_and_the_oldest_is_let_go():
    inner = Counting()
    reader = KeptReadings(inner, kept=3)
    one, two = ("One.", [Span(0, 4)]), ("Two. Three.", [Span(0, 4), Span(5, 11)])
    assert reader.short_answers
    assert reader.read_each("q", [one, two, one]) == ["q One. 1", "q Two. Three. 2", "q One. 1"]
    assert reader.read_each("q", [two]) == ["q Two. Three. 2"]
    assert inner.read == [("q", "One."), ("q", "Two. Three.")]
    reader.read_each("other", [one, two])
    reader.read_each("q", [one])
    assert inner.read[2:] == [("other", "One."), ("other", "Two. Three."), ("q", "One.")]


@pytest.fixture
def follows(newsdesk):
    return Follows(newsdesk.archive.database, most=10)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watcher(newsdesk, follows, clock):
    newsdesk.write("a/1", "Seven people were hurt in Kotor.", short="seven")
    newsdesk.telling = ["a/1"]
    database = newsdesk.archive.database
    sender = WebhookSender(Webhooks(database), KeyStore(database), Poster(allow_private=False, connections=1))
    allowance = Allowance(0.05, clock=clock)
    made = FollowWatcher(newsdesk, follows, sender, allowance)
    made.look()
    for asked in (KOTOR, BUDVA):
        follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.asked.clear()
    allowance.left = 0.0
    yield made
    made.close()


def test_what_came_waits_until_there_is_time_and_is_told_then(newsdesk, follows, watcher, clock):
    before = follows.position()
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2"]
    assert (watcher.look(), watcher.look()) == (0, 0)
    assert (newsdesk.asked, follows.position()) == ([], before)
    newsdesk.write("a/3", "Ten people were hurt in Kotor.", short="ten")
    newsdesk.telling = ["a/3"]
    watcher.look()
    clock.now += 11.0
    assert watcher.look() == 2
    assert sorted(newsdesk.asked) == sorted([KOTOR.question, BUDVA.question])  # once for both articles
    assert follows.position() == newsdesk.archive.last_change()
    assert follows.entries(KOTOR.id, datetime.now(UTC))[0].text == "ten"


def test_what_waits_is_compared_again_by_the_next_process(newsdesk, follows, watcher):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2"]
    assert watcher.look() == 0
    watcher.close()
    database = newsdesk.archive.database
    sender = WebhookSender(Webhooks(database), KeyStore(database), Poster(allow_private=False, connections=1))
    other = FollowWatcher(newsdesk, follows, sender)
    assert other.look() == 2
    other.close()


def test_an_article_that_is_erased_while_it_waits_is_not_read(newsdesk, follows, watcher, clock):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2"]
    watcher.look()
    newsdesk.archive.erase("a/2", reason="asked for")
    newsdesk.telling = ["a/1"]
    watcher.look()
    clock.now += 11.0
    assert watcher.look() == 0
    assert "a/2" not in newsdesk.read


def test_each_passage_that_passes_makes_the_next_one_come_nearer(newsdesk, follows, watcher, clock):
    clock.now += 60.0  # time for all
    with newsdesk.archive.database.writing() as connection:
        connection.exec_driver_sql("UPDATE followed SET near = 0.5")
    newsdesk.confidence = 0.2
    for n in range(5):
        newsdesk.write(f"b/{n}", "Kotor again.", vector=(0.8, 0.6))
    newsdesk.write("b/5", "Kotor again.", vector=(0.6, 0.8))
    watcher.look()
    assert "b/5" not in newsdesk.read and newsdesk.asked == []
    newsdesk.write("b/6", "Kotor again.", vector=(0.9, 0.436))
    watcher.look()
    assert "b/6" in newsdesk.read


def test_news_of_a_matter_in_a_country_names_the_country(newsdesk, follows, watcher, clock):
    clock.now += 60.0
    newsdesk.browses = True
    asked = FollowedQuestion("Vijesti o ratu u Ukrajini", "bs", Filters())
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.write("a/2", "Navijači su se potukli u Čileu.", language="bs")
    newsdesk.write("a/3", "Ukrajinska vojska je ušla u Liman.", language="bs")
    newsdesk.telling = ["a/3", "a/2"]
    watcher.look()
    new = follows.entries(asked.id, datetime.now(UTC))[0]
    assert (new.kind, [source.article_id for source in new.sources]) == ("stories", ["a/3"])


def test_a_town_among_others_is_no_news_of_it(newsdesk, follows, watcher, clock):
    clock.now += 60.0
    newsdesk.browses = True
    asked = FollowedQuestion("Najnovije vijesti iz Tuzle", "bs", Filters())
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.write("a/2", "Tužioci rade u Sarajevu, Mostaru i Tuzli.", language="bs")
    newsdesk.write("a/3", "Vrtić u Tuzli je otvoren.", language="bs")
    newsdesk.telling = ["a/3", "a/2"]
    watcher.look()
    new = follows.entries(asked.id, datetime.now(UTC))[0]
    assert (new.kind, [source.article_id for source in new.sources]) == ("stories", ["a/3"])
