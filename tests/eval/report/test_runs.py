"""Runs that cannot be reported are refused with the file, the field and what to do."""

import pytest

from rag.errors import BadInput


def test_runs_are_lettered_and_named_apart(two, read):
    runs = read(two)
    assert [(r.letter, r.name) for r in runs] == [("A", "scripted, first"), ("B", "scripted, second")]


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda r: r.update(format=9), "format 9"),
        (lambda r: r.update(per_case=[]), "has no cases"),
        (lambda r: r["per_case"][1].pop("question"), "per_case.1.question: field required"),
        (lambda r: r.pop("counts"), "counts: field required"),
        (lambda r: r.update(per_case=["text"]), "per_case.0"),
        (lambda r: r.update(metrics=[1]), "metrics"),
        (lambda r: r["per_case"][0].update(latency_ms="soon"), "latency_ms"),
    ],
)
def test_a_damaged_record_is_named(spoil, read, change, said):
    with pytest.raises(BadInput, match=said):
        read([spoil(change)])


def test_no_run_too_many_and_a_missing_one(two, read, tmp_path):
    for paths, said in (([], "no run"), (two * 4, "too many"), ([tmp_path / "none"], "no run in")):
        with pytest.raises(BadInput, match=said):
            read(paths)
