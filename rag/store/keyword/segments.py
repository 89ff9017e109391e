"""Compares the files of tantivy's segments with the checksums that tantivy writes at their ends.

A file of a segment is written once. It ends with a footer in JSON, which holds the CRC-32 of all before it, the
footer's length and a magic number. tantivy compares none of it when it opens an index.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from rag.store.upkeep.checksums import IndexDamaged, Untouched

_TAIL = struct.Struct("<II")  # the footer's length, and this:
_MAGIC = 1337
_CHUNK = 1 << 20
_LISTS = "meta.json"  # the segments that count


class SegmentFiles:
    """The files of the segments that count, each compared once and watched from then on."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: dict[str, Untouched] = {}
        self._new: list[str] = []

    def note(self) -> None:
        """See which files there are now. They are complete, as only complete segments count."""
        names = self._names()
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}
        self._new = sorted(names - self._seen.keys())

    def compare(self, at_once: int) -> None:
        """Compare files that were not compared yet until so many bytes were read. Raises IndexDamaged."""
        done = 0
        while self._new and done < at_once:
            name = self._new[0]
            try:
                seen = Untouched({self._directory / name: 0})
                done += _compare(self._directory / name)
                self._seen[name] = seen
            except FileNotFoundError as error:  # merged into another segment meanwhile, and removed
                if name in self._names():
                    raise IndexDamaged(f"{self._directory / name} is gone.") from error
            self._new.pop(0)

    def forget(self) -> None:
        """Compare all of them once more."""
        self._seen = {}
        self.note()

    @property
    def touched(self) -> bool:
        """Did anybody write to one that was compared? 1 us a file: by its name each took 5 us, of 35 files five times a
        question."""
        return any(seen.touched for seen in list(self._seen.values()))

    def _names(self) -> set[str]:
        """Raises IndexDamaged when the list of segments cannot be read."""
        try:
            listed = json.loads((self._directory / _LISTS).read_text("utf-8"))["segments"]
            ids = {str(one["segment_id"]).replace("-", "") for one in listed}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{self._directory / _LISTS} cannot be read: {error}.") from error
        found = {path.name for path in self._directory.iterdir() if path.name.partition(".")[0] in ids}
        if lacking := ids - {name.partition(".")[0] for name in found}:
            if self._lists(lacking):
                raise IndexDamaged(f"The segment {min(lacking)} of {self._directory} is gone.")
        return found

    def _lists(self, ids: set[str]) -> bool:
        """Are segments without files still in the list? A merge may just have taken them out."""
        text = (self._directory / _LISTS).read_text("utf-8").replace("-", "")
        return any(one in text for one in ids)


def _compare(path: Path) -> int:
    """The size of a file that is what was written. Raises IndexDamaged."""
    with path.open("rb") as file:
        try:
            size = file.seek(0, os.SEEK_END)
            file.seek(size - _TAIL.size)
            length, magic = _TAIL.unpack(file.read(_TAIL.size))
            payload = size - _TAIL.size - length
            if magic != _MAGIC or payload < 0:
                raise ValueError("it has no footer")
            file.seek(payload)
            expected = int(json.loads(file.read(length))["crc"])
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise IndexDamaged(f"{path} is damaged: {error}.") from error
        file.seek(0)
        if _crc(iter(lambda: file.read(_CHUNK), b""), payload) != expected:
            raise IndexDamaged(f"{path} is not what was written.")
        return size


def _crc(chunks: Iterator[bytes], size: int) -> int:
    found = 0
    for chunk in chunks:
        found = crc32(chunk[:size], found)
        size -= len(chunk)
        if size <= 0:
            break
    return found
