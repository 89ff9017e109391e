from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from rag.errors import DirectoryOwned, ReadOnly
from rag.store.upkeep.index_directory import Owner, OwnerLock

HOLD = """
import sys, time
from pathlib import Path
from rag.store.upkeep.index_directory import OwnerLock
lock = OwnerLock(Path(sys.argv[1]), address="http://127.0.0.1:8000")
print(lock.acquire(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that owns the directory."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_one_owner_at_a_time(tmp_path):
    first, second = OwnerLock(tmp_path / "data"), OwnerLock(tmp_path / "data")
    assert first.acquire() and first.acquire() and first.locked
    assert not second.acquire() and not second.locked
    first.release()
    first.release()
    assert second.acquire()
    second.release()


def test_the_message_names_the_owner(tmp_path, other):
    with pytest.raises(DirectoryOwned, match=rf"process {other.pid} at http://127.0.0.1:8000.*TELAL_DATA_DIR"):
        OwnerLock(tmp_path).require()


def test_a_command_that_soon_ends_is_waited_for(tmp_path):
    command, server = OwnerLock(tmp_path), OwnerLock(tmp_path)
    command.acquire()
    threading.Timer(0.3, command.release).start()
    server.require()
    assert server.locked
    server.release()


def test_a_killed_owner_owns_nothing(tmp_path, other):
    lock = OwnerLock(tmp_path)
    assert not lock.acquire()
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert lock.acquire()
    assert lock.owner() == Owner(os.getpid())
    lock.release()
    assert lock.owner() is None


def test_the_address_may_come_later(tmp_path):
    lock = OwnerLock(tmp_path)
    lock.announce("http://unheld")
    assert lock.owner() is None
    lock.acquire()
    lock.announce("http://127.0.0.1:9000")
    assert OwnerLock(tmp_path).owner() == Owner(os.getpid(), "http://127.0.0.1:9000")
    lock.release()


def test_an_unreadable_owner_file_still_locks(tmp_path):
    (tmp_path / "owner.lock").write_bytes(b"\xff\xfe garbage")
    lock = OwnerLock(tmp_path)
    assert lock.owner() is None
    assert lock.acquire()
    lock.release()


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadOnly):
        OwnerLock(tmp_path / "file").acquire()
