"""Checksums by block of files that grow at their end, and a look at whether somebody else wrote to files that are open.

CRC-32 finds any change of up to 32 bits in a row, and every other one but for one in four billion: it is against disks
and memory that err, not against people who want to deceive.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from zlib import crc32

from rag.store.upkeep.catchup import IndexBroken

BLOCK = 1 << 18  # bytes
REMOVAL_S = 0.002  # a removal changes the time of a file a moment before its name is gone


class IndexDamaged(IndexBroken):
    """The files of an index are not what was written: nothing that was read from them is used any more."""

    kind = "index-damaged"


class BlockSums:
    """The checksum of every block of a file, as far as its bytes count."""

    def __init__(self, sums: Sequence[int] = (), size: int = 0) -> None:
        self.sums, self.size = list(sums), size

    def append(self, data: bytes) -> None:
        """Count bytes that were written behind those that count."""
        rest = memoryview(data)
        while rest:
            begun = self.size % BLOCK
            some = rest[: BLOCK - begun]
            if begun:
                self.sums[-1] = crc32(some, self.sums[-1])
            else:
                self.sums.append(crc32(some))
            self.size += len(some)
            rest = rest[len(some) :]

    def replace(self, file: int, spans: Iterable[tuple[int, int]]) -> None:
        """Count these spans (start, length) as zeros, which the file does not hold yet.

        Raises IndexDamaged when what the file holds is not what was counted.
        """
        spans = list(spans)
        for number in {at // BLOCK for start, length in spans for at in (start, start + length - 1)}:
            block = self.read(file, number)
            if crc32(block) != self.sums[number]:
                raise IndexDamaged("A block is not what was written.")
            self.sums[number] = crc32(zeroed(block, number, spans))

    def read(self, file: int, number: int) -> bytearray:
        """The bytes of a block that count."""
        start = number * BLOCK
        return bytearray(os.pread(file, min(BLOCK, self.size - start), start))


def zeroed(block: bytearray, number: int, spans: Iterable[tuple[int, int]]) -> bytearray:
    """The block with the parts of spans of the file that lie in it made zero."""
    first = number * BLOCK
    for start, length in spans:
        begin, end = max(0, start - first), min(len(block), start + length - first)
        if begin < end:
            block[begin:end] = bytes(end - begin)
    return block


def look(file: os.stat_result) -> tuple[int, int]:
    """Size of a file, and when anything about it last changed: unlike the time of its content nobody can set that."""
    return file.st_size, file.st_ctime_ns


class Untouched:
    """Files as they are now. `touched` says whether anybody wrote to one since, `cut` whether one has become shorter
    than it may be.

    Asked before a search that reads files through a mapping: where they were cut, reading would end the process.
    """

    def __init__(self, least: Mapping[Path, int]) -> None:
        """`least`: the bytes that a file has at least."""
        self._files = [os.open(path, os.O_RDONLY) for path in least]
        for file in self._files:
            weakref.finalize(self, os.close, file)
        self._least = list(least.values())
        self._seen = [look(os.fstat(file)) for file in self._files]

    @property
    def touched(self) -> bool:
        """0.5 us a file."""
        if [look(os.fstat(file)) for file in self._files] == self._seen:
            return False
        time.sleep(REMOVAL_S)
        now = map(os.fstat, self._files)  # one that was removed is whole as long as it is open
        return any(look(file) != seen and file.st_nlink > 0 for file, seen in zip(now, self._seen, strict=True))

    @property
    def cut(self) -> bool:
        """0.5 us a file."""
        return any(os.fstat(file).st_size < least for file, least in zip(self._files, self._least, strict=True))
