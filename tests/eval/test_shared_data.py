"""The development data that stays outside the project: read whole, and a sample of it measured."""

from pathlib import Path

import pytest

from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.run.run import measure
from rag.config import load_settings

DATA = Path(__file__).resolve().parents[3] / "shared/data"
pytestmark = pytest.mark.data


def shared(name):
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/data/{name}: without it this collection's reading is not checked")
    return path


def test_xquad():
    suite = load(str(shared("qa/xquad_en_ro.jsonl")), shared("qa/xquad_en_ro_docs.jsonl"))
    assert (len(suite.cases), len(suite.documents)) == (2380, 480)
    across = narrow(suite, questions="ro", documents="en")
    assert (len(across.cases), len(across.documents)) == (1190, 240)
    assert across.cases[0].gold_doc_ids == ("xquad:en:0-0",)


def test_parallel_segments():
    ntrex = load(str(shared("parallel/ntrex128_segments_dev.jsonl")))
    assert len({c.search_in for c in ntrex.cases} | {(c.language,) for c in ntrex.cases}) == 12
    assert len(ntrex.cases) > 20_000
    setimes = load(str(shared("parallel/setimes_sr_hr_segments.jsonl")))
    assert {c.language for c in setimes.cases} == {"sr-Latn", "hr"}
    assert len(setimes.cases) > 1_900


@pytest.mark.slow
def test_a_sample_of_xquad():
    """The first 100 questions over all paragraphs; the whole is in docs/results.md."""
    suite = load(str(shared("qa/xquad_en_ro.jsonl")), shared("qa/xquad_en_ro_docs.jsonl"))
    made = measure(narrow(suite, questions="en", documents="en").first(100), load_settings())
    assert made.counts["failed"] == 0
    assert made.metrics["recall@1"] >= 0.93 and made.metrics["recall@5"] >= 0.98
    assert made.metrics["seen@1"] >= 0.7 and made.metrics["citation_valid"] == 1
