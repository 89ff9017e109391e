"""What a reader of a foreign format is: how it is recognised, what it reads, under which licence it usually comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.check import check
from eval.datasets.lines import Complaints


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
    complaints: Complaints | None = None,
) -> Suite:
    """The suite, when cases and documents belong together; raises BadInput, with the reader's complaints."""
    check(cases, documents, complaints)
    return Suite(name, tuple(cases), tuple(documents), licence, tuple(notes))
