"""`python -m research.damage`: damages each file of a data directory in turn, and tells what readers got.

Every second byte of a file is inverted, half of it cut off, all of it zeroed, or the file exchanged with another one of
its folder; once before Telal opens the directory and once while it answers. The times of a file stay as they were
before Telal opens it, as on a disk that forgets. The starter corpus is asked, in this process: an error that is none of
Telal's own is what a server would answer with 500.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.pipeline import identity
from rag.config import Settings, VectorsSettings
from rag.engine import reader_of
from rag.errors import TelalError
from rag.models.embed import load_embedder
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive
from rag.types import Answer

QUESTIONS = (
    "Ko je potpisao sporazum u Tirani?",
    "What was the turnout in Bosnia's general election in 2022?",
    "С колко процента Румен Радев спечели балотажа?",
    "Koliko je glasova imala Trivić?",
)
SETTLES_S = 6.0  # then it is asked again
WAYS = ("inverted", "cut", "zeroed", "swapped")
MOMENTS = ("unserved", "served")

_out = Console(width=160)
app = typer.Typer(pretty_exceptions_enable=False, help=__doc__)


@dataclass(frozen=True, slots=True)
class Case:
    """One file, how it is damaged, and when. `store`: with the vector store."""

    file: str
    way: str
    moment: str
    store: bool = False


@dataclass(slots=True)
class Outcome:
    """What was seen. `wrong`: answers other than those of the whole directory about which nobody was told anything."""

    case: Case
    wrong: int = 0
    told: int = 0  # other answers, with a notice
    refused: int = 0  # in words
    errors: int = 0  # of other kinds: 500
    later_wrong: int = 0
    later_same: int = 0
    noticed: list[str] = field(default_factory=list)  # by log, notice, refusal or doctor
    died: bool = False


@app.command()
def run(
    only: Annotated[str, typer.Option(help="Files whose name holds this alone.")] = "",
    as_json: Annotated[Path | None, typer.Option("--json", help="Where each outcome is written, a line each.")] = None,
) -> None:
    """Damage file by file, and print the table."""
    with tempfile.TemporaryDirectory(prefix="telal-damage-") as folder:
        found = list(_outcomes(Path(folder), only))
    if as_json:
        as_json.write_text("".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in found), "utf-8")
    for line in table(found):
        _out.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command(hidden=True)
def worker(folder: Path, only: str, skip: int) -> None:
    """Run the cases after the first `skip`, and print a line before and after each."""
    lines = _Lines()
    logging.getLogger("rag").addHandler(lines)
    logging.getLogger("rag").setLevel(logging.INFO)
    trial = _Trial(folder, lines)
    for case in cases(folder, only)[skip:]:
        print(json.dumps({"begun": asdict(case)}), flush=True)  # noqa: T201
        print(json.dumps({"done": asdict(trial.run(case))}, ensure_ascii=False), flush=True)  # noqa: T201


def cases(folder: Path, only: str = "") -> list[Case]:
    """Every file that matters, in every way and moment."""
    found = []
    for store in (False, True):
        root = folder / ("store" if store else "plain")
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and only in name and _matters(path, root, store=store):
                ways = WAYS if _partner(path) else WAYS[:3]
                found += [Case(name, way, moment, store) for way in ways for moment in MOMENTS]
    return found


def damage(path: Path, way: str) -> None:
    """Damage a file in place; its times stay."""
    files = [path] if way != "swapped" else [path, other] if (other := _partner(path)) else [path]
    seen = [(file, file.stat(), file.read_bytes()) for file in files]
    for (file, about, data), (_, _, others) in zip(seen, reversed(seen), strict=True):
        if way == "cut":
            os.truncate(file, len(data) // 2)
        else:
            with file.open("r+b") as opened:
                opened.write({"inverted": _inverted(data), "zeroed": bytes(len(data)), "swapped": others}[way])
                opened.truncate()
        os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


def table(found: list[Outcome]) -> Iterator[str]:
    """The outcomes as a table of Markdown: a row for each file and moment."""
    yield "| file | moment | noticed | answers: the same or told / refused in words / wrong / 500 | after | ended |"
    yield "|---|---|---|---|---|---|"
    rows: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for one in found:
        rows[_row(one.case.file, store=one.case.store), one.case.moment].append(one)
    for (name, moment), some in rows.items():
        asked = len(some) * len(QUESTIONS)
        wrong, refused, errors = (sum(getattr(o, f) for o in some) for f in ("wrong", "refused", "errors"))
        noticed = sum(bool(one.noticed) for one in some)
        fine = asked - wrong - refused - errors - len(QUESTIONS) * sum(one.died for one in some)
        later = f"{sum(o.later_same for o in some)} the same, {sum(o.later_wrong for o in some)} wrong"
        died = sum(one.died for one in some)
        got = f"{fine} / {refused} / {wrong} / {errors}"
        yield f"| {name} | {moment} | {noticed} of {len(some)} | {got} | {later} | {died} |"


def _outcomes(folder: Path, only: str) -> Iterator[Outcome]:
    environment = {**os.environ, "TELAL_DATA_DIR": str(folder / "plain")}
    subprocess.run(["telal", "ingest", "--starter"], env=environment, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(folder / "plain", folder / "store")
    for store in (False, True):
        with Newsroom.open(_settings(folder / ("store" if store else "plain"), store=store), own=True) as engine:
            engine.indexes.refresh()
            _until(lambda: not store or engine.indexes.status().vector_store_state == "ready")  # noqa: B023
    everything = cases(folder, only)
    done = 0
    while done < len(everything):
        command = [sys.executable, "-m", "research.damage", "worker", str(folder), only, str(done)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if "done" in (said := json.loads(line)):
                    done += 1
                    outcome = Outcome(**{**said["done"], "case": Case(**said["done"]["case"])})
                    _out.print(f"{done}/{len(everything)} {outcome}", markup=False, highlight=False, soft_wrap=True)
                    yield outcome
        if done < len(everything):
            _out.print(f"ended with {process.returncode}: {everything[done]}", markup=False, highlight=False)
            yield Outcome(everything[done], died=True)
            done += 1


class _Lines(logging.Handler):
    """What the log says."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING or "anew" in record.getMessage():
            self.said.append(record.getMessage())


class _Trial:
    def __init__(self, folder: Path, lines: _Lines) -> None:
        self._folder, self._lines = folder, lines
        settings = _settings(folder / "plain")
        self._embedder = load_embedder(settings.embedding)
        self._reader = reader_of(settings, self._embedder)
        self._right = {}
        self._usual: set[str] = set()  # notices of answers over the whole directory
        for store in (False, True):
            with self._opened(self._copy(store=store), store=store) as engine:
                answers = [engine.ask(question) for question in QUESTIONS]
            self._right[store] = [_signature(answer) for answer in answers]
            self._usual |= {notice for answer in answers for notice in answer.notices}

    def run(self, case: Case) -> Outcome:
        found = Outcome(case)
        place = self._copy(store=case.store)
        self._lines.said = []
        if case.moment == "unserved":
            damage(place / case.file, case.way)
        try:
            with self._opened(place, store=case.store) as engine:
                if case.moment == "served":
                    engine.ask(QUESTIONS[0])
                    self._lines.said = []
                    damage(_now(place, case.file), case.way)
                self._ask(engine, found)
                time.sleep(SETTLES_S)
                later = Outcome(case)
                self._ask(engine, later)
                found.later_wrong = later.wrong + later.errors
                found.later_same = len(QUESTIONS) - later.wrong - later.errors - later.refused - later.told
                found.noticed += later.noticed
        except TelalError as error:
            found.refused = found.refused or len(QUESTIONS)
            found.noticed.append(f"refused: {error.message}")
        except Exception as error:  # what a server would answer with 500
            found.errors += 1
            found.noticed.append(f"{type(error).__name__}: {error}"[:200])
        if case.moment == "served" or not found.noticed:
            found.noticed += [f"doctor: {line}" for line in self._doctor(place, case)]
        found.noticed += self._lines.said
        found.noticed = list(dict.fromkeys(found.noticed))[:4]
        return found

    def _ask(self, engine: Newsroom, found: Outcome) -> None:
        for question, right in zip(QUESTIONS, self._right[found.case.store], strict=True):
            try:
                answer = engine.ask(question)
            except TelalError as error:
                found.refused += 1
                found.noticed.append(f"refused: {error.message}")
            except Exception as error:  # what a server would answer with 500
                found.errors += 1
                found.noticed.append(f"{type(error).__name__}: {error}"[:200])
            else:
                notices = (*engine.indexes.notices(), *(n for n in answer.notices if n not in self._usual))
                found.noticed += notices
                if _signature(answer) != right:
                    found.wrong += not notices
                    found.told += bool(notices)

    def _doctor(self, place: Path, case: Case) -> list[str]:
        """What `telal doctor` says of archive and indexes."""
        settings = _settings(place, store=case.store)
        try:
            with Archive.open(settings, identity=identity(settings, self._embedder)) as archive:
                problems = list(archive.check())
            with self._opened(place, store=case.store) as engine:
                return [*problems, *engine.indexes.check()]
        except TelalError as error:
            return [error.message]

    def _opened(self, place: Path, *, store: bool) -> Newsroom:
        settings = _settings(place, store=store)
        return Newsroom.open(settings, own=True, embedder=self._embedder, reader=self._reader)

    def _copy(self, *, store: bool) -> Path:
        place = self._folder / "trial"
        shutil.rmtree(place, ignore_errors=True)
        return Path(shutil.copytree(self._folder / ("store" if store else "plain"), place))


def _now(place: Path, file: str) -> Path:
    """A file of a directory in use: where an index was filled anew since, the new one of that name."""
    path = place / file
    return (
        path if path.exists() else max(place.glob(f"indexes/*/**/{path.name}"), key=lambda one: one.stat().st_mtime_ns)
    )


def _settings(place: Path, *, store: bool = False) -> Settings:
    return Settings(data_dir=place, vectors=VectorsSettings(mode="chroma" if store else "exact"))


def _matters(path: Path, root: Path, *, store: bool) -> bool:
    folder = path.parent.relative_to(root).as_posix()
    if store:
        return folder.startswith("indexes/vectors-") and path.stat().st_size > 0
    of_index = folder.startswith(("indexes/keyword-", "indexes/matrix-")) and not path.name.startswith(".")
    return path.stat().st_size > 0 and (path.name == "archive.sqlite" or of_index)


def _partner(path: Path) -> Path | None:
    """Another file of the folder: of the same kind, else the next one."""
    files = [p for p in sorted(path.parent.iterdir()) if p.is_file() and p != path and p.stat().st_size]
    alike = [p for p in files if p.suffix == path.suffix]
    return next(iter(alike or files), None) if path.name != "archive.sqlite" else None


def _inverted(data: bytes) -> bytes:
    made = bytearray(data)
    made[::2] = bytes(255 - byte for byte in data[::2])
    return bytes(made)


def _row(file: str, *, store: bool) -> str:
    name = Path(file).name
    if store:
        return f"Chroma: {name}"
    if file.startswith("indexes/keyword-"):
        return f"keyword: {'meta.json' if name == 'meta.json' else '*' + Path(file).suffix}"
    return f"matrix: {name}" if "/" in file else name


def _signature(answer: Answer) -> object:
    return answer.status, answer.text, [(c.article_id, c.start, c.end) for c in answer.citations]


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


if __name__ == "__main__":
    app()
