"""TREC run and qrels files: any IR tool reads our rankings, and we read those of any IR system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from eval.core.record import CaseRecord, RunRecord
from eval.metrics.ranking import ranking_scores
from eval.run.summary import counts, metrics, metrics_by
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


def import_run(run: Path, qrels: Path) -> RunRecord:
    """A run record of another system's TREC files, with the ranking metrics. Raises BadInput with file and line.

    Ties in score are broken by the document's id, descending, as trec_eval does.
    """
    judged = _columns(qrels, 4, lambda row: (row[0], row[2], int(row[3])))
    ranked = _columns(run, 6, lambda row: (row[0], row[2], float(row[4])))
    cases = [_case(query, grades, ranked.get(query, {})) for query, grades in judged.items() if _positive(grades)]
    return RunRecord(
        suite=qrels.name,
        split=None,
        target=run.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        metrics=metrics(cases),
        metrics_by=metrics_by(cases),
        environment={},
        counts=counts(cases, seconds=0.0),
        per_case=cases,
        notes=(f"Read from {run.name} and {qrels.name}.",),
    )


def _case(query: str, grades: dict[str, float], scored: dict[str, float]) -> CaseRecord:
    relevant = _positive(grades)
    ranked = [doc for doc, _ in sorted(scored.items(), key=lambda item: (item[1], item[0]), reverse=True)]
    return CaseRecord(
        id=query,
        language="und",
        category="trec",
        split=None,
        question="",
        gold_doc_ids=list(relevant),
        gold_languages=[],
        answers=[],
        unanswerable=False,
        status="answered",
        search_only=True,
        grades=relevant,
        ranked_docs=ranked,
        scores=ranking_scores(relevant, ranked),
    )


def _positive(grades: dict[str, float]) -> dict[str, int]:
    return {doc: int(grade) for doc, grade in grades.items() if grade > 0}


Row = tuple[str, str, float]


def _columns(path: Path, width: int, read: Callable[[Sequence[str]], Row]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(lines, start=1):
        row = line.split()
        if not row:
            continue
        try:
            if len(row) != width:
                raise ValueError(f"{len(row)} columns")
            query, doc, value = read(row)
        except ValueError as error:
            raise BadInput(f"{path}:{number}: not a TREC line of {width} columns ({error}).") from error
        found[query][doc] = value
    if not found:
        raise BadInput(f"{path} is empty.")
    return found
