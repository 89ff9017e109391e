"""Runs a suite against a target from end to end: store, environment, questions, record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eval.core.cases import Suite
from eval.core.environment import environment
from eval.core.record import CaseRecord, RunRecord
from eval.core.texts import Texts
from eval.run.index import Index, build, in_place, opened
from eval.run.retrieval import MODES, restricted
from eval.run.run import Plan, Watch, run
from eval.targets.client import Client
from eval.targets.directory import Directory
from eval.targets.http import HttpTarget
from eval.targets.local import LocalTarget
from eval.targets.openai import OpenAITarget
from eval.targets.reply import Target
from rag.config import Settings
from rag.engine import Engine
from rag.errors import BadInput, Erased, NotFound

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class How:
    """How a suite is run, as the command line says it."""

    split: str | None = None
    target: str = LOCAL
    retrieval: str = "hybrid"
    model: str | None = None  # of an OpenAI-compatible system
    key: str | None = None  # sent as bearer token
    timeout_s: float = 60.0
    workers: int = 1
    out: Path | None = None
    overwrite: bool = False
    seed: int = 0
    prices: tuple[float, float] | None = None  # of a million input and output tokens
    command: str = ""  # as it was typed, for the record


class Bar(Protocol):
    """A progress bar."""

    def done(self, count: int) -> None: ...

    def case(self, case: CaseRecord) -> None: ...


class _NoBar:
    def done(self, count: int) -> None:
        """Shows nothing."""

    def case(self, case: CaseRecord) -> None:
        """Shows nothing."""


Bars = Callable[[str, int], AbstractContextManager[Bar]]


def quiet(label: str, total: int) -> AbstractContextManager[Bar]:
    """No progress bar."""
    return nullcontext(_NoBar())


def measure(suite: Suite, settings: Settings, how: How, *, bars: Bars = quiet) -> RunRecord:
    """The record of the whole suite (already narrowed); raises BadInput when the run cannot begin."""
    if how.retrieval not in MODES:
        raise BadInput(f"--retrieval {how.retrieval!r} is not known.", hint=f"One of: {', '.join(MODES)}.")
    if how.target == LOCAL and suite.in_place:
        index = in_place(settings)
        with opened(index) as engine:
            texts = Texts((), elsewhere=lambda article_id: _text_of(engine, article_id))
            return ask(
                suite,
                LocalTarget(restricted(engine, how.retrieval)),
                index.settings,
                how,
                index=index,
                bars=bars,
                texts=texts,
            )
    if how.target == LOCAL:
        with bars("Indexing", len(suite.documents)) as bar:
            index = build(suite, settings, progress=bar.done)
        with local_target(index, how.retrieval) as target:
            return ask(suite, target, index.settings, how, index=index, bars=bars)
    if how.retrieval != "hybrid":
        raise BadInput("--retrieval is for Telal in this process.", hint="Leave --target out.")
    with remote_target(suite, how) as target:
        elsewhere = target.text if isinstance(target, HttpTarget) else (lambda article_id: None)
        return ask(suite, target, settings, how, bars=bars, texts=Texts(suite.documents, elsewhere=elsewhere))


def _text_of(engine: Engine, article_id: str) -> str | None:
    try:
        return engine.archive.article(article_id).text
    except (NotFound, Erased):
        return None


def ask(
    suite: Suite,
    target: Target,
    settings: Settings,
    how: How,
    *,
    index: Index | None = None,
    bars: Bars = quiet,
    texts: Texts | None = None,
) -> RunRecord:
    """Asks every case of the target and writes the record; `index` is the store that it answers from, if ours."""
    about = environment(
        suite,
        settings,
        seed=how.seed,
        model_id=index.model_id if index else None,
        chunking=index.chunking if index else None,
        command=how.command,
    )
    if index and index.rejected:
        about["rejected_documents"] = list(index.rejected)
    plan = Plan(
        suite, how.split, about, workers=how.workers, out=how.out, overwrite=how.overwrite, prices=how.prices
    )  # fmt: skip
    with bars("Asking", len(suite.cases)) as bar:
        return run(plan, target, texts or Texts(suite.documents), Watch(resumed=bar.done, finished=bar.case))


@contextmanager
def local_target(index: Index, retrieval: str = "hybrid") -> Iterator[Target]:
    """Telal over a store, with all of its retrieval or with one half."""
    with opened(index) as engine:
        name = LOCAL if retrieval == "hybrid" else f"{LOCAL} {retrieval}"
        yield LocalTarget(restricted(engine, retrieval), name)


@contextmanager
def remote_target(suite: Suite, how: How) -> Iterator[Target]:
    """A running system by its address: http://host/v1, or openai:http://host/v1. Raises BadInput, TargetFailed."""
    kind, address = ("openai", how.target[7:]) if how.target.startswith("openai:") else ("telal", how.target)
    if not address.startswith(("http://", "https://")):
        raise BadInput(
            f"--target {how.target!r} is not known.",
            hint="One of: local, http://host:port/v1, openai:http://host:port/v1.",
        )
    with Client(address, timeout_s=how.timeout_s, key=how.key) as client:
        if kind == "openai":
            yield OpenAITarget(client, Directory(suite.documents), model=how.model)
        else:
            yield HttpTarget(client)
