"""`python -m research.pages`: what a widget that knows its page answers, over conversations on the starter corpus.

A turn that hangs on those before it is asked on the page of an article that tells its answer, with nothing said before;
a whole question is asked on the page of an article of another story, where it must be answered as anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.table import Table

from eval.core.show import console
from eval.datasets.lines import read_lines
from rag.config import load_settings
from rag.engine import Engine
from rag.types import Answer, Article
from research.browse import TALKS_DEV, Row, first_shown, holds, stories_of

SEED = 160
OWN = Path("research/conversations.jsonl")
Scores = dict[str, float]


def hanging(rows: Sequence[Row], engine: Engine, held: Sequence[Article]) -> Iterator[Scores]:
    """Of each turn that hangs on another: whether the first thing shown holds an answer, with and without its page."""
    story_of = stories_of(engine)
    for row in rows:
        for turn in row["turns"]:
            if not turn["carries"] or turn["unanswerable"] or not turn["answers"]:
                continue
            pages = [
                one
                for one in held
                if one.language == row["language"] and story_of(one.id) in turn["stories"]
                if holds(one.text, turn["answers"])
            ]
            if pages:
                language = row["language"]
                here = engine.ask(turn["question"], about=pages[0].id, page_language=language)
                alone = engine.ask(turn["question"], page_language=language)
                yield {
                    "answer shown, on its page": _holds(here, turn),
                    "answer shown, without": _holds(alone, turn),
                    "from the page": float(first_shown(here)[0] == pages[0].id),
                }


def whole(rows: Sequence[Row], engine: Engine, held: Sequence[Article]) -> Iterator[Scores]:
    """Of each first question: whether it is answered on another article's page as it is anywhere."""
    story_of, draw = stories_of(engine), Random(SEED)
    for row in rows:
        turn, language = row["turns"][0], row["language"]
        others = [one for one in held if one.language == language and story_of(one.id) not in turn["stories"]]
        if others:
            page = draw.choice(others)
            here = engine.ask(turn["question"], about=page.id, page_language=language)
            alone = engine.ask(turn["question"], page_language=language)
            same = (first_shown(here), here.status) == (first_shown(alone), alone.status)
            yield {"kept on another page": float(same), "from that page": float(first_shown(here)[0] == page.id)}


def _holds(answer: Answer, turn: Row) -> float:
    return float(holds(first_shown(answer)[1], turn["answers"]))


def main(
    data: Annotated[Path | None, typer.Option(help="folder with conversations of another hand")] = None,
    most: Annotated[int, typer.Option(help="conversations")] = 1000,
) -> None:
    """Print the mean of each measure, and over how many."""
    file = OWN if data is None else data / TALKS_DEV
    rows = [line.fields for line in read_lines(file)][:most]
    with Engine.open(load_settings(), own=False) as engine:
        held = [engine.archive.article(one.id) for one in engine.archive.articles(limit=1000)]
        measured = [*hanging(rows, engine, held), *whole(rows, engine, held)]
    table = Table("measure", "mean", "of", title=str(file.name))
    for name in dict.fromkeys(name for one in measured for name in one):
        values = [one[name] for one in measured if name in one]
        table.add_row(name, f"{sum(values) / len(values):.3f}", str(len(values)))
    console().print(table)


if __name__ == "__main__":
    typer.run(main)
