"""What is told of a followed question while articles come, are corrected and go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from api.auth.keys import KeyStore
from api.follow.followed import FollowedQuestion, ask, nearness
from api.follow.sender import WebhookSender
from api.follow.store import Follows
from api.follow.watcher import FollowWatcher
from api.follow.webhooks import Webhooks
from ingest.fetch.poster import Poster
from rag.types import AnswerKind, AnswerStatus, ArticleStatus, Filters, Hit, Version

ASKED = FollowedQuestion("How many were hurt in Kotor?", "en")


@pytest.fixture
def follows(newsdesk):
    return Follows(newsdesk.archive.database, most=10)


def telling(newsdesk, follows) -> FollowWatcher:
    database = newsdesk.archive.database
    poster = Poster(allow_private=False, connections=1)
    return FollowWatcher(newsdesk, follows, WebhookSender(Webhooks(database), KeyStore(database), poster))


@pytest.fixture
def watcher(newsdesk, follows):
    newsdesk.write("a/1", "Seven people were hurt in Kotor.", short="seven")
    newsdesk.telling = ["a/1"]
    made = telling(newsdesk, follows)
    assert made.look() == 0  # from here on
    follows.begin(ASKED, ask(newsdesk, ASKED), datetime.now(UTC))
    newsdesk.asked.clear()
    yield made
    made.close()


def told(follows, asked=ASKED) -> list[tuple[str, str]]:
    return [(e.kind, e.text) for e in follows.entries(asked.id, datetime.now(UTC))]


def test_other_words_from_a_new_article_are_told_once(newsdesk, follows, watcher):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2", "a/1"]
    assert watcher.look() == 1
    assert told(follows) == [("words", "nine, seven"), ("begun", "seven")]
    assert watcher.look() == 0


def test_the_same_words_in_a_new_article_are_not_told(newsdesk, follows, watcher):
    newsdesk.write("a/2", "At least seven people were hurt.", short="Seven people")
    newsdesk.telling = ["a/2", "a/1"]
    assert watcher.look() == 0
    assert len(newsdesk.asked) == 1


def test_what_was_told_once_is_no_news_when_it_comes_back(newsdesk, follows, watcher):
    for n, words in enumerate(("nine", "seven", "nine"), 2):
        newsdesk.write(f"a/{n}", f"{words} people were hurt in Kotor.", short=words)
        newsdesk.telling = [f"a/{n}"]
        watcher.look()
    assert told(follows) == [("words", "nine"), ("begun", "seven")]


def test_a_question_that_nothing_comes_near_is_not_asked(newsdesk, follows, watcher):
    newsdesk.write("a/2", "The league goes on.", vector=(0.0, 1.0))
    with newsdesk.archive.database.writing() as connection:
        connection.exec_driver_sql("UPDATE followed SET near = 0.5")
    newsdesk.telling = ["a/1", "a/2", "a/3"]
    watcher.look()
    assert (newsdesk.asked, newsdesk.read) == ([], [])
    newsdesk.write("a/3", "Kotor again.", vector=(0.6, 0.8))
    watcher.look()
    assert (len(newsdesk.asked), newsdesk.read) == (1, ["a/3"])


def test_a_passage_with_the_words_of_a_question_comes_nearer(newsdesk, follows, watcher):
    with newsdesk.archive.database.writing() as connection:
        connection.exec_driver_sql("UPDATE followed SET near = 0.7")
    newsdesk.write("a/2", "The league goes on.", vector=(0.6, 0.8))
    newsdesk.write("a/3", "How many people were hurt in Kotor is unknown.", vector=(0.6, 0.8))
    watcher.look()
    assert newsdesk.read == ["a/3"]


def test_a_passage_in_another_family_of_languages_needs_no_words_of_the_question(newsdesk, follows, watcher):
    with newsdesk.archive.database.writing() as connection:
        connection.exec_driver_sql("UPDATE followed SET near = 0.65")
    newsdesk.write("a/2", "The league goes on.", vector=(0.6, 0.8))
    newsdesk.write("a/3", "U Kotoru je povrijeđeno devetoro ljudi.", vector=(0.6, 0.8), language="cnr")
    watcher.look()
    assert newsdesk.read == ["a/3"]


def test_a_question_is_not_asked_for_what_does_not_answer_by_itself(newsdesk, follows, watcher):
    newsdesk.confidence = 0.2
    newsdesk.write("a/2", "Kotor is a town.")
    newsdesk.telling = ["a/1", "a/2"]
    watcher.look()
    assert (newsdesk.asked, newsdesk.read) == ([], ["a/2"])


def test_articles_that_change_places_tell_nothing(newsdesk, follows, watcher):
    newsdesk.write("a/0", "Twelve people were hurt in 1979.", short="twelve")
    watcher.look()
    newsdesk.write("a/9", "A new article about something near.")
    newsdesk.telling = ["a/0", "a/1"]  # the answer moved to an article that was there
    assert watcher.look() == 0


def test_a_newer_article_with_other_words_leads_an_answer_without_few_words(newsdesk, follows, watcher):
    asked = FollowedQuestion("What does the ministry say?", "en")
    newsdesk.shorts["a/1"] = ""
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.write("a/2", "The ministry says that the road is open.")
    newsdesk.telling = ["a/2", "a/1"]
    watcher.look()
    assert told(follows, asked)[0] == ("newer", "The ministry says that the road is open.")


def test_another_version_of_a_story_that_was_told_is_told_only_for_a_name_or_a_number(newsdesk, follows, watcher):
    asked = FollowedQuestion("What does the ministry say?", "en")
    newsdesk.same_story = {"a/2", "a/3", "a/4"}
    newsdesk.shorts["a/1"] = ""
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    for article_id, text in (
        ("a/2", "The road to Kotor is open, the ministry says."),
        ("a/3", "Drivers may use the road to Kotor again, says the ministry."),
        ("a/4", "The road to Kotor is open after 12 days, says the ministry."),
        ("a/5", "Everybody may use the road to Kotor, says the ministry."),
    ):
        newsdesk.write(article_id, text)
        newsdesk.telling = [article_id]
        watcher.look()
    quoted = [e.sources[0].article_id for e in follows.entries(asked.id, datetime.now(UTC))]
    assert quoted == ["a/5", "a/4", "a/2", "a/1"]


def test_a_version_that_was_told_is_not_told_for_a_name_beside_the_words_that_answer(newsdesk, follows, watcher):
    asked = FollowedQuestion("Where were people hurt?", "en")
    newsdesk.same_story = {"a/1", "a/2", "a/3"}
    newsdesk.shorts["a/1"] = ""
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    for article_id, words in (("a/2", "Kotor"), ("a/3", "Budva")):
        newsdesk.words = words
        newsdesk.write(article_id, f"People were hurt in {words}, as Radio Boka says.")
        newsdesk.telling = [article_id]
        watcher.look()
    quoted = [e.sources[0].article_id for e in follows.entries(asked.id, datetime.now(UTC))]
    assert quoted == ["a/3", "a/1"]


def test_a_story_of_which_one_version_was_told_is_silent_with_all(newsdesk, follows, watcher):
    newsdesk.browses = True
    asked = FollowedQuestion("What is new in Kotor?", "en")
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.same_story = {"a/1", "a/2"}
    newsdesk.also = {"a/3": [version("a/2")]}
    newsdesk.write("a/2", "Seven hurt in Kotor, writes another outlet.")
    newsdesk.write("a/3", "In Kotor the day ended with seven in hospital.")
    newsdesk.telling = ["a/3"]
    watcher.look()
    assert [kind for kind, _ in told(follows, asked)] == ["begun"]


def test_a_digest_does_not_tell_a_story_again_that_another_outlet_took_up(newsdesk, follows, watcher):
    newsdesk.browses = True
    asked = FollowedQuestion("What is new in Kotor?", "en")
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.same_story = {"a/1", "a/2"}
    newsdesk.write("a/2", "Seven hurt in Kotor, writes another outlet.")
    newsdesk.write("a/3", "A new bridge for Kotor.")
    newsdesk.telling = ["a/3", "a/2"]
    watcher.look()
    (new, _) = follows.entries(asked.id, datetime.now(UTC))
    assert (new.kind, [s.article_id for s in new.sources]) == ("stories", ["a/3"])


def test_each_article_that_joins_a_followed_story_is_told(newsdesk, follows, watcher):
    newsdesk.same_story = {"a/1", "a/2"}
    newsdesk.story = lambda article_id, language: SimpleNamespace(
        language="en", course=(), article=version("a/1"), versions=[version(one) for one in newsdesk.telling]
    )
    asked = FollowedQuestion("Seven hurt in Kotor", "en", story="a/1")
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.write("a/2", "Seven hurt in Kotor, writes another outlet.")
    newsdesk.telling = ["a/1", "a/2"]
    watcher.look()
    assert [e.kind for e in follows.entries(asked.id, datetime.now(UTC))] == ["stories", "begun"]


def version(article_id: str) -> Version:
    return Version(article_id, f"Headline of {article_id}", "Most", None)


def test_doubt_is_not_told(newsdesk, follows, watcher):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling, newsdesk.status = ["a/2"], AnswerStatus.PARTIAL
    assert watcher.look() == 0


def test_an_entry_says_what_was_told_before_until_that_is_erased(newsdesk, follows, watcher):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2"]
    watcher.look()
    former = [entry.before for entry in follows.entries(ASKED.id, datetime.now(UTC))]
    assert former == ["seven", ""]
    newsdesk.archive.erase("a/1", reason="asked for")
    assert [entry.before for entry in follows.entries(ASKED.id, datetime.now(UTC))] == [""]


def test_an_entry_says_that_its_sources_differ(newsdesk, follows, watcher):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling, newsdesk.status = ["a/2", "a/1"], AnswerStatus.CONFLICTING
    watcher.look()
    told_now = follows.entries(ASKED.id, datetime.now(UTC))
    assert [(entry.text, entry.differ) for entry in told_now] == [("nine, seven", True), ("seven", False)]


def test_a_digest_tells_its_new_stories(newsdesk, follows, watcher):
    newsdesk.browses = True
    asked = FollowedQuestion("What is new in Kotor?", "en")
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.write("a/2", "A second story of Kotor.")
    newsdesk.telling = ["a/2", "a/1"]
    watcher.look()
    (new, begun) = follows.entries(asked.id, datetime.now(UTC))
    assert (new.kind, [s.article_id for s in new.sources]) == ("stories", ["a/2"])
    assert begun.kind == "begun"


def test_a_story_that_comes_into_a_digest_a_while_after_it_came_is_told(newsdesk, follows, watcher):
    newsdesk.browses = True
    asked = FollowedQuestion("What is new in Kotor?", "en")
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.write("a/2", "A second story of Kotor.")
    watcher.look()
    newsdesk.write("a/3", "A third story of Kotor.")
    newsdesk.telling = ["a/2", "a/1"]
    watcher.look()
    (new, _) = follows.entries(asked.id, datetime.now(UTC))
    assert [s.article_id for s in new.sources] == ["a/2"]


def test_another_language_than_the_filters_want_asks_nothing(newsdesk, follows, watcher):
    asked = FollowedQuestion("How many were hurt?", "en", Filters(languages=("hr",)))
    follows.begin(asked, ask(newsdesk, asked), datetime.now(UTC))
    newsdesk.asked.clear()
    newsdesk.write("a/2", "Nine people were hurt in Kotor.")
    newsdesk.telling = ["a/1", "a/2"]
    watcher.look()
    assert newsdesk.asked == [ASKED.question]


def test_an_erasure_is_a_change_that_quotes_nothing_erased(newsdesk, follows, watcher):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2"]
    watcher.look()
    newsdesk.archive.erase("a/2", reason="asked for")
    newsdesk.telling = ["a/1"]
    assert watcher.look() == 1
    assert told(follows) == [("gone", "seven"), ("begun", "seven")]


def test_an_older_entry_that_goes_is_no_change(newsdesk, follows, watcher):
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2"]
    watcher.look()
    newsdesk.archive.erase("a/1", reason="asked for")
    assert watcher.look() == 0
    assert told(follows) == [("words", "nine")]


def test_a_correction_is_told_and_its_former_words_go(newsdesk, follows, watcher):
    newsdesk.write("a/1", "Nine people, not seven, were hurt in Kotor.", short="nine", status=ArticleStatus.CORRECTED)
    assert watcher.look() == 1
    assert told(follows) == [("words", "nine")]


def test_a_correction_elsewhere_in_the_article_keeps_the_entry(newsdesk, follows, watcher):
    newsdesk.write("a/1", "Seven people were hurt in Kotor.", title="Another headline")
    assert told(follows) == []  # until its words were found again
    watcher.look()
    assert told(follows) == [("begun", "seven")]


def test_of_two_processes_one_tells(newsdesk, follows, watcher):
    other = telling(newsdesk, follows)
    newsdesk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    newsdesk.telling = ["a/2"]
    assert (other.look(), watcher.look()) == (0, 1)
    watcher.close()
    newsdesk.write("a/3", "Ten people were hurt in Kotor.", short="ten")
    newsdesk.telling = ["a/3"]
    third = telling(newsdesk, follows)  # `other` asks for the lease every two seconds
    assert third.look() == 1
    third.close()


def test_a_feed_that_nobody_reads_ends(newsdesk, follows, watcher):
    follows.sweep(datetime.now(UTC) + timedelta(days=29))
    assert [one.asked for one in follows.all()] == [ASKED]
    follows.sweep(datetime.now(UTC) + timedelta(days=32))
    assert follows.all() == []
    assert follows.entries(ASKED.id, datetime.now(UTC)) is None


def test_no_words_are_told_without_the_article_that_they_rest_on(newsdesk, follows, watcher):
    for n in range(2, 9):
        newsdesk.write(f"a/{n}", f"Number {n}0 was hurt.", short=f"{n}0")
    newsdesk.telling = [f"a/{n}" for n in range(2, 9)]
    watcher.look()
    entry = follows.entries(ASKED.id, datetime.now(UTC))[0]
    assert entry.text == "20, 30, 40, 50"
    assert [source.article_id for source in entry.sources] == ["a/2", "a/3", "a/4", "a/5"]


def test_the_versions_of_one_story_keep_no_report_out(newsdesk):
    hits = []
    for n, score in enumerate((0.9, 0.89, 0.88, 0.87, 0.86, 0.85, 0.7), 1):
        newsdesk.write(f"b/{n}", f"Version {n} of it.")
        (passage,) = (stored.passage for stored in newsdesk.archive.passages_of(f"b/{n}"))
        hits.append(Hit(passage, score, dense_score=score))
    apart = nearness(newsdesk, ASKED, hits, AnswerKind.ANSWER)
    newsdesk.same_story = {f"b/{n}" for n in range(1, 7)}
    together = nearness(newsdesk, ASKED, hits, AnswerKind.ANSWER)
    assert apart - together == pytest.approx(0.86 - 0.7)
