"""Suites over the development data beside the project: read whole where it is, and said what is missing where not."""

import pytest

from eval.datasets import shared_data
from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.run.run import measure
from rag.config import load_settings
from rag.errors import BadInput


@pytest.fixture
def suite():
    def read(name):
        missing = [f for f in shared_data.SHARED_SUITES[name].files if not (shared_data.DATA / f).is_file()]
        if missing:
            pytest.skip(f"needs ../shared/data/{missing[0]}: without it is not checked how {name} is read")
        return load(name)

    return read


@pytest.mark.data
def test_questions_of_another_hand(suite):
    made = suite("reader_dev")
    assert made.splits() == {"calibrate": 150, "dev": 150}
    assert sum(c.unanswerable for c in made.cases) == 120 and sum(c.every for c in made.cases) == 22
    posts = [d for d in made.documents if d.id.startswith("bihfb:")]
    assert len(posts) == 37 and made.documents[-1].id == "tirana_agreement"
    every = next(c for c in made.cases if c.every)
    assert every.accepted_answers.all_in(" ".join(item[0] for item in every.list_answers))
    assert not every.accepted_answers.all_in(every.list_answers[0][0])


@pytest.mark.data
def test_more_questions_of_another_hand_over_an_archive_of_their_own(suite):
    made = suite("reader_dev2")
    assert (made.splits(), len(made.documents)) == ({"calibrate": 110, "dev": 110}, 1500)
    assert sum(c.unanswerable for c in made.cases) == 80 and all(c.letters for c in made.cases)
    texts = {d.id: d.text.casefold() for d in made.documents}
    assert all(any(c.accepted_answers.any_in(texts[i]) for i in c.gold_doc_ids) for c in made.cases if c.answers)


@pytest.mark.data
def test_collections_by_name(suite):
    assert (len(suite("xquad").cases), len(suite("xquad").documents)) == (2380, 480)
    across = narrow(suite("xquad"), questions="ro", documents="en")
    assert (len(across.cases), len(across.documents)) == (1190, 240)
    quiz = suite("news_quiz")
    assert quiz.name == "news_quiz" and len(quiz.cases) > 1500 and all(c.answers for c in quiz.cases)
    squad = suite("squad_dev")
    assert squad.splits() == {"held": 1205, "trained": 10266} and len(squad.documents) == 1516
    held = squad.of_split("held").cases
    assert sum(c.unanswerable for c in held) == 514


@pytest.mark.data
def test_our_own_questions_over_the_same_articles(suite):
    made = suite("news_questions")
    assert made.splits() == {"dev": 175, "test": 175, "calibrate": 525}
    texts = {d.id: f"{d.fields['title']}\n{d.text}".casefold() for d in made.documents}
    for case in made.cases:
        told = texts[case.gold_doc_ids[0]] if case.gold_doc_ids else ""
        assert case.unanswerable or any(a.casefold() in told for a in case.answers)


@pytest.mark.data
def test_questions_of_ordinary_readers_are_asked_in_four_languages_and_answered_by_spans(suite):
    made = suite("readers")
    assert made.splits() == {"0": 784, "1": 800, "2": 228, "3": 712, "4": 772, "5": 664}
    texts = {d.id: d.text for d in made.documents}
    told = [c for c in made.cases if not c.unanswerable]
    assert all(answer == answer.strip() and answer in texts[c.gold_doc_ids[0]] for c in told for answer in c.answers)
    assert {c.category for c in made.cases if c.unanswerable} == {
        f"near_{kind}" for kind in ("aspect", "entity", "part", "premise", "role", "time", "unit")
    }


@pytest.mark.data
def test_the_founding_document_alone(suite):
    made = suite("founding")
    assert (len(made.cases), len(made.documents)) == (13, 1)
    assert all(c.every and c.accepted_answers.all_in(made.documents[0].text) for c in made.cases)


@pytest.mark.data
def test_queries_without_an_answer(suite):
    made = suite("clapnq")
    assert (len(made.cases), sum(c.unanswerable for c in made.cases)) == (300, 150)


@pytest.mark.data
def test_conversations(suite):
    made = suite("mtrag")
    assert {c.category for c in made.cases} == {"answerable", "partial", "unanswerable"}
    assert sum(bool(c.history) for c in made.cases) > 100 and "39 turns" in made.notes[0]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "least", "languages"), [("ntrex128_segments_dev", 20_000, 12), ("setimes_sr_hr_segments", 1_900, 2)]
)
def test_parallel_segments(name, least, languages):
    path = shared_data.DATA / f"parallel/{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"needs {path}: without it is not checked how segments are read")
    made = load(str(path))
    assert len(made.cases) > least and len({c.language for c in made.cases}) == languages


@pytest.mark.data
@pytest.mark.slow
def test_a_sample_of_xquad(suite):
    """The first 100 questions over all paragraphs; the whole is in docs/results.md."""
    made = measure(narrow(suite("xquad"), questions="en", documents="en").first(100), load_settings())
    assert made.counts["failed"] == 0
    assert made.metrics["recall@1"] >= 0.93 and made.metrics["recall@5"] >= 0.98
    assert made.metrics["seen@1"] >= 0.7 and made.metrics["citation_valid"] == 1


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"clapnq needs ../shared/data/qa/clapnq_dev.jsonl, which is not here"):
        shared_data.SHARED_SUITES["clapnq"].load("clapnq", tmp_path)
