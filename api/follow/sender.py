"""Sends what is told of followed questions to webhooks, signed as Standard Webhooks say (standardwebhooks.com)."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from api.auth.keys import KeyStore
from api.follow.webhooks import Delivery, Webhooks
from ingest.fetch.outcomes import FetchFailed, FetchRefused
from ingest.fetch.poster import Poster
from rag.wire import jsonable

AT_ONCE = 8  # so that a slow address holds up few others
_ROUND = 64  # deliveries

_log = logging.getLogger(__name__)


class WebhookSender:
    """Sends in one thread of the process that tells; `send` ends when all of a round were tried."""

    def __init__(self, webhooks: Webhooks, keys: KeyStore, poster: Poster) -> None:
        self._webhooks, self._keys, self._poster = webhooks, keys, poster
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="telal-webhook")

    def send(self, now: datetime) -> int:
        """Sends what is due. Returns how many deliveries arrived."""
        return sum(self._threads.map(lambda one: self._deliver(one, now), self._webhooks.due(now, limit=_ROUND)))

    def close(self) -> None:
        """Sends nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._poster.close()

    def _deliver(self, one: Delivery, now: datetime) -> bool:
        if self._keys.usable(one.webhook.key_id) is None:
            self._webhooks.end(one.webhook.id, "Its key has expired or was revoked.", now)
            return False
        body = body_of(one)
        try:
            self._poster.post(one.webhook.url, body, signed(one.webhook.secret, one.entry.id, body, now))
        except (FetchRefused, FetchFailed) as error:
            if self._webhooks.failed(one, error.message, now):
                _log.warning("A webhook was withdrawn, as nothing arrived for a week: %s", one.webhook.id)
            return False
        self._webhooks.arrived(one, datetime.now(UTC))
        return True


def body_of(one: Delivery) -> bytes:
    """Returns what is sent: the follow's id, its question, and the entry."""
    told = {"follow": one.webhook.id, "question": one.webhook.asked.question, "entry": jsonable(one.entry)}
    return json.dumps({"type": "answer.changed", "timestamp": one.entry.at.isoformat(), "data": told}).encode()


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
