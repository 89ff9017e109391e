"""Half an hour of everything at once against a server of its own: `python -m bench.server.soak --seconds 1800`.

Readers ask in streams and leave in the middle, programs ask by OpenAI's and MCP's ways, search, list and read; articles
are pushed, changed and erased, others come by `telal ingest`. Every answer is checked: each quote against its article,
known questions against what the starter corpus holds, quotes and hits against what the archive held meanwhile
(soak_writer.py); at the end every article that was acknowledged must be there, as it was last written. Prints a
line a minute and the figures as JSON; exit code 1 when anything was wrong, lost or an error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median

import httpx

from api.auth.keys import KeyStore
from bench.server.soak_traffic import Reader
from bench.server.soak_writer import Held, Writer
from bench.server.watched import Look, look, percentiles

LOOK_S, TELL_S = 5.0, 60.0


def serve(data: Path) -> tuple[subprocess.Popen[str], str]:
    """A server over the starter corpus in `data`; its address."""
    environment = {**os.environ, "TELAL_DATA_DIR": str(data), "TELAL_EMBEDDING__THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"TELAL_SERVER__ASK_LIMIT": "none", "TELAL_SERVER__READ_LIMIT": "none"}
    telal = [sys.executable, "-m", "telal"]
    subprocess.run([*telal, "ingest", "--starter"], env=environment, check=True, capture_output=True)
    with (data / "server.log").open("w") as log:
        command = [*telal, "serve", "--port", "0"]
        server = subprocess.Popen(command, env=environment, stderr=log, stdout=log, text=True)
    while True:
        said = re.search(r"Serving (http://\S+)", (data / "server.log").read_text())
        if said:
            return server, said[1]
        if server.poll() is not None:
            raise SystemExit((data / "server.log").read_text())
        time.sleep(0.2)


async def repeat(act: Callable[[], Awaitable[None]], each_s: float, errors: list[str], until: float) -> None:
    """Does it again and again, at moments that are not regular; what goes wrong is written down."""
    while True:
        pause = random.expovariate(1 / each_s)
        if time.monotonic() + pause > until:
            return
        await asyncio.sleep(pause)
        try:
            await act()
        except Exception as error:  # the measure is how many there are
            errors.append(f"{act.__name__}: {error!r}")


async def watch(pid: int, looks: list[Look], reader: Reader, errors: list[str], begun: float) -> None:
    told = 0.0
    while True:
        looks.append(look(pid))
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            line = f"{told - begun:6.0f} s  {looks[-1]}  {dict(reader.done)}  errors {len(errors)}\n"
            sys.stderr.write(line)
        await asyncio.sleep(LOOK_S)


def thirds(looks: list[Look]) -> dict[str, list[float]]:
    """Medians of the second, third and last sixth: the first one is the warming up."""
    parts = [looks[len(looks) * n // 6 : len(looks) * (n + 1) // 6] for n in (1, 3, 5)]
    return {name: [median(getattr(at, name) for at in part) for part in parts] for name in asdict(looks[0])}


async def main(wanted: argparse.Namespace) -> int:
    data = Path(tempfile.mkdtemp(prefix="telal-soak-"))
    server, url = serve(data)
    key = KeyStore(data).create("soak", kind="secret", scopes=("ask", "search", "ingest", "admin")).token
    errors: list[str] = []
    looks: list[Look] = []
    # shorter than the server's 5 s, or a request is sent at times to a connection that the server closes that moment
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=3)
    async with httpx.AsyncClient(
        base_url=url, timeout=60, limits=limits, headers={"Authorization": f"Bearer {key}"}
    ) as client:
        held = Held()
        reader, writer = Reader(client, held), Writer(client, data, held)
        begun = time.monotonic()
        watching = asyncio.create_task(watch(server.pid, looks, reader, errors, begun))
        acts = [*reader.acts(), *writer.acts()]
        until = begun + wanted.seconds
        await asyncio.gather(*(repeat(act, each_s * wanted.slower, errors, until) for act, each_s in acts))
        watching.cancel()
        looks.append(look(server.pid))
        await asyncio.sleep(3)
        lost, expected = await writer.lost(), held.expected()
    server.send_signal(signal.SIGTERM)
    code = server.wait(30)
    wrong, erased = reader.wrong + writer.wrong, sum(text is None for text in expected.values())
    out = {
        "seconds": round(time.monotonic() - begun),
        "requests": dict(reader.done + writer.done),
        "errors": len(errors),
        "error_kinds": sorted(set(errors))[:10],
        "wrong": len(wrong),
        "wrong_first": wrong[:10],
        "articles": {"acknowledged": len(expected), "erased": erased, "lost": lost},
        "found_after_s": percentiles(writer.found_after_s) | {"most": max(writer.found_after_s, default=0)},
        "first_event_ms": percentiles(reader.first_ms),
        "server_cpu_share": round((looks[-1].cpu_s - looks[0].cpu_s) / (time.monotonic() - begun), 2),
        "second_fourth_last_sixth": {k: v for k, v in thirds(looks).items() if k != "cpu_s"},
        "exit_code": code,
        "faults_in_the_log": (data / "server.log").read_text().count("Traceback"),
    }
    sys.stdout.write(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
    return bool(errors or wrong or lost or code)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--slower", type=float, default=1.0, help="factor on every pause")
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(parser.parse_args())))
