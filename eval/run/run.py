"""Runs a suite against a system from end to end: store, environment, questions, scores, record. Start reading here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from eval.core.cases import Case, Reply, Suite, Target, TargetFailed, TargetRefused
from eval.core.record import (
    FORMAT,
    JOURNAL_FILE,
    RUN_FILE,
    CaseRecord,
    Journal,
    Metrics,
    RunRecord,
    environment,
    write_run,
)
from eval.run.index import Index, build, in_place, open_index
from eval.run.score import Texts, failed_record, record
from eval.run.summary import counts, curve, metrics, metrics_by
from eval.targets.http import Client, HttpTarget
from eval.targets.local import MODES, LocalTarget, restrict_engine
from eval.targets.openai import Directory, OpenAITarget
from rag.config import Settings
from rag.engine import Engine
from rag.errors import BadInput, Erased, NotFound

_PATIENCE = 5  # times that a case is asked again
_PATIENCE_S = 65.0  # limits are mostly by the minute


@dataclass(frozen=True)
class Plan:
    """What to run: the suite (already narrowed), the split it was narrowed to, the environment, how, and where to."""

    suite: Suite
    split: str | None
    environment: dict[str, Any]
    workers: int = 1
    out: Path | None = None  # a .json file, or a folder
    overwrite: bool = False
    prices: tuple[float, float] | None = None  # of a million input and output tokens

    @property
    def journal(self) -> Path | None:
        if self.out is None:
            return None
        return self.out.with_name(f"{self.out.name}.{JOURNAL_FILE}") if self.one_file else self.out / JOURNAL_FILE

    @property
    def one_file(self) -> bool:
        return self.out is not None and self.out.suffix == ".json"


@dataclass(frozen=True)
class Watch:
    """What a caller may follow: how many cases were done before, and each one as it finishes."""

    resumed: Callable[[int], None] = lambda done: None
    finished: Callable[[CaseRecord], None] = lambda case: None


def run(plan: Plan, target: Target, texts: Texts, watch: Watch = Watch()) -> RunRecord:
    """The run's record, written to `plan.out` when that is given.

    A case that fails is counted apart and the run goes on. Raises BadInput when `plan.out` holds another run.
    """
    started = time.monotonic()
    records = _records(plan, target, texts, watch)
    made = RunRecord(
        suite=plan.suite.name,
        split=plan.split,
        target=target.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        metrics={**(figures := metrics(records)), "cost": _cost(figures, plan.prices)},
        metrics_by=metrics_by(records),
        environment=plan.environment,
        counts=counts(records, seconds=time.monotonic() - started),
        per_case=records,
        notes=plan.suite.notes,
        curve=[asdict(p) for p in curve(records)],
    )
    if plan.out is not None:
        write_run(made, plan.out if plan.one_file else plan.out / RUN_FILE)
        if plan.one_file and plan.journal:
            plan.journal.unlink()
    return made


def _cost(figures: Metrics, prices: tuple[float, float] | None) -> float | None:
    """Mean cost of a question in the currency of the prices; None where no tokens are reported or no prices given."""
    used = figures["input_tokens"], figures["output_tokens"]
    if prices is None or used[0] is None or used[1] is None:
        return None
    return (used[0] * prices[0] + used[1] * prices[1]) / 1_000_000


def _records(plan: Plan, target: Target, texts: Texts, watch: Watch) -> list[CaseRecord]:
    """In the order of the cases, however the workers finished them."""
    if plan.journal is None:
        return _in_order(plan.suite.cases, {c.id: c for c in _asked(plan.suite.cases, plan, target, texts, watch)})
    with Journal(plan.journal, _head(plan, target), overwrite=plan.overwrite) as journal:
        done = dict(journal.done)
        watch.resumed(len(done))
        left = [c for c in plan.suite.cases if c.id not in done]
        for case in _asked(left, plan, target, texts, watch):
            journal.write(case)
            done[case.id] = case
    return _in_order(plan.suite.cases, done)


def _in_order(cases: Sequence[Case], done: dict[str, CaseRecord]) -> list[CaseRecord]:
    return [done[c.id] for c in cases]


def _asked(cases: Sequence[Case], plan: Plan, target: Target, texts: Texts, watch: Watch) -> Iterator[CaseRecord]:
    def one(case: Case) -> CaseRecord:
        try:
            return record(case, _patiently(target, case), plan.suite, texts)
        except TargetFailed as error:
            return failed_record(case, plan.suite, str(error))

    if plan.workers == 1:
        for case in cases:
            done = one(case)
            watch.finished(done)
            yield done
        return
    with ThreadPoolExecutor(plan.workers, thread_name_prefix="eval") as pool:
        futures = [pool.submit(one, case) for case in cases]
        try:
            for future in as_completed(futures):
                watch.finished(future.result())
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _patiently(target: Target, case: Case) -> Reply:
    """The reply; a system that is asked too fast and says when to come again is asked again then."""
    for _ in range(_PATIENCE):
        try:
            return target.ask(case)
        except TargetRefused as error:
            if error.retry_after_s is None or error.retry_after_s > _PATIENCE_S:
                raise
            time.sleep(error.retry_after_s)
    return target.ask(case)


def _head(plan: Plan, target: Target) -> dict[str, Any]:
    """What must be the same for a run to be taken up."""
    known = plan.environment
    names = ("commit", "settings", "cases_digest", "docs_digest", "model_id", "chunking", "seed")
    return {"format": FORMAT, "suite": plan.suite.name, "split": plan.split, "target": target.name} | {
        name: known.get(name) for name in names
    }


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

    def advance(self, count: int) -> None: ...

    def case(self, case: CaseRecord) -> None: ...


class _NoBar:
    def advance(self, count: int) -> None:
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
        with open_index(index) as engine:
            texts = Texts((), elsewhere=lambda article_id: _text_of(engine, article_id))
            return ask(
                suite,
                LocalTarget(restrict_engine(engine, how.retrieval)),
                index.settings,
                how,
                index=index,
                bars=bars,
                texts=texts,
            )
    if how.target == LOCAL:
        with bars("Indexing", len(suite.documents)) as bar:
            index = build(suite, settings, progress=bar.advance)
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
        return run(plan, target, texts or Texts(suite.documents), Watch(resumed=bar.advance, finished=bar.case))


@contextmanager
def local_target(index: Index, retrieval: str = "hybrid") -> Iterator[Target]:
    """Telal over a store, with all of its retrieval or with one half."""
    with open_index(index) as engine:
        name = LOCAL if retrieval == "hybrid" else f"{LOCAL} {retrieval}"
        yield LocalTarget(restrict_engine(engine, retrieval), name)


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
