"""The page of results: tables, and the command of each run."""

import pytest

from eval.report.runs import title_of
from eval.run.run import RunOptions, run
from research.results import results


@pytest.fixture
def run_of(make):
    def build(*cases, documents=None, split=None, target="local", command="telal eval run x --out y", name="tiny"):
        suite = make.suite(*cases, documents=documents, name=name)
        scripted = make.Target({c.id: make.reply(**(make.REFUSAL if c.unanswerable else {})) for c in suite.cases})
        scripted.name = target
        return run(suite, scripted, RunOptions(split), environment={"command": command, "cpu": "Z80"})

    return build


def test_titles(make, run_of):
    romanian = make.document("ro", "Un text.", language="ro")
    assert title_of(run_of(make.case(), split="dev")) == "tiny (dev): en"
    across = run_of(make.case(gold_doc_ids=("ro",), gold_quotes=()), documents=[romanian])
    assert title_of(across) == "tiny: questions in en, documents in ro"
    assert title_of(run_of(make.case("a"), make.case("b", language="sq"))) == "tiny"


def test_a_row_a_run_with_its_command(make, run_of):
    cases = make.case("a"), make.case("b", language="sq"), make.case("c", **make.UNANSWERABLE)
    page = results([run_of(*cases), run_of(make.case(), name="other", target="rival", command="telal eval run other")])
    assert "- tiny. Of 2 answerable 2 were answered rightly" in page
    assert "- other: en, rival. Of 1 answerable 1 was answered rightly" in page
    assert "| suite | cases | `seen@1` | `seen` | `stated` |" in page
    assert "| tiny | 3 | 1.000 |" in page and "| … two languages | 1 | 1.000 |" in page
    assert "- `telal eval run x`: " in page and "Z80" in page  # without where its run was kept


def test_languages_and_pairs_over_all_suites(make, run_of):
    cases = [make.case(f"c{n}", language="sq" if n > 5 else "en") for n in range(11)]
    page = results([run_of(*cases[:8], name="first"), run_of(*cases[8:], name="second")])
    assert "## All suites by question:article, at least 5 questions" in page and "| sq:en | 5 | 1.000 |" in page
    assert "by question:article" not in results([run_of(*cases), run_of(*cases, target="rival")])


def test_what_was_only_searched_for_is_a_table_of_its_own(make, run_of):
    there, back = make.case("a", search_only=True), make.case("b", language="sq", search_only=True)
    page = results([run_of(there, back)])
    assert "| suite | cases | `success@1` | `success@5` |" in page and "`seen@1`" not in page
