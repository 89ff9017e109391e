"""Reads and writes our own cases and documents, JSON lines; reads the site's, which editors put down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eval.core.cases import Case, Document, Suite, case_json
from eval.datasets.lines import Complaints, Line, read_lines
from eval.datasets.reader import check
from eval.skeleton import CASES, DOCS
from ingest.raw import Place
from rag.config import load_settings
from rag.errors import BadInput, Erased, NotFound
from rag.store.archive.archive import Archive
from rag.store.site_cases import SiteCase, SiteCases


def read_cases(paths: Sequence[Path], complaints: Complaints | None = None) -> list[Case]:
    """Cases of all files, each id once.

    What is wrong is added to the caller's `complaints`; without them it is raised as one BadInput, which names file,
    line and field of each.
    """
    gathering = complaints or Complaints()
    cases: dict[str, Case] = {}
    for path in paths:
        lines: list[Line] = []
        with gathering.collect():
            lines = read_lines(path, gathering)
        for line in lines:
            case = _case(line, gathering)
            if case is None:
                continue
            with gathering.collect():
                if case.id in cases:
                    raise line.wrong("id", f"{case.id!r} is a second time here, first in {cases[case.id].place}")
                cases[case.id] = case
    if complaints is None:
        gathering.raise_all()
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
    """A case of the fields that `docs/evaluation.md` lists. Raises BadInput, for all of its fields at once."""
    complaints = Complaints()
    case = _case(line, complaints)
    complaints.raise_all()
    assert case is not None
    return case


def _case(line: Line, complaints: Complaints) -> Case | None:
    """The case, or None when a field is not as it must be. A field that is null or "" counts as left out."""
    given = {
        n: v for n, v in line.fields.items() if n in _FIELDS and v is not None and (v != "" or n in ("id", "question"))
    }
    hopeless = given.get("unanswerable") is True
    given.setdefault("category", "unanswerable" if hopeless else "question")
    before = complaints.count
    for name in () if hopeless else ("answers", "gold_doc_ids"):
        if name not in given:  # a slip of the pen; what cannot be answered has nothing to give
            complaints.add(line.wrong(name, "is missing", hint="Give a list, empty if there is nothing."))
    try:
        case = _CASE.validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        for one in error.errors():
            complaints.add(line.wrong(".".join(map(str, one["loc"])), _said(one["msg"])))
        return None
    if case.unanswerable and (case.answers or case.gold_doc_ids):
        complaints.add(line.wrong("unanswerable", "is true, yet there are answers or gold documents"))
    return replace(case, place=str(line.place)) if complaints.count == before else None


_CASE = TypeAdapter(Case)
_FIELDS = {f.name for f in fields(Case)} - {"place"}


def _said(message: str) -> str:
    """Pydantic's complaint, as the rest of a sentence."""
    told = message.removeprefix("Value error, ").rstrip(".")
    return f"{told[0].lower()}{told[1:]}"


def write_suite(suite: Suite, folder: Path) -> tuple[Path, Path]:
    """Writes the cases and the documents in the form that is read here: the same suite, by its digests.

    Raises BadInput when one of the files is there already, and for a suite that is asked of an archive as it stands.
    """
    if suite.in_place:
        raise BadInput(
            f"{suite.name} is asked of your archive as it stands.", hint=f"Ask it there: telal eval run {suite.name}."
        )
    cases, docs = folder / CASES, folder / DOCS
    held = next((file for file in (cases, docs) if file.exists()), None)
    if held:
        raise BadInput(f"{held} is there already.", hint="Name a new folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(cases, ({"answers": [], "gold_doc_ids": []} | case_json(c) for c in suite.cases))
        _write(docs, ({"id": d.id} | dict(d.fields) for d in suite.documents))
    except OSError as error:
        raise BadInput(f"Cannot write to {folder}: {error.strerror}.", hint="Name another folder.") from error
    return cases, docs


def _write(file: Path, records: Iterable[Mapping[str, Any]]) -> None:
    lines = (json.dumps(record, ensure_ascii=False, default=str) for record in records)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def jsonl_files(folder: Path) -> list[Path]:
    """The .jsonl files of a folder by name; raises BadInput when there are none."""
    files = sorted(p for p in folder.glob("*.jsonl*") if p.suffix in (".jsonl", ".gz"))
    if not files:
        raise BadInput(f"There is no .jsonl file in {folder}.")
    return files


SITE = "site"


def site_suite() -> Suite:
    """The suite of the archive that the settings name. Raises BadInput while it has no case.

    A case whose article was erased, or does not hold the right answer any more, is left out, and a note says so.
    """
    with Archive.open_as_allowed(load_settings()) as archive:
        held = SiteCases(archive.database).all()
        if not held:
            raise BadInput("The site has no benchmark yet.", hint="Add questions at the desk: docs/desk.md.")
        documents: dict[str, Document] = {}
        cases, notes = list[Case](), list[str]()
        for number, one in enumerate(held, start=1):
            try:
                found = _site_case(archive, one, number)
            except (NotFound, Erased, BadInput) as error:
                notes.append(f"{one.id} is left out: {error.message}")
                continue
            cases.append(found.cases[0])
            documents |= {document.id: document for document in found.documents}
    return Suite(SITE, tuple(cases), tuple(documents.values()), "the site's own", tuple(notes), in_place=True)


def _site_case(archive: Archive, one: SiteCase, number: int) -> Suite:
    """A case with its article, when they belong together. Raises NotFound, Erased, BadInput."""
    case = to_case(Line({**one.fields, "id": one.id}, Place("desk", number)))
    documents = tuple(_document(archive, article_id) for article_id in case.gold_doc_ids)
    check([case], documents)
    return Suite(SITE, (case,), documents)


def _document(archive: Archive, article_id: str) -> Document:
    article = archive.article(article_id)
    fields = {"id": article.id, "title": article.title, "text": article.text, "language": article.language}
    return Document(article.id, fields, Place("archive"))
