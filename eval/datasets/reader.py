"""What a reader of a foreign format is, and the check that its cases and documents belong together."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Complaints
from eval.metrics.answers import contains
from rag.errors import BadInput


def check(cases: Sequence[Case], documents: Sequence[Document], complaints: Complaints | None = None) -> None:
    """Raises BadInput with file, line and field of every case that does not fit the documents.

    What a reader of the cases complained of already, in `complaints`, is said with it.
    """
    gathering, texts = complaints or Complaints(), texts_of(documents)
    for case in cases:
        for one in (_check_gold, _check_quotes, _check_answers):
            with gathering.collect():
                one(case, texts)
    gathering.raise_all()


def _check_gold(case: Case, texts: Mapping[str, list[str]]) -> None:
    if not case.unanswerable and not case.gold_doc_ids:
        raise _wrong(case, "gold_doc_ids", "is empty, yet the case is not marked unanswerable")
    missing = [doc_id for doc_id in case.gold_doc_ids if doc_id not in texts]
    if missing:
        raise _wrong(case, "gold_doc_ids", f"{missing[0]!r} is not among the {len(texts)} documents")


def texts_of(documents: Iterable[Document]) -> dict[str, list[str]]:
    """Title and text of every revision of every document, in NFC."""
    texts: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        texts[document.id].append(unicodedata.normalize("NFC", document.text))
    return dict(texts)


def _check_quotes(case: Case, texts: Mapping[str, list[str]]) -> None:
    for gold in case.gold_quotes:
        if gold.doc_id not in case.gold_doc_ids:
            raise _wrong(case, "gold_quotes", f"{gold.doc_id!r} is not one of the case's gold_doc_ids")
        quote = unicodedata.normalize("NFC", gold.quote)
        if gold.doc_id in texts and not any(quote in text for text in texts[gold.doc_id]):
            raise _wrong(case, "gold_quotes", f"not in {gold.doc_id} word for word: {gold.quote[:60]!r}")


def _check_answers(case: Case, texts: Mapping[str, list[str]]) -> None:
    """Every case with answers has one that stands in a gold document."""
    if not case.answers or case.unanswerable or not set(case.gold_doc_ids) <= set(texts):
        return  # nothing to find, or the documents themselves are complained of
    golds = [text for doc_id in case.gold_doc_ids for text in texts.get(doc_id, ())]
    # Verbatim counts too: some answers of XQuAD end in the middle of a word.
    if not any(answer in text or contains(text, answer) for text in golds for answer in case.answers):
        listed = ", ".join(case.gold_doc_ids[:3])
        raise _wrong(case, "answers", f"none of {list(case.answers[:3])!r} is in a gold document ({listed})")


def _wrong(case: Case, field: str, what: str) -> BadInput:
    return BadInput(f"{case.place or 'case'}: case {case.id}: {field}: {what}.")


@dataclass(frozen=True, slots=True)
class Reader:
    """One format. `recognises` looks at a path without reading all of it; `read` also takes the file of documents that
    --docs names, if any, and raises BadInput."""

    name: str
    what: str  # file or folder, for `telal eval list`
    licence: str  # of the collections that usually come in it
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Path | None], Suite]


def build_suite(
    name: str,
    cases: Sequence[Case],
    documents: Sequence[Document],
    *,
    licence: str = "not stated",
    notes: Sequence[str] = (),
    complaints: Complaints | None = None,
) -> Suite:
    """The suite, when cases and documents belong together; raises BadInput, with the reader's complaints."""
    check(cases, documents, complaints)
    return Suite(name, tuple(cases), tuple(documents), licence, tuple(notes))
