"""A suite to fit answers on, of questions that the reader was not trained on; written outside the repository."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eval.datasets.lines import Line, read_lines

XQUAD = "qa/xquad_en_ro"
TOLD = ("ro", "en")
Record = Mapping[str, Any]


def write_suites(data: Path, out: Path) -> dict[str, int]:
    """Writes xquad.jsonl and xquad_docs.jsonl in `out`; returns the number of cases.

    `xquad`: every second title of XQuAD, each paragraph in Romanian or English, asked in both; the others measure.
    """
    cases, documents = _xquad(data)
    _write(out / "xquad.jsonl", cases)
    _write(out / "xquad_docs.jsonl", documents)
    return {"xquad": len(cases)}


def _write(path: Path, records: Iterable[Record]) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")


def _xquad(data: Path) -> tuple[list[Record], list[Record]]:
    """Half of XQuAD by titles: every second paragraph in Romanian, the others in English, all asked in both."""
    told: dict[str, str] = {}
    documents: list[Record] = []
    for line in read_lines(data / f"{XQUAD}_docs.jsonl"):
        place = line.text("parallel_id")
        language = told.setdefault(place, TOLD[len(told) % 2]) if _fitted_on(place) else ""
        if line.text("language") == language:
            documents.append(_document(place, language, line.text("title").replace("_", " "), line.text("text")))
    accepted: dict[str, tuple[str, ...]] = {}
    asked = [line for line in read_lines(data / f"{XQUAD}.jsonl") if _paragraph(line) in told]
    for line in asked:
        accepted[line.text("parallel_id")] = (*accepted.get(line.text("parallel_id"), ()), *line.texts("answers"))
    return _even(
        [
            _case(line.text("id"), line.text("language"), line.text("question"), answers, _paragraph(line))
            for line in asked
            if (answers := accepted[line.text("parallel_id")])
        ],
        350,
    ), documents


def _paragraph(line: Line) -> str:
    """The id that a paragraph has in both languages: `xquad:TITLE-NUMBER`."""
    return "xquad:" + line.texts("gold_doc_ids")[0].rpartition(":")[2]


def _fitted_on(paragraph: str) -> bool:
    return int(paragraph.rpartition(":")[2].partition("-")[0]) % 2 == 0


def _document(name: str, language: str, title: str, text: str) -> Record:
    return {"id": name, "language": language, "title": title, "text": text, "url": None, "published": None}


def _case(name: str, language: str, question: str, answers: tuple[str, ...], document: str) -> Record:
    return {
        "id": name, "language": language, "question": question, "answers": list(answers),
        "unanswerable": False, "gold_doc_ids": [document],
    }  # fmt: skip


def _even(cases: list[Record], count: int) -> list[Record]:
    """Takes that many, evenly spread."""
    return [cases[i * len(cases) // count] for i in range(count)] if len(cases) > count else cases
