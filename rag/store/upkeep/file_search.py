"""`python -m rag.store.upkeep.file_search FOLDER`: looks for byte strings in all files of a folder.

Never in a process that has the archive open: closing any handle of a SQLite file drops all locks that the process holds
on it. Reads JSON from its input, {"what": [hex, ...]}, and writes JSON; imports nothing of ours.
"""

from __future__ import annotations

import json
import mmap
import sys
from pathlib import Path


def search(folder: Path, wanted: dict[str, list[bytes]]) -> dict[str, object]:
    """`found`: (file, what) for each kind that stands in it; `files` and `bytes` that were read."""
    found: list[tuple[str, str]] = []
    files = read = 0
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_symlink() or not path.is_file() or not path.stat().st_size:
                continue
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                files, read = files + 1, read + len(data)
                name = str(path.relative_to(folder))
                found += [(name, what) for what, needles in wanted.items() if any(data.find(n) >= 0 for n in needles)]
        except (FileNotFoundError, ValueError):  # removed or emptied meanwhile
            continue
    return {"found": found, "files": files, "bytes": read}


if __name__ == "__main__":
    asked = {what: [bytes.fromhex(n) for n in needles] for what, needles in json.load(sys.stdin).items()}
    json.dump(search(Path(sys.argv[1]), asked), sys.stdout)
