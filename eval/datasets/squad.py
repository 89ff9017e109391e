"""Reads SQuAD 1.1 and 2.0 JSON; XQuAD and TyDiQA-GoldP come in the same form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.core.cases import Case, Document, Suite
from eval.datasets.reader import Reader, build_suite
from ingest.raw import Place
from rag.errors import BadInput
from rag.text.language import identify

_SUFFIX = re.compile(r"[._-]([a-z]{2})$")
# TyDiQA-GoldP names the language in the id of a question.
_NAMED = {"english": "en", "finnish": "fi", "russian": "ru", "arabic": "ar", "indonesian": "id", "korean": "ko"}


def recognises(path: Path) -> bool:
    """A .json file that begins as SQuAD's do."""
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return '"data"' in file.read(200_000)


def read(path: Path, docs: Path | None) -> Suite:
    """Each paragraph a document, each question a case; impossible ones are unanswerable."""
    documents: list[Document] = []
    cases: dict[str, Case] = {}
    for number, (title, paragraph, where) in enumerate(_paragraphs(path)):
        doc = _document(f"{path.stem}:{number}", title, paragraph, where, path)
        documents.append(doc)
        for case in _cases(doc, paragraph, where):
            if case.id in cases:
                raise BadInput(f"{where}: qas: the id {case.id!r} is a second time here.")
            cases[case.id] = case
    if not cases:
        raise BadInput(f"{path} holds no question.", hint="Expected: data, paragraphs, qas as in SQuAD.")
    return build_suite(path.name, list(cases.values()), documents)


def _paragraphs(path: Path) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}.") from error
    for a, article in enumerate(_list(raw, "data", str(path))):
        where = f"{path}: data[{a}]"
        for p, paragraph in enumerate(_list(article, "paragraphs", where)):
            title = str(article.get("title") or "").replace("_", " ")
            yield title, paragraph, f"{where}.paragraphs[{p}]"


def _document(doc_id: str, title: str, paragraph: Mapping[str, Any], where: str, path: Path) -> Document:
    text = _text(paragraph, "context", where)
    fields = {"id": doc_id, "title": title or None, "text": text, "language": _language(path, paragraph, text)}
    return Document(doc_id, fields, Place(where))


def _cases(doc: Document, paragraph: Mapping[str, Any], where: str) -> Iterator[Case]:
    for q, qa in enumerate(_list(paragraph, "qas", where)):
        at = f"{where}.qas[{q}]"
        impossible = bool(qa.get("is_impossible"))
        given = [] if impossible else _list(qa, "answers", at)
        yield Case(
            id=_text(qa, "id", at),
            question=_text(qa, "question", at),
            language=doc.language,
            answers=tuple(dict.fromkeys(_text(a, "text", at) for a in given)),
            gold_doc_ids=() if impossible else (doc.id,),
            unanswerable=impossible,
            why="the paragraph that it was asked of does not answer it" if impossible else None,
            place=at,
        )


def _language(path: Path, paragraph: Mapping[str, Any], text: str) -> str:
    """Finds the language from the file's name (xquad.ro.json), a question's id (TyDiQA), or the text."""
    suffix = _SUFFIX.search(path.stem)
    if suffix:
        return suffix[1]
    first: Mapping[str, Any] = next(iter(paragraph.get("qas") or [{}]))
    named = str(first.get("id", "")).partition("-")[0]
    return _NAMED.get(named) or identify(text).language


def _list(record: Any, field: str, where: str) -> list[Any]:
    value = record.get(field) if isinstance(record, Mapping) else None
    if not isinstance(value, list):
        raise BadInput(f"{where}: {field}: is missing or not a list.", hint="Expected SQuAD's form.")
    return value


def _text(record: Any, field: str, where: str) -> str:
    value = record.get(field) if isinstance(record, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{where}: {field}: is missing or empty.", hint="Expected SQuAD's form.")
    return value


READER = Reader("squad", "FILE.json", "XQuAD, SQuAD: CC BY-SA 4.0; TyDiQA: Apache-2.0", recognises, read)
