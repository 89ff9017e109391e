"""`python -m research.browse browse|talks|changes`: browsing and conversation on the starter corpus, in all languages.

`browsing.jsonl` and `conversations.jsonl` are inputs of our own, written before an answer to them was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer
from rich.table import Table

from eval.core.show import console
from eval.datasets.lines import read_lines
from eval.datasets.shared_data import DATA, DataMissing
from rag.config import load_settings
from rag.engine import Engine
from rag.errors import BadInput
from rag.types import Answer, AnswerKind, AnswerStatus, Turn

BROWSE_DEV, TALKS_DEV = "qa/browse_dev.jsonl", "qa/talks_dev.jsonl"
ENOUGH = 5  # of the stories that belong: a digest of a country need not hold more
STORY = "story"  # the field of a brief of the starter corpus that names its story

_CLAIMS = (AnswerStatus.ANSWERED, AnswerStatus.CONFLICTING)

StoryOf = Callable[[str], str]  # of an article
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """One input or turn: its half (0 are the odd ones, to work on), what was measured of it, and the words to list."""

    half: int
    scores: Mapping[str, float]
    said: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of one measure, and of how many."""

    mean: float
    cases: int


def browsed(row: Row, answer: Answer, story_of: StoryOf) -> dict[str, float]:
    """What is measured of the answer to one input of browse_dev.

    held: share of the first five stories that belong; first: one of those that may stand first does; strange: share of
    the stories shown that do not belong; claimed: an answer is given, not shown with doubt, where none can be; told:
    words that must be said are, such as the year of the newest article where a time is empty; newest: the newest answer
    is shown first; seen: the first thing shown holds an answer; asked: a question is not taken for browsing.
    """
    if row["nothing_claimed"]:
        listed = {story_of(story.article_id) for story in answer.digest}
        allowed = bool(listed) and listed <= set(row.get("may", ()))
        said = answer.refusal.message if answer.refusal else ""
        told = {"told": float(holds(said, row["should_say"]))} if row.get("should_say") else {}
        return {"claimed": float(answer.status in _CLAIMS and not allowed), **told}
    if row["kind"] == "question":
        seen = {"seen": float(holds(first_shown(answer)[1], row["answers"]))} if row["answers"] else {}
        return {"asked": float(answer.kind is not AnswerKind.DIGEST), **seen}
    if row["kind"] == "browse":
        shown = [story_of(story.article_id) for story in answer.digest]
        wanted, known = row["stories"][:ENOUGH], {*row["stories"], *row["may"]}
        return {
            "held": len(set(wanted) & set(shown)) / len(wanted),
            "first": float(bool(shown) and shown[0] in row["first"]),
            **({"strange": sum(s not in known for s in shown) / len(shown)} if shown else {}),
        }
    return {"newest" if row["kind"] == "changes" else "seen": float(holds(first_shown(answer)[1], row["answers"]))}


def talked(turn: Row, answer: Answer, story_of: StoryOf) -> dict[str, float]:
    """What is measured of a later turn: of one that needs the history whether its story, and an answer, is the first
    thing shown; of a change of topic that nothing was carried over.
    """
    article, text = first_shown(answer)
    scores = {} if turn["carries"] else {"kept": float(answer.standalone == answer.question)}
    if turn["unanswerable"]:
        return {**scores, "stated": float(answer.status in _CLAIMS)}
    scores["story"] = float(bool(article) and story_of(article) in turn["stories"])
    return {**scores, "seen": float(holds(text, turn["answers"]))} if turn["carries"] else scores


def first_shown(answer: Answer) -> tuple[str, str]:
    """The article of the first thing that an answer shows, under whatever heading, and the words shown of it."""
    if answer.digest:
        story = answer.digest[0]
        return story.article_id, f"{story.title}\n{story.lead}"
    if answer.citations:
        c = answer.citations[0]
        return c.article_id, f"{c.title}\n{c.context.text if c.context else c.quote}"
    if answer.refusal and answer.refusal.nearest:
        n = answer.refusal.nearest[0]
        return n.article_id, f"{n.title}\n{n.excerpt.text if n.excerpt else ''}"
    return "", ""


def holds(text: str, answers: Iterable[str]) -> bool:
    return any(answer in text for answer in answers)


def measure_browsing(rows: Sequence[Row], engine: Engine, story_of: StoryOf) -> Iterator[Measured]:
    """Each input asked on a page in its own language."""
    for n, row in enumerate(rows):
        day = date.fromisoformat(row["as_of"]) if "as_of" in row else None
        answer = engine.ask(row["input"], page_language=row["language"], as_of=day)
        yield Measured(n % 2, browsed(row, answer, story_of), row["input"])


def measure_talks(rows: Sequence[Row], engine: Engine, story_of: StoryOf) -> Iterator[Measured]:
    """Each later turn, asked with the questions and answers before it."""
    for n, row in enumerate(rows):
        history: list[Turn] = []
        for turn in row["turns"]:
            answer = engine.ask(turn["question"], history=tuple(history), page_language=row["language"])
            if history:
                yield Measured(n % 2, talked(turn, answer, story_of), turn["question"])
            history.append(Turn(turn["question"], answer.text, answer.standalone))


@dataclass(frozen=True, slots=True)
class Change:
    """A question that stands alone, asked after questions on something else."""

    before: tuple[str, ...]
    question: str
    language: str


def join_at_random(rows: Sequence[Row], count: int, *, seed: int) -> list[Change]:
    """Changes of topic: the first turns of one conversation, then the first question of another that shares no story
    with it. Each pair once. Raises ValueError where there are not so many pairs.
    """
    pairs = [(a, b) for a in rows for b in rows if a is not b and not set(a["stories"]) & set(b["stories"])]
    if count > len(pairs):
        raise ValueError(f"{count} changes of topic from {len(pairs)} pairs of conversations")
    draw = Random(seed)
    return [
        Change(
            tuple(turn["question"] for turn in a["turns"][: draw.randint(1, len(a["turns"]))]),
            b["turns"][0]["question"],
            b["language"],
        )
        for a, b in draw.sample(pairs, count)
    ]


def measure_changes(changes: Sequence[Change], engine: Engine) -> Iterator[Measured]:
    """Each change of topic beside the same question asked by itself.

    kept: it was searched for alone; first: the first thing shown is the same; stated: it is given as an answer, or not,
    as alone.
    """
    for n, change in enumerate(changes):
        alone = engine.ask(change.question, page_language=change.language)
        history = tuple(Turn(question) for question in change.before)
        after = engine.ask(change.question, history=history, page_language=change.language)
        scores = {
            "kept": float(after.standalone == alone.standalone),
            "first": float(first_shown(after)[0] == first_shown(alone)[0]),
            "stated": float((after.status in _CLAIMS) == (alone.status in _CLAIMS)),
        }
        yield Measured(n % 2, scores, f"{change.before[-1]} -> {change.question}")


def figures(measured: Sequence[Measured]) -> dict[str, Figure]:
    """The mean of every measure."""
    names = dict.fromkeys(name for one in measured for name in one.scores)
    values = {name: [one.scores[name] for one in measured if name in one.scores] for name in names}
    return {name: Figure(sum(found) / len(found), len(found)) for name, found in values.items()}


def stories_of(engine: Engine) -> StoryOf:
    """The story of an article of the starter corpus. Raises BadInput where the archive does not hold that."""

    def story_of(article_id: str) -> str:
        return str(engine.archive.article(article_id).extra.get(STORY, ""))

    newest = engine.archive.articles(limit=1)
    if not newest or not story_of(newest[0].id):
        raise BadInput("The archive does not hold the starter corpus.", hint="Take it in: `telal ingest --starter`.")
    return story_of


def show(title: str, measured: Sequence[Measured]) -> None:
    """A table of the figures: all, the odd ones, which the rules were made by, and the even ones, which they were
    not."""
    table = Table("measure", "all", "of", "odd", "even", title=title)
    halves = [figures([one for one in measured if one.half == half]) for half in (0, 1)]
    for name, figure in figures(measured).items():
        odd_even = [f"{half[name].mean:.3f}" if name in half else "-" for half in halves]
        table.add_row(name, f"{figure.mean:.3f}", str(figure.cases), *odd_even)
    console().print(table)


Data = Annotated[Path, typer.Option("--data", help="The folder of the shared development data.")]
Inputs = Annotated[Path | None, typer.Option("--inputs", help="A file of inputs or conversations in place of those.")]
Worst = Annotated[bool, typer.Option("--worst", help="List the inputs of which a measure is not what it should be.")]
_LOW = frozenset({"strange", "claimed", "stated"})  # of which less is better


def _rows(file: Path) -> list[Row]:
    if not file.is_file():
        raise DataMissing(f"There is no file {file}.", hint="Nothing is measured without it.")
    return [line.fields for line in read_lines(file)]


def _list(measured: Sequence[Measured], low: frozenset[str] = _LOW) -> None:
    for one in measured:
        wrong = [name for name, value in one.scores.items() if value != float(name not in low)]
        if wrong:
            console().print(f"{one.said}: {', '.join(wrong)}", markup=False, highlight=False)


app = typer.Typer(help=__doc__)


@app.command("browse")
def browse_command(data: Data = DATA, inputs: Inputs = None, worst: Worst = False) -> None:
    """Measure browsing, yes or no, why, what changes, and what nothing can be claimed on, on the starter corpus."""
    with Engine.open(load_settings(), own=False) as engine:
        measured = list(measure_browsing(_rows(inputs or data / BROWSE_DEV), engine, stories_of(engine)))
    show("browsing", measured)
    if worst:
        _list(measured)


@app.command("talks")
def talks_command(data: Data = DATA, inputs: Inputs = None, worst: Worst = False) -> None:
    """Measure conversations on the starter corpus: what hangs on the turns before, and what does not."""
    with Engine.open(load_settings(), own=False) as engine:
        measured = list(measure_talks(_rows(inputs or data / TALKS_DEV), engine, stories_of(engine)))
    show("conversations", measured)
    if worst:
        _list(measured)


@app.command("changes")
def changes_command(
    data: Data = DATA, inputs: Inputs = None, count: int = 60, seed: int = 151, worst: Worst = False
) -> None:
    """Measure changes of topic, put together at random from the conversations: each must be answered as by itself."""
    changes = join_at_random(_rows(inputs or data / TALKS_DEV), count, seed=seed)
    with Engine.open(load_settings(), own=False) as engine:
        measured = list(measure_changes(changes, engine))
    show("changes of topic", measured)
    if worst:
        _list(measured, frozenset())


if __name__ == "__main__":
    app()
