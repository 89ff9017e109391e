"""Reads RealTimeQA: its own weekly files with evidence, or its questions with documents in a file beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Line, first_record, read_lines
from eval.datasets.ours import read_documents, to_case
from eval.datasets.reader import Reader, build_suite
from eval.metrics.answers import contains
from rag.errors import BadInput


def recognises(path: Path) -> bool:
    record = first_record(path)
    return record.get("dataset") == "realtimeqa" or "question_sentence" in record


def read(path: Path, docs: Path | None) -> Suite:
    """Questions that have a piece of evidence; answers are only kept where it says them, for retrieval needs none.

    Elsewhere the quiz's answer ("2", "Iraq") cannot be found word for word, and no answer could be right. Each is asked
    as of the quiz's day: "this week" is that week, and what was published later is not read.
    """
    lines = read_lines(path)
    if "question_sentence" in lines[0].fields:
        documents, cases = _own_form(lines)
    elif docs is None:
        raise BadInput(f"{path} needs its evidence.", hint="Name it: --docs DOCS.jsonl.")
    else:
        documents, cases = read_documents([docs]), [replace(to_case(line), as_of=_day(line, "date")) for line in lines]
    held = {d.id for d in documents}
    # Some questions name a longer article too, which is in another collection.
    narrowed = [replace(c, gold_doc_ids=tuple(i for i in c.gold_doc_ids if i in held)) for c in cases]
    with_gold = [c for c in narrowed if c.gold_doc_ids]
    kept = _answers_in_evidence(with_gold, documents)
    worded = sum(bool(c.answers) for c in kept)
    notes = (
        f"{len(cases) - len(kept)} questions without evidence are left out.",
        f"Answers are scored on the {worded} questions whose evidence says the answer word for word.",
    )
    return build_suite(path.name, kept, documents, notes=notes)


def _own_form(lines: Sequence[Line]) -> tuple[list[Document], list[Case]]:
    """`answer` lists the numbers of the right choices; `evidence` is the text that settles it."""
    documents, cases = [], []
    for line in lines:
        case_id, evidence = line.text("question_id"), line.text("evidence", default="")
        doc_id = f"evidence:{case_id}"
        day = _day(line, "question_date")
        if evidence:
            fields = {
                "id": doc_id, "title": None, "text": evidence, "language": "en",
                "published": day and day.isoformat(),
                "url": line.text("question_url", default="") or None,
                "source": line.text("question_source", default="") or None,
            }  # fmt: skip
            documents.append(Document(doc_id, fields, line.place))
        cases.append(
            Case(
                id=case_id,
                question=line.text("question_sentence"),
                language="en",
                answers=_chosen(line),
                gold_doc_ids=(doc_id,) if evidence else (),
                as_of=day,
                place=str(line.place),
            )
        )
    return documents, cases


def _day(line: Line, field: str) -> date | None:
    """A day written 2020-01-03 or 2020/01/03, None where none is; raises BadInput for another writing."""
    written = line.text(field, default="").replace("/", "-")
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise line.wrong(field, f"{written!r} is not a day (2020-01-03)") from error


def _chosen(line: Line) -> tuple[str, ...]:
    choices = line.texts("choices")
    numbers = line.fields.get("answer")
    try:
        return tuple(choices[int(n)] for n in numbers or ())
    except (TypeError, ValueError, IndexError) as error:
        raise line.wrong("answer", f"{numbers!r} is not a list of numbers of choices") from error


def _answers_in_evidence(cases: Sequence[Case], documents: Sequence[Document]) -> list[Case]:
    texts = {d.id: d.text for d in documents}
    return [
        c if any(contains(texts.get(i, ""), a) for i in c.gold_doc_ids for a in c.answers) else replace(c, answers=())
        for c in cases
    ]


READER = Reader("realtimeqa", "QA.jsonl [--docs EVIDENCE.jsonl]", "none stated", recognises, read)
