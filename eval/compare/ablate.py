"""Measures what each rule of answering is worth: a run with all rules, and one without each, compared case by case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.compare.compare import Difference, compare
from eval.core.cases import Case, Reply, Suite, Target
from eval.core.record import CaseRecord, RunRecord, command_line, write_run
from eval.core.show import CaseProgressBar, console, number
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.run.index import Index, Remembering, build, open_index
from eval.run.run import Bars, How, ask, quiet
from eval.targets.local import LocalTarget
from rag.answer.evidence.reading import Reads
from rag.answer.rules import RULES
from rag.config import Settings, load_settings
from rag.engine import Engine, reader_of
from rag.errors import BadInput
from rag.reader.reader import Reading
from rag.text.sentences import Span

ALL = "all"
COLUMNS = ("answer_hit@1", "shown_hit@1", "wrong_answers", "short_precision", "refusal_precision", "refusal_recall")


@dataclass(frozen=True, slots=True)
class Worth:
    """What one rule is worth: in how many cases the answer changes, and the figures without it (a) and with it (b)."""

    rule: str
    changed: int
    differences: tuple[Difference, ...]
    with_it: RunRecord
    without_it: RunRecord


def select_rules(rule: str) -> tuple[str, ...]:
    """The rules that a name stands for: one, all, or all whose name begins with it. Raises BadInput."""
    found = tuple(r for r in RULES if rule in (ALL, r)) or tuple(r for r in RULES if r.startswith(f"{rule}_"))
    if not found:
        raise BadInput(f"There is no rule {rule!r}.", hint=f"One of: {ALL}, {', '.join(RULES)}.")
    return found


def ablate(suite: Suite, rules: Sequence[str], settings: Settings, how: How, bars: Bars = quiet) -> Iterator[Worth]:
    """Measures the worth of each rule on the suite (already narrowed); yields them one by one.

    What does not depend on a rule is computed once: vectors of texts, the reader's results, and replies to cases in
    which no code asked whether the rule applies.
    """
    with bars("Indexing", len(suite.documents)) as bar:
        index = build(suite, settings, progress=bar.advance)
    with _ready(index) as variant:
        asked = _Asked(settings.answer.without)
        watching = _Watching(LocalTarget(variant(asked)), asked)
        whole = _run(suite, index, watching, index.settings, how, bars)
        for rule in rules:
            left_out = settings.answer.without | {rule}
            target = _Without(LocalTarget(variant(left_out), f"local, without {rule}"), rule, watching)
            yield worth(rule, whole, _run(suite, index, target, _with(index.settings, left_out), how, bars))


def worth(rule: str, with_it: RunRecord, without_it: RunRecord) -> Worth:
    """The worth of a rule from two runs over the same cases."""
    changed = sum(_told(a) != _told(b) for a, b in zip(with_it.per_case, without_it.per_case, strict=True))
    differences = compare(without_it, with_it, only=COLUMNS).differences if changed else ()
    return Worth(rule, changed, differences, with_it, without_it)


def _told(case: CaseRecord) -> tuple[object, ...]:
    return case.status, [s["text"] for s in case.sentences], [s["text"] for s in case.short or ()]


class _Asked(frozenset[str]):
    """The rules left out, which remember of which rules it was asked whether they are among them."""

    rules: set[str]

    def __new__(cls, rules: frozenset[str]) -> _Asked:
        made = super().__new__(cls, rules)
        made.rules = set()
        return made

    def __contains__(self, rule: object) -> bool:
        self.rules.add(str(rule))
        return super().__contains__(rule)


class _Watching:
    """A target that keeps its replies, each with the rules that were asked for."""

    def __init__(self, inner: LocalTarget, asked: _Asked) -> None:
        self._inner, self._asked = inner, asked
        self.name = inner.name
        self.replies: dict[str, tuple[Reply, frozenset[str]]] = {}

    def ask(self, case: Case) -> Reply:
        self._asked.rules.clear()
        reply = self._inner.ask(case)
        self.replies[case.id] = reply, frozenset(self._asked.rules)
        return reply


@dataclass(frozen=True)
class _Without:
    """A target without a rule, which asks anew only where that was asked for."""

    inner: LocalTarget
    rule: str
    whole: _Watching

    @property
    def name(self) -> str:
        return self.inner.name

    def ask(self, case: Case) -> Reply:
        known = self.whole.replies.get(case.id)
        return known[0] if known and self.rule not in known[1] else self.inner.ask(case)


@contextmanager
def _ready(index: Index) -> Iterator[Callable[[frozenset[str]], Engine]]:
    """Makes engines over one store that differ in the rules they are without."""
    with open_index(index) as engine:
        embedder = Remembering(engine.embedder)
        reader = _Reads(reader_of(index.settings.embedding, engine.embedder))
        yield lambda without: Engine(
            engine.archive, engine.indexes, embedder, _with(index.settings, without), reader=reader
        )


def _with(settings: Settings, without: frozenset[str]) -> Settings:
    return settings.model_copy(update={"answer": settings.answer.model_copy(update={"without": without})})


def _run(suite: Suite, index: Index, target: Target, settings: Settings, how: How, bars: Bars) -> RunRecord:
    return ask(suite, target, settings, replace(how, out=None), index=index, bars=bars)


class _Reads:
    """A reader that remembers what it said."""

    def __init__(self, inner: Reads) -> None:
        self._inner = inner
        self._known: dict[tuple[str, str], Reading] = {}

    def read(self, question: str, text: str, sentences: Sequence[Span]) -> Reading:
        if (question, text) not in self._known:
            self._known[question, text] = self._inner.read(question, text, sentences)
        return self._known[question, text]


_out = console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("ablate")(run_ablation)


def run_ablation(
    rule: Annotated[str, typer.Argument(metavar="RULE|all", help="A rule's name, the beginning of some, or all.")],
    source: Annotated[str, typer.Argument(metavar="SUITE|FILE", help="A suite's name, or a file or folder of cases.")],
    docs: Annotated[Path | None, typer.Option("--docs", help="The documents: JSON lines.")] = None,
    split: Annotated[str | None, typer.Option(help="Only the cases of this split.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N cases.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder; each run goes into a file below it.")] = None,
) -> None:
    """Measure what rules of answering are worth: the figures with each rule less those without it, paired.

    The p-values are those of `telal eval compare`, corrected within a row.
    """
    rules = select_rules(rule)
    suite = load(source, Options(docs)).of_split(split).first(limit)
    made = []
    for worth in ablate(
        suite, rules, load_settings(), How(split=split, command=command_line()), partial(CaseProgressBar, _err)
    ):
        made.append(worth)
        if out is not None:
            write_run(worth.with_it, out / "with-all.json")
            write_run(worth.without_it, out / f"without-{worth.rule}.json")
    _out.print(_table(made))


def _table(made: list[Worth]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    for name in ("cases changed", *COLUMNS):
        table.add_column(name, justify="right")
    whole = made[0].with_it
    table.add_row("all rules", str(len(whole.per_case)), *(number(n, whole.metrics.get(n)) for n in COLUMNS))
    for worth in made:
        told = {d.metric: f"{d.difference:+.3f} (p {d.p_corrected:.2f})" for d in worth.differences}
        table.add_row(worth.rule, str(worth.changed), *(told.get(n, "-") for n in COLUMNS))
    return table
