"""One holder at a time, another soon after it is gone, none that goes on when it cannot ask."""

import os
import subprocess
import sys
import time

import pytest
from pydantic import SecretStr

from rag.config import ArchiveSettings, Settings
from rag.store.archive.archive import Archive
from rag.store.database import shared_tables as leases
from support.servers import ProgramMissing, of_another_clock

HOLDER = """
import sys, time
from pathlib import Path
from rag.config import Settings
from rag.store.archive.archive import Archive
lease = Archive.open(Settings(data_dir=Path(sys.argv[1]))).lease("chroma")
print(lease.hold(), flush=True)
while True:
    time.sleep(0.2)
    lease.hold()
"""


@pytest.mark.usefixtures("database")
def test_one_at_a_time_and_at_once_when_it_is_given_back(settings):
    with Archive.open(settings) as one, Archive.open(settings) as other:
        first, second, elsewhere = one.lease("chroma"), other.lease("chroma"), other.lease("another")
        assert (first.hold(), second.hold(), elsewhere.hold()) == (True, False, True)
        assert first.hold()
        first.release()
        first.release()
        second._asked_at = -leases._ASK_S  # as two seconds later
        assert second.hold()


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_killed_holder_is_followed_within_ten_seconds(settings):
    with Archive.open(settings) as archive:
        command = [sys.executable, "-c", HOLDER, str(settings.data_dir)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout.readline() == "True\n"
            mine = archive.lease("chroma")
            assert not mine.hold()
            holder.kill()
            killed = time.monotonic()
        while not mine.hold():
            assert time.monotonic() < killed + 10, "nobody took over"
            time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["-5m", "+5m"])
def test_clocks_that_differ_do_not_matter(on_postgres, settings, clock):
    """A holder whose clock is five minutes off keeps the lease while it lives, and is followed in time."""
    try:
        environment = os.environ | of_another_clock(clock)
    except ProgramMissing as error:
        pytest.skip(str(error))
    with Archive.open(settings) as archive:
        command = [sys.executable, "-c", HOLDER, str(settings.data_dir)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as holder:
            assert holder.stdout.readline() == "True\n"
            mine, begun = archive.lease("chroma"), time.monotonic()
            while time.monotonic() < begun + leases.LASTS_S + 2:
                assert not mine.hold(), "it was taken from a holder that lives"
                time.sleep(0.2)
            holder.kill()
            killed = time.monotonic()
        while not mine.hold():
            assert time.monotonic() < killed + 10, "nobody took over"
            time.sleep(0.1)


def test_a_holder_that_cannot_ask_stops_before_others_begin(own_postgres, tmp_path, monkeypatch):
    monkeypatch.setattr(leases, "_TRUSTED_S", 1.5)
    monkeypatch.setattr(leases, "_ASK_S", 0.5)
    url = SecretStr(own_postgres.new())
    with Archive.open(Settings(data_dir=tmp_path, archive=ArchiveSettings(url=url, busy_timeout_s=2))) as archive:
        mine = archive.lease("chroma")
        assert mine.hold()
        own_postgres.stop()
        stopped = time.monotonic()
        while mine.hold():
            assert time.monotonic() < stopped + 6, "it goes on"
            time.sleep(0.05)
        own_postgres.start()
        mine._asked_at = 0.0
        assert mine.hold()
