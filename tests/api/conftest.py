"""A small engine that does as it is told, and real servers over any app."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import build_app
from ingest.pipeline import Pipeline, identity
from ingest.sources.files import FOLDER, MAX_BYTES, Files
from rag.config import EmbeddingSettings, Settings
from rag.errors import Erased, NotFound, TelalError
from rag.models.embed import load_embedder
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive
from rag.store.archive.copies import Cluster
from rag.store.database.database import Database
from rag.types import (
    Answer,
    AnswerKind,
    AnswerStatus,
    Article,
    Citation,
    Cited,
    Context,
    Delta,
    Excerpt,
    Finished,
    Hit,
    Nearest,
    Passage,
    PassagesFound,
    Refusal,
    Sentence,
    ShortAnswer,
    Story,
    Verdict,
    Version,
)

# Several wait for each other at every layer, which takes ten times as long on a machine that is busy.
ONE_THREAD = EmbeddingSettings(threads=1)

TEXT = "First sentence here. The ministers signed it in Tirana on 18 March. Last sentence there."
QUOTE = "The ministers signed it in Tirana on 18 March."
START = TEXT.index(QUOTE)
DAY = datetime(2025, 3, 18, tzinfo=UTC)


def article(**changed) -> Article:
    fields = {
        "id": "a/1",
        "title": "Pact signed",
        "text": TEXT,
        "outlet": "Outlet",
        "url": "https://news.example/a1",
        "language": "en",
        "published": DAY,
    }
    return Article(**(fields | changed))


def passage(a: Article) -> Passage:
    return Passage(
        "p1", a.id, 1, 0, a.text, 0, len(a.text), a.title, a.outlet, a.url, a.language, a.published, kind=a.kind
    )


def citation(a: Article, quote: str = QUOTE) -> Citation:
    start = a.text.index(quote)
    return Citation(
        1, "p1", a.id, a.title, a.outlet, a.url, a.published, quote, start, start + len(quote), a.language,
        context=Context(0, len(a.text), a.text),
    )  # fmt: skip


@dataclass
class FakeArchive:
    """Articles by id; `fault` is raised by every call."""

    articles_by_id: dict[str, Article] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    copies: Cluster | None = None
    fault: TelalError | None = None
    database: Database | None = None

    def article(self, article_id: str, *, revision: int | None = None) -> Article:
        if self.fault:
            raise self.fault
        if article_id in self.erased:
            raise Erased(f"The article {article_id} was erased.")
        if article_id not in self.articles_by_id:
            raise NotFound(f"There is no article {article_id!r}.")
        return self.articles_by_id[article_id]

    def clusters(self, article_ids: list[str]) -> dict[str, Cluster]:
        return {name: self.copies for name in article_ids if self.copies}

    def carriers(self, article_id: str, quote: str) -> tuple[str, ...]:
        return self.copies.outlets if self.copies else ()

    def last_change(self) -> int:
        if self.fault:
            raise self.fault
        return 1


@dataclass
class FakeEngine:
    """Streams one answer about one article. `pause_s` passes before each event, `fail_at` raises at an event."""

    about: Article = field(default_factory=article)
    pause_s: float = 0.0
    events: int = 0  # extra sentences
    fail_at: int | None = None
    fault: Exception = field(default_factory=lambda: RuntimeError("boom: /secret/path"))
    refuse: bool = False
    doubt: bool = False
    browse: bool = False
    short: tuple[ShortAnswer, ...] = ()
    writer: None = None
    begun: int = 0
    running: int = 0
    writing: int = 0
    most_writing: int = 0
    ended_at: float | None = None
    asked: list = field(default_factory=list)
    database: Database | None = None

    def __post_init__(self) -> None:
        self.archive = FakeArchive({self.about.id: self.about}, database=self.database)
        self.indexes = SimpleNamespace(notices=lambda: (), status=lambda: {"keyword_change": 1})
        self.embedder = SimpleNamespace(
            model_id="fake@1",
            dimension=2,
            count_tokens=lambda texts: [len(text.split()) for text in texts],
            embed_query=lambda text: np.array([1, 0], np.float32),
            embed_passages=lambda texts: np.array([[0, 1]] * len(texts), np.float32),
        )
        self._lock = threading.Lock()

    def sources(self, article_id):
        return 1

    def stream(self, question, *, filters=None, history=(), as_of=None, language=None, page_language=None, about=None):
        from rag.errors import BadInput

        if not question.strip():
            raise BadInput("The question is empty.", hint="Type a question in words.")
        self.asked.append((question, filters, tuple(history), as_of, language))
        return self._events(question)

    def _events(self, question):
        with self._lock:
            self.begun += 1
            self.running += 1
        writing = 0
        try:
            for number, event in enumerate(self._script(question)):
                if number == 1:
                    with self._lock:
                        writing = 1
                        self.writing += 1
                        self.most_writing = max(self.most_writing, self.writing)
                time.sleep(self.pause_s)
                if number == self.fail_at:
                    raise self.fault
                yield event
        finally:
            with self._lock:
                self.running -= 1
                self.writing -= writing
            self.ended_at = time.monotonic()

    def _script(self, question):
        a = self.about
        yield PassagesFound((Hit(passage(a), 0.9, 1, 0.9, 1, 7.5),), question)
        if self.refuse:
            excerpt = Excerpt(a.text, 0, len(a.text), (START, START + len(QUOTE)))
            near = Nearest(a.id, a.title, a.outlet, a.url, a.published, a.language, excerpt, "Wire")
            refusal = Refusal("nothing_near", "Nothing in the archive comes near this.", (near,))
            yield Finished(Answer(question, AnswerStatus.REFUSED, "en", refusal=refusal))
            return
        if self.browse:
            also = (Version("a/2", "Pakt potpisan", "Izlog", "javascript:alert(1)", "sr-Latn"),)
            story = Story(a.id, a.title, "First sentence here.", a.outlet, a.url, a.published, a.language, also=also)
            yield Finished(Answer(question, AnswerStatus.ANSWERED, "en", kind=AnswerKind.DIGEST, digest=(story,)))
            return
        cited = citation(a) if QUOTE in a.text else citation(a, a.text)
        sentence = Sentence(cited.quote, (1,), Verdict.QUOTE)
        yield Cited(cited)
        for _ in range(1 + self.events):
            yield Delta(sentence)
        sentences = (sentence,) * (1 + self.events)
        answer = Answer(
            question, AnswerStatus.ANSWERED, "en", sentences, (cited,), standalone=question, short=self.short
        )
        doubt = {"status": AnswerStatus.PARTIAL, "notices": ("They may answer it.",)} if self.doubt else {}
        yield Finished(replace(answer, **doubt))

    def search(self, text, *, filters=None, limit=None):
        return [Hit(passage(self.about), 0.9, 1, 0.9, 1, 7.5)]


@contextlib.contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """A real server on a free port of this machine; its address."""
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def served() -> Callable[[FastAPI], contextlib.AbstractContextManager[str]]:
    """For tests in folders below that serve apps of their own."""
    return serving


@pytest.fixture
def serving_app() -> Callable[[FastAPI], contextlib.AbstractContextManager[str]]:
    """Serves any app on a free port for a block."""
    return serving


@pytest.fixture(scope="session")
def site(once) -> Path:
    """Built strictly: a link that leads nowhere or a page that no menu names is an error."""
    pytest.importorskip("material", reason="pip install 'telal[docs]'")

    def build(folder: Path) -> None:
        words = [sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "--site-dir", str(folder)]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "http_proxy": "http://127.0.0.1:9", "https_proxy": ""}
        done = subprocess.run(words, cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return once("site", build)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def serve(settings) -> Iterator[Callable[..., httpx.Client]]:
    """Starts servers over engines; gives a client of each."""
    with contextlib.ExitStack() as stack:

        def start(engine, **server) -> httpx.Client:
            changed = settings.model_copy(update={"server": settings.server.model_copy(update=server)})
            address = stack.enter_context(serving(build_app(engine, changed)))
            return stack.enter_context(httpx.Client(base_url=address, timeout=20))

        yield start


@pytest.fixture
def kept(settings) -> Iterator[Database]:
    """The database of what the server keeps."""
    with Archive.open(settings) as archive:
        yield archive.database


@pytest.fixture
def engine(kept) -> FakeEngine:
    return FakeEngine(database=kept)


@pytest.fixture
def client(serve, engine) -> httpx.Client:
    return serve(engine)


def read_events(lines: Iterator[str]) -> Iterator[tuple[str, str, dict]]:
    """(id, name, data) of every event of a stream."""
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and fields:
            yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}


@pytest.fixture
def events_of() -> Callable:
    return read_events


@pytest.fixture(scope="session")
def starter(once) -> Settings:
    """A data directory with part of the starter corpus. Copy it before you change it."""

    def make(folder: Path) -> None:
        settings = Settings(data_dir=folder / "data", embedding=ONE_THREAD)
        embedder = load_embedder(settings.embedding)
        with Archive.open(settings, identity=identity(settings, embedder)) as archive:
            files = Files([FOLDER / f"{language}.jsonl" for language in ("en", "sr-Cyrl")], max_bytes=MAX_BYTES)
            assert Pipeline(archive, embedder, settings).run(files).new > 20

    return Settings(data_dir=once("starter", make) / "data", embedding=ONE_THREAD)


@pytest.fixture
def telal(starter, tmp_path) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts `telal` commands over a copy of the starter corpus; ends what still runs."""
    shutil.copytree(starter.data_dir, tmp_path / "data")
    environment = {**os.environ, "TELAL_DATA_DIR": str(tmp_path / "data"), "TELAL_EMBEDDING__THREADS": "1"}
    started: list[subprocess.Popen] = []

    def start(*words: str, **settings: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "telal", *words],
            env={**environment, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # workers too
        process.communicate()


@pytest.fixture
def told() -> Callable[[subprocess.Popen], str]:
    """Waits until a server says where it serves."""

    def wait(process: subprocess.Popen) -> str:
        said = []
        for line in process.stderr:
            said.append(line)
            if match := re.search(r"Serving (http://\S+)", line):
                threading.Thread(target=process.stderr.read, daemon=True).start()  # or its pipe fills up
                return match[1]
        raise AssertionError("".join(said))

    return wait


@pytest.fixture(scope="session")
def telal_engine(starter, tmp_path_factory) -> Iterator[Newsroom]:
    """The real engine over a copy of the starter corpus; tests that change it use articles of their own."""
    folder = tmp_path_factory.mktemp("engine") / "data"
    shutil.copytree(starter.data_dir, folder)
    with Newsroom.open(Settings(data_dir=folder, embedding=ONE_THREAD), own=True) as engine:
        yield engine


@pytest.fixture
def real(telal_engine) -> Iterator[Callable[..., httpx.Client]]:
    """Starts servers over the real engine."""
    with contextlib.ExitStack() as stack:

        def start(**server) -> httpx.Client:
            server = {"ask_limit": "", "read_limit": "", "feedback_limit": ""} | server
            settings = telal_engine.settings
            changed = settings.model_copy(update={"server": settings.server.model_copy(update=server)})
            address = stack.enter_context(serving(build_app(telal_engine, changed)))
            return stack.enter_context(httpx.Client(base_url=address, timeout=60))

        yield start
