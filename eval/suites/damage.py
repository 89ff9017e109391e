"""Damages copies of an archive and its indexes: a question must get a clear error, or quote what was stored."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.table import Table

from eval.core.show import console
from rag.answer.evidence.reading import Reads
from rag.answer.verify.verify import citation_valid
from rag.config import Settings, load_settings
from rag.engine import Engine
from rag.errors import TelalError
from rag.models.embed import Embedder, load_embedder
from rag.reader.reader import load_reader
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

PAGE = 4096  # bytes of a page of SQLite's file


@dataclass(frozen=True, slots=True)
class Trial:
    """One damage: where, of what kind, and what came of it."""

    file: str
    kind: str  # byte, page
    outcome: str  # answer, error, wrong quote, traceback
    error: str = ""

    @property
    def clear(self) -> bool:
        return self.outcome in ("answer", "error")


def trials(
    data_dir: Path,
    work: Path,
    questions: Sequence[str],
    embedder: Embedder,
    reader: Reads,
    *,
    number: int,
    seed: int = 1,
) -> Iterator[Trial]:
    """Damages copies of a data directory, one place each, and asks them; the directory itself is only read.

    `data_dir` belongs to no running process. Files are chosen by their number, not by their size, the archive's every
    second time; where in a file is chance.
    """
    truth = _told(Settings(data_dir=data_dir))
    random = Random(seed)
    for at in range(number):
        copy = work / f"damaged-{at}"
        shutil.copytree(data_dir, copy)
        files = sorted(p for p in (copy / "indexes").rglob("*") if p.is_file() and p.stat().st_size)
        file = copy / "archive.sqlite" if at % 2 == 0 or not files else random.choice(files)
        kind = random.choice(sorted(_DAMAGES))
        _DAMAGES[kind](file, random)
        outcome, said = _asked(Settings(data_dir=copy), questions, embedder, reader, truth)
        yield Trial(str(file.relative_to(copy)), kind, outcome, said)
        shutil.rmtree(copy)


def _byte(file: Path, random: Random) -> None:
    """Another value for one byte."""
    data = bytearray(file.read_bytes())
    data[random.randrange(len(data))] ^= random.randrange(1, 256)
    file.write_bytes(data)


def _page(file: Path, random: Random) -> None:
    """Noise in the place of a page, or of the whole of a smaller file."""
    data = bytearray(file.read_bytes())
    start = random.randrange(max(1, len(data) // PAGE)) * PAGE
    data[start : start + PAGE] = random.randbytes(len(data[start : start + PAGE]))
    file.write_bytes(data)


_DAMAGES: dict[str, Callable[[Path, Random], None]] = {"byte": _byte, "page": _page}


def _told(settings: Settings) -> dict[str, tuple[str, str]]:
    """Text and title of the articles."""
    with Archive.open(settings, read_only=True) as archive:
        return {a.id: (a.text, a.title) for a in archive.articles(limit=1000)}


def _asked(
    settings: Settings, questions: Sequence[str], embedder: Embedder, reader: Reads, truth: dict[str, tuple[str, str]]
) -> tuple[str, str]:
    """What asking gives, and the first error in its own words."""
    said = ""
    try:
        archive = Archive.open(settings)
        try:
            indexes = Indexes(archive, settings, dimension=embedder.dimension)
            indexes.start()
            with Engine(archive, indexes, embedder, settings, reader=reader) as engine:
                for question in questions:
                    try:
                        answer = engine.ask(question)
                    except TelalError as error:
                        said = said or f"{type(error).__name__}: {error}"
                        continue
                    for c in answer.citations:
                        if not citation_valid(c, *truth.get(c.article_id, ("", ""))):
                            return "wrong quote", f"{c.article_id}: {c.quote}"
        finally:
            archive.close()
    except TelalError as error:
        return "error", f"{type(error).__name__}: {error}"
    except Exception as error:  # what this looks for
        return "traceback", f"{type(error).__name__}: {error}"
    return ("error", said) if said else ("answer", "")


_out = console()


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("damage")(damage)


def damage(
    questions: Annotated[list[str], typer.Argument(help="What is asked of every damaged copy.")],
    number: Annotated[int, typer.Option(min=1, help="So many damages, each of a copy of its own.")] = 50,
    seed: Annotated[int, typer.Option(help="Of the chance that chooses them.")] = 1,
) -> None:
    """Damage copies of the data directory, a byte or a page each, and ask them; exit code 1 if one is not clear."""
    settings = load_settings()
    embedder, reader = load_embedder(settings.embedding), load_reader(settings.embedding)
    counts: Counter[tuple[str, str, str]] = Counter()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="telal-damage-") as work:
        for trial in trials(settings.data_dir, Path(work), questions, embedder, reader, number=number, seed=seed):
            counts["archive" if trial.file == "archive.sqlite" else "index", trial.kind, trial.outcome] += 1
            bad += not trial.clear
            _out.print(f"{trial.file} {trial.kind}: {trial.outcome} {trial.error}", markup=False, highlight=False)
    table = Table("file", "damage", "outcome", "times", box=None)
    for (file, kind, outcome), times in sorted(counts.items()):
        table.add_row(file, kind, outcome, str(times))
    _out.print(table)
    if bad:
        raise typer.Exit(1)
