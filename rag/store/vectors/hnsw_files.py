"""Whether the files of an HNSW index fit each other, as Chroma's hnswlib writes them one after the other."""

from __future__ import annotations

import struct
from pathlib import Path

_COUNT = struct.Struct("<20xQ")  # of header.bin: the number of elements, behind a version and two sizes
_SIZE = struct.Struct("<I")


def links_fit(directory: Path) -> bool:
    """Whether every index below a directory has the links of as many elements as its header counts.

    `link_lists.bin` holds for each element the size of its links, then these. A kill between the two files leaves
    fewer; hnswlib then takes whatever is in memory for sizes and allocates up to 4 GB for each missing element, until
    the machine has no memory left.
    """
    return all(_fit(header, header.with_name("link_lists.bin")) for header in directory.glob("*/header.bin"))


def _fit(header: Path, links: Path) -> bool:
    try:
        (count,) = _COUNT.unpack_from(header.read_bytes())
        data = links.read_bytes()
        at = 0
        for _ in range(count):
            at += _SIZE.size + _SIZE.unpack_from(data, at)[0]
    except (OSError, struct.error):
        return False
    return at == len(data)
