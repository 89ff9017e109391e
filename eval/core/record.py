"""The record of a run: what was asked of what, in which environment, every case's result and figure; as JSON."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eval.core.cases import Suite
from rag.config import Settings
from rag.errors import BadInput

FORMAT = 2
RUN_FILE = "run.json"

Metrics = Mapping[str, float | None]
STATED = frozenset({"answered", "conflicting"})


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case's result. A failed one has an error and no scores: it is neither right nor wrong."""

    id: str
    language: str
    category: str
    split: str | None
    question: str
    gold_doc_ids: list[str]
    gold_languages: list[str]
    answers: list[str]
    unanswerable: bool
    status: str  # answered, partial, conflicting, refused, digest, failed
    error: str | None = None
    search_only: bool = False
    grades: dict[str, int] = field(default_factory=dict)
    ranked_docs: list[str] | None = None  # None: the system shows no ranking
    ranked_passages: list[str] | None = None
    sentences: list[dict[str, Any]] = field(default_factory=list)
    nearest: list[dict[str, Any]] = field(default_factory=list)  # shown in place of an answer
    short: list[dict[str, Any]] | None = None  # text, score; None: the system knows no short answer
    citations: list[dict[str, Any]] = field(default_factory=list)
    gold_quotes: list[dict[str, str]] = field(default_factory=list)
    refusal_reason: str | None = None
    confidence: float | None = None
    answer_text: str = ""
    answer_language: str | None = None
    latency_ms: float | None = None
    timings_ms: dict[str, float | None] = field(default_factory=dict)
    usage: dict[str, int] | None = None
    notices: list[str] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    tallies: dict[str, list[int]] = field(default_factory=dict)  # [good, all], added up over cases

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    @property
    def refused(self) -> bool:
        return self.status == "refused"

    @property
    def stated(self) -> bool:
        """Whether it was answered without doubt: `partial`, a digest and a refusal state nothing."""
        return not self.search_only and self.status in STATED

    @property
    def judged(self) -> bool:
        """Whether it was asked and it is known what a right answer is."""
        return not self.failed and not self.search_only and (self.unanswerable or "seen" in self.scores)

    @property
    def right_first(self) -> bool:
        """Whether the first thing shown holds the answer, under whatever heading."""
        return not self.unanswerable and self.scores.get("seen@1", 0.0) > 0

    @property
    def seen(self) -> bool:
        """Whether anything shown holds the answer."""
        return not self.unanswerable and self.scores.get("seen", 0.0) > 0

    @property
    def languages(self) -> str:
        """Whether question and document are in one language or in two; scripts count as languages here."""
        return "one" if not self.gold_languages or self.language in self.gold_languages else "two"

    @property
    def pair(self) -> str:
        """Language of the question : of the article; an article in the question's language goes before others."""
        golds = self.gold_languages
        return f"{self.language}:{self.language if self.language in golds or not golds else golds[0]}"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A whole run, as run.json holds it."""

    suite: str
    split: str | None
    target: str
    created: str
    metrics: Metrics
    metrics_by: Mapping[str, Mapping[str, Metrics]]
    environment: Mapping[str, Any]
    counts: Mapping[str, float]
    per_case: Sequence[CaseRecord]
    notes: Sequence[str] = ()
    format: int = FORMAT


def case_from_json(record: Mapping[str, Any]) -> CaseRecord:
    """A per-case record; fields that this version does not know are passed over."""
    known = {f.name for f in fields(CaseRecord)}
    return CaseRecord(**{k: v for k, v in record.items() if k in known})


def write_run(run: RunRecord, path: Path) -> None:
    """The record as one JSON file, written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump({"format": run.format, **asdict(run)}, file, ensure_ascii=False, indent=1)
        file.write("\n")
    unfinished.replace(path)


def read_run(path: Path) -> RunRecord:
    """The record of a run's folder or file. Raises BadInput when it is none, damaged, or from another version."""
    file = path / RUN_FILE if path.is_dir() else path
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        _complain_of_interruption(path)
        raise BadInput(f"There is no run in {path}.", hint="`telal eval run ... --out DIR` makes one.") from error
    except ValueError as error:
        raise BadInput(f"{file} is not a run record: {error}.") from error
    if not isinstance(raw, dict) or "per_case" not in raw or "metrics" not in raw:
        raise BadInput(f"{file} is not a run record.", hint="`telal eval run ... --out DIR` makes one.")
    if raw.get("format") != FORMAT:
        raise BadInput(
            f"{file} is a run record of format {raw.get('format')!r}; this Telal reads {FORMAT}.",
            hint="Run the evaluation again, or read it with the version that wrote it.",
        )
    try:
        return TypeAdapter(RunRecord).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{file}: {where}: {first['msg'][0].lower()}{first['msg'][1:]}.",
            hint="The file is not as `telal eval run` wrote it: run the evaluation again.",
        ) from error


JOURNAL_FILE = "journal.jsonl"


def is_one_file(out: Path) -> bool:
    """Whether a run is written as one file of this name, not into a folder."""
    return out.suffix == ".json"


def journal_of(out: Path) -> Path:
    """Returns the path of the journal for a run written to `out`."""
    return out.with_name(f"{out.name}.{JOURNAL_FILE}") if is_one_file(out) else out / JOURNAL_FILE


def make_room(out: Path) -> None:
    """Makes the folder that a run is written to. Raises BadInput where nothing can be written."""
    folder = journal_of(out).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        wrong = "it is a folder" if is_one_file(out) and out.is_dir() else ""
        wrong = wrong or ("" if os.access(folder, os.W_OK) else "permission denied")
    except (FileExistsError, NotADirectoryError):
        wrong = "not a directory"
    except OSError as error:
        wrong = (error.strerror or repr(error)).lower()
    if wrong:
        raise BadInput(f"Cannot write to {out}: {wrong}.", hint="Name another --out.")


class Journal:
    """One line for each finished case, after a head that says what was run. `done`: the cases that need not be asked
    again."""

    def __init__(self, path: Path, head: Mapping[str, Any], *, cases: int, overwrite: bool = False) -> None:
        """Takes up the journal at `path` or begins one, of so many cases; raises BadInput when it is another run's."""
        self.path = path
        self.done: dict[str, CaseRecord] = {}
        if path.is_file() and path.stat().st_size and not overwrite:
            self._take_up(head)
        kept = [json.dumps({"journal": dict(head), "cases": cases}, ensure_ascii=False)]
        kept += [json.dumps(asdict(c), ensure_ascii=False) for c in self.done.values()]
        path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")  # a torn last line is gone
        self._file = path.open("a", encoding="utf-8")

    def write(self, case: CaseRecord) -> None:
        """On the disk when this returns, as far as the system flushes."""
        self._file.write(json.dumps(asdict(case), ensure_ascii=False) + "\n")
        self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def _take_up(self, head: Mapping[str, Any]) -> None:
        lines = self.path.read_text(encoding="utf-8").splitlines()
        held = _parsed(lines[0])
        if not held or "journal" not in held:
            raise BadInput(f"{self.path} is not a run's journal.", hint="Name another --out, or use --overwrite.")
        differing = sorted(k for k in {*head, *held["journal"]} if head.get(k) != held["journal"].get(k))
        if differing:
            raise BadInput(
                f"{self.path.parent} holds another run: {', '.join(differing)} differ.",
                hint="Name another --out, or use --overwrite.",
            )
        for record in filter(None, map(_parsed, lines[1:])):
            case = case_from_json(record)
            if not case.failed:  # those are tried again
                self.done[case.id] = case


def _complain_of_interruption(out: Path) -> None:
    """Raises BadInput when `out` holds the journal of a run that did not come to its end."""
    journal = journal_of(out)
    if not journal.is_file():
        return
    head, *lines = [_parsed(line) for line in journal.read_text(encoding="utf-8").splitlines()] or [None]
    done = sum(line is not None for line in lines)
    of = f" of {head['cases']}" if head and "cases" in head else ""
    raise BadInput(f"{out} was interrupted after {done}{of} cases.", hint="The same command goes on.")


def _parsed(line: str) -> dict[str, Any] | None:
    """A line's record; None for one that was cut off when the run was killed."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


PACKAGES = (
    "telal", "chromadb", "langchain", "numpy", "onnxruntime",
    "sentence-transformers", "tantivy", "tokenizers", "torch",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]


def environment(
    suite: Suite, settings: Settings, *, seed: int, model_id: str | None, chunking: str | None, command: str = ""
) -> dict[str, Any]:
    """The record; commit and dirty are None outside a checkout."""
    commit = _git("rev-parse", "HEAD")
    return {
        "commit": commit,
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")) if commit else None,
        "settings": _public(settings),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "seed": seed,
        "cases_digest": suite.cases_digest,
        "docs_digest": suite.docs_digest,
        "model_id": model_id,
        "chunking": chunking,
        "command": command,
    }


def command_line() -> str:
    """The command as it was typed."""
    return shlex.join(["telal", *sys.argv[1:]])


def _public(settings: Settings) -> dict[str, Any]:
    """The settings without directories, which differ from machine to machine, and without the key."""
    shown = settings.model_dump(
        mode="json", exclude={"data_dir": True, "embedding": {"cache_dir"}, "chat": {"api_key"}}
    )
    shown["embedding"]["model"] = Path(shown["embedding"]["model"]).name
    return shown


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu() -> str:
    """The processor's name, from where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")
