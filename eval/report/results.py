"""Reads the runs that are to be reported, and writes docs/results.md: each figure with the command that gives it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.core.record import RUN_FILE, RunRecord, read_run
from eval.core.show import OF_ANSWERABLE, group_of, number
from rag.errors import BadInput

MOST = 6  # colours and letters that stay apart in a plot


@dataclass(frozen=True, slots=True)
class Run:
    """A run with the letter and the name under which the page shows it."""

    letter: str
    name: str
    record: RunRecord

    @property
    def title(self) -> str:
        return title_of(self.record)


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs, lettered in the order given. Raises BadInput for none, for too many, and for one that is not whole."""
    if not paths:
        raise BadInput("There is no run to report.", hint="Name a run's folder, or its .json file.")
    if len(paths) > MOST:
        raise BadInput(f"{len(paths)} runs are too many for one report.", hint=f"Name at most {MOST}.")
    records = [_checked(path) for path in paths]
    names = Counter(r.target for r in records)
    return [
        Run(chr(ord("A") + i), r.target if names[r.target] == 1 else f"{r.target}, {path.resolve().name}", r)
        for i, (path, r) in enumerate(zip(paths, records, strict=True))
    ]


def _checked(path: Path) -> RunRecord:
    with suppress(TypeError, AttributeError):  # a field is missing or of another kind: said with its name below
        read_run(path)  # its own words for what is no run record, and for one of another format
    file = path / RUN_FILE if path.is_dir() else path
    try:
        run = TypeAdapter(RunRecord).validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{file}: {where}: {first['msg'][0].lower()}{first['msg'][1:]}.",
            hint="The file is not as `telal eval run` wrote it: run the evaluation again.",
        ) from error
    if not run.per_case:
        raise BadInput(f"The run in {path} has no cases.", hint="Look at what its --split and --language left over.")
    return run


_INTRO = """\
# Results

Written by `telal eval results`; do not edit. Each table names the commands that give its figures. What the metrics mean
is in [evaluation.md](evaluation.md). `-`: the suite or the system gives nothing to measure it by.
Times depend on the machine and on what else it does; qualities do not.
"""
_WHERE = re.compile(r" --out \S+| --overwrite")  # where a run was kept changes no figure
_SKIPPED = ("success@", "first_event_ms_p99", "first_word_ms_p99", "input_", "output_")
_PAIR_METRICS = ("recall@1", "recall@5", "mrr@10")
_LANGUAGE_METRICS = (
    "recall@5", "answer_hit@1", "shown_hit@1", "wrong_answers", "short_shown", "short_precision", "refusal_recall",
)  # fmt: skip


def results(runs: Sequence[RunRecord]) -> str:
    """The page: one section for each suite and split, one column for each of its runs."""
    sections: dict[str, list[RunRecord]] = {}
    for run in runs:
        sections.setdefault(title_of(run), []).append(run)
    return "\n".join([_INTRO, *(_section(title, group) for title, group in sections.items())])


def title_of(run: RunRecord) -> str:
    """Suite, split, and the languages of questions and documents where there is one of each."""
    pairs = {(c.language, tuple(c.gold_languages)) for c in run.per_case if not c.unanswerable}
    split = f" ({run.split})" if run.split else ""
    if len(pairs) != 1:
        return f"{run.suite}{split}"
    question, golds = pairs.pop()
    across = f"questions in {question}, documents in {', '.join(golds)}"
    return f"{run.suite}{split}: {question if golds == (question,) else across}"


def _section(title: str, runs: Sequence[RunRecord]) -> str:
    parts = [f"## {title}", "", *_commands(runs), "", *_table(runs)]
    telal = runs[-1]
    for key, names in (
        ("pair", _PAIR_METRICS),
        ("languages", _LANGUAGE_METRICS),
        ("language", _LANGUAGE_METRICS),
        ("category", _LANGUAGE_METRICS),
    ):
        if key != "pair" or all(c.search_only for c in telal.per_case):
            parts += _by(telal, key, names)
    parts += _notes(telal)
    return "\n".join([*parts, ""])


def _commands(runs: Sequence[RunRecord]) -> list[str]:
    commands = dict.fromkeys(_command(r) for r in runs)
    return ["```sh", *(c for c in commands if c), "```"] if any(commands) else []


def _command(run: RunRecord) -> str:
    return _WHERE.sub("", str(run.environment.get("command") or ""))


def _table(runs: Sequence[RunRecord]) -> list[str]:
    lines = _head(["", "metric", *(r.target for r in runs)])
    lines.append(_row(["", "cases (failed)", *(f"{len(r.per_case)} ({r.counts['failed']:.0f})" for r in runs)]))
    last = ""
    for name in runs[0].metrics:
        values = [r.metrics.get(name) for r in runs]
        if name.startswith(_SKIPPED) or all(v is None for v in values):
            continue
        group = group_of(name)
        lines.append(_row(["" if group == last else group, f"`{name}`", *(number(name, v) for v in values)]))
        last = group
    return lines


def _by(run: RunRecord, key: str, names: Sequence[str]) -> list[str]:
    groups = run.metrics_by.get(key, {})
    shown = [n for n in names if any(m.get(n) is not None for m in groups.values())]
    if len(groups) < 2 or not shown:
        return []
    lines = ["", *_head([f"{key} ({run.target})", "cases", *(f"`{n}`" for n in shown)])]
    for group, figures in groups.items():
        count = sum(getattr(c, key) == group and not (key in OF_ANSWERABLE and c.unanswerable) for c in run.per_case)
        lines.append(_row([group, str(count), *(number(n, figures.get(n)) for n in shown)]))
    return lines


def _notes(run: RunRecord) -> list[str]:
    about = run.environment
    made = [
        f"Run on {run.created[:10]}, commit {str(about.get('commit') or 'unknown')[:12]}"
        f"{' with changes not committed' if about.get('dirty') else ''}, {about.get('cpu', 'unknown')}, "
        f"{about.get('cores', '?')} cores; model {about.get('model_id') or 'not ours'}; cases digest "
        f"{str(about.get('cases_digest') or '-')[:12]}, documents digest {str(about.get('docs_digest') or '-')[:12]}."
    ]
    return ["", *made, *run.notes]


def _head(cells: Sequence[str]) -> list[str]:
    return [_row(cells), _row(["---"] * len(cells))]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
