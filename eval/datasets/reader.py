"""What a reader of a foreign format is, and the check that its cases and documents belong together."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.metrics.answers import contains
from rag.errors import BadInput


def check(cases: Sequence[Case], documents: Sequence[Document]) -> None:
    """Raises BadInput with file, line and field for the first case that does not fit the documents."""
    texts = texts_of(documents)
    for case in cases:
        if not case.unanswerable and not case.gold_doc_ids:
            raise _wrong(case, "gold_doc_ids", "is empty, yet the case is not marked unanswerable")
        for doc_id in case.gold_doc_ids:
            if doc_id not in texts:
                raise _wrong(case, "gold_doc_ids", f"{doc_id!r} is not among the {len(texts)} documents")
        _check_quotes(case, texts)
        _check_answers(case, texts)


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
        if not any(quote in text for text in texts[gold.doc_id]):
            raise _wrong(case, "gold_quotes", f"not in {gold.doc_id} word for word: {gold.quote[:60]!r}")


def _check_answers(case: Case, texts: Mapping[str, list[str]]) -> None:
    """Every case with answers has one that stands in a gold document."""
    if not case.answers or case.unanswerable:
        return
    golds = [text for doc_id in case.gold_doc_ids for text in texts[doc_id]]
    # Verbatim counts as well: some answers of XQuAD end in the middle of a word.
    if not any(answer in text or contains(text, answer) for text in golds for answer in case.answers):
        listed = ", ".join(case.gold_doc_ids[:3])
        raise _wrong(case, "answers", f"none of {list(case.answers[:3])!r} is in a gold document ({listed})")


def _wrong(case: Case, field: str, what: str) -> BadInput:
    return BadInput(f"{case.place or 'case'}: case {case.id}: {field}: {what}.")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may add: documents in a file of their own, pairs of languages to search across."""

    docs: Path | None = None
    pairs: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """One format. `recognises` looks at a path without reading all of it; `read` raises BadInput."""

    name: str
    what: str  # file or folder, for `telal eval list`
    licence: str  # of the collections that usually come in it
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Options], Suite]


def checked(
    name: str,
    cases: Sequence[Case],
    documents: Sequence[Document],
    *,
    licence: str = "not stated",
    notes: Sequence[str] = (),
) -> Suite:
    """The suite, when cases and documents belong together; raises BadInput."""
    check(cases, documents)
    return Suite(name, tuple(cases), tuple(documents), licence, tuple(notes))
