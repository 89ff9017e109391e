"""TREC files: other tools read the same figures from them."""

import ir_measures
import pytest

from eval.compare.trec import export
from eval.run.run import run
from rag.errors import BadInput


@pytest.fixture
def made(make):
    """Nine cases: found first, second, last, not at all; ids with spaces and letters of two scripts; grades."""
    docs = [make.document(f"д {n}/č", f"Text number {n} of this test.") for n in range(12)]
    ids = [d.id for d in docs]
    cases, replies = [], {}
    for n in range(9):
        grades = {ids[n]: 1 + n % 3, ids[(n + 5) % 12]: 1}
        case = make.case(f"case {n}", gold_doc_ids=tuple(grades), grades=grades, gold_quotes=(), answers=())
        order = ids[n % 4 :] + ids[: n % 4]
        cases.append(case)
        replies[case.id] = make.reply(ranking=tuple(make.passage(i, "Text.") for i in order[: 4 + n]))
    replies["case 8"] = make.reply(ranking=())
    suite = make.suite(*cases, documents=docs)
    return run(suite, make.Target(replies))


def test_ir_measures_reads_the_files_and_agrees(made, tmp_path):
    files = export(made, tmp_path)
    names = {
        "recall@1": ir_measures.R @ 1, "recall@5": ir_measures.R @ 5, "ndcg@10": ir_measures.nDCG @ 10,
        "mrr@10": ir_measures.RR @ 10, "map": ir_measures.AP,
    }  # fmt: skip
    found = ir_measures.calc_aggregate(
        names.values(), ir_measures.read_trec_qrels(str(files.qrels)), ir_measures.read_trec_run(str(files.run))
    )
    for name, measure in names.items():
        assert 0 < found[measure] < 1  # nothing here is trivial
        assert found[measure] == pytest.approx(made.metrics[name], abs=5e-5)


def test_a_run_without_rankings(make, tmp_path):
    suite = make.suite(make.case())
    answered = run(suite, make.Target({"c1": make.reply(ranking=None)}))
    with pytest.raises(BadInput, match="ranks no documents"):
        export(answered, tmp_path)
