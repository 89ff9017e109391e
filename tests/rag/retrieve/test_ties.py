"""Passages that score alike: the preferred language first."""

from rag.retrieve.rank import TIE, FusedCandidate, prefer_language
from rag.types import Passage


def passage(key, language="en", outlet="A"):
    return Passage(str(key), f"a{key}", 1, 0, "text", 0, 4, "title", outlet=outlet, language=language)


def ordered(language, *found):
    part = [FusedCandidate(key, score, key, score, None, None) for key, (score, _) in enumerate(found)]
    live = {key: passage(key, tag) for key, (_, tag) in enumerate(found)}
    return [f.key for f in prefer_language(part, live, language)]


def test_alike_the_language_comes_first_then_its_family():
    tags = ("en", "hr", "sr-Latn", "sr-Cyrl")
    assert ordered("sr-Cyrl", *((0.9 - TIE * i / 4, tag) for i, tag in enumerate(tags))) == [3, 2, 1, 0]


def test_a_better_score_is_not_given_up_for_a_language():
    assert ordered("hr", (0.9, "en"), (0.9 - 2 * TIE, "hr")) == [0, 1]


def test_runs_do_not_chain():
    step = TIE * 0.9
    assert ordered("hr", (0.9, "en"), (0.9 - step, "en"), (0.9 - 2 * step, "hr")) == [0, 1, 2]


def test_a_passage_that_is_no_longer_live_is_kept_for_the_archive_to_drop():
    assert [f.key for f in prefer_language([FusedCandidate(7, 0.5, 1, 0.5, None, None)], {}, "en")] == [7]
