from __future__ import annotations

import errno
import os

import pytest

from rag.errors import DiskFull, ReadOnly
from rag.store.upkeep.index_directory import (
    IndexDirectory,
    Mark,
    mark_clean,
    read_mark,
    write_atomically,
    write_error,
)


@pytest.fixture
def place(tmp_path) -> IndexDirectory:
    return IndexDirectory(tmp_path / "indexes", "vectors")


def test_nothing_yet(place):
    assert place.current() is None
    place.sweep(keep=None)


def test_adopted_is_current(place):
    first, second = place.fresh(), place.fresh()
    assert first != second
    place.adopt(second, begun=5)
    assert (place.current(), place.building_change()) == (second, 5)


def test_a_number_is_never_used_again_while_its_mark_stands(place):
    first = place.fresh()
    mark_clean(first)
    first.rmdir()
    assert place.fresh() != first


def test_sweeping_leaves_the_kept_and_what_is_not_ours(place, tmp_path):
    kept, old = place.fresh(), place.fresh()
    other = IndexDirectory(tmp_path / "indexes", "keyword").fresh()
    (tmp_path / "indexes" / "vectors-notes").mkdir()
    for directory in (kept, old):
        mark_clean(directory)
    place.sweep(keep=kept)
    names = {path.name for path in (tmp_path / "indexes").iterdir()}
    assert names == {kept.name, kept.name + ".clean", other.name, "vectors-notes"}


@pytest.mark.parametrize("content", [b"", b"\xff", b"../../etc 1", b"vectors-99 1", b"keyword-1 1", b"vectors-1 x"])
def test_a_pointer_to_nothing_of_ours(place, tmp_path, content):
    place.fresh()
    IndexDirectory(tmp_path / "indexes", "keyword").fresh()
    (tmp_path / "indexes" / "vectors.current").write_bytes(content)
    assert place.current() is None


def test_the_mark_is_taken_once(place):
    directory = place.fresh()
    (directory / "file").write_text("x")
    assert read_mark(directory, take=True) is Mark.NONE
    mark_clean(directory)
    assert read_mark(directory, take=False) is Mark.CLEAN
    assert read_mark(directory, take=True) is Mark.CLEAN
    assert read_mark(directory, take=True) is Mark.NONE


@pytest.mark.parametrize("damage", ["write", "add", "remove", "cut", "an older Telal"])
def test_a_change_after_the_close_shows(place, damage):
    directory = place.fresh()
    file = directory / "file"
    file.write_text("vectors")
    mark_clean(directory)
    if damage == "write":
        file.write_text("garbage")
    elif damage == "add":
        (directory / "more").write_text("")
    elif damage == "remove":
        file.unlink()
    elif damage == "cut":
        os.truncate(file, 3)
    else:
        directory.with_name(directory.name + ".clean").write_text('{"file": [7, 0]}')
    assert read_mark(directory, take=True) is (Mark.NONE if damage == "an older Telal" else Mark.OTHER)


def test_garbage_for_a_mark(place):
    directory = place.fresh()
    directory.with_name(directory.name + ".clean").write_bytes(b"\xff{")
    assert read_mark(directory, take=True) is Mark.NONE


def test_atomic_writing_replaces(tmp_path):
    write_atomically(tmp_path / "file", "one")
    write_atomically(tmp_path / "file", "two")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "two"


def test_what_the_system_says():
    assert isinstance(write_error(OSError(errno.ENOSPC, "full"), "x"), DiskFull)
    assert isinstance(write_error(OSError(errno.EROFS, "read-only"), "x"), ReadOnly)
