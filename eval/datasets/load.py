"""Opens a suite by its name, or cases and documents by their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.cases import Case, Document, Suite
from eval.datasets.check import check
from eval.datasets.ours import jsonl_files, read_cases, read_documents
from ingest.starter import FOLDER as STARTER
from rag.errors import BadInput

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
OWN_LICENCE = "Apache-2.0"


def load(source: str, docs: Path | None = None) -> Suite:
    """The suite of a name (`telal eval list`) or of a file of cases with its documents. Raises BadInput."""
    if source == "balkan":
        return checked("balkan", read_cases(jsonl_files(BENCHMARKS / "balkan/cases")), _starter(docs), OWN_LICENCE)
    path = Path(source)
    if not path.exists():
        raise BadInput(f"There is no suite and no file {source}.", hint="`telal eval list` names the suites.")
    if docs is None:
        raise BadInput(f"{source} needs its documents.", hint="Name them: --docs DOCS.jsonl.")
    return checked(path.name, read_cases([path]), read_documents(_files(docs)))


def checked(name: str, cases: Sequence[Case], documents: Sequence[Document], licence: str = "not stated") -> Suite:
    """The suite, when cases and documents belong together."""
    check(cases, documents)
    return Suite(name, tuple(cases), tuple(documents), licence)


def _starter(docs: Path | None) -> list[Document]:
    return read_documents(_files(docs or STARTER))


def _files(path: Path) -> list[Path]:
    return jsonl_files(path) if path.is_dir() else [path]
