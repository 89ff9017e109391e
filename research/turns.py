"""`python -m research.turns`: fits what decides whether a turn hangs on an earlier question, by hands left out.

A hand is who wrote the conversations; its changes of topic are its conversations joined at random. The weights stand in
`rag/answer/turn.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from eval.core.show import console
from eval.datasets.lines import read_lines
from eval.datasets.shared_data import DATA
from rag.config import load_settings
from rag.engine import Engine, last_answer, signs_of
from rag.question.prepare import prepare
from rag.types import Turn
from research.browse import TALKS_DEV, Row, StoryOf, first_shown, holds, join_at_random, stories_of

OWN = Path("research/conversations.jsonl")
FOUND = ("alone", "joined", "named", "content", "joins")


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn: what tells its reading, whether it hangs on an earlier question, and which readings show what it asks."""

    values: Mapping[str, float]
    hangs: bool
    right: tuple[bool, bool]  # by itself; together

    @property
    def wanted(self) -> bool:
        """The reading that alone shows what is asked; where both or none do, the one that is meant."""
        return self.right[1] if self.right[0] != self.right[1] else self.hangs


def collect(rows: Sequence[Row], engine: Engine, story_of: StoryOf, *, joined: int) -> Iterator[TurnRow]:
    """The later turns of conversations that the archive answers, and `joined` changes of topic made of these."""
    for row in rows:
        history: list[Turn] = []
        for turn in row["turns"]:
            if history and not turn["unanswerable"]:
                yield from _row(turn, row["language"], history, engine, story_of)
            answer = engine.ask(turn["question"], history=tuple(history), page_language=row["language"])
            history.append(Turn(turn["question"], answer.text, answer.standalone))
    firsts = {row["turns"][0]["question"]: row["turns"][0] for row in rows}
    for change in join_at_random(rows, joined, seed=37):
        history = [Turn(question) for question in change.before]
        yield from _row(firsts[change.question], change.language, history, engine, story_of)


def _row(turn: Row, language: str, history: Sequence[Turn], engine: Engine, story_of: StoryOf) -> Iterator[TurnRow]:
    asked = prepare(turn["question"], history=history, page_language=language)
    together, *others = engine.meanings(asked)
    if not others:
        return
    values, right = signs_of(asked, others[0], together).values(), []
    for meaning in (others[0], together):
        article, text = first_shown(last_answer(meaning.draft.events))
        told = holds(text, turn["answers"]) if turn["carries"] and turn["answers"] else True
        right.append(told and bool(article) and story_of(article) in turn["stories"])
    yield TurnRow(values, bool(turn["carries"]), (right[0], right[1]))


def fit(rows: Sequence[TurnRow]) -> tuple[NDArray[np.float64], float]:
    """The weights of a logistic model and its bias."""
    x = np.array([[row.values[name] for name in FOUND] for row in rows], float)
    scale = StandardScaler().fit(x)
    model = LogisticRegression().fit(scale.transform(x), [row.wanted for row in rows])
    weights = model.coef_[0] / scale.scale_
    return weights, float(model.intercept_[0] - weights @ scale.mean_)


def shown(rows: Sequence[TurnRow], by: tuple[NDArray[np.float64], float]) -> dict[str, str]:
    """The share of turns of which the chosen reading shows what is asked, and of how many."""
    weights, bias = by
    found: dict[str, list[bool]] = {"needs history": [], "change": []}
    for row in rows:
        together = sum(w * row.values[name] for w, name in zip(weights, FOUND, strict=True)) + bias > 0
        found["needs history" if row.hangs else "change"].append(row.right[int(together)])
    return {name: f"{np.mean(some):.3f} of {len(some)}" for name, some in found.items()}


def main(data: Path = DATA, own: Path = OWN) -> None:
    with Engine.open(load_settings(), own=False) as engine:
        written = ((data / TALKS_DEV, 100), (own, 40))
        hands = {
            file.stem: list(collect([line.fields for line in read_lines(file)], engine, stories_of(engine), joined=n))
            for file, n in written
        }
    table = Table("left out", "needs history", "change", title="turns")
    for left in hands:
        others = [row for hand, some in hands.items() if hand != left for row in some]
        table.add_row(left, *shown(hands[left], fit(others)).values())
    weights, bias = fit([row for some in hands.values() for row in some])
    fitted = {name: round(float(weight), 2) for name, weight in zip(FOUND, weights, strict=True)}
    console().print(fitted, round(bias, 2))
    console().print(table)


if __name__ == "__main__":
    typer.run(main)
