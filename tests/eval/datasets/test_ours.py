"""Our own form: what is read, and that every complaint names file, line and field."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from eval.datasets.load import load
from eval.datasets.ours import read_cases, read_documents, write_suite
from eval.skeleton import write_skeleton
from rag.errors import BadInput
from rag.types import Turn

DOC = {"id": "d1", "title": "Tirana", "text": "Ivan Anušić signed it for Croatia.", "language": "en"}
CASE = {
    "id": "c1",
    "language": "en",
    "question": "Who signed?",
    "answers": ["Ivan Anušić"],
    "gold_doc_ids": ["d1"],
    "unanswerable": False,
}


def test_reads_every_field(lines):
    path = lines(
        "cases.jsonl",
        {
            **CASE,
            "gold_quotes": [{"doc_id": "d1", "quote": "Ivan Anušić signed it"}],
            "category": "who",
            "split": "dev",
            "as_of": "2025-03-18",
            "history": [{"question": "What was signed?", "answer": "An agreement."}],
            "list_answers": [["Ivan Anušić", "Anusic"]],
            "forbidden": ["hacked"],
            "why": None,
        },
    )
    (case,) = read_cases([path])
    assert case.as_of == date(2025, 3, 18)
    assert case.history == (Turn("What was signed?", "An agreement."),)
    assert case.list_answers == (("Ivan Anušić", "Anusic"),)
    assert (case.category, case.split, case.forbidden) == ("who", "dev", ("hacked",))
    assert case.place.endswith("cases.jsonl:1")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"question": None}, "question", "field required"),
        ({"question": "  "}, "question", "is empty"),
        ({"question": 5}, "question", "should be a valid string"),
        ({"answers": "Ivan"}, "answers", "should be a valid array"),
        ({"answers": None}, "answers", "is missing"),
        ({"gold_doc_ids": ["d9"]}, "gold_doc_ids", "'d9' is not among the 1 documents"),
        ({"gold_doc_ids": []}, "gold_doc_ids", "is empty, yet"),
        ({"answers": ["Albin Kurti"]}, "answers", "is in a gold document (d1)"),
        ({"gold_quotes": [{"doc_id": "d1", "quote": "signed for Croatia"}]}, "gold_quotes", "not in d1 word for word"),
        ({"gold_quotes": [{"doc_id": "d2", "quote": "x"}]}, "gold_quotes", "is not one of the case's gold_doc_ids"),
        ({"gold_quotes": [{"doc_id": "d1"}]}, "gold_quotes.0.quote", "field required"),
        ({"unanswerable": "no"}, "unanswerable", "should be a valid boolean"),
        ({"unanswerable": True}, "unanswerable", "yet there are answers"),
        ({"as_of": "18.3.2025"}, "as_of", "should be a valid date"),
        ({"list_answers": [[]]}, "list_answers.0", "should have at least 1 item"),
        ({"history": ["what?"]}, "history.0", "should be"),
    ],
)
def test_complaints_name_file_line_and_field(lines, change, field, words):
    good = {**CASE, "id": "c0"}
    cases = lines("cases.jsonl", good, {**CASE, **change})
    with pytest.raises(BadInput) as caught:
        load(str(cases), lines("docs.jsonl", DOC))
    assert f"{cases}:2" in caught.value.message
    assert f"{field}: " in caught.value.message
    assert words in caught.value.message


def test_duplicate_ids(lines):
    with pytest.raises(BadInput, match=r"cases\.jsonl:2: id: 'c1' is a second time here, first in .*cases\.jsonl:1"):
        read_cases([lines("cases.jsonl", CASE, CASE)])


def test_a_document_twice_is_a_revision_when_it_says_when(lines):
    later = {**DOC, "text": "Corrected text of it.", "modified": "2025-03-19"}
    assert [d.id for d in read_documents([lines("docs.jsonl", DOC, later)])] == ["d1", "d1"]
    with pytest.raises(BadInput, match=r"docs\.jsonl:2: id: 'd1' is a second time"):
        read_documents([lines("docs.jsonl", DOC, DOC)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("{not json\n", ":1: the line is not JSON"),
        ("[1]\n", ":1: the line is not a JSON object"),
    ],
)
def test_files_that_hold_nothing(lines, content, words):
    with pytest.raises(BadInput, match=words):
        read_cases([lines("cases.jsonl", content)])


def test_other_encodings(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_bytes('{"id": "č"}'.encode("cp1250"))
    with pytest.raises(BadInput, match="cannot be read as UTF-8"):
        read_cases([path])


def test_missing_files(tmp_path, lines):
    with pytest.raises(BadInput, match="no suite and no file"):
        load("nowhere")
    with pytest.raises(BadInput, match="needs its documents"):
        load(str(lines("cases.jsonl", CASE)))
    with pytest.raises(BadInput, match="There is no file"):
        load(str(lines("cases.jsonl", CASE)), tmp_path / "docs.jsonl")
    lines("cases_docs.jsonl", DOC)
    assert len(load(str(tmp_path / "cases.jsonl")).documents) == 1
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BadInput, match=r"no \.jsonl file"):
        load(str(lines("cases.jsonl", CASE)), tmp_path / "nothing")


def test_digests_follow_what_matters(lines):
    docs = lines("docs.jsonl", DOC)
    one = load(str(lines("a.jsonl", CASE, {**CASE, "id": "c2"})), docs)
    turned = load(str(lines("b.jsonl", {**CASE, "id": "c2"}, CASE)), docs)
    changed = load(str(lines("c.jsonl", CASE, {**CASE, "id": "c2", "answers": ["Anušić"]})), docs)
    assert one.cases_digest == turned.cases_digest != changed.cases_digest
    assert one.docs_digest == changed.docs_digest
    other = lines("d.jsonl", {**DOC, "text": "Ivan Anušić signed it."})
    assert load(str(lines("a.jsonl", CASE)), other).docs_digest != one.docs_digest


def test_splits_and_limits(lines):
    cases = lines("c.jsonl", {**CASE, "split": "dev"}, {**CASE, "id": "c2", "split": "test"}, {**CASE, "id": "c3"})
    suite = load(str(cases), lines("docs.jsonl", DOC))
    assert suite.splits() == {"dev": 1, "test": 1}
    assert [c.id for c in suite.of_split("test").cases] == ["c2"]
    assert [c.id for c in suite.first(2).cases] == ["c1", "c2"]
    with pytest.raises(BadInput, match="has no split 'train'"):
        suite.of_split("train")


def test_samples(lines):
    cases = lines("c.jsonl", *({**CASE, "id": f"c{n}"} for n in range(50)))
    suite = load(str(cases), lines("docs.jsonl", DOC))
    drawn = suite.sample(10, seed=1)
    assert len(drawn.cases) == 10 and drawn == suite.sample(10, seed=1) != suite.sample(10, seed=2)
    assert [c.id for c in drawn.cases] == [c.id for c in suite.cases if c in drawn.cases]
    assert suite.sample(None, seed=1) is suite and suite.sample(50, seed=1) is suite


@pytest.mark.parametrize("seed", range(5))
def test_a_sample_has_languages_and_kinds_in_their_shares(lines, seed):
    shares = {("en", "who"): 40, ("en", "when"): 20, ("sr", "who"): 30, ("sq", "list"): 10}
    kinds = [pair for pair, count in shares.items() for _ in range(count)]
    made = ({**CASE, "id": f"c{n}", "language": one, "category": kind} for n, (one, kind) in enumerate(kinds))
    suite = load(str(lines("c.jsonl", *made)), lines("docs.jsonl", DOC))
    drawn = Counter((c.language, c.category) for c in suite.sample(10, seed=seed).cases)
    assert drawn == {pair: count // 10 for pair, count in shares.items()}


def test_all_that_is_wrong_is_said_at_once(lines):
    cases = lines(
        "cases.jsonl",
        {**CASE, "id": "c1", "question": "", "answers": "Ivan"},
        {**CASE, "id": "c2", "gold_doc_ids": ["d9"]},
        {**CASE, "id": "c3"},
        {**CASE, "id": "c3"},
        {**CASE, "id": "c4", "answers": ["Albin Kurti"]},
    )
    with cases.open("a") as file:
        file.write("{oops\n")
    with pytest.raises(BadInput) as caught:
        load(str(cases), lines("docs.jsonl", DOC))
    said = caught.value.message.splitlines()
    assert said[0] == "6 things are wrong:"
    assert said.pop(1).strip().startswith(f"{cases}:6: the line is not JSON")
    assert [re.findall(r"jsonl:(\d): (?:case \w+: )?(\w+):", line)[0] for line in said[1:]] == [
        ("1", "question"),
        ("1", "answers"),
        ("4", "id"),
        ("2", "gold_doc_ids"),
        ("5", "answers"),
    ]


def test_every_line_that_is_no_json_is_named(lines):
    with pytest.raises(BadInput, match=r"(?s)5 things.*:1: the line is not JSON.*:3: the line is not a JSON object"):
        read_cases([lines("cases.jsonl", '{"id": \n{"id": "a"}\n[]\n')])


def test_unanswerable_cases_need_no_lists(lines):
    cases = lines("c.jsonl", {"id": "c1", "language": "en", "question": "Why?", "unanswerable": True})
    (case,) = load(str(cases), lines("docs.jsonl", DOC)).cases
    assert case.unanswerable and case.category == "unanswerable" and case.answers == ()


def test_a_new_benchmark_can_be_read_at_once(tmp_path):
    write_skeleton(tmp_path / "mine")
    suite = load(str(tmp_path / "mine"))
    assert [c.unanswerable for c in suite.cases] == [False, False, True] and len(suite.documents) == 2
    with pytest.raises(BadInput, match="not an empty folder"):
        write_skeleton(tmp_path / "mine")


def test_cases_to_search_for_are_written_and_read_again(make, tmp_path):
    case = make.case(search_only=True, search_in=("en",), grades={"tirana": 2, "kocani": 1}, answers=(), gold_quotes=())
    write_suite(given := make.suite(replace(case, gold_doc_ids=("tirana", "kocani"))), tmp_path)
    (read,) = load(str(tmp_path)).cases
    assert replace(read, place="") == replace(given.cases[0], place="")
    with pytest.raises(BadInput, match="asked of your archive"):
        write_suite(replace(given, in_place=True), tmp_path / "site")
