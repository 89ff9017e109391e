"""`python -m research.model`: what a language model adds. What is shown of true and false answers to sixty questions,
and what failures cost."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.core.show import console
from eval.datasets.load import load
from eval.run.index import build, open_index
from rag.answer.chat import Models, load_models
from rag.answer.prompt import data
from rag.answer.write import Writer
from rag.config import ChatSettings, load_settings
from rag.engine import Engine
from rag.types import Answer, Delta, Finished, InterimAnswer
from research.scripted_model import Line, Script, reply, scripted

QUESTIONS = Path(__file__).with_name("model.jsonl")
FIGURES = ("number", "date")  # what a lie may change that is checked by value
_OUTSIDE = ("not-in-archive", "future")
_TIMED = 12  # questions of each way of failing
_out = console()
_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what a good model writes to it, and a lie. `changed`: what of the truth the lie changes."""

    id: str
    language: str
    source: str  # language of the articles that answer
    question: str
    evidence: tuple[str, ...]
    true: tuple[str, ...]
    false: str
    changed: str

    @property
    def pair(self) -> str:
        return "one language" if self.language == self.source else "two languages"


@dataclass(frozen=True, slots=True)
class Share:
    """A count and the number that it is out of."""

    good: int
    all: int

    def __str__(self) -> str:
        return f"{self.good} of {self.all} ({self.good / max(1, self.all):.3f})"


@dataclass
class Figures:
    """Rows of the table, and what was shown to each question."""

    rows: dict[str, str] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)


def questions(path: Path = QUESTIONS) -> list[Question]:
    """The sixty questions."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Question(**{**row, "evidence": tuple(row["evidence"]), "true": tuple(row["true"])}) for row in rows]


def script(asked: Sequence[Question]) -> Script:
    """What the scripted model says to each."""
    return Script(
        {
            data(q.question): {
                "true": [Line(text, q.evidence) for text in q.true],
                "false": [Line(q.false, q.evidence)],
            }
            for q in asked
        }
    )


class InProcess:
    """The scripted model without a server between, for what Telal itself takes."""

    name = "scripted"

    def __init__(self, way: str, said: Script) -> None:
        self._way, self._said = way, said

    def stream(self, system: str, user: str) -> Iterator[str]:
        yield reply(self._way, user, self._said)


def model(
    out: Annotated[Path | None, typer.Option("--out", help="Where every answer is written, JSON lines.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N questions.")] = None,
    gate: Annotated[
        bool, typer.Option(help="Also ask the benchmark's test cases: which of them reach the model?")
    ] = True,
) -> None:
    """Ask sixty questions with a scripted model that tells the truth, lies, judges, fails; print what readers see."""
    asked = questions()[:limit]
    made = Figures()
    with open_index(build(load("balkan"), load_settings())) as engine, scripted(script(asked)) as address:
        engine.warm()
        faithful(engine, address, asked, made)
        lies(engine, address, asked, made)
        latency(engine, address, asked, made)
        overhead(engine, asked, made)
        if gate:
            reach(engine, made)
    table = Table("measure", "value", box=None)
    for name, value in made.rows.items():
        table.add_row(name, value)
    _out.print(table)
    if out is not None:
        out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made.lines), encoding="utf-8")


def _writer(address: str, way: str, *, judge: str = "off", timeout_s: float = 30.0) -> Writer:
    settings = ChatSettings(
        model=f"openai:{way}", base_url=f"{address}/v1", api_key="none", judge=judge, timeout_s=timeout_s
    )
    models = load_models(settings)
    assert models is not None
    return Writer.of(models, settings)


def _answers(engine: Engine, writer: Writer, asked: Sequence[Question], what: str) -> Iterator[tuple[Question, Answer]]:
    engine.writer = writer
    for q in track(asked, description=what, console=_err):
        yield q, engine.ask(q.question, language=q.language)


def faithful(engine: Engine, address: str, asked: Sequence[Question], made: Figures) -> None:
    """Counts the true answers that reach the reader whole, and the questions that reach the model."""
    whole: dict[str, list[bool]] = {}
    put: list[bool] = []
    for q, answer in _answers(engine, _writer(address, "says-true"), asked, "the truth"):
        told = answer.written
        put.append(told is not None)
        shown = tuple(s.text for s in told.sentences) if told else ()
        whole.setdefault(q.pair, []).append(shown == q.true)
        reasons = list(told.reasons) if told else ["not asked"]
        made.lines.append({"id": q.id, "way": "true", "shown": shown, "reasons": reasons, "text": answer.text})
    for pair, found in sorted(whole.items()):
        made.rows[f"true answers shown whole, {pair}"] = str(Share(sum(found), len(found)))
    made.rows["the model is asked, of the sixty"] = str(Share(sum(put), len(put)))


def lies(engine: Engine, address: str, asked: Sequence[Question], made: Figures) -> None:
    """Counts the false answers that are shown, without a judge and with one."""
    for judge, said in (("off", "no judge"), ("same", "the scripted judge")):
        shown: dict[str, list[bool]] = {"number or date changed": [], "other lies": []}
        for q, answer in _answers(engine, _writer(address, "says-false", judge=judge), asked, f"lies, {said}"):
            told = answer.written
            kind = "number or date changed" if q.changed in FIGURES else "other lies"
            shown[kind].append(bool(told and told.sentences))
            reasons = list(told.reasons) if told else ["not asked"]
            made.lines.append({"id": q.id, "way": f"false, judge {judge}", "reasons": reasons, "text": answer.text})
        for kind, found in shown.items():
            made.rows[f"{kind}, shown, {said}"] = str(Share(sum(found), len(found)))
    judged = _answers(engine, _writer(address, "says-true", judge="same"), asked, "the truth, judged")
    kept = [bool(a.written and tuple(s.text for s in a.written.sentences) == q.true) for q, a in judged]
    made.rows["true answers shown whole, the scripted judge"] = str(Share(sum(kept), len(kept)))


def latency(engine: Engine, address: str, asked: Sequence[Question], made: Figures) -> None:
    """First words with a model that says nothing for 30 s, is down, returns errors; and without one.

    Each question in turn with all of them, beginning with another each time, so that all meet the machine as it is.
    """
    writers = {
        "none": None,
        "takes 30 s": _writer(address, "never"),
        "returns 500": _writer(address, "error"),
        "is down": _writer("http://127.0.0.1:9", "down"),
    }
    spent: dict[str, list[float]] = {name: [] for name in writers}
    for n, q in enumerate(track(asked[:_TIMED], description="first words", console=_err)):
        names = [*writers][n % len(writers) :] + [*writers][: n % len(writers)]
        for name in names:
            engine.writer = writers[name]
            spent[name].append(_first_words(engine, q))
    for name, seconds in spent.items():
        made.rows[f"first words, p50 ms, model: {name}"] = f"{statistics.median(seconds) * 1000:.0f}"


def _first_words(engine: Engine, q: Question) -> float:
    """Seconds until the reader has something to read; the model's reply is not waited for."""
    began = time.perf_counter()
    events = engine.stream(q.question, language=q.language)
    for event in events:
        if isinstance(event, Delta | InterimAnswer | Finished):
            return time.perf_counter() - began
    raise AssertionError("a stream always ends with Finished")


def overhead(engine: Engine, asked: Sequence[Question], made: Figures) -> None:
    """Times the way from the quotes to the whole answer, with a model that takes no time."""
    engine.writer = Writer.of(Models(InProcess("says true", script(asked))), ChatSettings())
    spent = []
    for q in track(asked, description="overhead", console=_err):
        began = 0.0
        for event in engine.stream(q.question, language=q.language):
            if isinstance(event, InterimAnswer):
                began = time.perf_counter()
        if began:
            spent.append(time.perf_counter() - began)
    made.rows["overhead beside the model's own time, p50 ms"] = f"{statistics.median(spent) * 1000:.0f}"


def reach(engine: Engine, made: Figures) -> None:
    """Counts the benchmark's test cases that reach the model, by confidence alone."""
    engine.writer = None
    judge = Writer(InProcess("says no", Script()))
    put: dict[str, list[bool]] = {}
    for case in track(load("balkan").of_split("test").cases, description="the gate", console=_err):
        answer = engine.ask(case.question, history=case.history, as_of=case.as_of)
        kind = "answerable" if not case.unanswerable else "outside" if case.category in _OUTSIDE else "near misses"
        put.setdefault(kind, []).append(judge.is_asked(answer))
        made.lines.append({"id": case.id, "way": f"gate, {kind}", "confidence": answer.confidence})
    for kind, found in sorted(put.items()):
        made.rows[f"the model is asked, benchmark's test, {kind}"] = str(Share(sum(found), len(found)))


if __name__ == "__main__":
    typer.run(model)
