"""Which articles belong to a story: its versions, no chains of events, the rest of its matter, stories of thousands."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from rag.retrieve.matter import find_story
from rag.store.archive.copies import Cluster
from rag.types import Passage

DAY = datetime(2025, 3, 18, 8, tzinfo=UTC)
FIRE = "A fire in the Kostinbrod paper factory killed six workers, the ministry said."


def report(name, *, title="Fire in Kostinbrod paper factory", text=FIRE, hours=0, language="en", angle=0.0):
    at = None if hours is None else DAY + timedelta(hours=hours)
    passage = Passage(f"p-{name}", name, 1, 0, text, 0, len(text), title, f"Outlet {name}", None, language, at)
    return passage, np.array([np.cos(angle), np.sin(angle), 0], np.float32)


class World:
    """An archive and its indexes over these reports: every one is near, and every word is as rare as is said."""

    def __init__(self, *reports, rarity=8.0, clusters=()):
        self.held = {p.article_id: (p, vector) for p, vector in reports}
        self.rare, self.copies = rarity, dict.fromkeys(clusters, Cluster("c1", (), tuple(clusters)))
        self.reached = []

    def openings(self, ids):
        return {i: self.held[i][0] for i in ids if i in self.held}

    def opening_vectors(self, ids):
        return {i: self.held[i][1] for i in ids if i in self.held}

    def clusters(self, ids):
        return {i: c for i, c in self.copies.items() if i in ids}

    def passages(self, keys):
        every = list(self.held.values())
        return {key: every[key][0] for key in keys}

    def alike(self, vector, *, limit, language):
        self.reached.append(limit)
        return [SimpleNamespace(key=n) for n in range(min(limit, len(self.held)))]

    def means(self):
        return {name: np.zeros(3, np.float32) for name in ("en", "sh", "mk")}

    def rarity(self, words):
        return dict.fromkeys(words, self.rare)


def told(asked, *reports, **more):
    world = World(*reports, **more)
    found = find_story(asked, archive=world, indexes=world)
    return "".join(p.article_id for p in found.versions), "".join(p.article_id for p in found.others)


def test_reports_of_one_event_are_versions_whoever_is_asked_for():
    two = report("a"), report("b", hours=3, angle=0.6)
    assert told("a", *two) == ("ab", "") and told("b", *two) == ("ba", "")


def test_an_article_that_is_not_there_leads_nowhere():
    assert find_story("x", archive=World(), indexes=World()) is None


def test_a_template_with_no_rare_word_in_common_is_another_story():
    jobs = report("a", title="Driver wanted", text="Jobs."), report("b", title="Cook wanted", text="Jobs.", angle=0.6)
    assert told("a", *jobs, rarity=0.5) == ("a", "")


def test_a_later_day_of_the_same_matter_stands_apart_from_the_event():
    two = report("a"), report("b", angle=0.1)
    assert told("a", *two, report("c", hours=24 * 600, angle=0.6)) == ("ab", "c")
    assert told("a", *two, report("c", hours=None, angle=0.6)) == ("ab", "c")  # nobody knows when


@pytest.mark.parametrize(("hours", "others"), [(72, "b"), (24 * 600, ""), (None, "")])
def test_what_a_single_article_tells_goes_on_for_days_and_not_for_years(hours, others):
    assert told("a", report("a"), report("b", hours=hours, angle=0.9), rarity=6.0) == ("a", others)


def test_a_story_is_the_same_whichever_of_its_articles_leads_to_it():
    # Of two that lie as near to their mean, the later name stands for both.
    three = report("a"), report("c", angle=0.66), report("b", angle=1.33)
    assert {name: set(told(name, *three, rarity=4.5)[0]) for name in "abc"} == dict.fromkeys("abc", set("abc"))


def test_what_bears_none_of_the_names_is_no_part_of_the_matter():
    other = report("b", title="Fire in paper factory", text="A fire in a paper factory killed six.", hours=24 * 600)
    assert told("a", report("a"), other) == ("a", "")


def test_likeness_to_one_version_alone_begins_no_chain():
    chain = [report(name, angle=0.9 * n, hours=12 * n) for n, name in enumerate("abcd")]
    versions, _ = told("a", *chain, rarity=3.0)
    assert "d" not in versions


def test_copies_belong_together_whatever_their_vectors():
    far = report("b", title="Other words", text="Nothing in common.", angle=3.0)
    assert told("a", report("a"), far, clusters="ab") == ("ab", "")


@pytest.mark.parametrize(("title", "found"), [("Пожар во фабрика во Костинброд", "ab"), ("Пожар во Скопје", "a")])
def test_in_another_language_a_name_must_be_shared(title, found):
    other = report("b", title=title, text="Загинаа шест работници.", language="mk", angle=0.6)
    assert told("a", report("a"), other)[0] == found


def test_in_another_language_the_likest_is_a_version_and_another_event_of_its_names_is_none():
    later = report("b", title="Костинброд избира кмет", text="Избори.", language="mk", hours=30, angle=0.9)
    same = report("c", title="Пожар во фабрика во Костинброд", text="Загинаа шест.", language="mk", angle=0.6)
    again = report("d", title="Пожар во фабриката во Костинброд", text="Загинаа шест.", language="mk", angle=0.7)
    assert told("a", report("a"), later, again, same)[0] == "acd"
    assert told("a", report("a"), later)[0] == "ab"  # alone it is as like as is asked for


def test_three_thousand_articles_over_two_years_are_found_in_time():
    many = [report(f"<{n}>", hours=6 * n, angle=0.0001 * n) for n in range(3300)]
    world = World(*many)
    begun = time.process_time()
    found = find_story("<0>", archive=world, indexes=world)
    assert len(found.versions) + len(found.others) == 3000
    assert world.reached == [400, 6000]  # looked further because most of what was near belonged
    assert time.process_time() - begun < 30
