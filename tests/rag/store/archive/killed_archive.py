"""A process to be killed while it writes, changes and erases articles. Run by test_archive_kill.py.

Forks a writer for each line "DATA_DIR ROUND" on its standard input, and says its process id.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import numpy as np

from rag.config import Settings
from rag.store.archive.archive import Archive, Identity, Write, passage_id
from rag.types import Article, Passage


def write_of(article_id: str, mark: str) -> Write:
    text = f"{mark} " + "vest " * random.choice((1, 50, 1500))
    text = text.strip()
    passage = Passage(passage_id(article_id, 1, 0, len(text)), article_id, 1, 0, text, 0, len(text), title=mark)
    return Write(Article(article_id, mark, text), [passage], np.ones((1, 32), np.float32))


def work(data_dir: Path, round_: int) -> None:
    """One line is acknowledged after each commit: `put id mark` or `erase id`."""
    acknowledgements = os.open(data_dir / "acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with Archive.open(Settings(data_dir=data_dir), identity=Identity("ones", 32, "whole")) as archive:
        erased: set[str] = set()
        for turn in range(1_000_000):
            ids = random.sample([f"r{round_}n{n}" for n in range(200)], random.choice((1, 8, 64)))
            if turn % 9 == 8:
                there = [one for one in archive.read_states(ids) if one not in erased]
                for one in there[:1]:
                    archive.erase(one, reason="asked")
                    erased.add(one)
                    os.write(acknowledgements, f"erase {one}\n".encode())
                continue
            ids = [one for one in ids if one not in erased]
            archive.write([write_of(one, f"t{turn}") for one in ids])
            os.write(acknowledgements, "".join(f"put {one} t{turn}\n" for one in ids).encode())


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        data_dir, round_ = line.rsplit(maxsplit=1)
        child = os.fork()
        if child == 0:
            random.seed()
            work(Path(data_dir), int(round_))
            os._exit(1)
        os.write(1, f"{child}\n".encode())


if __name__ == "__main__":
    main()
