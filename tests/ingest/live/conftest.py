"""A made-up outlet and a server that misbehaves, both on 127.0.0.1, and a runner that visits them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from faulty_server import Faulty, serve_faults  # noqa: E402
from outlet_site import Site, serve  # noqa: E402

from ingest.fetch.fetcher import Fetcher  # noqa: E402
from ingest.outlets import OutletConfig  # noqa: E402
from ingest.pipeline import Pipeline, identity  # noqa: E402
from ingest.watch.runner import Runner  # noqa: E402
from ingest.watch.schema import SourceState  # noqa: E402
from ingest.watch.show import visit_log  # noqa: E402
from ingest.watch.state import WatchState  # noqa: E402
from ingest.watch.visit import VisitCounts  # noqa: E402
from rag.config import IngestSettings, Settings  # noqa: E402
from rag.store.archive.archive import Archive  # noqa: E402

QUICK: dict[str, Any] = {
    "allow_private": True,
    "host_delay_s": 0.0,
    "fetch_timeout_s": 30.0,
    "contact": "desk@most.example",
}


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(Site()) as site:
        yield site


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    with serve_faults() as faulty:
        yield faulty


@pytest.fixture
def fetcher() -> Iterator[Callable[..., Fetcher]]:
    """Makes fetchers with other settings than the quick ones."""
    with ExitStack() as opened:

        def make(*, resolve: Any = None, stopped: Any = None, **changed: Any) -> Fetcher:
            more = {k: v for k, v in (("resolve", resolve), ("stopped", stopped)) if v}
            return opened.enter_context(Fetcher(IngestSettings(**{**QUICK, **changed}), **more))

        yield make


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", ingest=IngestSettings(**QUICK))


class Desk:
    """One archive and what is known of its sources; every `run` is a new runner, as a new process would be."""

    def __init__(self, settings: Settings, embedder: Any, archive: Archive, state: WatchState) -> None:
        self.settings, self.embedder, self.archive, self.state = settings, embedder, archive, state
        self.runner: Runner | None = None
        self.log = visit_log("critical", as_json=True)

    def make(self, *outlets: OutletConfig, settings: Settings | None = None, **more: Any) -> Runner:
        settings = settings or self.settings
        pipeline = more.pop("pipeline", None) or Pipeline(self.archive, self.embedder, settings)
        self.runner = Runner(settings, pipeline, outlets, log=self.log, **more)
        return self.runner

    def run(self, *outlets: OutletConfig, **more: Any) -> VisitCounts:
        return self.make(*outlets, **more).run(once=True)

    def source(self, kind: str = "feeds") -> SourceState:
        return next(s for s in self.state.sources() if s.kind == kind and not s.parent)


@pytest.fixture
def desk(settings: Settings, embedder: Any) -> Iterator[Desk]:
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        yield Desk(settings, embedder, archive, WatchState.of(archive))
