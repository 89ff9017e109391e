"""The command `telal eval judge`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.core.record import read_run
from eval.core.show import Follower
from eval.suites.judge import LABELS, VERDICTS, Judged, Question, agreement, judge, read_labels, to_judge
from rag.answer.generate.chat import LangChainChat
from rag.config import load_settings
from rag.errors import BadInput

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
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("".join(json.dumps(asdict(j), ensure_ascii=False) + "\n" for j in judged), encoding="utf-8")
    _show(judged)
    if labels:
        told = agreement(questions, judged)
        kappa = "not defined" if told.kappa is None else f"{told.kappa:.3f}"
        equal = "-" if told.equal is None else f"{told.equal:.3f}"
        _out.print(f"Agreement with {told.cases} labels of {LABELS.name}: {equal}, kappa {kappa}.", highlight=False)


def _judged(questions: list[Question]) -> list[Judged]:
    chat = LangChainChat(load_settings().chat)
    judged = []
    with Follower(_err, f"Judging with {chat.name}", len(questions)) as bar:
        for one in judge(questions, chat):
            judged.append(one)
            bar.done(len(judged))
    return judged


def _show(judged: list[Judged]) -> None:
    counts = Counter(j.verdict for j in judged)
    for verdict in VERDICTS:
        _out.print(f"{verdict:7} {counts[verdict]:5} {counts[verdict] / len(judged):.3f}", highlight=False)
    if counts[None]:
        first = next(j.reason for j in judged if j.verdict is None)
        _err.print(f"{counts[None]} without a verdict: {first}", style="yellow", markup=False, soft_wrap=True)
