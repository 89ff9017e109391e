"""Erases what the outlets' rules (`keep_days`) no longer allow to keep, once a day for each outlet, during a watch
or run."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.lifecycle.erasure import due
from ingest.outlets import Outlet
from ingest.watch.state import WatchState
from rag.config import Settings
from rag.errors import TelalError
from rag.store.archive.archive import Archive

EVERY_S = 24 * 3600.0
AGAIN_S = 1800.0
LOOK_S = 60.0  # how often it is asked whether a day is over
CHILD_MOST_S = 1800.0

Expire = Callable[[str], Mapping[str, Any]]


def expire_by_command(settings: Settings) -> Expire:
    """Runs `telal articles expire` in a process of its own.

    That process reaches what a server keeps, opens the indexes, and gives their memory back. It is not interrupted when
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
    """Checks once a minute whether an outlet's day is over. The erasure runs beside the visits."""

    def __init__(self, archive: Archive, state: WatchState, expire: Expire, log: Any) -> None:
        self._archive = archive
        self._state = state
        self._expire = expire
        self._log = log
        self._next = 0.0
        self._working: threading.Thread | None = None

    def look(self, outlets: Iterable[Outlet]) -> None:
        """Starts what is due, unless it was checked within the last minute or is still running."""
        if time.monotonic() < self._next or (self._working is not None and self._working.is_alive()):
            return
        self._next = time.monotonic() + LOOK_S
        rules = {outlet.name: outlet.keep_days for outlet in outlets if outlet.keep_days is not None}
        if rules:
            self._working = threading.Thread(target=self._follow, args=(rules,), name="expiry", daemon=True)
            self._working.start()

    def wait(self, seconds: float) -> None:
        """Waits until a started erasure has ended, or the time is over."""
        if self._working is not None:
            self._working.join(seconds)

    def _follow(self, rules: Mapping[str, int]) -> None:
        for name, days in rules.items():
            now = datetime.now(UTC)
            with contextlib.suppress(TelalError):  # a busy archive: asked again in a minute
                if self._state.claim_expiry(name, now, every_s=EVERY_S):
                    self._one(name, days, now)

    def _one(self, name: str, days: int, now: datetime) -> None:
        """What cannot be erased now is retried within the hour, and the log says so."""
        held = [one for found in due(self._archive, {name: days}, now=now) for one in found.ids]
        if not held:
            self._log.info("expired", outlet=name, keep_days=days, articles=0)
            return
        try:
            certificate = self._expire(name)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._log.error("expired", outlet=name, keep_days=days, left=len(held), error=str(error)[:300])
            self._state.put_expiry_off(name, now - timedelta(seconds=EVERY_S - AGAIN_S))
            return
        clean, erased = not certificate.get("left"), len(certificate.get("articles", ()))
        level = self._log.info if clean else self._log.error
        level("expired", outlet=name, keep_days=days, articles=erased, clean=clean, certificate=certificate.get("file"))
