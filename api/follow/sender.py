"""Sends what is told of followed questions to webhooks, signed as Standard Webhooks say (standardwebhooks.com).

Each host is a queue of its own: no delivery waits for another host's, and a host gets one at a time, at a pace.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
from base64 import b64decode, b64encode
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from api.auth.keys import KeyStore
from api.follow.webhooks import Delivery, Webhooks
from ingest.fetch.outcomes import FetchFailed, FetchRefused
from ingest.fetch.poster import Poster
from rag.wire import jsonable

AT_ONCE = 128  # deliveries; a thread that waits for an address costs little
_OF_KEY, _TRIED = 100, 64  # of these, for one key, and for addresses that failed: others always find room
PACE_S = 1.0  # between two deliveries to a host; doubled with every failure in a row
_SLOWEST_S = 60.0
_CHALLENGE_S = 4.0  # for an address to answer, as nobody knows yet whether there is anyone

_log = logging.getLogger(__name__)


class WebhookSender:
    """Sends in threads of the process that holds the lease; `start` waits for none of them."""

    def __init__(self, webhooks: Webhooks, keys: KeyStore, poster: Poster) -> None:
        self._webhooks, self._keys, self._poster = webhooks, keys, poster
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="telal-webhook")
        self._lock = threading.Lock()
        self._sending: dict[str, Delivery] = {}  # by host
        self._failures: Counter[str] = Counter()  # of a host in a row
        self._next: dict[str, datetime] = {}  # when a host may be sent to again

    def start(self, now: datetime) -> list[Future[bool]]:
        """Begins to send what is due and may be sent. Each future tells whether it arrived."""
        begun = []
        for one in self._webhooks.due(now):
            if self._keys.usable(one.webhook.key_id) is None:
                self._webhooks.end(one.webhook.id, "Its key has expired or was revoked.", now)
            elif self._takes(one, now):
                begun.append(self._threads.submit(self._send, one, now))
        return begun

    def close(self) -> None:
        """Sends nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._poster.close()

    def _takes(self, one: Delivery, now: datetime) -> bool:
        """Takes the place of a delivery if its host rests from none and there is room for its key."""
        host = one.webhook.host
        with self._lock:
            running = self._sending.values()
            if host in self._sending or self._next.get(host, now) > now or len(running) >= AT_ONCE:
                return False
            if sum(other.webhook.key_id == one.webhook.key_id for other in running) >= _OF_KEY:
                return False
            if one.tries and sum(other.tries > 0 for other in running) >= _TRIED:
                return False
            self._sending[host] = one
        return True

    def _send(self, one: Delivery, now: datetime) -> bool:
        host, arrived = one.webhook.host, False
        try:
            arrived = self._deliver(one, now)
        except Exception:  # the archive cannot be reached: it is due again
            _log.exception("What came of a delivery could not be written down")
        finally:
            with self._lock:
                del self._sending[host]
                self._failures[host] = 0 if arrived else min(self._failures[host] + 1, 10)
                pause_s = min(PACE_S * 2 ** self._failures[host], _SLOWEST_S)
                self._next = {name: at for name, at in self._next.items() if at > now}
                self._next[host] = now + timedelta(seconds=pause_s)
                self._failures = +self._failures
        return arrived

    def _deliver(self, one: Delivery, now: datetime) -> bool:
        """Sends the challenge where the address has not proved itself, else the entry."""
        webhook, proved = one.webhook, one.webhook.delivered is not None
        if proved:
            one = self._webhooks.with_former(one)
            name, body = one.entry.id, body_of(one)
        else:
            told = {"follow": webhook.id, "question": webhook.asked.question, "challenge": webhook.challenge}
            name, body = f"challenge-{webhook.id}", _body("follow.challenge", now, told)
        headers = signed(webhook.secret, name, body, now)
        try:
            if proved:
                self._poster.post(webhook.url, body, headers)
            elif webhook.challenge.encode() not in self._poster.post(
                webhook.url, body, headers, deadline_s=_CHALLENGE_S, read=True
            ):
                raise FetchFailed("challenge", "The address did not send the challenge back.")
        except (FetchRefused, FetchFailed) as error:
            if self._webhooks.failed(one, error.message, now):
                _log.warning("A webhook was switched off: %s", webhook.id)
            return False
        (self._webhooks.arrived if proved else self._webhooks.proved)(one, datetime.now(UTC))
        return True


def body_of(one: Delivery) -> bytes:
    """Returns what is sent: the follow's id, its question, and the entry."""
    told = {"follow": one.webhook.id, "question": one.webhook.asked.question, "entry": jsonable(one.entry)}
    return _body("answer.changed", one.entry.at, told)


def _body(kind: str, at: datetime, told: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": told}).encode()


def signed(secret: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Returns the headers of a delivery; the signature holds its id, the time of sending and its body."""
    at = str(int(now.timestamp()))
    key = b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Telal",
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
