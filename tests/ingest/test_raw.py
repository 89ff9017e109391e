"""The file of rejected records: appended to, whatever the record holds, and clear when it cannot be written."""

import json
from pathlib import Path

import pytest

from ingest.raw import Place, RejectedRecord, RejectionFile
from ingest.sources.files import Files
from rag.errors import DiskFull, ReadOnly


def rejected(record: object) -> RejectedRecord:
    return RejectedRecord("why", Place("a.jsonl", 3), "more", record=record)  # type: ignore[arg-type]


def test_records_are_appended_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "r.jsonl"
    for record in ({"n": "čaj"}, {"n": "\ud800x"}):
        with RejectionFile(path) as rejections:
            rejections.write(rejected(record))
            assert rejections.count == 1
    assert [r.fields for r in Files([path], max_bytes=1000)] == [{"n": "čaj"}, {"n": "\ud800x"}]  # type: ignore[union-attr]
    first = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert first["rejected"] == {"reason": "why", "detail": "more", "file": "a.jsonl", "line": 3}


def test_no_file_without_a_rejection(tmp_path: Path) -> None:
    with RejectionFile(tmp_path / "r.jsonl"):
        pass
    assert not (tmp_path / "r.jsonl").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(DiskFull, match="No room left"), RejectionFile(Path("/dev/full")) as rejections:
        rejections.write(rejected({}))


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ReadOnly, match="may not be written"),
        RejectionFile(tmp_path / "file" / "r.jsonl") as rejections,
    ):
        rejections.write(rejected({}))
