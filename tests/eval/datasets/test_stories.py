"""Stories told in thirteen variants: marks, what is made of them, and the two archives."""

import tomllib

import pytest

from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.datasets.stories import STORIES, WRITTEN, ToldVersion, read_stories, read_story
from rag.errors import BadInput
from rag.text.languages import LANGUAGES


def test_marks_are_answers_and_not_part_of_the_text():
    version = ToldVersion("Title", "\nIt opened {2|on Monday}. It cost {1|5 million} and\nlater {1|6 million}.\n")
    assert version.plain == "It opened on Monday. It cost 5 million and\nlater 6 million."
    assert (version.said(1), version.said(2)) == ("5 million", "on Monday")
    assert version.around(2, "en") == "It opened on Monday."


def test_every_story_is_held_in_every_language_and_asked_in_each():
    suite = load("region")
    stories = read_stories()
    documents = {d.id: d for d in suite.documents if d.id.startswith("region:")}
    assert len(documents) == len(stories) * len(LANGUAGES)
    assert len(suite.cases) == len(LANGUAGES) * sum(len(s.questions) for s in stories)
    assert any(d.id.startswith("starter:") for d in suite.documents)
    for case in suite.cases:
        assert len(case.gold_doc_ids) == (0 if case.unanswerable else len(LANGUAGES)), case.id
        for quote in case.gold_quotes:
            assert any(answer in quote.quote for answer in case.answers), case.id


def test_a_pair_of_languages_keeps_every_question():
    suite = load("region")
    pair = narrow(suite, questions="hr", documents="sq")
    assert len(pair.cases) == sum(c.language == "hr" for c in suite.cases)
    assert {i.rsplit(":", 1)[1] for c in pair.cases for i in c.gold_doc_ids} == {"sq"}


def test_apart_each_story_has_one_language_and_most_questions_another():
    suite = load("region_apart")
    documents = [d for d in suite.documents if d.id.startswith("region:")]
    assert len(documents) == len(read_stories())
    languages = {d.id: d.language for d in documents}
    for case in suite.cases:
        if not case.unanswerable:
            assert case.split == ("one" if languages[case.gold_doc_ids[0]] == case.language else "two")
    assert suite.splits()["two"] == (len(LANGUAGES) - 1) * suite.splits()["one"]


def test_a_slip_in_the_form_is_named_with_file_and_field(tmp_path):
    path = tmp_path / "slip.toml"
    path.write_text((STORIES / "albania-earthquake-2019.toml").read_text(encoding="utf-8").replace("near =", "nears ="))
    with pytest.raises(BadInput, match=r"slip\.toml: questions\.9\.nears"):
        read_story(path)
    path.write_text("date = ")
    with pytest.raises(BadInput, match=r"slip\.toml is not TOML"):
        read_story(path)


def test_the_cyrillic_is_made_and_nobody_writes_it():
    for path in STORIES.glob("*.toml"):
        assert set(tomllib.loads(path.read_text(encoding="utf-8"))["article"]) == set(WRITTEN)
        assert "sr-Cyrl" in read_story(path).versions
