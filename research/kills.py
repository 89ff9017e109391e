"""What kills cost: `python -m research.kills` kills server, ingestion and a Chroma server at any moment.

The server is a process that owns the indexes and searches all the time, as `telal serve` does; ingestion is another,
which stores, changes and erases made-up articles with a cheap embedder and writes down what was acknowledged. Both are
forked from a process that has everything imported, so the seconds here lack the two that imports take.
"""

from __future__ import annotations

import json
import os
import random
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Annotated, Any
from zlib import crc32

import httpx
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import rag.store.vectors.chroma  # noqa: F401  loads chromadb before the forks
from ingest.pipeline import Pipeline, identity
from rag.config import Settings, VectorsSettings
from rag.errors import ArchiveBusy, BadInput
from rag.store.archive.archive import Archive
from rag.store.database.records import Write, passage_id
from rag.store.indexes import Indexes
from rag.store.vectors.matrix import Matrix
from rag.types import Article, ArticleStatus, Passage
from research.speed.ingestion import DIMENSION, CheapEmbedder

SUBJECTS = 200  # vectors lie around so many; an index by neighbours finds little among vectors that have no neighbours
SPREAD = 0.6  # how far from its subject a vector lies
NEAREST = 10
SAMPLE = 20  # passages that are looked for in one check
PATIENCE_S = 600.0
MODES = ("embedded", "server")  # of the vector store

_out = Console()
_err = Console(stderr=True)


@dataclass
class Tally:
    """What was seen in all kills. `recall`: the share of the exact nearest that the vector store gave."""

    kills: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    checks: int = 0
    recall: list[float] = field(default_factory=list)
    answers_s: list[float] = field(default_factory=list)  # from a start to the first answer
    full_s: list[float] = field(default_factory=list)  # to the vector store being asked

    def hear(self, child: Child) -> None:
        """Count what a process said."""
        for line in child.said:
            self.lost += line.get("lost", [])
            self.wrong += line.get("wrong", [])
            self.recall += line.get("recall", [])
            self.checks += "recall" in line
            self.answers_s += [line["answers_s"]] if "answers_s" in line else []
            self.full_s += [line["full_s"]] if "full_s" in line else []


class Embedder(CheapEmbedder):
    """A unit vector for each text, the same each time, near one of the subjects."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        subjects = np.random.default_rng(1).standard_normal((SUBJECTS, DIMENSION), np.float32)
        subjects /= np.linalg.norm(subjects, axis=1, keepdims=True)
        made = subjects[[crc32(t.encode()) % SUBJECTS for t in texts]] + SPREAD * super().embed_passages(texts)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return np.asarray(made, np.float32)


def main(
    kills: Annotated[int, typer.Option(min=1, help="In each of the two modes.")] = 50,
    passages: Annotated[int, typer.Option(min=10, help="In the archive before the first kill.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of the moments and victims.")] = 1,
    only: Annotated[str, typer.Option(help=f"One mode: {' or '.join(MODES)}.")] = "",
) -> None:
    """Kill server, ingestion, both, or a Chroma server at any moment; exit 1 when something was wrong."""
    if only and only not in MODES:
        raise BadInput(f"--only {only!r} is no mode.", hint=f"One of {', '.join(MODES)}.")
    tallies = {}
    for mode in [only] if only else MODES:
        with tempfile.TemporaryDirectory(prefix="telal-kills-") as folder:
            tallies[mode] = run(Path(folder), kills=kills, passages=passages, seed=seed, on_server=mode == "server")
    table = Table("vector store", *tallies)
    for title, value in _ROWS:
        table.add_row(title, *(value(one) for one in tallies.values()))
    _out.print(table)
    failures = [line for one in tallies.values() for line in (*one.lost, *one.wrong, *one.down)]
    for line in failures:
        _out.print(line, markup=False)
    if failures:
        raise typer.Exit(1)


def run(folder: Path, *, kills: int, passages: int, seed: int, on_server: bool) -> Tally:
    """Kills in one mode, over an archive of its own in `folder`."""
    chroma = ChromaServer(folder / "chroma") if on_server else None
    settings = _settings(folder / "data", url=chroma.url if chroma else None)
    with Archive.open(settings, identity=identity(settings, Embedder())) as archive:
        fill(archive, passages)
    played = _Run(settings, folder / "acknowledged", random.Random(seed), chroma)
    try:
        while played.tally.kills < kills:
            played.play()
            t = played.tally
            told = f"{len(t.lost)} lost, {len(t.wrong)} wrong, {len(t.down)} taken down"
            _err.print(f"{t.kills} of {kills} kills; {told}", style="dim", highlight=False)
        played.finish()
    finally:
        played.stop()
        if chroma is not None:
            chroma.stop()
    return played.tally


class _Run:
    """The processes of one mode, killed in turns."""

    def __init__(self, settings: Settings, acks: Path, chance: random.Random, chroma: ChromaServer | None) -> None:
        self.tally = Tally()
        self._settings, self._acks, self._chance, self._chroma = settings, acks, chance, chroma
        self._numbers = count()
        self._running: dict[str, Child] = {}
        self._victims = (*_VICTIMS, ["chroma"]) if chroma else _VICTIMS

    def play(self) -> None:
        """Start what does not run, wait for a moment, kill."""
        for name, work in (("server", serve), ("ingestion", ingest)):
            if name not in self._running:
                self._running[name] = Child(work, self._settings, self._acks, next(self._numbers))
        if self._chance.random() < 0.6:  # else while it starts
            self._running["server"].wait_for("full_s")
        end = time.monotonic() + self._chance.uniform(0, 1.5)
        while time.monotonic() < end:
            self._running["server"].listen(0.05)
        victims = self._chance.choice(self._victims)
        for name in victims:
            self._kill(name)
        for name in [name for name, child in self._running.items() if not child.runs]:
            child = self._running.pop(name)
            child.end(signal.SIGKILL)
            self.tally.down.append(f"{name} was taken down by a kill of {victims}: {child.said[-3:]}")
            self.tally.hear(child)

    def finish(self) -> None:
        """All of it once more, at rest."""
        self.stop()
        last = self._running["server"] = Child(serve, self._settings, self._acks, next(self._numbers))
        last.wait_for("checked")

    def stop(self) -> None:
        """End all that still run."""
        while self._running:
            _, child = self._running.popitem()
            child.end(signal.SIGKILL)
            self.tally.hear(child)

    def _kill(self, name: str) -> None:
        self.tally.kills += 1
        if name == "chroma":
            assert self._chroma is not None
            if not self._chroma.survives_a_kill():
                self.tally.down.append("The Chroma server did not start after a kill; its directory was removed.")
            return
        child = self._running.pop(name)
        if not child.end(signal.SIGKILL):
            self.tally.down.append(f"{name} had ended by itself: {child.said[-3:]}")
        self.tally.hear(child)


_VICTIMS = (["server"], ["server"], ["ingestion"], ["server", "ingestion"])


def _seconds(values: Sequence[float]) -> str:
    return f"{median(values):.1f} / {max(values):.1f} ({len(values)})" if values else "-"


_ROWS: tuple[tuple[str, Callable[[Tally], str]], ...] = (
    ("kills", lambda t: str(t.kills)),
    ("acknowledged and lost", lambda t: str(len(t.lost))),
    ("wrong", lambda t: str(len(t.wrong))),
    ("processes taken down", lambda t: str(len(t.down))),
    ("checks", lambda t: str(t.checks)),
    (f"of the {NEAREST} nearest found", lambda t: f"{np.mean(t.recall):.4f}" if t.recall else "-"),
    ("answers, s: median / worst (starts)", lambda t: _seconds(t.answers_s)),
    ("vector store asked, s: median / worst (starts)", lambda t: _seconds(t.full_s)),
)


class Child:
    """A forked process that works until it is ended, and says what it sees in lines of JSON."""

    def __init__(self, work: Callable[..., None], *given: Any) -> None:
        out, into = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(out)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())

            def say(**line: Any) -> None:
                os.write(into, json.dumps(line).encode() + b"\n")

            try:
                work(say, *given)
            except SystemExit:
                os._exit(0)
            except BaseException as error:
                say(wrong=[f"{work.__name__} failed: {type(error).__name__}: {error}"])
            os._exit(1)
        os.close(into)
        self.said: list[dict[str, Any]] = []
        self._out, self._rest = out, b""
        self._ended = False
        self._ready = selectors.DefaultSelector()
        self._ready.register(out, selectors.EVENT_READ)

    @property
    def runs(self) -> bool:
        """Does it still run?"""
        return not self._ended and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def listen(self, pause_s: float) -> bool:
        """Hear what it says within a pause. Is there more to come?"""
        if not self._ready.select(pause_s):
            return True
        data = os.read(self._out, 1 << 20)
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.said += [json.loads(line) for line in lines]
        return bool(data)

    def wait_for(self, name: str) -> None:
        """Until it has said this, or ended."""
        end = time.monotonic() + PATIENCE_S
        while not any(name in line for line in self.said) and self.listen(1.0):
            assert time.monotonic() < end, f"no {name} within {PATIENCE_S:g} s; it said {self.said}"

    def end(self, how: signal.Signals) -> bool:
        """End it, and hear its last words. Had it run until now?"""
        ran = self.runs
        os.kill(self.pid, how)
        while self.listen(PATIENCE_S):
            pass
        os.waitpid(self.pid, 0)
        self._ended = True
        os.close(self._out)
        return ran


class ChromaServer:
    """A Chroma server over a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process = self._start()
        assert self._answers()

    def survives_a_kill(self) -> bool:
        """Kill it and start it again. When it does not start its directory is removed, as its operator would."""
        self._process.kill()
        self._process.wait()
        self._process = self._start()
        if self._answers():
            return True
        self.stop()
        shutil.rmtree(self._directory)
        self._process = self._start()
        assert self._answers()
        return False

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        program = str(Path(sys.executable).with_name("chroma"))
        command = [program, "run", "--path", str(self._directory), "--host", "127.0.0.1", "--port", str(self._port)]
        own = os.environ | {"ANONYMIZED_TELEMETRY": "False"}
        return subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _answers(self) -> bool:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/api/v2/heartbeat", timeout=5).is_success:
                    return True
            except httpx.HTTPError:
                time.sleep(0.05)
        return False


# what the processes do


def fill(archive: Archive, passages: int) -> None:
    """Articles of ten passages, written without ingestion."""
    embedder = Embedder()
    for first in range(0, passages // 10, 100):
        archive.write([_write(f"f{n}", embedder) for n in range(first, min(first + 100, passages // 10))])


def _write(name: str, embedder: Embedder) -> Write:
    texts = [f"{name}p{n} " + " ".join(f"word{(crc32(name.encode()) >> n) % 997}" for n in range(9)) for n in range(10)]
    passages, start = [], 0
    for ordinal, text in enumerate(texts):
        end = start + len(text)
        passages.append(Passage(passage_id(name, 1, start, end), name, 1, ordinal, text, start, end, title="News"))
        start = end + 1
    return Write(Article(name, "News", "\n".join(texts)), passages, embedder.embed_passages(texts))


def ingest(say: Callable[..., None], settings: Settings, acks: Path, number: int) -> None:
    """Stores, changes and erases articles; writes down each of these once it is done, and an erasure before, too."""
    chance, embedder = random.Random(number), Embedder()
    with Archive.open(settings, identity=identity(settings, embedder)) as archive, acks.open("ab", buffering=0) as file:
        pipeline = Pipeline(archive, embedder, settings)
        stored: list[str] = []
        for turn in count():
            names = [f"i{number}x{turn}x{n}" for n in range(chance.choice((1, 20, 100)))]
            if stored and chance.random() < 0.2:
                names = [chance.choice(stored)]
            report = pipeline.run([_record(name, turn) for name in names])
            if report.new + report.changed != len(names):
                say(wrong=[f"{len(names)} articles were given, of which {report} were stored."])
            file.write(json.dumps({"stored": names}).encode() + b"\n")
            stored += names
            if chance.random() < 0.02:
                gone = stored.pop(chance.randrange(len(stored)))
                stored = [name for name in stored if name != gone]
                file.write(json.dumps({"erasing": [gone]}).encode() + b"\n")
                _erase(archive, gone)
                file.write(json.dumps({"erased": [gone]}).encode() + b"\n")
            time.sleep(chance.choice((0, 0.3, 2.0)))  # searches are compared while nothing moves


def _erase(archive: Archive, article: str) -> None:
    """Erases it, again where a reader still held the log, as the error asks for."""
    while True:
        try:
            archive.erase(article, reason="asked")
            return
        except ArchiveBusy:
            time.sleep(0.5)


def _record(name: str, turn: int) -> dict[str, object]:
    text = f"{name}t{turn} is a word that somebody said. Nobody had heard {name} before."
    return {"id": name, "title": f"About {name}", "text": text, "outlet": "Made up", "language": "en"}


def serve(say: Callable[..., None], settings: Settings, acks: Path, number: int) -> None:
    """Owns the indexes; says when it answers and when its vector store is asked, and checks all the time."""
    begun, chance = time.monotonic(), random.Random(number)
    with Archive.open(settings) as archive:
        indexes = Indexes(archive, settings, dimension=DIMENSION, own=True)
        try:
            indexes.start()
            while not indexes.keyword("news", limit=1) or not indexes.status().passages:
                time.sleep(0.005)
            say(answers_s=time.monotonic() - begun)
            say(wrong=archive.check())
            _check(say, archive, indexes, acks, chance)
            while indexes.status().vector_store_state != "ready":
                time.sleep(0.02)
            say(full_s=time.monotonic() - begun)
            for turn in count():
                _check(say, archive, indexes, acks, chance)
                say(checked=turn)
                time.sleep(0.1)
        finally:
            indexes.close()


def _check(say: Callable[..., None], archive: Archive, indexes: Indexes, acks: Path, chance: random.Random) -> None:
    """Says which acknowledged articles are lost, and which searches differ from exact search over the archive."""
    stored, erased = _acknowledged(acks, "stored"), _acknowledged(acks, "erased")
    indexes.refresh()
    found = archive.read_states([*stored, *erased])
    begun_to_go = _acknowledged(acks, "erasing")  # read after the archive
    alive = {name for name, state in found.items() if state.status is not ArticleStatus.ERASED}
    say(lost=[f"{name} is lost." for name in stored - alive - begun_to_go])
    say(wrong=[f"{name} was erased and is there." for name in erased & alive])
    before, status = archive.last_change(), indexes.status()
    if not before == status.exact_change == status.keyword_change:
        return  # the indexes are behind
    exact = Matrix.of(archive.columns()).view
    keys = exact.keys()
    asked = archive.vectors(np.array(chance.sample(keys.tolist(), min(SAMPLE, len(keys))), np.int64))
    wrong, recall = [], []
    for key, vector in zip(asked.keys.tolist(), asked.vectors, strict=True):
        hits, aims = indexes.dense(vector, limit=NEAREST), indexes.aims(vector)
        wanted = [hit.key for hit in exact.search(vector, limit=NEAREST, aims=aims)]
        scores = exact.scores(vector, [hit.key for hit in hits], aims=aims)
        if [hit.key for hit in hits][:1] != [key]:
            wrong.append(f"Passage {key} is not found by its vector, but {hits[:1]}.")
        wrong += [f"Passage {h.key} has {h.score}." for h in hits if abs(scores.get(h.key, 9) - h.score) > 1e-3]
        recall.append(len({hit.key for hit in hits} & set(wanted)) / len(wanted))
    for key, passage in archive.passages(asked.keys.tolist()).items():
        if key not in [hit.key for hit in indexes.keyword(passage.text.split()[0], limit=NEAREST)]:
            wrong.append(f"Passage {key} is not found by its word.")
    if archive.last_change() == before == indexes.status().exact_change == indexes.status().keyword_change:
        say(wrong=wrong, recall=recall)  # else it moved meanwhile


def _acknowledged(acks: Path, what: str) -> set[str]:
    lines: Iterator[bytes] = iter(acks.read_bytes().split(b"\n")[:-1] if acks.exists() else ())
    return {name for line in lines for name in json.loads(line).get(what, ())}


def _settings(folder: Path, *, url: str | None = None) -> Settings:
    return Settings(data_dir=folder, vectors=VectorsSettings(mode="chroma", url=url))


if __name__ == "__main__":
    typer.run(main)
