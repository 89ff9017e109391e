"""Three real nodes behind the proxy of deploy/haproxy.cfg: updated, killed, and left by all that they rest on.

`NODES=1 pytest tests/api/test_nodes.py`: minutes of work, and on a machine that does much else its waits run out.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from api.auth.keys import KeyStore
from bench.server.cluster import NAMES, Cluster, Node, cluster
from bench.server.servers import Missing, of_another_clock, until
from ingest.sources.files import FOLDER
from rag.config import ArchiveSettings, Settings
from rag.store.archive.open import shared_database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif("NODES" not in os.environ, reason="NODES=1 runs it, on a quiet machine"),
]

ASK = {"question": "Who signed the Tirana agreement?"}
ALL = ("ask", "search", "ingest", "admin")
RECORD = {
    "id": "n/1",
    "title": "Vodostaj",
    "text": "Vodostaj Zlatoustice porastao je za 83 centimetra.",
    "language": "sr",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Iterator[Cluster]:
    """One cluster for all; the clock of the third node is five minutes ahead."""
    pytest.importorskip("redis", reason="pip install 'telal[redis]'")
    pytest.importorskip("psycopg", reason="pip install 'telal[postgres]'")
    try:
        ahead = of_another_clock("+5m")
        with cluster(tmp_path_factory.mktemp("nodes"), TELAL_ARCHIVE__BUSY_TIMEOUT_S="2") as running:
            yield running.start(articles=str(FOLDER / "en.jsonl"), **{NAMES[2]: ahead})
    except Missing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def key(made) -> Iterator[dict[str, str]]:
    settings = Settings(data_dir=made.folder / "keys", archive=ArchiveSettings(url=SecretStr(made.database)))
    database = shared_database(settings)
    token = KeyStore(settings.data_dir, database).create("test", kind="secret", scopes=ALL).token
    database.close()
    time.sleep(2)
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def readers(url: str) -> Iterator[Counter[str]]:
    """Three readers who ask all the time, one of them by streams; what they got."""
    got: Counter[str] = Counter()
    over = threading.Event()

    def ask(stream: bool) -> None:
        while not over.wait(0.2):
            try:
                reply = httpx.post(f"{url}/v1/ask", json={**ASK, "stream": stream}, timeout=60)
                whole = "Pirro Vengu" in reply.text and (not stream or "event: answer" in reply.text)
                got[
                    "answered" if reply.status_code == 200 and whole else f"{reply.status_code} {reply.text[:200]}"
                ] += 1
            except httpx.HTTPError as error:
                got[f"{error!r}"] += 1

    threads = [threading.Thread(target=ask, args=(stream,)) for stream in (False, False, True)]
    for thread in threads:
        thread.start()
    try:
        yield got
    finally:
        over.set()
        for thread in threads:
            thread.join()


def updated(node: Node) -> None:
    node.stop()
    node.start()


def test_an_update_of_every_node_fails_no_question(made):
    with readers(made.proxy.url) as got:
        for node in made.nodes:
            updated(node)
        time.sleep(2)
    assert set(got) == {"answered"} and got["answered"] > 20, got


def test_a_killed_node_fails_at_most_what_it_had_begun(made):
    with readers(made.proxy.url) as got:
        time.sleep(2)
        made.nodes[0].stop(signal.SIGKILL)
        time.sleep(8)
        made.nodes[0].start()
    failed = sum(got.values()) - got["answered"]
    assert failed <= 1 and got["answered"] > 10, got  # a stream that was under way


def test_a_conversation_and_a_limit_are_one_on_all_nodes(made):
    """One of them has a clock that is five minutes ahead."""
    first = httpx.post(f"{made.nodes[0].url}/v1/ask", json={**ASK, "conversation": "new"}, timeout=60).json()
    for node in made.nodes:
        body = {"question": "And when?", "conversation": first["conversation"]}
        assert httpx.post(f"{node.url}/v1/ask", json=body, timeout=60).status_code == 200, node.name
    left = []
    for node in (*made.nodes, *made.nodes):
        reply = httpx.post(f"{node.url}/v1/ask", json=ASK, timeout=60)
        left.append(int(reply.headers["RateLimit"].split("r=")[1].split(";")[0]))
    assert left == list(range(left[0], left[0] - 6, -1)), left


def test_an_erasure_while_a_node_is_down_is_never_shown_by_it(made, key):
    node, there = made.nodes[1], made.nodes[0].url
    pushed = httpx.post(f"{there}/v1/admin/articles", json={"articles": [RECORD]}, headers=key, timeout=60)
    assert pushed.json()["new"] == 1, pushed.text
    asked = {"query": "Vodostaj Zlatoustice", "limit": 5}
    until(lambda: RECORD["id"] in httpx.post(f"{node.url}/v1/search", json=asked, timeout=60).text, within_s=60)
    node.stop(signal.SIGKILL)
    path = f"/v1/admin/articles/{quote(RECORD['id'], safe='')}?reason=test"
    assert httpx.delete(there + path, headers=key, timeout=60).status_code == 204
    node.start(wait=False)
    looks, end = 0, None
    while end is None or time.monotonic() < end:
        try:
            found = httpx.post(f"{node.url}/v1/search", json=asked, timeout=60)
        except httpx.HTTPError:
            time.sleep(0.02)
            continue
        assert RECORD["id"] not in found.text
        looks += 1
        end = end or time.monotonic() + 3
    assert looks > 3


@pytest.mark.parametrize("gone", ["chroma", "redis"])
def test_chroma_or_redis_gone_is_nothing_to_a_reader(made, gone):
    server = getattr(made, gone)
    server.stop(signal.SIGKILL)
    with readers(made.proxy.url) as got:
        time.sleep(6)
    server.start()
    assert set(got) == {"answered"} and got["answered"] > 5, got
    assert httpx.get(f"{made.proxy.url}/readyz", timeout=30).status_code == 200


def test_a_postgresql_that_may_only_be_read_answers_and_takes_nothing(made, key):
    name = made.database.rpartition("/")[2]
    made.postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    made.postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        with readers(made.proxy.url) as got:
            time.sleep(4)
        assert set(got) == {"answered"}, got
        body = {"articles": [{**RECORD, "id": "n/2", "text": "Nešto drugo se dogodilo u Nišu."}]}
        reply = httpx.post(f"{made.proxy.url}/v1/admin/articles", json=body, headers=key, timeout=60)
        assert (reply.status_code, reply.json()["type"]) == (503, "/problems/read-only")
    finally:
        made.postgres.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        made.postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    reply = httpx.post(f"{made.proxy.url}/v1/admin/articles", json=body, headers=key, timeout=60)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_without_postgresql_it_is_said_and_passes(made, how):
    """503 with Retry-After, soon; when it is back, so are the answers, of all nodes."""
    if how == "killed":
        made.postgres.stop(signal.SIGQUIT)
        _told(made)
        made.postgres.start()
    else:
        with made.postgres.frozen():
            _told(made)
    for node in made.nodes:
        until(node.ready, within_s=60)
        reply = httpx.post(f"{node.url}/v1/ask", json=ASK, timeout=60)
        assert "Pirro Vengu" in reply.text, node.name


def _told(made: Cluster) -> None:
    for node in made.nodes:
        begun = time.monotonic()
        reply = httpx.post(f"{node.url}/v1/ask", json=ASK, timeout=60)
        assert reply.status_code == 503 and "Retry-After" in reply.headers, reply.text
        assert time.monotonic() - begun < 40
        ready = httpx.get(f"{node.url}/readyz", timeout=60)
        assert (ready.status_code, ready.json()["status"]) == (503, "not-ready")
        assert httpx.get(f"{node.url}/livez", timeout=10).status_code == 200
