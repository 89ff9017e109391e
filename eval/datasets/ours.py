"""Reads our own cases and documents: JSON lines, one file each or several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.core.cases import Case, Document, GoldQuote
from eval.datasets.lines import Line, read_lines
from rag.errors import BadInput
from rag.types import Turn


def read_cases(paths: Sequence[Path]) -> list[Case]:
    """Cases of all files; raises BadInput with file, line and field, also for an id that comes twice."""
    cases: dict[str, Case] = {}
    for path in paths:
        for line in read_lines(path):
            case = to_case(line)
            if case.id in cases:
                raise line.wrong("id", f"{case.id!r} is a second time here, first in {cases[case.id].place}")
            cases[case.id] = case
    return list(cases.values())


def read_documents(paths: Sequence[Path]) -> list[Document]:
    """Documents of all files in order; the same id again is a later revision when it says when it was modified."""
    documents: list[Document] = []
    first: dict[str, Document] = {}
    for path in paths:
        for line in read_lines(path):
            document = to_document(line)
            twin = first.setdefault(document.id, document)
            if twin is not document and not document.fields.get("modified"):
                raise line.wrong(
                    "id",
                    f"{document.id!r} is a second time here, first in {twin.place}",
                    hint="A later revision of a document names its time in `modified`.",
                )
            documents.append(document)
    return documents


def to_document(line: Line) -> Document:
    """A document; its other fields are ingestion's to judge."""
    return Document(line.text("id"), line.fields, line.place)


def to_case(line: Line) -> Case:
    """A case of the fields that `docs/evaluation.md` lists."""
    unanswerable = line.flag("unanswerable")
    case = Case(
        id=line.text("id"),
        question=line.text("question"),
        language=line.text("language", default="und"),
        answers=line.texts("answers"),
        gold_doc_ids=line.texts("gold_doc_ids"),
        gold_quotes=tuple(GoldQuote(q.text("doc_id"), q.text("quote")) for q in line.objects("gold_quotes")),
        unanswerable=unanswerable,
        why=line.text("why", default="") or None,
        category=line.text("category", default="unanswerable" if unanswerable else "question"),
        split=line.text("split", default="") or None,
        as_of=line.day("as_of"),
        history=tuple(Turn(t.text("question"), t.text("answer", default="")) for t in line.objects("history")),
        list_answers=_list_answers(line),
        every=line.flag("every"),
        letters=line.flag("letters"),
        false_short=line.texts("false_short", required=False),
        status=line.text("status", default="") or None,
        forbidden=line.texts("forbidden", required=False),
        parallel_id=line.text("parallel_id", default="") or None,
        place=str(line.place),
    )
    if unanswerable and (case.answers or case.gold_doc_ids):
        raise line.wrong("unanswerable", "is true, yet there are answers or gold documents")
    return case


def _list_answers(line: Line) -> tuple[tuple[str, ...], ...]:
    value = line.fields.get("list_answers") or []
    good = isinstance(value, list) and all(
        isinstance(item, list) and item and all(isinstance(v, str) and v.strip() for v in item) for item in value
    )
    if not good:
        raise line.wrong("list_answers", "is not a list of lists of texts", hint='Write [["Zagreb"], ["Skopje"]].')
    return tuple(tuple(item) for item in value)


def jsonl_files(folder: Path) -> list[Path]:
    """The .jsonl files of a folder by name; raises BadInput when there are none."""
    files = sorted(p for p in folder.glob("*.jsonl*") if p.suffix in (".jsonl", ".gz"))
    if not files:
        raise BadInput(f"There is no .jsonl file in {folder}.")
    return files
