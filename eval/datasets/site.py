"""The site's own benchmark: the questions that its editors put down at the desk, asked of the archive where it is."""

from __future__ import annotations

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Line
from eval.datasets.ours import to_case
from eval.datasets.reader import check
from ingest.raw import Place
from rag.config import load_settings
from rag.errors import BadInput, Erased, NotFound
from rag.store.archive.archive import Archive
from rag.store.desk.decisions import SiteCase, SiteCases
from rag.store.desk.tables import there

SITE = "site"


def site_suite() -> Suite:
    """The suite of the archive that the settings name. Raises BadInput while it has no case.

    A case whose article was erased, or does not hold the right answer any more, is left out, and a note says so.
    """
    with Archive.open(load_settings(), read_only=True) as archive:
        held = SiteCases(archive._database).all() if there(archive._database) else []
        if not held:
            raise BadInput("The site has no benchmark yet.", hint="Add questions at the desk: docs/desk.md.")
        documents: dict[str, Document] = {}
        cases, notes = list[Case](), list[str]()
        for number, one in enumerate(held, start=1):
            try:
                found = _case(archive, one, number)
            except (NotFound, Erased, BadInput) as error:
                notes.append(f"{one.id} is left out: {error.message}")
                continue
            cases.append(found.cases[0])
            documents |= {document.id: document for document in found.documents}
    return Suite(SITE, tuple(cases), tuple(documents.values()), "the site's own", tuple(notes), in_place=True)


def _case(archive: Archive, one: SiteCase, number: int) -> Suite:
    """A case with its article, when they belong together. Raises NotFound, Erased, BadInput."""
    case = to_case(Line({**one.fields, "id": one.id}, Place("desk", number)))
    documents = tuple(_document(archive, article_id) for article_id in case.gold_doc_ids)
    check([case], documents)
    return Suite(SITE, (case,), documents)


def _document(archive: Archive, article_id: str) -> Document:
    article = archive.article(article_id)
    fields = {"id": article.id, "title": article.title, "text": article.text, "language": article.language}
    return Document(article.id, fields, Place("archive"))
