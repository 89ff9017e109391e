"""Reads our own cases and documents: JSON lines, one file each or several, and the site's, which editors put down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.core.cases import Case, Document, GoldQuote, Suite
from eval.datasets.lines import Complaints, Line, read_lines
from eval.datasets.reader import check
from ingest.raw import Place
from rag.config import load_settings
from rag.errors import BadInput, Erased, NotFound
from rag.store.archive.archive import Archive
from rag.store.desk.decisions import SiteCase, SiteCases
from rag.store.desk.tables import there
from rag.types import Turn


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
    """The case, or None when a field is not as it must be."""
    values: dict[str, Any] = {}
    for name, read in _FIELDS.items():
        with complaints.collect():
            values[name] = read(line)
    if len(values) < len(_FIELDS):
        return None
    case = Case(**values, place=str(line.place))
    if case.unanswerable and (case.answers or case.gold_doc_ids):
        with complaints.collect():
            raise line.wrong("unanswerable", "is true, yet there are answers or gold documents")
        return None
    return case


def _unanswerable(line: Line) -> bool:
    return line.fields.get("unanswerable") is True


def _optional(field: str) -> Callable[[Line], str | None]:
    return lambda line: line.text(field, default="") or None


def _needed(field: str) -> Callable[[Line], tuple[str, ...]]:
    """Without it a case that can be answered is a slip of the pen; one that cannot be has nothing to give."""
    return lambda line: line.texts(field, required=not _unanswerable(line))


_FIELDS: Mapping[str, Callable[[Line], Any]] = {
    "id": lambda line: line.text("id"),
    "question": lambda line: line.text("question"),
    "language": lambda line: line.text("language", default="und"),
    "answers": _needed("answers"),
    "gold_doc_ids": _needed("gold_doc_ids"),
    "gold_quotes": lambda line: tuple(
        GoldQuote(quote.text("doc_id"), quote.text("quote")) for quote in line.objects("gold_quotes")
    ),
    "unanswerable": lambda line: line.flag("unanswerable"),
    "why": _optional("why"),
    "category": lambda line: line.text("category", default="unanswerable" if _unanswerable(line) else "question"),
    "split": _optional("split"),
    "as_of": lambda line: line.day("as_of"),
    "history": lambda line: tuple(
        Turn(turn.text("question"), turn.text("answer", default="")) for turn in line.objects("history")
    ),
    "list_answers": lambda line: _list_answers(line),
    "every": lambda line: line.flag("every"),
    "letters": lambda line: line.flag("letters"),
    "false_short": lambda line: line.texts("false_short", required=False),
    "status": _optional("status"),
    "forbidden": lambda line: line.texts("forbidden", required=False),
    "parallel_id": _optional("parallel_id"),
}


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


SITE = "site"


def site_suite() -> Suite:
    """The suite of the archive that the settings name. Raises BadInput while it has no case.

    A case whose article was erased, or does not hold the right answer any more, is left out, and a note says so.
    """
    with Archive.open(load_settings(), read_only=True) as archive:
        held = SiteCases(archive.database).all() if there(archive.database) else []
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
