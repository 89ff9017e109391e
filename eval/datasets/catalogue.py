"""What can be run: the suites that come along, and the forms that files may have."""

from __future__ import annotations

from dataclasses import dataclass

from eval.core.cases import Suite
from eval.datasets.load import READERS, load, suite_names


@dataclass(frozen=True, slots=True)
class Entry:
    """One suite that comes along."""

    name: str
    cases: int
    documents: int
    splits: dict[str, int]
    languages: tuple[str, ...]
    categories: dict[str, int]
    licence: str
    digest: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form that files may have."""

    name: str
    what: str
    licence: str


def suites() -> list[Entry]:
    """Every suite that comes along, read and checked."""
    return [_entry(load(name)) for name in suite_names()]


def forms() -> list[Form]:
    """Every form that is read; ours last, it takes what no other recognises."""
    ours = Form("telal", "CASES.jsonl --docs DOCS.jsonl", "the file's own")
    return [*(Form(r.name, r.what, r.licence) for r in READERS), ours]


def _entry(suite: Suite) -> Entry:
    categories = sorted({c.category for c in suite.cases})
    return Entry(
        name=suite.name,
        cases=len(suite.cases),
        documents=len(suite.documents),
        splits=suite.splits(),
        languages=tuple(sorted({c.language for c in suite.cases})),
        categories={name: sum(c.category == name for c in suite.cases) for name in categories},
        licence=suite.licence,
        digest=suite.cases_digest,
    )
