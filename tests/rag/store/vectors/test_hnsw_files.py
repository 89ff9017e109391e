"""An HNSW index whose files a kill left at odds is not opened: it would take all memory."""

from __future__ import annotations

import struct

import pytest

from rag.store.vectors.hnsw_files import links_fit


def index(directory, count, sizes):
    directory.mkdir(parents=True)
    (directory / "header.bin").write_bytes(struct.pack("<i3Q72x", 1, 0, 4096, count))
    (directory / "link_lists.bin").write_bytes(b"".join(struct.pack("<I", size) + b"x" * size for size in sizes))


@pytest.mark.parametrize(
    ("count", "sizes", "fit"),
    [(3, [0, 8, 0], True), (0, [], True), (3, [0, 8], False), (2, [0, 8, 0], False), (3, [0, 0, 4_000_000], True)],
)
def test_as_many_elements_have_links_as_the_header_counts(tmp_path, count, sizes, fit):
    index(tmp_path / "one", count, sizes)
    index(tmp_path / "two", 1, [0])
    assert links_fit(tmp_path) is fit


def test_files_that_are_cut_or_missing_do_not_fit(tmp_path):
    assert links_fit(tmp_path)
    index(tmp_path / "one", 2, [0, 8])
    (tmp_path / "one/link_lists.bin").write_bytes((tmp_path / "one/link_lists.bin").read_bytes()[:-3])
    assert not links_fit(tmp_path)
    (tmp_path / "one/link_lists.bin").unlink()
    assert not links_fit(tmp_path)
