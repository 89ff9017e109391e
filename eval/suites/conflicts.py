"""Measures how well conflicts are detected, on made reports that contradict each other and on reports that do not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from eval.core.show import console, ratio, write_lines
from rag.answer.compose import Tools, compose
from rag.answer.evidence.reading import Reads
from rag.config import AnswerSettings, load_settings
from rag.question.prepare import prepare
from rag.reader.reader import load_reader
from rag.types import AnswerStatus, Finished, Hit, Passage

REPORTS = Path(__file__).parents[1] / "benchmarks/conflicts/reports.jsonl"
_DAY = datetime(2024, 6, 3, tzinfo=UTC)
_ACROSS = frozenset({"number", "day"})  # told across languages


@dataclass(frozen=True, slots=True)
class ConflictCase:
    """A question over reports of different outlets, and whether two of them contradict each other."""

    id: str
    kind: str
    language: str
    question: str
    reports: tuple[tuple[str, str], ...]  # language and text, an outlet each
    conflicting: bool


@dataclass(frozen=True, slots=True)
class ConflictResult:
    """A case and whether a conflict was reported."""

    case: ConflictCase
    reported: bool


def cases(path: Path = REPORTS) -> list[ConflictCase]:
    """Every case: report against its contradiction; silent ones: agreeing, of something else, copied, all three."""
    bases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [case for base in bases for case in (*_own(base), *_across(base, bases))]


def _own(base: dict[str, str]) -> Iterator[ConflictCase]:
    lang = base["language"]
    report, against, agrees, other = ((lang, base[k]) for k in ("report", "against", "agrees", "other"))
    made = {
        "against": ((report, against), True),
        "against and other": ((report, other, against), True),
        "agrees": ((report, agrees), False),
        "other": ((report, other), False),
        "copied": ((report, report), False),
        "agrees and other": ((report, agrees, other), False),
    }
    for name, (reports, conflicting) in made.items():
        yield ConflictCase(f"{base['id']}-{name}", base["kind"], lang, base["question"], reports, conflicting)


def _across(base: dict[str, str], bases: Sequence[dict[str, str]]) -> Iterator[ConflictCase]:
    """The same two reports in two languages: every third base of the same kind is its translation."""
    twins = [b for b in bases if b["kind"] == base["kind"] and b["language"] != base["language"]]
    index = [b for b in bases if b["kind"] == base["kind"] and b["language"] == base["language"]].index(base)
    if base["kind"] not in _ACROSS or not twins:
        return
    by_language: dict[str, list[dict[str, str]]] = {}
    for b in twins:
        by_language.setdefault(b["language"], []).append(b)
    language = next(name for name, own in by_language.items() if len(own) > index)
    twin, report = by_language[language][index], (base["language"], base["report"])
    for name, conflicting in (("against", True), ("agrees", False)):
        yield ConflictCase(
            f"{base['id']}-{language}-{name}", f"{base['kind']} across", base["language"], base["question"],
            (report, (language, twin[name])), conflicting,
        )  # fmt: skip


def look(case: ConflictCase, reader: Reads) -> ConflictResult:
    """Whether the answer to the case's question reports a conflict. Evidence is taken for enough."""
    hits = [Hit(_passage(i, *report), 1.0 - 0.01 * i, dense_score=0.9) for i, report in enumerate(case.reports)]
    texts = {h.passage.article_id: h.passage.text for h in hits}
    query = prepare(case.question, language=case.language)
    events = compose(query, hits, tools=Tools(lambda _: texts, reader), settings=AnswerSettings(threshold=0.0))
    answer = next(e.answer for e in events if isinstance(e, Finished))
    return ConflictResult(case, answer.status is AnswerStatus.CONFLICTING)


def _passage(at: int, language: str, text: str) -> Passage:
    return Passage(
        f"p{at}", f"a{at}", 1, 0, text, 0, len(text), f"Report {at}", f"Outlet {at}", language=language, published=_DAY
    )


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("conflicts")(try_conflicts)


def try_conflicts(
    out: Annotated[Path | None, typer.Option("--out", help="Where every case is written, JSON lines.")] = None,
) -> None:
    """Try the detection of conflicting reports on made cases."""
    reader = load_reader(load_settings().embedding)
    seen = [look(c, reader) for c in cases()]
    write_lines(out, ({**asdict(s.case), "reported": s.reported} for s in seen))
    table = Table("kind", "conflicts", "found", "silent cases", "falsely reported", box=None)
    for kind in [*sorted({s.case.kind for s in seen}), "all"]:
        own = [s for s in seen if kind in (s.case.kind, "all")]
        yes, no = [s for s in own if s.case.conflicting], [s for s in own if not s.case.conflicting]
        found, false = sum(s.reported for s in yes), sum(s.reported for s in no)
        table.add_row(kind, str(len(yes)), ratio(found, len(yes)), str(len(no)), ratio(false, len(no)))
    console().print(table)
