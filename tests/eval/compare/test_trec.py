"""TREC files: other tools read the same figures from them, and theirs come back."""

from collections import defaultdict
from math import log2

import ir_measures
import pytest

from eval.compare.trec import export, import_run
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


def by_hand(exported):
    """recall@5, recall@10, MRR@10, nDCG@10 and MAP from the files alone, by the formulas."""
    qrels, ranked = defaultdict(dict), defaultdict(list)
    for line in exported.qrels.read_text(encoding="utf-8").splitlines():
        query, _, doc, grade = line.split()
        qrels[query][doc] = int(grade)
    for line in exported.run.read_text(encoding="utf-8").splitlines():
        query, _, doc, _, score, _ = line.split()
        ranked[query].append((float(score), doc))
    sums = defaultdict(float)
    for query, grades in qrels.items():
        docs = [doc for _, doc in sorted(ranked[query], reverse=True)]
        gains = [grades.get(doc, 0) for doc in docs]
        ideal = sorted(grades.values(), reverse=True)
        hits = [rank for rank, gain in enumerate(gains, 1) if gain]
        sums["recall@5"] += sum(h <= 5 for h in hits) / len(grades)
        sums["recall@10"] += sum(h <= 10 for h in hits) / len(grades)
        sums["mrr@10"] += 1 / hits[0] if hits and hits[0] <= 10 else 0
        sums["map"] += sum((i + 1) / h for i, h in enumerate(hits)) / len(grades)
        dcg, best = (sum(g / log2(r + 1) for r, g in enumerate(gs[:10], 1)) for gs in (gains, ideal))
        sums["ndcg@10"] += dcg / best
    return {name: total / len(qrels) for name, total in sums.items()}


def test_figures_equal_those_worked_out_from_the_files(made, tmp_path):
    figures = by_hand(export(made, tmp_path))
    assert 0 < figures["map"] < figures["recall@10"] < 1  # nothing here is trivial
    for name, value in figures.items():
        assert made.metrics[name] == pytest.approx(value, abs=5e-5), name


def test_ir_measures_reads_the_files_and_agrees(made, tmp_path):
    files = export(made, tmp_path)
    names = {"recall@1": ir_measures.R @ 1, "recall@5": ir_measures.R @ 5, "ndcg@10": ir_measures.nDCG @ 10}
    found = ir_measures.calc_aggregate(
        names.values(), ir_measures.read_trec_qrels(str(files.qrels)), ir_measures.read_trec_run(str(files.run))
    )
    for name, measure in names.items():
        assert found[measure] == pytest.approx(made.metrics[name], abs=5e-5)


def test_there_and_back(made, tmp_path):
    files = export(made, tmp_path)
    back = import_run(files.run, files.qrels)
    for name in ("recall@1", "recall@10", "mrr@10", "ndcg@10", "map"):
        assert back.metrics[name] == pytest.approx(made.metrics[name], abs=5e-5)
    assert back.counts["searched"] == 9
    assert " " not in back.per_case[0].id


def test_ties_and_judged_as_not_relevant(tmp_path):
    (tmp_path / "run").write_text("q Q0 a 1 1.0 x\nq Q0 b 2 1.0 x\n")
    (tmp_path / "qrels").write_text("q 0 a 1\nq 0 b 0\nr 0 a 0\n")
    (case,) = import_run(tmp_path / "run", tmp_path / "qrels").per_case  # r has nothing relevant
    assert case.ranked_docs == ["b", "a"]  # as trec_eval breaks ties
    assert case.scores["mrr@10"] == 1 / 2


@pytest.mark.parametrize(
    ("run_text", "words"),
    [
        ("q Q0 a 1 1.0\n", "run:1: not a TREC line of 6 columns"),
        ("\nq Q0 a 1 high x\n", "run:2: not"),
        ("", "is empty"),
    ],
)
def test_faults(tmp_path, run_text, words):
    (tmp_path / "run").write_text(run_text)
    (tmp_path / "qrels").write_text("q 0 a 1\n")
    with pytest.raises(BadInput, match=words):
        import_run(tmp_path / "run", tmp_path / "qrels")
    with pytest.raises(BadInput, match="cannot be read"):
        import_run(tmp_path / "nowhere", tmp_path / "qrels")


def test_a_run_without_rankings(make, tmp_path):
    suite = make.suite(make.case())
    answered = run(suite, make.Target({"c1": make.reply(ranking=None)}))
    with pytest.raises(BadInput, match="ranks no documents"):
        export(answered, tmp_path)
