"""Files are damaged as the table says, and the table counts what was seen."""

from __future__ import annotations

import os

import pytest

from research.damage import Case, Outcome, damage, table


@pytest.mark.parametrize(
    ("way", "expected"),
    [("inverted", b"\xfe\x02\xfc\x04"), ("cut", b"\x01\x02"), ("zeroed", bytes(4)), ("swapped", b"other")],
)
def test_a_file_is_damaged_and_its_times_stay(tmp_path, way, expected):
    path, other = tmp_path / "a.idx", tmp_path / "b.idx"
    path.write_bytes(b"\x01\x02\x03\x04")
    other.write_bytes(b"other")
    os.utime(path, (1_000_000, 1_000_000))
    damage(path, way)
    assert path.read_bytes() == expected and path.stat().st_mtime == 1_000_000
    assert other.read_bytes() == (b"\x01\x02\x03\x04" if way == "swapped" else b"other")


def test_the_table_has_a_row_for_each_file_and_moment():
    case = Case("indexes/matrix-1/0.codes", "cut", "served")
    found = [
        Outcome(case, wrong=1, told=1, later_same=4, noticed=["said"]),
        Outcome(case, died=True),
        Outcome(Case("archive.sqlite", "cut", "unserved"), refused=4, noticed=["refused"]),
    ]
    assert list(table(found))[2:] == [
        "| matrix: 0.codes | served | 1 of 2 | 3 / 0 / 1 / 0 | 4 the same, 0 wrong | 1 |",
        "| archive.sqlite | unserved | 1 of 1 | 0 / 4 / 0 / 0 | 0 the same, 0 wrong | 0 |",
    ]
