"""Three nodes of Telal over one PostgreSQL, one Chroma server and one Redis, behind a proxy: all on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from support.servers import ChromaServer, Postgres, ProgramMissing, Redis, Server, until

ROOT = Path(__file__).parents[2]
NAMES = ("one", "two", "three")
_TELAL = (sys.executable, "-m", "telal")


class Node(Server):
    """`telal serve` with a data directory of its own."""

    def __init__(self, name: str, data: Path, environment: dict[str, str]) -> None:
        super().__init__()
        self.name, self.url, self.log = name, f"http://127.0.0.1:{self.port}", data / "server.log"
        self._environment = {**environment, "TELAL_DATA_DIR": str(data), "TELAL_SERVER__PORT": str(self.port)}
        self.started = 0.0
        data.mkdir()

    def start(self, *, wait: bool = True) -> Node:
        """`wait`: until it is ready."""
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            command = [*_TELAL, "serve"]
            self.process = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        if wait:
            until(self.ready, within_s=1200)  # on a machine that does much else
        return self

    def ready(self) -> bool:
        assert self.runs, self.log.read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).is_success
        except httpx.HTTPError:
            return False

    def status(self) -> dict:
        """What /readyz says."""
        return httpx.get(f"{self.url}/readyz", timeout=30).json()


class Proxy(Server):
    """HAProxy with the configuration that operators get."""

    def start(self, nodes: list[Node]) -> Proxy:
        if shutil.which("haproxy") is None:
            raise ProgramMissing("haproxy is missing (Debian: apt-get install haproxy)")
        names = {f"NODE_{node.name.upper()}": f"127.0.0.1:{node.port}" for node in nodes}
        environment = os.environ | {"LISTEN": f"127.0.0.1:{self.port}"} | names
        command = ["haproxy", "-db", "-f", str(ROOT / "deploy" / "haproxy.cfg")]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=environment, **quiet, start_new_session=True)
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Cluster:
    """All of it; `environment` is what each node is given beside a data directory and a port."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.postgres = Postgres()
        self.chroma = ChromaServer(folder / "chroma").start()
        self.redis = Redis().start()
        self.database = self.postgres.new()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TELAL_")},
            "TELAL_ARCHIVE__URL": self.database,
            "TELAL_VECTORS__URL": self.chroma.url,
            "TELAL_VECTORS__MODE": "chroma",  # from the first passage on
            "TELAL_SERVER__LIMITS_URL": self.redis.url,
            "TELAL_SERVER__ASK_LIMIT": "1000000/day",  # counted, and no hindrance
            "TELAL_SERVER__READ_LIMIT": "1000000/day",
            "TELAL_SERVER__STOP_WAIT_S": "30",  # as in deploy/kubernetes.yaml
            "TELAL_EMBEDDING__THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
        } | settings
        self.nodes: list[Node] = []
        self.proxy = Proxy()

    def start(self, *, articles: str | None = "--starter", **others: dict[str, str]) -> Cluster:
        """Articles (None: they are there), nodes, and the proxy before them; `others` is what single nodes are given
        besides."""
        if articles is not None:
            self.telal("ingest", articles)
        for name in NAMES:
            self.nodes.append(Node(name, self.folder / name, self.environment | others.get(name, {})))
            self.nodes[-1].start(wait=False)
        for node in self.nodes:
            until(node.ready, within_s=1200)
        self.proxy.start(self.nodes)
        until(lambda: ready(self.proxy.url))
        return self

    def telal(self, *words: str) -> str:
        """What a command of Telal says; it runs with a data directory of its own."""
        environment = {**self.environment, "TELAL_DATA_DIR": str(self.folder / "command")}
        done = subprocess.run([*_TELAL, *words], env=environment, capture_output=True, text=True, timeout=3600)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def close(self) -> None:
        """Ends everything; the folder stays."""
        for server in (self.proxy, *self.nodes):
            server.stop(signal.SIGKILL)
        for server in (self.chroma, self.redis):
            server.stop()
        self.postgres.close()


@contextmanager
def cluster(folder: Path, **settings: str) -> Iterator[Cluster]:
    """Runs a cluster within the block, and ends it in any case. Raises ProgramMissing."""
    made = Cluster(folder, **settings)
    try:
        yield made
    finally:
        made.close()


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=10).is_success
    except httpx.HTTPError:
        return False
