"""Runs a suite against a system from end to end: store, environment, questions, scores, record. Start reading here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from eval.core.cases import Case, Reply, Suite, Target, TargetFailed, TargetRefused
from eval.core.record import (
    FORMAT,
    RUN_FILE,
    CaseRecord,
    Journal,
    Metrics,
    RunRecord,
    environment,
    is_one_file,
    journal_of,
    make_room,
    write_run,
)
from eval.run.index import Index, build, in_place, open_index
from eval.run.score import Texts, failed_record, record
from eval.run.summary import counts, metrics, metrics_by
from eval.targets.http import Client, HttpTarget
from eval.targets.local import HALVES, LOCAL, LocalTarget, restrict_engine
from eval.targets.openai import Directory, OpenAITarget
from rag.config import Settings
from rag.engine import Engine
from rag.errors import BadInput, Erased, NotFound

TUTORIAL = "tutorial"
OPENAI = "openai:"
_PATIENCE = 5  # times that a case is asked again
_PATIENCE_S = 65.0  # limits are mostly by the minute


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a suite is run, as the command line says it."""

    split: str | None = None  # that the suite was narrowed to
    target: str = LOCAL
    model: str | None = None  # of an OpenAI-compatible system
    key: str | None = None  # sent as bearer token
    timeout_s: float = 60.0
    workers: int = 1
    out: Path | None = None  # a .json file, or a folder
    overwrite: bool = False
    seed: int = 0
    prices: tuple[float, float] | None = None  # of a million input and output tokens
    command: str = ""  # as it was typed, for the record

    @property
    def journal(self) -> Path | None:
        return None if self.out is None else journal_of(self.out)


class Bar(Protocol):
    """A progress bar."""

    def advance(self, count: int) -> None:
        """Sets the number of cases that are done."""

    def case(self, case: CaseRecord) -> None:
        """One more is done."""


class _NoBar:
    def advance(self, count: int) -> None:
        """Shows nothing."""

    def case(self, case: CaseRecord) -> None:
        """Shows nothing."""


Bars = Callable[[str, int], AbstractContextManager[Bar]]


def quiet(label: str, total: int) -> AbstractContextManager[Bar]:
    """No progress bar."""
    return nullcontext(_NoBar())


def measure(suite: Suite, settings: Settings, options: RunOptions = RunOptions(), *, bars: Bars = quiet) -> RunRecord:
    """The record of the whole suite (already narrowed), asked of `options.target`.

    Raises BadInput when the run cannot begin, TargetFailed when the system names no model.
    """
    if options.out is not None:
        make_room(options.out)  # before minutes are spent on an index
    with _opened(suite, settings, options, bars) as system:
        index = system.index
        about = environment(
            suite, index.settings if index else settings, seed=options.seed, command=options.command,
            model_id=index.model_id if index else None, chunking=index.chunking if index else None,
        )  # fmt: skip
        if index and index.rejected:
            about["rejected_documents"] = list(index.rejected)
        return run(suite, system.target, options, texts=system.texts, environment=about, bars=bars)


@dataclass(frozen=True, slots=True)
class _System:
    """Whom to ask, the texts that its citations are checked against, and the store that it answers from, if ours."""

    target: Target
    texts: Texts
    index: Index | None = None


def _opened(suite: Suite, settings: Settings, options: RunOptions, bars: Bars) -> AbstractContextManager[_System]:
    if options.target == TUTORIAL:
        return _tutorial(suite, settings)
    if options.target in (LOCAL, *HALVES):
        return _ours(suite, settings, options.target, bars)
    return _remote(suite, options)


@contextmanager
def _ours(suite: Suite, settings: Settings, target: str, bars: Bars) -> Iterator[_System]:
    """Telal in this process, with all of its search or one half."""
    if suite.in_place:
        index = in_place(settings)
    else:
        with bars("Indexing", len(suite.documents)) as bar:
            index = build(suite, settings, progress=bar.advance)
    with open_index(index) as engine:
        texts = Texts((), elsewhere=lambda i: _text_of(engine, i)) if suite.in_place else Texts(suite.documents)
        yield _System(LocalTarget(restrict_engine(engine, target), target), texts, index)


@contextmanager
def _tutorial(suite: Suite, settings: Settings) -> Iterator[_System]:
    if suite.in_place:
        raise BadInput(f"{suite.name} is asked of your archive.", hint=f"Leave --target {TUTORIAL} out.")
    from eval.targets.tutorial import reference_target  # needs the packages of the extra `bench`, and says so

    with reference_target(suite, settings) as target:
        yield _System(target, Texts(suite.documents))


def _text_of(engine: Engine, article_id: str) -> str | None:
    try:
        return engine.archive.article(article_id).text
    except (NotFound, Erased):
        return None


@contextmanager
def _remote(suite: Suite, options: RunOptions) -> Iterator[_System]:
    """A running system by its address."""
    address = options.target.removeprefix(OPENAI)
    if not address.startswith(("http://", "https://")):
        raise BadInput(
            f"--target {options.target!r} is not known.",
            hint=f"One of: {', '.join((LOCAL, *HALVES, TUTORIAL))}, http://host:port/v1, openai:http://host:port/v1.",
        )
    with Client(address, timeout_s=options.timeout_s, key=options.key) as client:
        if options.target != address:
            yield _System(OpenAITarget(client, Directory(suite.documents), model=options.model), Texts(suite.documents))
        else:
            telal = HttpTarget(client)
            yield _System(telal, Texts(suite.documents, elsewhere=telal.text))


def run(
    suite: Suite,
    target: Target,
    options: RunOptions = RunOptions(),
    *,
    texts: Texts | None = None,
    environment: Mapping[str, Any] | None = None,
    bars: Bars = quiet,
) -> RunRecord:
    """Asks every case of the target; the run's record, written to `options.out` when that is given.

    A case that fails is counted apart and the run goes on. Raises BadInput when `options.out` holds another run.
    """
    started, about = time.monotonic(), environment or {}
    with bars("Asking", len(suite.cases)) as bar:
        asked = _Asked(suite, target, texts or Texts(suite.documents), options.workers, bar)
        records = _records(asked, options, about)
    made = RunRecord(
        suite=suite.name,
        split=options.split,
        target=target.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        metrics={**(figures := metrics(records)), "cost": _cost(figures, options.prices)},
        metrics_by=metrics_by(records),
        environment=about,
        counts=counts(records, seconds=time.monotonic() - started),
        per_case=records,
        notes=suite.notes,
    )
    if options.out is not None:
        write_run(made, options.out if is_one_file(options.out) else options.out / RUN_FILE)
        if is_one_file(options.out):
            journal_of(options.out).unlink()
    return made


def _cost(figures: Metrics, prices: tuple[float, float] | None) -> float | None:
    """Mean cost of a question in the currency of the prices; None where no tokens are reported or no prices given."""
    used = figures["input_tokens"], figures["output_tokens"]
    if prices is None or used[0] is None or used[1] is None:
        return None
    return (used[0] * prices[0] + used[1] * prices[1]) / 1_000_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A suite and whom it is asked."""

    suite: Suite
    target: Target
    texts: Texts
    workers: int
    bar: Bar

    def records(self, cases: Sequence[Case]) -> Iterator[CaseRecord]:
        """The record of each case, as the workers finish them."""
        if self.workers == 1:
            for case in cases:
                yield self._record(case)
            return
        with ThreadPoolExecutor(self.workers, thread_name_prefix="eval") as pool:
            futures = [pool.submit(self._record, case) for case in cases]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                for future in futures:
                    future.cancel()

    def _record(self, case: Case) -> CaseRecord:
        try:
            return record(case, _patiently(self.target, case), self.suite, self.texts)
        except TargetFailed as error:
            return failed_record(case, self.suite, str(error))


def _records(asked: _Asked, options: RunOptions, about: Mapping[str, Any]) -> list[CaseRecord]:
    """Yields records in the order of the cases, however the workers finish them."""
    cases, done = asked.suite.cases, dict[str, CaseRecord]()
    journal = None
    if options.journal is not None:
        options.journal.parent.mkdir(parents=True, exist_ok=True)
        head = _head(asked, options, about)
        journal = Journal(options.journal, head, cases=len(cases), overwrite=options.overwrite)
        done = dict(journal.done)
        asked.bar.advance(len(done))
    with journal or nullcontext():
        for found in asked.records([c for c in cases if c.id not in done]):
            asked.bar.case(found)
            if journal:
                journal.write(found)
            done[found.id] = found
    return [done[c.id] for c in cases]


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


def _head(asked: _Asked, options: RunOptions, about: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what must be the same for a run to be continued."""
    names = ("commit", "settings", "cases_digest", "docs_digest", "model_id", "chunking", "seed")
    known = {name: about.get(name) for name in names}
    return {
        "format": FORMAT, "suite": asked.suite.name, "split": options.split, "target": asked.target.name, **known
    }  # fmt: skip
