"""A benchmark of one's own to begin with: three cases over two documents, and what to do with them."""

from __future__ import annotations

from pathlib import Path

from rag.errors import BadInput

CASES, DOCS, READ_ME = "cases.jsonl", "docs.jsonl", "README.md"


def write_skeleton(folder: Path) -> tuple[Path, ...]:
    """Writes the files into a new or empty folder, and names them. Raises BadInput when it holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is there already, and not an empty folder.", hint="Name a new one.")
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(folder / name for name in (CASES, DOCS, READ_ME))
    for file in files:
        file.write_bytes((Path(__file__).parent / file.name).read_bytes())
    return files
