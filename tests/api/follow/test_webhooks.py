"""Webhooks: who may have one, what arrives and how it is signed, and what becomes of addresses that fail."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.app import build_app
from api.auth.keys import KeyStore
from api.follow.followed import FollowedQuestion, ask
from api.follow.sender import AT_ONCE, PACE_S, WebhookSender, body_of, signed
from api.follow.store import Follows
from api.follow.watcher import FollowWatcher
from api.follow.webhooks import OF_HOST, OF_KEY, WITHDRAWN_AFTER, Webhooks
from api.http.errors import RequestRefused
from api.stops import stops
from ingest.fetch.outcomes import FetchFailed
from ingest.fetch.poster import Poster

QUESTION = "How many were hurt in Kotor?"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Notes what arrives; the path says how to reply."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/slow":
            time.sleep(3)
            return
        if self.path == "/drips":
            with contextlib.suppress(OSError):
                for letter in b"HTTP/1.1 204 No Content and more":
                    self.wfile.write(bytes([letter]))
                    self.wfile.flush()
                    time.sleep(0.1)
        said = json.loads(body)["data"]
        self.server.got.append((self.path, dict(self.headers), body))
        failing = {} if self.server.mended else {"/fails": 500, "/moves": 302}
        self.send_response(failing.get(self.path, 200))
        if self.path == "/moves":
            self.send_header("location", "/")
        challenge = said.get("challenge", "").encode() if self.path != "/strange" else b""
        self.send_header("content-length", str(len(challenge)))
        self.end_headers()
        self.wfile.write(challenge)

    def log_message(self, *words):
        pass


@pytest.fixture
def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.mended = False
    server.got, server.base = [], f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def desk(newsdesk):
    """Keeps a key, sends at once, and knows what was told."""
    newsdesk.write("a/1", "Seven people were hurt in Kotor.", short="seven")
    newsdesk.telling = ["a/1"]
    database = newsdesk.archive.database
    newsdesk.keys = KeyStore(database)
    newsdesk.key = newsdesk.keys.create("bot", kind="secret", scopes=["follow"])
    newsdesk.follows, newsdesk.webhooks = Follows(database, most=10), Webhooks(database)
    poster = Poster(allow_private=True, connections=2, deadline_s=0.5)
    newsdesk.sender = WebhookSender(newsdesk.webhooks, newsdesk.keys, poster)
    newsdesk.watcher = FollowWatcher(newsdesk, newsdesk.follows, newsdesk.sender)
    newsdesk.watcher.look()
    yield newsdesk
    newsdesk.watcher.close()


def follow(desk, url: str):
    asked, now = FollowedQuestion(QUESTION, "en"), datetime.now(UTC)
    desk.follows.begin(asked, ask(desk, asked), now)
    return desk.webhooks.add(asked, desk.key.key.id, url, now)


def send(desk, now: datetime | None = None, sender: WebhookSender | None = None) -> int:
    """Sends what is due, to each host at its pace, until nothing is. Returns how many entries arrived."""
    arrived, known = 0, sum(one.delivered is not None for one in desk.webhooks.all())
    desk.clock = max(now or datetime.now(UTC), getattr(desk, "clock", datetime.min.replace(tzinfo=UTC)))
    while begun := (sender or desk.sender).start(desk.clock):
        arrived += sum(one.result() for one in begun)
        desk.clock += timedelta(seconds=PACE_S)
    return arrived + known - sum(one.delivered is not None for one in desk.webhooks.all())  # without the challenges


def told(receiver) -> list[dict]:
    """The entries that arrived, without the challenges."""
    return [one for _, _, body in receiver.got if "entry" in (one := json.loads(body)["data"])]


def test_how_the_answer_stands_arrives_first_and_then_each_change(desk, receiver):
    follow(desk, receiver.base)
    assert (send(desk), send(desk)) == (1, 0)
    desk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    desk.telling = ["a/2"]
    desk.watcher.look()
    assert send(desk) == 1
    arrived = told(receiver)
    assert [(one["question"], one["entry"]["kind"], one["entry"]["text"]) for one in arrived] == [
        (QUESTION, "begun", "seven"),
        (QUESTION, "words", "nine"),
    ]
    assert [(one["entry"]["before"], one["entry"]["differ"]) for one in arrived] == [("", False), ("seven", False)]
    assert arrived[1]["entry"]["sources"][0]["quote"] == "Nine people were hurt in Kotor."
    counted = {"questions": 1, "webhooks": 1, "webhooks_failing": 0, "webhooks_unproved": 0, "deliveries_waiting": 0}
    assert desk.webhooks.counts() == counted
    (shown,) = desk.webhooks.all()
    assert shown.delivered is not None and shown.error == ""


def test_what_arrives_is_signed_over_its_id_time_and_body(desk, receiver):
    made = follow(desk, receiver.base)
    send(desk)
    for _, headers, body in receiver.got:
        check_signature(made.secret, headers, body)
    kinds = [json.loads(body)["type"] for _, _, body in receiver.got]
    assert kinds == ["follow.challenge", "answer.changed"]


def check_signature(secret, headers, body):
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = hmac.new(b64decode(secret.removeprefix("whsec_")), said, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{b64encode(expected).decode()}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def proved(desk, receiver, path: str):
    """Follows by an address that has answered its challenge before it fails."""
    made = follow(desk, f"{receiver.base}{path}")
    (one,) = desk.webhooks.due(datetime.now(UTC))
    desk.webhooks.proved(one, datetime.now(UTC))
    return made


@pytest.mark.parametrize("path", ["/fails", "/moves", "/slow", "/drips"])
def test_an_address_that_fails_is_tried_again_later_and_switched_off_after_a_week(desk, receiver, path):
    made = proved(desk, receiver, path)
    began = datetime.now(UTC)
    assert send(desk, began) == 0
    assert send(desk, began + timedelta(seconds=30)) == 0
    (failing,) = desk.webhooks.all()
    assert failing.failing is not None and failing.error and failing.ended is None
    later = failing.failing + WITHDRAWN_AFTER
    send(desk, later)
    (ended,) = desk.webhooks.all()
    assert (ended.id, ended.ended) == (made.id, later) and "for a week" in ended.error
    assert send(desk, later + timedelta(days=1)) == 0
    assert all(got == path for got, _, _ in receiver.got), "a redirect is not followed"


def test_an_address_that_fails_all_week_is_tried_ever_more_rarely(desk, receiver):
    proved(desk, receiver, "/fails")
    began = datetime.now(UTC)
    for hour in range(10 * 24):
        send(desk, began + timedelta(hours=hour))
    assert 25 < len(receiver.got) < 45
    (ended,) = desk.webhooks.all()
    assert timedelta(days=7) <= ended.ended - began < timedelta(days=7, hours=7)


def test_what_waited_for_an_address_that_comes_back_arrives_in_order(desk, receiver):
    proved(desk, receiver, "/fails")
    began = datetime.now(UTC)
    send(desk, began)
    desk.write("a/2", "Nine people were hurt in Kotor.", short="nine")
    desk.telling = ["a/2"]
    desk.watcher.look()
    send(desk, began + timedelta(days=6))
    receiver.mended = True
    receiver.got.clear()
    for hours in range(24):
        send(desk, began + timedelta(days=6, hours=hours))
    words = dict.fromkeys(one["entry"]["text"] for one in told(receiver))
    (webhook,) = desk.webhooks.all()
    assert (list(words), webhook.failing, webhook.error) == (["seven", "nine"], None, "")


def test_a_name_that_leads_to_a_private_network_later_gets_nothing(desk, receiver):
    follow(desk, receiver.base.replace("127.0.0.1", "news.example"))
    poster = Poster(allow_private=False, connections=1, resolve=lambda host, port: ["127.0.0.1"])
    sender = WebhookSender(desk.webhooks, desk.keys, poster)
    assert send(desk, sender=sender) == 0
    sender.close()
    (webhook,) = desk.webhooks.all()
    assert receiver.got == [] and webhook.failing is not None and "public Internet" in webhook.error


def test_an_address_that_does_not_answer_its_challenge_is_told_nothing_and_switched_off_after_a_day(desk, receiver):
    follow(desk, f"{receiver.base}/strange")
    began = datetime.now(UTC)
    for hour in range(0, 30, 2):
        send(desk, began + timedelta(hours=hour))
    assert told(receiver) == [] and receiver.got
    (ended,) = desk.webhooks.all()
    assert ended.ended is not None and "did not answer the challenge" in ended.error and "follow anew" in ended.error
    assert stops(desk.archive.database)["switched_off"] == 1


def test_a_key_and_a_host_have_so_many_webhooks_and_no_more(desk):
    asked, now = FollowedQuestion(QUESTION, "en"), datetime.now(UTC)
    desk.follows.begin(asked, ask(desk, asked), now)
    for n in range(OF_KEY):
        desk.webhooks.add(asked, "k1", f"https://h{n}.example/", now)
    with pytest.raises(RequestRefused, match="100 webhooks of this key") as refused:
        desk.webhooks.add(asked, "k1", "https://another.example/", now)
    assert refused.value.http_status == 507 and "DELETE /v1/follows" in refused.value.hint
    for n in range(OF_HOST):
        desk.webhooks.add(asked, f"other {n}", f"https://one.example/{n}", now)
    with pytest.raises(RequestRefused, match="of the host one.example"):
        desk.webhooks.add(asked, "k2", "https://one.example:8443/", now)
    assert stops(desk.archive.database)["refused"] == 2


def test_a_good_address_is_told_within_ten_seconds_beside_a_hundred_silent_ones(desk, receiver):
    """The silent ones take connections and say nothing; they were there first, and 99 of them are of the same key."""
    sender = WebhookSender(desk.webhooks, desk.keys, Poster(allow_private=True, connections=AT_ONCE))
    with ExitStack() as listening:
        for n in range(100):
            silent = listening.enter_context(socket.create_server((f"127.0.1.{n + 1}", 0)))
            key = desk.key.key.id if n else desk.keys.create("b", kind="secret", scopes=["follow"]).key.id
            asked, url = FollowedQuestion(QUESTION, "en"), f"http://127.0.1.{n + 1}:{silent.getsockname()[1]}/"
            desk.follows.begin(asked, ask(desk, asked), datetime.now(UTC))
            desk.webhooks.add(asked, key, url, datetime.now(UTC))
        follow(desk, receiver.base)
        began = time.monotonic()
        while not told(receiver) and time.monotonic() - began < 20:
            sender.start(datetime.now(UTC))
            time.sleep(1)
        assert time.monotonic() - began < 10
        sender.close()


def test_a_host_gets_one_delivery_at_a_time_at_a_pace(desk, receiver):
    for path in "abc":
        follow(desk, f"{receiver.base}/{path}")
    now = datetime.now(UTC)
    for second in range(6):
        begun = desk.sender.start(now + timedelta(seconds=second * PACE_S))
        assert len(begun) == 1 and begun[0].result()
    assert len(told(receiver)) == 3


def test_an_entry_of_an_erased_article_is_not_sent(desk, receiver):
    follow(desk, receiver.base)
    desk.archive.erase("a/1", reason="asked for")
    assert send(desk) == 0
    desk.telling = []
    desk.watcher.look()
    assert send(desk) == 1
    ((one),) = told(receiver)
    assert one["entry"]["kind"] == "gone" and "even" not in json.dumps(one)


def test_an_entry_of_a_corrected_article_waits(desk, receiver):
    follow(desk, receiver.base)
    desk.write("a/1", "Nine people were hurt in Kotor.", short="nine")
    assert send(desk) == 0


def test_a_revoked_key_ends_its_webhooks(desk, receiver):
    follow(desk, receiver.base)
    desk.keys.revoke(desk.key.key.id)
    assert send(desk) == 0
    assert "revoked" in desk.webhooks.all()[0].error


@pytest.fixture
def api(served, newsdesk, settings):
    """A client of a server that refuses private addresses, with a key that may follow."""
    newsdesk.write("a/1", "Seven people were hurt in Kotor.", short="seven")
    newsdesk.telling = ["a/1"]
    keys = KeyStore(newsdesk.archive.database)
    key = keys.create("bot", kind="secret", scopes=["follow"])
    newsdesk.other = keys.create("other", kind="secret", scopes=["follow"]).token
    newsdesk.asking = keys.create("asks", kind="secret", scopes=["ask"]).token
    with served(build_app(newsdesk, settings)) as base:
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key.token}"}, timeout=20) as client:
            yield client


PRIVATE = [
    "http://127.0.0.1/",
    "http://localhost:8000/",
    "http://169.254.169.254/",
    "http://[::1]/",
    "ftp://x.example/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_address_is_refused_at_once(api, url):
    reply = api.post("/v1/follows", json={"question": QUESTION, "url": url})
    assert (reply.status_code, reply.json()["type"]) == (422, "/problems/bad-input")
    assert api.get("/v1/follows").json() == {"follows": []}


def test_a_follow_is_made_listed_and_ended_by_its_key_alone(api, newsdesk):
    made = api.post("/v1/follows", json={"question": QUESTION, "url": "https://8.8.8.8/telal"})
    assert made.status_code == 201 and made.json()["secret"].startswith("whsec_")
    (listed,) = api.get("/v1/follows").json()["follows"]
    assert listed == {**made.json(), "secret": ""}
    theirs = {"Authorization": f"Bearer {newsdesk.other}"}
    assert api.get("/v1/follows", headers=theirs).json() == {"follows": []}
    assert api.delete(f"/v1/follows/{listed['id']}", headers=theirs).status_code == 404
    assert api.delete(f"/v1/follows/{listed['id']}").status_code == 204
    assert api.get("/v1/follows").json() == {"follows": []}


def test_nobody_has_a_webhook_without_a_key_that_may(api, newsdesk):
    body = {"question": QUESTION, "url": "https://8.8.8.8/telal"}
    assert api.post("/v1/follows", json=body, headers={"Authorization": f"Bearer {newsdesk.asking}"}).status_code == 403
    del api.headers["Authorization"]
    assert api.post("/v1/follows", json=body).status_code == 401


def test_the_receiver_of_the_documentation_takes_what_is_signed_and_refuses_what_is_not(desk, tmp_path):
    page = (Path(__file__).parents[3] / "docs/follow.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(block.split("class ")[1].split("http.server.HTTPServer")[0].strip().splitlines()) <= 15
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "receiver.py").write_text(block.replace("8010", str(port)))
    made = follow(desk, f"http://127.0.0.1:{port}/")
    environment = {**os.environ, "TELAL_WEBHOOK_SECRET": made.secret, "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, str(tmp_path / "receiver.py")]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(words, env=environment, **given) as running, ExitStack() as ending:
        ending.callback(running.kill)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        (due,) = desk.webhooks.due(datetime.now(UTC))
        poster, body = Poster(allow_private=True, connections=1), body_of(due)
        old = signed(made.secret, due.entry.id, body, datetime.now(UTC) - timedelta(minutes=6))
        forged = signed("whsec_AAAA", due.entry.id, body, datetime.now(UTC))
        for headers in (old, forged):
            with pytest.raises(FetchFailed, match="401"):
                poster.post(made.url, body, headers)
        assert send(desk) == 1  # it answers the challenge, too
        assert running.stdout.readline().strip() == "seven"
