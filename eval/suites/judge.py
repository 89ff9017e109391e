"""A language model as judge of answers, and how far it agrees with labels made by hand. Never in a run's figures."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.core.record import CaseRecord, read_run
from eval.core.show import CaseProgressBar, write_lines
from eval.datasets.lines import read_lines
from rag.answer.generate.chat import ChatModel, LangChainChat
from rag.config import load_settings
from rag.errors import BadInput, ChatUnavailable

VERDICTS = ("right", "partly", "wrong")
LABELS = Path(__file__).parents[1] / "benchmarks/judge/labels.jsonl"
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """One answer to judge, with what is known to be right; `label` is a person's verdict, where there is one."""

    id: str
    question: str
    answers: tuple[str, ...]
    quotes: tuple[str, ...]
    answer: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict; None with the reason when the model gave no usable one."""

    id: str
    verdict: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far verdicts agree with labels: the share that are equal, and Cohen's kappa (1960), chance taken out."""

    cases: int
    unusable: int
    equal: float | None
    kappa: float | None


def judge(questions: Sequence[Question], chat: ChatModel) -> Iterator[Judgement]:
    """A verdict on each, in order. What the model cannot do is a verdict of None, not an error."""
    system = files("eval").joinpath("prompts/judge.md").read_text(encoding="utf-8")
    for question in questions:
        try:
            yield parse(question.id, "".join(chat.stream(system, message(question))))
        except ChatUnavailable as error:
            yield Judgement(question.id, None, error.message)


def message(question: Question) -> str:
    """What the judge is shown."""
    quotes = "\n".join(f"- {q}" for q in question.quotes) or "- (none)"
    return (
        f"Question: {question.question}\nAccepted answers: {'; '.join(question.answers)}\n"
        f"Sentences of the articles:\n{quotes}\n\nAnswer to judge:\n{question.answer}\n"
    )


def parse(case_id: str, reply: str) -> Judgement:
    """The verdict in a reply, with or without words around the JSON."""
    found = _OBJECT.search(reply)
    try:
        raw = json.loads(found[0]) if found else {}
    except ValueError:
        raw = {}
    verdict = raw.get("verdict")
    if verdict not in VERDICTS:
        return Judgement(case_id, None, f"No verdict in {reply[:120]!r}")
    return Judgement(case_id, verdict, str(raw.get("reason") or ""))


def to_judge(cases: Sequence[CaseRecord]) -> list[Question]:
    """The answered cases of a run that have accepted answers."""
    return [
        Question(c.id, c.question, tuple(c.answers), tuple(q["quote"] for q in c.gold_quotes), c.answer_text)
        for c in cases
        if c.stated and not c.search_only and c.answers and not c.unanswerable
    ]


def read_labels(path: Path = LABELS) -> list[Question]:
    """Answers labelled by hand; raises BadInput with file, line and field."""
    labelled = []
    for line in read_lines(path):
        label = line.text("label")
        if label not in VERDICTS:
            raise line.wrong("label", f"{label!r} is none of {', '.join(VERDICTS)}")
        question, answers, quotes = line.text("question"), line.texts("answers"), line.texts("quotes")
        labelled.append(Question(line.text("id"), question, answers, quotes, line.text("answer"), label))
    return labelled


def agreement(labelled: Sequence[Question], judged: Sequence[Judgement]) -> Agreement:
    """Over the cases with a usable verdict."""
    labels = {q.id: q.label for q in labelled}
    pairs = [(labels[j.id], j.verdict) for j in judged if j.verdict is not None]
    if not pairs:
        return Agreement(len(judged), len(judged), None, None)
    equal = sum(a == b for a, b in pairs) / len(pairs)
    ours, theirs = (Counter(side) for side in zip(*pairs, strict=True))
    chance = sum(ours[v] * theirs[v] for v in VERDICTS) / len(pairs) ** 2
    kappa = (equal - chance) / (1 - chance) if chance < 1 else None
    return Agreement(len(judged), len(judged) - len(pairs), equal, kappa)


_out = Console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds this command to `telal eval`."""
    app.command("judge")(judge_run)


def judge_run(
    run: Annotated[
        Path | None, typer.Argument(metavar="RUN", help="A run's folder or file; none with --labels.")
    ] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Judge the answers labelled by hand; say how far it agrees.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N answers.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the verdicts are written, JSON lines.")] = None,
) -> None:
    """Let a language model (TELAL_CHAT__MODEL) judge a run's answers. Its verdicts enter no other figure."""
    if (run is None) != labels:
        raise BadInput("Name a run, or --labels.", hint="`telal eval judge --help` says more.")
    questions = read_labels() if run is None else to_judge(read_run(run).per_case)
    questions = questions[:limit]
    if not questions:
        raise BadInput("The run holds no answer with accepted answers to judge it by.")
    judged = _judged(questions)
    write_lines(out, (asdict(j) for j in judged))
    _show(judged)
    if labels:
        told = agreement(questions, judged)
        kappa = "not defined" if told.kappa is None else f"{told.kappa:.3f}"
        equal = "-" if told.equal is None else f"{told.equal:.3f}"
        _out.print(f"Agreement with {told.cases} labels of {LABELS.name}: {equal}, kappa {kappa}.", highlight=False)


def _judged(questions: list[Question]) -> list[Judgement]:
    chat = LangChainChat(load_settings().chat)
    judged = []
    with CaseProgressBar(_err, f"Judging with {chat.name}", len(questions)) as bar:
        for one in judge(questions, chat):
            judged.append(one)
            bar.advance(len(judged))
    return judged


def _show(judged: list[Judgement]) -> None:
    counts = Counter(j.verdict for j in judged)
    for verdict in VERDICTS:
        _out.print(f"{verdict:7} {counts[verdict]:5} {counts[verdict] / len(judged):.3f}", highlight=False)
    if counts[None]:
        first = next(j.reason for j in judged if j.verdict is None)
        _err.print(f"{counts[None]} without a verdict: {first}", style="yellow", markup=False, soft_wrap=True)
