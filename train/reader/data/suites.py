"""Suites to fit answers on, from what the reader's training held back; written outside the repository."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from eval.datasets.lines import read_lines
from train.reader.data import parallel
from train.reader.data.build import NTREX, SEED, SQUAD
from train.reader.data.cloze import cloze
from train.reader.data.questions import HELD_TITLES

SHORTEST = 8  # words of a segment that is asked about
Record = Mapping[str, Any]


def write_suites(data: Path, out: Path) -> dict[str, int]:
    """Writes NAME.jsonl and NAME_docs.jsonl for each suite in `out`; returns the number of its cases.

    `squad`: questions on the titles held back, near misses among them, over every paragraph of the collection.
    `news`: questions made from a segment of translated news, asked in another language than the article is in; each
    article of the archive is in one language only.
    """
    counts = {}
    for name, made in (("squad", _squad(data)), ("news", _news(data))):
        cases, documents = made
        _write(out / f"{name}.jsonl", cases)
        _write(out / f"{name}_docs.jsonl", documents)
        counts[name] = len(cases)
    return counts


def _write(path: Path, records: Iterable[Record]) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")


def _squad(data: Path) -> tuple[list[Record], list[Record]]:
    names: dict[str, str] = {}
    documents, cases = [], []
    for line in read_lines(data / SQUAD):
        context, title = line.text("context"), line.text("title").replace("_", " ")
        if context not in names:
            names[context] = f"squad:{len(names)}"
            documents.append(_document(names[context], "en", title, context))
        if line.text("title") in HELD_TITLES:
            answers = line.texts("answers")
            cases.append(_case(line.text("id"), "en", line.text("question"), answers, names[context]))
    return _even(cases, 500), documents


def _news(data: Path) -> tuple[list[Record], list[Record]]:
    found = parallel.documents(data / NTREX)
    _, back = parallel.held(found)
    random = Random(f"{SEED}:suites")
    languages = sorted({language for d in found for s in d.segments for language in s})
    documents: list[Record] = []
    cases: list[Record] = []
    for number, document in enumerate(found):
        told = languages[number % len(languages)]
        segments = [s[told] for s in document.segments if told in s]
        documents.append(_document(document.id, told, segments[0], " ".join(segments)))
        if document in back:
            cases += _crossing(document, told, languages, random)
    return _even(cases, 500), documents


def _crossing(document: parallel.Document, told: str, languages: list[str], random: Random) -> Iterator[Record]:
    for number, segment in enumerate(document.segments):
        asked = random.choice([la for la in languages if la != told])
        if asked in segment and len(segment[asked].split()) >= SHORTEST:
            made = cloze(segment[asked], asked, random)
            if made:
                answers = (made.answer,) if made.answer in segment.get(told, "") else ()
                yield {
                    **_case(f"{document.id}:{number}", asked, made.question, ("-",), document.id),
                    "answers": answers,
                }


def _document(name: str, language: str, title: str, text: str) -> Record:
    return {"id": name, "language": language, "title": title, "text": text, "url": None, "published": None}


def _case(name: str, language: str, question: str, answers: tuple[str, ...], document: str) -> Record:
    return {
        "id": name, "language": language, "question": question, "answers": list(answers),
        "unanswerable": not answers, "gold_doc_ids": [document] if answers else [],
    }  # fmt: skip


def _even(cases: list[Record], count: int) -> list[Record]:
    """So many, evenly spread."""
    return [cases[i * len(cases) // count] for i in range(count)] if len(cases) > count else cases
