"""The page of results: sections, commands, tables."""

import pytest

from eval.report.results import results, title_of
from eval.run.run import Plan, run
from eval.run.score import Texts


@pytest.fixture
def run_of(make):
    def build(*cases, documents=None, split=None, target="local", command="telal eval run x --out y", name="tiny"):
        suite = make.suite(*cases, documents=documents, name=name)
        scripted = make.Target({c.id: make.reply(**(make.REFUSAL if c.unanswerable else {})) for c in suite.cases})
        scripted.name = target
        return run(Plan(suite, split, {"command": command, "cpu": "Z80"}), scripted, Texts(suite.documents))

    return build


def test_titles(make, run_of):
    romanian = make.document("ro", "Un text.", language="ro")
    assert title_of(run_of(make.case(), split="dev")) == "tiny (dev): en"
    across = run_of(make.case(gold_doc_ids=("ro",), gold_quotes=()), documents=[romanian])
    assert title_of(across) == "tiny: questions in en, documents in ro"
    assert title_of(run_of(make.case("a"), make.case("b", language="sq"))) == "tiny"


def test_one_section_a_suite_one_column_a_system(make, run_of):
    cases = make.case("a"), make.case("b", language="sq"), make.case("c", **make.UNANSWERABLE)
    first = run_of(*cases, target="local dense")
    page = results([first, run_of(*cases), run_of(make.case(), name="other", command="telal eval run other")])
    assert page.count("\n## ") == 2
    assert "|  | metric | local dense | local |" in page
    assert "| retrieval | `recall@1` | 1.000 | 1.000 |" in page
    assert page.count("telal eval run x\n") == 1  # the same command once, without where its run was kept
    assert "telal eval run other" in page
    assert "| language (local) | cases |" in page and "| sq | 1 |" in page
    assert "Z80" in page
    assert "`cost`" not in page  # nothing measures it


def test_pairs_of_languages_where_texts_are_searched(make, run_of):
    there, back = make.case("a", search_only=True), make.case("b", language="sq", search_only=True)
    page = results([run_of(there, back)])
    assert "| pair (local) | cases | `recall@1` | `recall@5` | `mrr@10` |" in page
    assert "| sq-en | 1 | 1.000 | 1.000 | 1.000 |" in page
