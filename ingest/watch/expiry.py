"""Erases articles that are older than their outlet's `keep_days`, once a day during a watch or run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.lifecycle.erasure import expired
from ingest.outlets import OutletConfig
from rag.config import Settings
from rag.errors import TelalError
from rag.store.archive.archive import Archive

EVERY_S = 24 * 3600.0
AGAIN_S = 1800.0  # after a failure
CHILD_MOST_S = 1800.0

Expire = Callable[[str], Mapping[str, Any]]


def expire_by_command(settings: Settings) -> Expire:
    """Makes a function that runs `telal articles expire` for an outlet in a process of its own.

    That process erases what a server keeps too, and gives the memory of the indexes back. It is not interrupted when
    the watch stops, so that an erasure that has begun is completed.
    """

    def expire(outlet: str) -> Mapping[str, Any]:
        asked = [sys.executable, "-m", "telal", "articles", "expire", "--outlet", outlet, "--json"]
        environment = {**os.environ, "TELAL_DATA_DIR": str(settings.data_dir.absolute())}
        if settings.ingest.outlets is not None:
            environment["TELAL_INGEST__OUTLETS"] = str(settings.ingest.outlets.absolute())
        done = subprocess.run(
            asked, env=environment, capture_output=True, text=True, timeout=CHILD_MOST_S, start_new_session=True
        )
        if not done.stdout.strip():
            raise OSError(done.stderr.strip()[-300:] or f"exit code {done.returncode}")
        found: Mapping[str, Any] = json.loads(done.stdout)
        return found

    return expire


class Expiry:
    """Erases expired articles once a day, in a thread beside the visits. Several processes may do so at once."""

    def __init__(self, archive: Archive, expire: Expire, log: Any) -> None:
        self._archive = archive
        self._expire = expire
        self._log = log
        self._next = 0.0
        self._working: threading.Thread | None = None

    def look(self, outlets: Iterable[OutletConfig]) -> None:
        """Starts an erasure if articles have expired, unless one ran within the last day or is still running."""
        if time.monotonic() < self._next or (self._working is not None and self._working.is_alive()):
            return
        self._next = time.monotonic() + EVERY_S
        rules = {outlet.name: outlet.keep_days for outlet in outlets if outlet.keep_days is not None}
        if rules:
            self._working = threading.Thread(target=self._erase, args=(rules,), name="expiry", daemon=True)
            self._working.start()

    def wait(self, seconds: float) -> None:
        """Waits until the erasure that was started has ended, for at most so many seconds."""
        if self._working is not None:
            self._working.join(seconds)

    def _erase(self, rules: Mapping[str, int]) -> None:
        """After an error, which the log tells, it is tried again half an hour later."""
        try:
            for outlet in expired(self._archive, rules, now=datetime.now(UTC)):
                done = self._expire(outlet)
                level = self._log.error if done.get("left") else self._log.info
                articles, certificate = len(done.get("articles", ())), done.get("file")
                level("expired", outlet=outlet, articles=articles, clean=not done.get("left"), certificate=certificate)
        except (TelalError, OSError, ValueError, subprocess.SubprocessError) as error:
            self._log.error("expired", error=str(error)[:300])
            self._next = time.monotonic() + AGAIN_S
