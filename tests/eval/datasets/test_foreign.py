"""Foreign forms: each is recognised and read, and its faults are named."""

import json
from datetime import date

import pytest

from eval.datasets.languages import held_back, narrow
from eval.datasets.load import load
from rag.errors import BadInput

TEXT = "The agreement was signed in Tirana by three ministers of defence."


def squad(tmp_path, *qas, name="xquad.ro.json", **paragraph):
    data = {"data": [{"title": "Tirana_agreement", "paragraphs": [{"context": TEXT, "qas": list(qas), **paragraph}]}]}
    path = tmp_path / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


QA = {"id": "q1", "question": "Where?", "answers": [{"text": "Tirana", "answer_start": 28}]}


class TestSquad:
    def test_paragraphs_are_documents_and_questions_cases(self, tmp_path):
        impossible = {"id": "q2", "question": "Who won?", "answers": [], "is_impossible": True}
        suite = load(squad(tmp_path, QA, impossible))
        assert [(d.id, d.fields["title"], d.language) for d in suite.documents] == [
            ("xquad.ro:0", "Tirana agreement", "ro")
        ]
        first, second = suite.cases
        assert (first.answers, first.gold_doc_ids, first.language) == (("Tirana",), ("xquad.ro:0",), "ro")
        assert second.unanswerable and not second.gold_doc_ids

    def test_language_from_the_question_or_the_text(self, tmp_path):
        assert load(squad(tmp_path, {**QA, "id": "finnish-1"}, name="tydiqa.json")).cases[0].language == "fi"
        assert load(squad(tmp_path, QA, name="train-v1.1.json")).cases[0].language == "en"

    @pytest.mark.parametrize(
        ("qa", "words"),
        [
            ({"id": "q", "question": "?"}, r"data\[0\]\.paragraphs\[0\]\.qas\[0\]: answers: is missing"),
            ({**QA, "question": ""}, r"qas\[0\]: question: is missing or empty"),
            ({**QA, "answers": [{"text": "Zagreb"}]}, r"qas\[0\]: case q1: answers: none of"),
        ],
    )
    def test_faults(self, tmp_path, qa, words):
        with pytest.raises(BadInput, match=words):
            load(squad(tmp_path, qa))

    def test_the_same_id_twice(self, tmp_path):
        with pytest.raises(BadInput, match="'q1' is a second time"):
            load(squad(tmp_path, QA, QA))


class TestBeir:
    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "qrels").mkdir()
        docs = [{"_id": "d1", "title": "A", "text": TEXT}, {"_id": "d2", "title": "", "text": "Other text, not that."}]
        (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(d) + "\n" for d in docs))
        (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "Where was the agreement signed?"}\n')
        (tmp_path / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n")
        return tmp_path

    def test_qrels_are_splits_with_grades(self, folder):
        suite = load(str(folder))
        (case,) = suite.cases
        assert (case.split, case.relevance, case.search_only) == ("test", {"d1": 2}, True)
        assert case.language == "en"
        assert len(suite.documents) == 2

    def test_faults(self, folder):
        (folder / "qrels/dev.tsv").write_text("q1\td1\n")
        with pytest.raises(BadInput, match=r"dev\.tsv:1: three columns"):
            load(str(folder))
        (folder / "qrels/dev.tsv").write_text("q9\td1\t1\n")
        with pytest.raises(BadInput, match="'q9' is not among the queries"):
            load(str(folder))
        (folder / "qrels/dev.tsv").write_text("q1\td9\t1\n")
        (folder / "qrels/test.tsv").unlink()
        with pytest.raises(BadInput, match="'d9' is not among the 2 documents"):
            load(str(folder))
        (folder / "qrels/dev.tsv").unlink()
        with pytest.raises(BadInput, match="There are no qrels"):
            load(str(folder))


class TestRealTimeQA:
    def test_questions_beside_their_evidence(self, lines):
        base = {"language": "en", "unanswerable": False, "dataset": "realtimeqa", "question": "Where?"}
        cases = lines(
            "q.jsonl",
            {**base, "id": "1", "answers": ["Tirana"], "gold_doc_ids": ["e1", "elsewhere"], "date": "2022-06-13"},
            {**base, "id": "2", "answers": ["Albania's capital"], "gold_doc_ids": ["e1"]},
            {**base, "id": "3", "answers": ["Rome"], "gold_doc_ids": []},
        )
        docs = lines("docs.jsonl", {"id": "e1", "title": None, "text": TEXT, "language": "en"})
        suite = load(str(cases), docs)
        assert [(c.id, c.answers, c.gold_doc_ids) for c in suite.cases] == [
            ("1", ("Tirana",), ("e1",)),
            ("2", (), ("e1",)),
        ]
        assert [c.as_of for c in suite.cases] == [date(2022, 6, 13), None]
        assert "1 questions without evidence are left out." in suite.notes

    def test_a_day_that_is_none_is_named(self, lines):
        base = {"language": "en", "unanswerable": False, "dataset": "realtimeqa", "question": "Where?"}
        cases = lines("q.jsonl", {**base, "id": "1", "answers": [], "gold_doc_ids": ["e1"], "date": "June"})
        docs = lines("docs.jsonl", {"id": "e1", "title": None, "text": TEXT, "language": "en"})
        with pytest.raises(BadInput, match="'June' is not a day"):
            load(str(cases), docs)

    def test_its_own_form(self, lines):
        record = {
            "question_id": "20220613_0", "question_date": "2022/06/13", "question_source": "CNN",
            "question_url": "https://example.org/quiz", "question_sentence": "Where was it signed?",
            "choices": ["Rome", "Tirana"], "answer": ["1"], "evidence": TEXT,
        }  # fmt: skip
        suite = load(str(lines("20220613_qa.jsonl", record)))
        assert (suite.cases[0].answers, suite.cases[0].as_of) == (("Tirana",), date(2022, 6, 13))
        assert suite.documents[0].fields["published"] == "2022-06-13"
        with pytest.raises(BadInput, match=r":1: answer: \['7'\] is not a list of numbers"):
            load(str(lines("bad.jsonl", {**record, "answer": ["7"]})))


class TestParallel:
    @pytest.fixture
    def path(self, lines):
        texts = {
            "en": "The agreement was signed.",
            "sq": "Marrëveshja u nënshkrua.",
            "hr": "Sporazum je potpisan danas.",
        }
        records = [{"seg_id": "s1", "doc_id": "d", "language": k, "text": v} for k, v in texts.items()]
        short = [{"seg_id": "s2", "doc_id": "d", "language": k, "text": "Tirana"} for k in texts]
        return lines("segments.jsonl", *records, *short)

    def test_to_english_and_back(self, path):
        suite = load(str(path))
        pairs = {(c.language, *c.search_in, *c.gold_doc_ids) for c in suite.cases}
        assert pairs == {
            ("en", "sq", "s1@sq"), ("en", "hr", "s1@hr"), ("sq", "en", "s1@en"), ("hr", "en", "s1@en"),
        }  # fmt: skip
        assert all(c.search_only for c in suite.cases)
        assert suite.notes == ("3 segments of fewer than 3 words are left out.",)
        assert len(suite.documents) == 3

    def test_without_english_in_all_directions(self, path, lines):
        kept = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if '"en"' not in line]
        assert [c.id for c in load(str(lines("two.jsonl", *kept))).cases] == ["s1 sq:hr", "s1 hr:sq"]

    def test_one_direction(self, path):
        one = narrow(load(str(path)), questions="sq", documents="en")
        assert [c.id for c in one.cases] == ["s1 sq:en"] and {d.language for d in one.documents} == {"en"}

    def test_articles_are_wholly_held_back_or_wholly_trained_on(self, lines):
        one = {"text": "The agreement was signed."}
        records = [
            {**one, "seg_id": f"{doc}-{n}", "doc_id": f"d{doc}", "language": k}
            for doc in range(20) for n in range(2) for k in ("en", "sq")
        ]  # fmt: skip
        suite = load(str(lines("segments.jsonl", *records)))
        held = {c.id.partition("-")[0] for c in suite.of_split("held").cases}
        trained = {c.id.partition("-")[0] for c in suite.of_split("trained").cases}
        assert held and trained and not held & trained and len(held | trained) == 20
        assert held == {str(n) for n in range(20) if held_back(f"d{n}")}

    def test_a_segment_twice(self, lines):
        record = {"seg_id": "s1", "language": "en", "text": TEXT}
        with pytest.raises(BadInput, match=r":2: seg_id: 's1' is a second time here in en"):
            load(str(lines("s.jsonl", record, record)))
