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
from sqlalchemy import select

from api.auth.keys import KeyStore
from ingest.sources.files import FOLDER
from rag.config import ArchiveSettings, Settings
from rag.store.archive.archive import Archive
from rag.store.database.database import Database
from rag.store.database.shared_tables import leases
from support.cluster import NAMES, Cluster, Node, cluster
from support.servers import ProgramMissing, Wire, of_another_clock, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif("NODES" not in os.environ, reason="NODES=1 runs it, on a quiet machine"),
]

ASK = {"question": "Who signed the Tirana agreement?"}
ALL = ("ask", "search", "ingest", "admin")
INDEXES = ("keyword", "exact", "vector_store", "last")
RECORD = {
    "title": "Vodostaj",
    "text": "Vodostaj Zlatoustice porastao je za 83 centimetra.",
    "language": "sr",
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Iterator[Cluster]:
    """What nodes rest on, without nodes."""
    pytest.importorskip("redis", reason="pip install 'telal[redis]'")
    pytest.importorskip("psycopg", reason="pip install 'telal[postgres]'")
    try:
        with cluster(tmp_path_factory.mktemp("nodes"), TELAL_ARCHIVE__BUSY_TIMEOUT_S="2") as running:
            yield running
    except ProgramMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def wire(begun) -> Iterator[Wire]:
    """Between the second node and its database."""
    laid = Wire(begun.postgres.port)
    yield laid
    laid.close()


@pytest.fixture(scope="module")
def made(begun, wire) -> Cluster:
    """Three nodes for all tests; the clock of the third is five minutes ahead."""
    try:
        ahead = of_another_clock("+5m")
    except ProgramMissing as error:
        pytest.skip(str(error))
    far = begun.postgres.address(begun.database.rpartition("/")[2], port=wire.port)
    others = {NAMES[1]: {"TELAL_ARCHIVE__URL": far}, NAMES[2]: ahead}
    return begun.start(articles=str(FOLDER / "en.jsonl"), **others)


@pytest.fixture(scope="module")
def database(made) -> Iterator[Database]:
    """What the nodes share, as one of them would have it."""
    settings = Settings(data_dir=made.folder / "test", archive=ArchiveSettings(url=SecretStr(made.database)))
    opened = Archive.open(settings).database
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def key(made, database) -> dict[str, str]:
    token = KeyStore(database).create("test", kind="secret", scopes=ALL).token
    asked = {"headers": {"Authorization": f"Bearer {token}"}, "timeout": 60}
    for node in made.nodes:
        until(lambda n=node: httpx.get(f"{n.url}/v1/stats", **asked).is_success, each_s=1)
    return asked["headers"]


def push(node: Node, key: dict[str, str], **record: str) -> str:
    """A new article by way of one node; its id."""
    body = {"articles": [RECORD | record]}
    pushed = httpx.post(f"{node.url}/v1/admin/articles", json=body, headers=key, timeout=60)
    assert pushed.json()["new"] == 1, pushed.text
    return body["articles"][0]["id"]


def erase(node: Node, key: dict[str, str], name: str) -> None:
    path = f"/v1/admin/articles/{quote(name, safe='')}?reason=test"
    assert httpx.delete(node.url + path, headers=key, timeout=60).status_code == 204


def shows(node: Node, name: str) -> bool | None:
    """Does a search of RECORD's words find this article? None when the node has no answer."""
    try:
        found = httpx.post(f"{node.url}/v1/search", json={"query": "Vodostaj Zlatoustice", "limit": 8}, timeout=60)
    except httpx.HTTPError:
        return None
    return name in found.text if found.is_success else None


def level(made: Cluster) -> bool:
    """Have all indexes of all nodes taken in the archive's last change?"""
    changes = {node.status()["indexes"][f"{name}_change"] for node in made.nodes for name in INDEXES}
    return len(changes) == 1


class Got(Counter[str]):
    """What readers got: "answered", or what else."""

    def more(self, replies: int = 8) -> None:
        """Waits for so many replies more."""
        wanted = self.total() + replies
        until(lambda: self.total() >= wanted, within_s=300)


@contextmanager
def readers(url: str) -> Iterator[Got]:
    """Three readers who ask all the time, one of them by streams."""
    got = Got()
    over = threading.Event()

    def ask(stream: bool) -> None:
        while not over.wait(0.5):
            try:
                reply = httpx.post(f"{url}/v1/ask", json={**ASK, "stream": stream}, timeout=60)
                whole = "Pirro Vengu" in reply.text and (not stream or "event: answer" in reply.text)
                answered = reply.status_code == 200 and whole
                got["answered" if answered else f"{reply.status_code} {reply.text[-500:]}"] += 1
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


def test_an_update_of_every_node_fails_no_question(made):
    with readers(made.proxy.url) as got:
        for node in made.nodes:
            got.more(4)
            node.stop()
            node.start()
        got.more(4)
    assert set(got) == {"answered"}, got


def test_another_writes_to_chroma_within_ten_seconds_of_a_kill(made, key, database):
    """Nodes are killed in turn until it was the one that held the lease."""

    def held() -> tuple[str, float]:
        with database.reading() as connection:
            row = connection.execute(select(leases)).one()
        return row.holder, row.until

    for node in made.nodes:
        node.stop(signal.SIGKILL)
        before = held()
        assert until(lambda b=before: held() != b) < 10, "neither kept nor taken over"
        after = held()
        node.start()
        if after[0] != before[0]:
            break
    assert after[0] != before[0]
    push(made.nodes[0], key, id="n/0")
    until(lambda: level(made))


def test_a_killed_node_fails_at_most_what_it_had_begun(made):
    with readers(made.proxy.url) as got:
        got.more()
        made.nodes[0].stop(signal.SIGKILL)
        got.more()
        made.nodes[0].start()
    failed = got.total() - got["answered"]
    assert failed <= 1, got  # a stream that was under way


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
    node, there = made.nodes[1], made.nodes[0]
    name = push(there, key, id="n/1")
    until(lambda: shows(node, name))
    node.stop(signal.SIGKILL)
    erase(there, key, name)
    node.start(wait=False)
    looks, end = 0, None
    while end is None or time.monotonic() < end:
        shown = shows(node, name)
        assert not shown
        if shown is not None:
            looks += 1
            end = end or time.monotonic() + 3
        time.sleep(0.02)
    assert looks > 3


@pytest.mark.parametrize("how", ["cut", "silence"])
def test_a_node_cut_from_its_database_for_a_minute(made, key, wire, how):
    """It says so, readers of the proxy do not notice, and what was erased meanwhile is never shown by it."""
    node, there = made.nodes[1], made.nodes[0]
    name = push(there, key, id=f"n/{how}")
    until(lambda: shows(node, name))
    with readers(made.proxy.url) as got:
        getattr(wire, how)()
        end = time.monotonic() + 60
        until(lambda: not node.ready(), within_s=40)
        erase(there, key, name)
        while time.monotonic() < end:
            assert not shows(node, name) and not node.ready()
        wire.mend()
        until(lambda: shows(node, name) is not None)
        assert not shows(node, name)
        until(lambda: level(made))
        assert not shows(node, name)
    assert got["answered"] > 8 and got.total() - got["answered"] <= 1, got  # a stream that was under way


@pytest.mark.parametrize("gone", ["chroma", "redis"])
def test_chroma_or_redis_gone_is_nothing_to_a_reader(made, gone):
    server = getattr(made, gone)
    server.stop(signal.SIGKILL)
    with readers(made.proxy.url) as got:
        got.more()
    server.start()
    assert set(got) == {"answered"}, got
    assert httpx.get(f"{made.proxy.url}/readyz", timeout=30).status_code == 200


def test_a_postgresql_that_may_only_be_read_answers_and_takes_nothing(made, key):
    name = made.database.rpartition("/")[2]
    made.postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    made.postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        with readers(made.proxy.url) as got:
            got.more()
        assert set(got) == {"answered"}, got
        body = {"articles": [RECORD | {"id": "n/2", "text": "Nešto drugo se dogodilo u Nišu."}]}
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
        with made.postgres.freeze():
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
