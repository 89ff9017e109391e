"""TREC run and qrels files of a run, which any tool of information retrieval reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from eval.core.record import CaseRecord, RunRecord
from rag.errors import BadInput

_SAFE = "".join(chr(c) for c in range(33, 127) if chr(c) != "%")
TAG = "telal"


@dataclass(frozen=True, slots=True)
class TrecFiles:
    """The files that were written."""

    run: Path
    qrels: Path


def export(run: RunRecord, folder: Path) -> TrecFiles:
    """Writes run.trec and qrels.trec of the cases that rank documents and have relevant ones.

    White space in ids is percent-encoded: the format parts its columns by it. Scores fall with the rank, so that a
    tool that sorts by score keeps our order. A case for which nothing was found has qrels and no line in the run.
    """
    cases = [c for c in run.per_case if not c.failed and c.ranked_docs is not None and c.gold_doc_ids]
    if not cases:
        raise BadInput("The run ranks no documents.", hint="TREC files hold rankings; answers stay in the run record.")
    folder.mkdir(parents=True, exist_ok=True)
    made = TrecFiles(folder / "run.trec", folder / "qrels.trec")
    made.run.write_text("".join(line for c in cases for line in _run_lines(c)), encoding="utf-8")
    made.qrels.write_text("".join(line for c in cases for line in _qrels_lines(c)), encoding="utf-8")
    return made


def _run_lines(case: CaseRecord) -> Iterator[str]:
    ranked = case.ranked_docs or []
    for rank, doc_id in enumerate(ranked, start=1):
        yield f"{_id(case.id)} Q0 {_id(doc_id)} {rank} {len(ranked) - rank + 1} {TAG}\n"


def _qrels_lines(case: CaseRecord) -> Iterator[str]:
    for doc_id, grade in (case.grades or dict.fromkeys(case.gold_doc_ids, 1)).items():
        yield f"{_id(case.id)} 0 {_id(doc_id)} {grade}\n"


def _id(value: str) -> str:
    return quote(value, safe=_SAFE)
