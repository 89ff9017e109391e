"""One question in every language, script and spelling, over the starter corpus: does each find the same article?"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.table import Table

from eval.core.show import console
from eval.datasets.load import load
from eval.run import index
from rag.config import Settings, load_settings
from rag.engine import Engine
from rag.text.script import to_latin

QUESTIONS = Path(__file__).parents[1] / "benchmarks" / "one_question" / "questions.toml"


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question with what it found. `rank` of the article that tells of it, from 1; None when it is not found."""

    language: str
    how: str
    question: str
    rank: int | None
    first_headline: str  # headline of the first article
    quoted: bool  # whether the answer stands in what was quoted
    shown: bool  # whether it stands in the paragraph around a quote
    status: str


def ask_all(settings: Settings, *, questions: Path = QUESTIONS) -> Iterator[QuestionResult]:
    """Ask each question of the file, over a store of the starter corpus that is kept in the cache."""
    told = tomllib.loads(questions.read_text(encoding="utf-8"))
    with index.open_index(index.build(load("balkan"), settings)) as engine:
        for one in told["question"]:
            yield _asked(engine, one, told["article"], told["answer"])


def _asked(engine: Engine, one: dict[str, str], article: str, answer: str) -> QuestionResult:
    hits = engine.search(one["text"])
    articles = list(dict.fromkeys(hit.passage.article_id for hit in hits))
    given = engine.ask(one["text"])
    return QuestionResult(
        language=one["language"],
        how=one.get("how", ""),
        question=one["text"],
        rank=articles.index(article) + 1 if article in articles else None,
        first_headline=hits[0].passage.title if hits else "",
        quoted=any(answer in to_latin(citation.quote) for citation in given.citations),
        shown=any(answer in to_latin("".join((c.around[0], c.quote, c.around[1]))) for c in given.citations),
        status=given.status.value,
    )


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("languages")(languages)


def languages() -> None:
    """Ask one question in every language of the region; exit code 1 when one does not find the article first."""
    table = Table("language", "question", "found first", "rank", "answer quoted", box=None)
    asked = list(ask_all(load_settings()))
    for one in asked:
        where = "yes" if one.quoted else "beside it" if one.shown else "no"
        table.add_row(
            f"{one.language} {one.how}".strip(),
            one.question,
            one.first_headline,
            str(one.rank or "-"),
            where + (", as perhaps" if one.status == "partial" else ""),
        )
    console().print(table)
    first, quoted = sum(one.rank == 1 for one in asked), sum(one.quoted for one in asked)
    console().print(f"\n{first} of {len(asked)} find the article first, {quoted} quote the answer.")
    raise typer.Exit(0 if first == len(asked) else 1)
