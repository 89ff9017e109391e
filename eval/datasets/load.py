"""Opens a suite by its name, or cases and documents by their files, in whichever of the known forms they are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from eval.core.cases import Document, Suite
from eval.datasets import beir, languages, realtimeqa, squad
from eval.datasets.lines import Complaints
from eval.datasets.ours import SITE, jsonl_files, read_cases, read_documents, site_suite
from eval.datasets.premises import NAMES, PREMISES, names_suite, premises_suite
from eval.datasets.reader import Reader, build_suite
from eval.datasets.shared_data import SHARED_SUITES
from eval.datasets.stories import APART, REGION, read_stories, region_suite
from eval.skeleton import CASES, DOCS
from ingest.sources.files import FOLDER as STARTER
from rag.errors import BadInput
from rag.text.languages import LANGUAGES

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
OWN_LICENCE = "Apache-2.0"

# In the order in which they are tried; our own form takes what no other recognises.
READERS: tuple[Reader, ...] = (beir.READER, squad.READER, realtimeqa.READER, languages.READER)


def load(source: str, docs: Path | None = None) -> Suite:
    """The suite of a name (`telal eval list`), of a folder or of a file. Raises BadInput with file, line and field."""
    if source == SITE:
        return site_suite()
    if source in SHARED_SUITES:
        return SHARED_SUITES[source].load(source)
    if source in (REGION, APART):
        return region_suite(source, _documents(STARTER))
    if source == PREMISES:
        told = [story.document(language) for story in read_stories() for language in LANGUAGES]
        return premises_suite([*_documents(STARTER), *told])
    if source == NAMES:
        return names_suite(_documents(STARTER))
    if source in suite_names():
        return _own_suite(source, docs)
    path = Path(source)
    if not path.exists():
        near = difflib.get_close_matches(source, [*suite_names(), *SHARED_SUITES, SITE], n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise BadInput(f"There is no suite and no file {source}.", hint=f"{meant}`telal eval list` names the suites.")
    for reader in READERS:
        if reader.recognises(path):
            return reader.read(path, docs)
    return _own_form(path, docs)


def suite_names() -> list[str]:
    """The suites that come along."""
    return sorted((REGION, APART, PREMISES, NAMES, *(p.parent.name for p in BENCHMARKS.glob("*/cases"))))


def _own_suite(name: str, docs: Path | None) -> Suite:
    """Its cases, over its own documents, or over the starter corpus when it has none."""
    own = docs or BENCHMARKS / name / "docs"
    documents = _documents(own if own.exists() else STARTER)
    return _own(name, jsonl_files(BENCHMARKS / name / "cases"), documents, licence=OWN_LICENCE)


def _own_form(path: Path, docs: Path | None) -> Suite:
    """A file of cases, `cases_docs.jsonl` beside it; a folder of such files, or as `telal eval new` makes it."""
    cases, within = path / CASES, docs or path / DOCS
    if cases.exists() and within.exists():
        return _own(path.name, [cases], _documents(within))
    beside = path.with_name(f"{path.stem}_docs{path.suffix}")
    if docs is None and not beside.is_file():
        raise BadInput(
            f"{path} needs its documents.",
            hint=f"Name them: --docs DOCS.jsonl; or put them in {beside.name} beside it; "
            f"or give a folder with {CASES} and {DOCS} (`telal eval new DIR`).",
        )
    return _own(path.name, jsonl_files(path) if path.is_dir() else [path], _documents(docs or beside))


def _own(name: str, files: Sequence[Path], documents: list[Document], *, licence: str = "not stated") -> Suite:
    complaints = Complaints()
    return build_suite(name, read_cases(files, complaints), documents, licence=licence, complaints=complaints)


def _documents(path: Path) -> list[Document]:
    return read_documents(jsonl_files(path) if path.is_dir() else [path])
