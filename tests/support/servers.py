"""The servers that tests start beside Telal, and a wire that fails."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}  # as daemons are
_STARTS_S = 120.0  # on a machine that does much else
_NUMBERS = count()


class ProgramMissing(Exception):
    """A program is not installed on this machine."""


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def until(holds: Callable[[], bool], *, within_s: float = _STARTS_S, each_s: float = 0.02) -> float:
    """Waits until something holds; the seconds that it took. AssertionError when it does not come true in time."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < within_s, f"it did not come true within {within_s:g} s"
        time.sleep(each_s)
    return time.monotonic() - begun


def accepts(port: int) -> bool:
    """Does somebody listen at this port?"""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def of_another_clock(offset: str) -> dict[str, str]:
    """The environment in which a program's clock is off, by "+5m" or "-5m"; time passes as ever."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise ProgramMissing("libfaketime is missing (Debian: apt-get install faketime)")
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": offset}


class Server:
    """A process that serves at a port; it can be stopped, frozen, and started again over the same files."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.process: subprocess.Popen | None = None

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, and waits for its end; again is harmless."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    @contextlib.contextmanager
    def freeze(self):  # noqa: ANN201
        """Within the block it takes connections and answers nothing, as on a disk that hangs."""
        pids = [self.process.pid, *children(self.process.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


class Postgres(Server):
    """A server in a directory of its own, as another user than root, which it refuses."""

    def __init__(self, *options: str, directory: Path | None = None, port: int | None = None) -> None:
        """`directory`: an empty one, kept at the end; a temporary one by default."""
        super().__init__(port)
        self.programs = _programs_of_postgres()
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.directory = directory or Path(tempfile.mkdtemp(prefix="telal-postgres-"))
        if self._user:
            shutil.chown(self.directory, "postgres", "postgres")
        self._options = [word for option in options for word in ("-c", option)]
        words = ["initdb", "-D", "data", "-U", "telal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        done = subprocess.run(
            [str(self.programs / words[0]), *words[1:]],
            cwd=self.directory,
            capture_output=True,
            text=True,
            **self._user,
        )
        assert done.returncode == 0, done.stderr
        self.start()

    def start(self) -> None:
        words = [str(self.programs / "postgres"), "-D", "data", "-p", str(self.port), "-k", str(self.directory)]
        quick = ["-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=32MB", *self._options]
        self.process = subprocess.Popen([*words, *quick], cwd=self.directory, **self._user, **_QUIET)
        until(self._answers)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: as at a restart, connections are cut; SIGQUIT: at once, and mended at the next start."""
        super().stop(how)

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory)

    def new(self) -> str:
        """The address of a new, empty database."""
        name = f"telal{os.getpid()}_{next(_NUMBERS)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.address(name)

    def address(self, name: str, *, port: int | None = None) -> str:
        """Of a database here; `port`: of what stands before the server."""
        return f"postgresql+psycopg://telal@127.0.0.1:{port or self.port}/{name}"

    def drop(self, url: str) -> None:
        self.sql(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def sql(self, statement: str, *, of: str = "postgres") -> list[tuple]:
        import psycopg

        with psycopg.connect(host="127.0.0.1", port=self.port, user="telal", dbname=of, autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def program(self, name: str, *words: str) -> bytes:
        """What one of PostgreSQL's programs says (pg_dump, pg_restore); AssertionError when it fails."""
        done = subprocess.run([str(self.programs / name), *words], capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _answers(self) -> bool:
        words = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        assert self.runs, "PostgreSQL did not start"
        return subprocess.run(words).returncode == 0


def _programs_of_postgres() -> Path:
    """Where they are; Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    here = shutil.which("initdb")
    if not found and not here:
        raise ProgramMissing("PostgreSQL is missing (Debian: apt-get install postgresql); nothing is tested on it")
    return found[-1] if found else Path(here).parent


class Redis(Server):
    """A Redis that keeps nothing."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> Redis:
        program = shutil.which("redis-server")
        if program is None:
            raise ProgramMissing("redis-server is missing (Debian: apt-get install redis-server)")
        self.process = subprocess.Popen(
            [program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""], **_QUIET
        )
        until(lambda: accepts(self.port))
        return self


class ChromaServer(Server):
    """A real Chroma server over a directory."""

    def __init__(self, directory: Path, port: int | None = None) -> None:
        super().__init__(port)
        self._directory = directory
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> ChromaServer:
        chroma = str(Path(sys.executable).with_name("chroma"))
        command = [chroma, "run", "--path", str(self._directory), "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=os.environ | {"ANONYMIZED_TELEMETRY": "False"}, **_QUIET)
        until(self._beats)
        return self

    def _beats(self) -> bool:
        import httpx

        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/api/v2/heartbeat", timeout=1).is_success
        return False


class Wire:
    """The network between a client and a server of this machine, which can be cut or go silent.

    `cut`: connections break and none is taken, as when a host is off; `silent`: all stay open, new ones too, and
    nothing comes through, as behind a firewall that drops what it sees.
    """

    def __init__(self, port: int) -> None:
        """A port of its own leads to `port`."""
        self._to = port
        self._state = "whole"
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._listener.getsockname()[1]
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def mend(self) -> None:
        self._state = "whole"

    def cut(self) -> None:
        self._state = "cut"

    def silence(self) -> None:
        self._state = "silent"

    def close(self) -> None:
        self._state = "closed"
        self._thread.join(10)

    def _carry(self) -> None:
        while self._state != "closed":
            if self._state == "cut":
                self._break_all()
            if self._state == "silent":
                time.sleep(0.02)
                continue
            for ready in select.select([self._listener, *self._pairs], [], [], 0.02)[0]:
                if ready is self._listener:
                    self._take()
                elif ready in self._pairs:
                    self._pass(ready)
        self._break_all()
        self._listener.close()

    def _take(self) -> None:
        here, _ = self._listener.accept()
        try:
            if self._state != "whole":
                raise OSError
            there = socket.create_connection(("127.0.0.1", self._to), 5)
        except OSError:
            here.close()
            return
        self._pairs |= {here: there, there: here}

    def _pass(self, ready: socket.socket) -> None:
        try:
            said = ready.recv(1 << 16)
            if said:
                self._pairs[ready].sendall(said)
                return
        except OSError:
            pass
        self._break(ready)

    def _break(self, one: socket.socket) -> None:
        other = self._pairs.pop(one)
        self._pairs.pop(other, None)
        for end in (one, other):
            end.close()

    def _break_all(self) -> None:
        while self._pairs:
            self._break(next(iter(self._pairs)))
