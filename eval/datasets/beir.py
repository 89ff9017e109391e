"""Reads BEIR folders: corpus.jsonl, queries.jsonl, qrels/*.tsv; each file of qrels is a split."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Line, read_lines
from eval.datasets.reader import Reader, build_suite
from rag.errors import BadInput
from rag.text.language import identify

_ORDER = ("test", "dev", "validation", "train")  # a query that is in several splits counts in the first


def recognises(path: Path) -> bool:
    """A folder with a corpus and queries."""
    return any(path.glob("corpus.jsonl*")) and any(path.glob("queries.jsonl*"))


def read(path: Path, docs: Path | None) -> Suite:
    """Queries that some qrels judge; grades are kept, and grades of 0 are not relevant."""
    corpus, queries = (_only(path, name) for name in ("corpus.jsonl", "queries.jsonl"))
    qrels = _qrels(path / "qrels")
    gold = {doc for grades in qrels.values() for found in grades.values() for doc in found}
    documents = [_document(line, gold) for line in read_lines(corpus)]
    questions = {line.text("_id"): line for line in read_lines(queries)}
    cases: dict[str, Case] = {}
    for split, judged in qrels.items():
        for query, grades in judged.items():
            if query not in questions:
                raise BadInput(f"{path}/qrels/{split}.tsv: query-id: {query!r} is not among the queries.")
            cases.setdefault(query, _case(questions[query], split, grades))
    return build_suite(path.name, list(cases.values()), documents)


def _document(line: Line, gold: set[str]) -> Document:
    """BEIR gives no languages: those of the judged documents are found, the rest is left to ingestion."""
    doc_id, title, text = line.text("_id"), line.text("title", default="") or None, str(line.fields.get("text") or "")
    language = line.text("language", default="") or (identify(text).language if doc_id in gold else None)
    return Document(doc_id, {"id": doc_id, "title": title, "text": text, "language": language}, line.place)


def _case(line: Line, split: str, grades: dict[str, int]) -> Case:
    question = line.text("text")
    return Case(
        id=line.text("_id"),
        question=question,
        language=line.text("language", default="") or identify(question).language,
        gold_doc_ids=tuple(grades),
        grades=grades,
        split=split,
        search_only=True,
        place=str(line.place),
    )


def _qrels(folder: Path) -> dict[str, dict[str, dict[str, int]]]:
    """Grades by split, query and document."""
    files = sorted(folder.glob("*.tsv"), key=lambda p: (_ORDER.index(p.stem) if p.stem in _ORDER else 9, p.stem))
    if not files:
        raise BadInput(f"There are no qrels in {folder}.", hint="BEIR keeps them in qrels/test.tsv and the like.")
    return {file.stem: _grades(file) for file in files}


def _grades(file: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with file.open(encoding="utf-8", newline="") as rows:
        for number, row in enumerate(csv.reader(rows, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if number == 1 and len(row) == 3 and not row[2].lstrip("-").isdigit():
                continue  # the head
            if len(row) != 3 or not row[2].lstrip("-").isdigit():
                raise BadInput(f"{file}:{number}: three columns are expected: query-id, corpus-id, score.")
            if int(row[2]) > 0:
                grades[row[0]][row[1]] = int(row[2])
    return dict(grades)


def _only(path: Path, name: str) -> Path:
    return next(p for p in (path / name, path / f"{name}.gz") if p.is_file())


READER = Reader("beir", "FOLDER with corpus.jsonl, queries.jsonl, qrels/", "each collection's own", recognises, read)
