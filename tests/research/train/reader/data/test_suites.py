"""The suite to fit answers on: what is in it, and what is left for measuring."""

import json

import pytest

from research.train.reader.data.suites import write_suites


@pytest.fixture
def data(tmp_path):
    """Four titles of two languages, a question a paragraph."""
    folder = tmp_path / "data" / "qa"
    folder.mkdir(parents=True)
    documents, questions = [], []
    for title in range(4):
        for number in range(2):
            for language, answer in (("en", "four"), ("ro", "patru")):
                place = f"{language}:{title}-{number}"
                same = {"parallel_id": f"xquad:{title}-{number}", "language": language}
                documents.append(
                    {**same, "id": f"xquad:{place}", "title": f"T_{title}", "text": f"They were {answer}."}
                )
                asked = {"id": f"q:{place}", "parallel_id": f"q:{title}-{number}", "language": language}
                questions.append(
                    {**asked, "question": "How many?", "answers": [answer], "gold_doc_ids": [f"xquad:{place}"]}
                )
    (folder / "xquad_en_ro.jsonl").write_text("".join(json.dumps(q) + "\n" for q in questions))
    (folder / "xquad_en_ro_docs.jsonl").write_text("".join(json.dumps(d) + "\n" for d in documents))
    return tmp_path / "data"


def test_half_of_the_titles_is_asked_in_both_languages(data, tmp_path):
    assert write_suites(data, tmp_path)["xquad"] == 8
    documents = [json.loads(line) for line in (tmp_path / "xquad_docs.jsonl").read_text().splitlines()]
    cases = [json.loads(line) for line in (tmp_path / "xquad.jsonl").read_text().splitlines()]
    assert [d["id"] for d in documents] == ["xquad:0-0", "xquad:0-1", "xquad:2-0", "xquad:2-1"]
    assert [d["language"] for d in documents] == ["ro", "en", "ro", "en"]
    assert {d["title"] for d in documents} == {"T 0", "T 2"}
    assert all(set(c["answers"]) == {"four", "patru"} and not c["unanswerable"] for c in cases)
    assert {(c["language"], *c["gold_doc_ids"]) for c in cases} == {
        (language, d["id"]) for d in documents for language in ("en", "ro")
    }
