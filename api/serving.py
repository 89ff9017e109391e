"""Runs the server: log, engine and socket. Switches to a new model after `telal reindex`, and shuts down cleanly."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import math
import re
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from api.answering.worker_threads import StoppableModel
from api.app import build_app
from api.deps import Services
from rag.allocator import ARENAS, give_back, set_option
from rag.answer.chat import load_models
from rag.config import ServerSettings, Settings, load_settings
from rag.engine import check_model, embedding_of
from rag.errors import BadSettings, TelalError
from rag.models.caching_embedder import CachingEmbedder
from rag.models.embed import load_embedder
from rag.newsroom import Newsroom
from rag.store.indexes import Indexes
from rag.text import gazetteer
from rag.text.ngrams import language_ngrams

GRACE_S = 6  # beyond the wait for running answers: to write them out


def serve(settings: Settings, *, workers: int, tell: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises BadSettings when the address cannot be bound or several workers
    cannot count their visits together, and the engine's errors.

    Of several workers, which share the archive, the first one owns the indexes and the others read them.
    """
    configure(settings)
    server = settings.server
    if workers > 1 and server.limits_url.startswith("memory") and {server.ask_limit, server.read_limit} != {"none"}:
        # each worker would count by itself: of two with a limit of 20, 42 of 60 visits passed
        raise BadSettings(
            "Several workers count the visits to their limits together only in a Redis.",
            hint="Set TELAL_SERVER__LIMITS_URL=redis://HOST:6379, or TELAL_SERVER__ASK_LIMIT and _READ_LIMIT to none.",
        )
    with listen(server) as listener:  # before the model is loaded, so that a taken port shows at once
        address = address_of(server.host, listener.getsockname()[1])
        if workers > 1:
            tell(f"Serving {address} with {workers} workers")
            config = _config("api.serving:worker_app", settings, workers=workers)
            Multiprocess(config, sockets=[listener]).run()
            return
        # uvicorn raises the signal that stopped it once more; by default that would end the process on the spot,
        # with the indexes open
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
        with open_engine(settings, own=True, tell=tell) as engine:
            engine.indexes.announce(address)
            tell(f"Serving {address}")
            uvicorn.Server(_config(_app(engine, settings), settings)).run(sockets=[listener])


def worker_app() -> FastAPI:
    """Makes the app of one worker among several, with settings from the environment."""
    settings = load_settings()
    configure(settings)
    engine = open_engine(settings, own=None)
    return _app(engine, settings, on_stop=engine.close)


def _app(engine: Newsroom, settings: Settings, *, on_stop: Callable[[], None] = lambda: None) -> FastAPI:
    """Builds the app, and starts its visits to sources and its look-out for a new model."""
    app = build_app(engine, settings, on_stop=on_stop)
    services: Services = app.state.services
    if settings.server.visits and not engine.archive.read_only:
        app.state.desk.visit_thread.start()
    if settings.server.follows and not engine.archive.read_only:
        app.state.follow_watcher.start()
    ModelWatcher([services.engine, services.quotes], settings).start()
    return app


def open_engine(settings: Settings, *, own: bool | None, tell: Callable[[str], None] = lambda line: None) -> Newsroom:
    """Opens an engine that caches the vectors of questions, and whose language model stops when the client leaves."""
    models = load_models(settings.chat, StoppableModel)
    with ThreadPoolExecutor(1, "telal-warm") as beside:  # 0.7 s of what `warm` needs, while the models are loaded
        beside.submit(language_ngrams)
        beside.submit(gazetteer.warm_up)
        engine = Newsroom.open(settings, own=own, models=models, progress=tell, wrapped=CachingEmbedder)
    engine.warm()
    give_back()
    return engine


def listen(server: ServerSettings) -> socket.socket:
    """Opens a listening socket. Raises BadSettings when the address cannot be bound."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((server.host, server.port))
        listener.listen(2048)
        listener.set_inheritable(True)
    except OSError as error:
        listener.close()
        where = f"{server.host}:{server.port}"
        what, hint = f"Cannot listen on {where}: {error.strerror or error}.", "Name another --host or --port."
        if error.errno == errno.EADDRINUSE:
            what, hint = f"Another program listens on {where} already.", "Stop it, or name another --port."
        elif error.errno in (errno.EACCES, errno.EPERM):
            what, hint = f"This user may not listen on {where}.", "Name a --port from 1024 on."
        raise BadSettings(what, hint=hint) from error
    return listener


def address_of(host: str, port: int) -> str:
    """Returns the address to open in a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(app: FastAPI | str, settings: Settings, *, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        http=HeaderLimitProtocol,
        log_config=None,
        log_level=settings.log_level,
        timeout_graceful_shutdown=math.ceil(settings.server.stop_wait_s) + GRACE_S,
        timeout_worker_healthcheck=60,  # a worker that loads its model is slow to reply, not dead
        server_header=False,
        forwarded_allow_ips=settings.server.trusted_proxies,
    )


LOOK_S = 1.0
FORMER_GRACE_S = 10.0  # for questions that began with the former model

_log = logging.getLogger(__name__)


class ModelWatcher:
    """Looks in a thread whether the archive has a new model, and switches the engines to it.

    They share one model and one set of indexes.
    """

    def __init__(self, engines: Sequence[Newsroom], settings: Settings) -> None:
        self._engines, self._settings = engines, settings
        self._former: dict[int, Indexes] = {}

    def start(self) -> None:
        """Starts the thread, which ends with the process."""
        threading.Thread(target=self._work, name="telal-renewal", daemon=True).start()

    def _work(self) -> None:
        wait = threading.Event()
        while not wait.wait(LOOK_S):
            try:
                if self.look():
                    wait.wait(FORMER_GRACE_S)
                    self.close_former()
            except TelalError as error:
                _log.warning("The archive was embedded again, but its model cannot be loaded: %s", error)
                wait.wait(FORMER_GRACE_S)

    def look(self) -> bool:
        """Switches the engines to the archive's model if it is new. Returns whether it was.

        Until then they answer from the former vectors, which they hold in memory.
        """
        engine = self._engines[0]
        held = engine.archive.identity
        if held is None or held.model_id == engine.embedder.model_id:
            return False
        embedder = load_embedder(embedding_of(self._settings, engine.archive))
        check_model(engine.archive, embedder)
        indexes = Indexes(engine.archive, self._settings, dimension=embedder.dimension)
        indexes.start()
        wrapped = CachingEmbedder(embedder)
        self._former = {id(i): i for i in (e.renew(wrapped, indexes) for e in self._engines)}
        _log.info("The archive is embedded by %s now.", embedder.model_id)
        return True

    def close_former(self) -> None:
        """Closes the indexes of the former model; then the new ones own the directory."""
        for indexes in self._former.values():
            indexes.close()
        self._former = {}


_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class JsonFormatter(logging.Formatter):
    """Formats each log record as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def without_questions(record: logging.LogRecord) -> bool:
    """Takes the question out of a logged address: addresses of answers hold it (`/?q=`), the log must not."""
    if record.name == "uvicorn.access" and isinstance(record.args, tuple):
        record.args = tuple(_QUESTION.sub(r"\1…", one) if isinstance(one, str) else one for one in record.args)
    return True


_QUESTION = re.compile(r"([?&]q=)[^&\s]*")


def configure(settings: Settings) -> None:
    """Sends the logs of all libraries to one handler, and limits the memory of the allocator. Serving commands call it
    before anything logs."""
    # glibc keeps an arena of some 20 MB for each of our threads that ever runs a model: 944 MB in place of 670 after
    # ten minutes of `python -m research.soak`, and no quicker.
    set_option(ARENAS, 2)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if settings.server.log_format == "json" else logging.Formatter(_TEXT))
    handler.addFilter(without_questions)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for quiet in ("mcp", "sse_starlette", "httpx", "chromadb"):  # they log every request
        logging.getLogger(quiet).setLevel(max(logging.WARNING, logging.getLogger().level))


HEAD_S = 10.0  # for the head of a request, from its first byte or the connection's beginning
HEAD_BYTES = 65_536  # httptools itself accepts a head of any size

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class HeaderLimitProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits on the time and size of a request's head; its own time-outs cover idle connections
    only."""

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._end()
        self._in_head, self._head_bytes = True, 0
        self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def _end(self) -> None:
        self._in_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
