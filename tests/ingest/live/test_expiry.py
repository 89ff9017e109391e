"""What an outlet's rule lets Telal keep no longer is erased by the watch itself, once a day."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from outlet_site import Site

from ingest.outlets import OutletConfig, add_outlet, outlets_file
from ingest.watch.expiry import AGAIN_S, EVERY_S, Expiry, expire_by_command
from ingest.watch.outlet_status import outlet_statuses

pytestmark = pytest.mark.usefixtures("database")


class Told:
    """A log that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, dict[str, Any]]] = []

    def info(self, event: str, **more: Any) -> None:
        self.events.append(("info", event, more))

    def error(self, event: str, **more: Any) -> None:
        self.events.append(("error", event, more))


def outlet(site: Site, keep_days: int | None = 2) -> OutletConfig:
    return OutletConfig(name="Most Daily", feeds=(f"{site.base}/feed",), keep_days=keep_days)


def looked(expiry: Expiry, *outlets: OutletConfig) -> None:
    expiry._next = 0.0
    expiry.look(outlets)
    expiry.wait(120)


def test_a_run_erases_what_is_past_its_time_and_it_does_not_come_back(
    site: Site, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command, in a process of its own, beside this one which has the archive open."""
    monkeypatch.chdir(desk.settings.data_dir.parent)
    site.publish(3, age=timedelta(days=3))
    site.publish(2)
    add_outlet(outlets_file(desk.settings), outlet(site))
    told = Told()
    expiry = Expiry(desk.archive, expire_by_command(desk.settings), told)
    assert desk.run(outlet(site)).stored == 5
    desk.run(outlet(site), each_round=expiry.look)
    expiry.wait(120)
    ((level, event, said),) = told.events
    assert (level, event, said["articles"], said["clean"]) == ("info", "expired", 3, True)
    assert (desk.settings.data_dir / "erasures").is_dir() and said["certificate"]
    assert desk.archive.stats().articles == 2
    assert desk.run(outlet(site)).stored == 0
    assert desk.archive.stats().articles == 2
    (found,) = outlet_statuses(desk.state, datetime.now(UTC))
    assert found.held == 2


@pytest.fixture
def old(site: Site, desk: Any) -> Site:
    site.publish(1, age=timedelta(days=3))
    desk.run(outlet(site))
    return site


def test_once_a_day(old: Site, desk: Any) -> None:
    asked: list[str] = []

    def expire(name: str) -> Mapping[str, Any]:
        asked.append(name)
        return {"articles": [1], "left": []}

    expiry = Expiry(desk.archive, expire, Told())
    for _ in range(2):
        expiry.look([outlet(old)])
        expiry.wait(60)
    assert asked == ["Most Daily"]
    assert EVERY_S - 60 < expiry._next - time.monotonic() <= EVERY_S
    looked(expiry, outlet(old))
    assert asked == ["Most Daily"] * 2


def test_a_paused_outlets_rule_is_followed(old: Site, desk: Any) -> None:
    asked: list[str] = []
    expiry = Expiry(desk.archive, lambda name: asked.append(name) or {}, Told())  # type: ignore[func-returns-value]
    going = OutletConfig(name="Other", feeds=(f"{old.base}/feed",))
    desk.run(outlet(old).model_copy(update={"enabled": False}), going, each_round=expiry.look)
    expiry.wait(60)
    assert asked == ["Most Daily"]


def test_without_a_rule_or_without_anything_old_nothing_is_begun(old: Site, desk: Any) -> None:
    told = Told()
    expiry = Expiry(desk.archive, lambda name: pytest.fail("begun"), told)
    looked(expiry, outlet(old, keep_days=None))
    assert told.events == []
    looked(expiry, outlet(old, keep_days=5))
    assert told.events == []


@pytest.mark.parametrize("error", [OSError("busy"), subprocess.TimeoutExpired("telal", 1), ValueError("no JSON")])
def test_a_failure_is_told_and_tried_again_within_the_hour(old: Site, desk: Any, error: Exception) -> None:
    told = Told()

    def expire(name: str) -> Mapping[str, Any]:
        raise error

    expiry = Expiry(desk.archive, expire, told)
    looked(expiry, outlet(old))
    ((level, _, said),) = told.events
    assert level == "error" and said["error"]
    assert expiry._next - time.monotonic() <= AGAIN_S


def test_a_trace_that_is_left_is_an_error(old: Site, desk: Any) -> None:
    told = Told()
    left = {"articles": [1], "left": [{"file": "x", "what": "y"}], "file": "c.json"}
    looked(Expiry(desk.archive, lambda name: left, told), outlet(old))
    assert [(level, said["clean"]) for level, _, said in told.events] == [("error", False)]
