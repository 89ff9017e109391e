"""`python -m rag.store.vectors.probe DIR COLLECTION`: may this directory be opened? A broken one ends the process."""

from __future__ import annotations

import sys
from pathlib import Path

from rag.config import VectorsSettings
from rag.errors import TelalError
from rag.store.vectors.chroma_index import probe


def main() -> int:
    """0 when the directory can be used."""
    try:
        probe(Path(sys.argv[1]), VectorsSettings(collection=sys.argv[2]))
    except TelalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
