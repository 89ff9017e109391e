"""`python -m research.later`: is the newest count of a matter stated first, in whatever language it came?

Each case adds a later report to the starter corpus, or two reports, and asks for the figure in four languages. Two
hands wrote the cases of `later_counts.jsonl`; neither saw how the newest count is found. `newer`: the later report
counts the same matter on, or corrects it. Elsewhere the first count still holds: the later report is of an `other`
event, gives a `part`, a `forecast`, or an `older` count; in a `conflict` two outlets differ on one day.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from eval.core.show import console
from eval.datasets.lines import read_lines
from ingest.pipeline import Pipeline, identity
from ingest.sources.files import starter_files
from rag.answer.figures import read_figures
from rag.config import load_settings
from rag.engine import Engine
from rag.models.embed import Embedder, load_embedder
from rag.store.archive.archive import Archive
from rag.types import Answer

CASES = Path(__file__).with_name("later_counts.jsonl")
_SCALES = (1, 1_000, 1_000_000, 1_000_000_000)  # "86 million" is written as 86

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class LaterReport:
    """A case: the articles that are added, the same question by language, and the figure to be stated first."""

    name: str
    hand: int
    kind: str
    articles: tuple[Mapping[str, Any], ...]
    questions: Mapping[str, str]
    want: Decimal


def cases() -> Iterator[LaterReport]:
    """The cases of both hands."""
    for line in read_lines(CASES):
        fields = line.fields
        articles, want = tuple(fields["articles"]), Decimal(line.text("want"))
        yield LaterReport(line.text("case"), fields["hand"], line.text("kind"), articles, fields["questions"], want)


def first_figures(answer: Answer) -> set[Decimal]:
    """The figures that an answer states first: in its short answer, or in its first sentence where it has none. Of
    "64, not 59" that is the first."""
    languages = {c.number: c.language for c in answer.citations}
    if answer.short:
        first = answer.short[0]
        figures = read_figures(first.text, languages[first.citations[0]]).numbers[:1]
        return {f.value for f in figures} | (
            {Decimal(first.value)} if first.value.replace(".", "").isdigit() else set()
        )
    first_of = answer.sentences[:1]
    return {f.value for s in first_of for f in read_figures(s.text, languages[s.citations[0]]).numbers}


def stated(case: LaterReport, starter: Path, embedder: Embedder) -> Iterator[bool]:
    """Asks a case's questions of the starter corpus with its articles: whether each answer states the figure first."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings().model_copy(update={"data_dir": Path(folder) / "data"})
        shutil.copytree(starter, settings.data_dir)
        with Engine.open(settings, embedder=embedder) as telal:
            Pipeline(telal.archive, embedder, settings).run(case.articles)
            telal.indexes.refresh()
            for question in case.questions.values():
                found = first_figures(telal.ask(question))
                yield any(case.want * scale in found for scale in _SCALES)


@app.command()
def measure() -> None:
    """Ask every case, and count the answers that state the right figure first."""
    settings = load_settings()
    embedder = load_embedder(settings.embedding)
    right, asked = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    with tempfile.TemporaryDirectory() as folder:
        made = settings.model_copy(update={"data_dir": Path(folder) / "data"})
        with Archive.open(made, identity=identity(made, embedder)) as archive:
            Pipeline(archive, embedder, made).run(filter(None, starter_files()))
        for case in cases():
            for holds in stated(case, made.data_dir, embedder):
                right[case.hand, case.kind] += holds
                asked[case.hand, case.kind] += 1
    table = Table("hand", "kind", "stated first", "asked")
    for hand, kind in asked:
        table.add_row(str(hand), kind, str(right[hand, kind]), str(asked[hand, kind]))
    console().print(table)


if __name__ == "__main__":
    app()
