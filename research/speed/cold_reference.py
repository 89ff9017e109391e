"""`python -m research.speed.cold_reference DIRECTORY QUESTION`: opens the tutorial's pipeline and searches once."""

from __future__ import annotations

import sys
from pathlib import Path

from eval.targets.tutorial import Reference
from rag.config import load_settings
from research.speed.search import SEARCH_LIMIT


def main() -> None:
    """Says `ready`, then `answered`, and waits to be measured and ended."""
    directory, question = sys.argv[1:3]
    with Reference(load_settings().embedding, directory=Path(directory)) as reference:
        _say("ready")
        reference.search(question, SEARCH_LIMIT)
        _say("answered")
        sys.stdin.read()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
