"""A process to be killed: checks that all it acknowledged before is whole, then writes on. Run by test_kill.py.

Waits with everything imported and forks a writer for each line "DIRECTORY ROUND" on its standard input, so that a
round costs a fork and not a second of imports. Says "pid N", and the writer "verified" or "wrong: ...".
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

import rag.store.vectors.chroma  # noqa: F401  loads chromadb before the fork
from rag.config import Settings, VectorsSettings
from rag.store.archive.archive import Archive, Identity, Write, passage_id
from rag.store.indexes import Indexes
from rag.types import Article, Passage

DIMENSION = 256  # large enough that most of the time passes inside Chroma
PASSAGES = 3


def vectors_of(article_id: str) -> np.ndarray:
    """Unit vectors that a later process can make again from the id."""
    made = np.random.default_rng(int(article_id.split("x")[1])).standard_normal((PASSAGES, DIMENSION))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def write_of(article_id: str) -> Write:
    parts = [f"{article_id}p{n} prva reč." for n in range(PASSAGES)]
    passages, at = [], 0
    for n, part in enumerate(parts):
        name = passage_id(article_id, 1, at, at + len(part))
        passages.append(Passage(name, article_id, 1, n, part, at, at + len(part), title="Vest"))
        at += len(part) + 1
    return Write(Article(article_id, "Vest", " ".join(parts)), passages, vectors_of(article_id))


def wrong(archive: Archive, indexes: Indexes, acknowledged: list[str]) -> str | None:
    """What of the acknowledged articles is not as it should be."""
    if problems := [*archive.check(), *indexes.check()]:
        return f"{problems}"
    if indexes.status().vector_store_state != "ready":
        return f"Chroma is {indexes.status().vector_store_state}"
    chosen = acknowledged[-150:] + random.sample(acknowledged, min(50, len(acknowledged)))
    for article_id in chosen:
        for n, (held, vector) in enumerate(zip(archive.passages_of(article_id), vectors_of(article_id), strict=True)):
            if indexes.dense(vector, limit=1)[0].key != held.key:
                return f"{article_id} is not found by its vector"
            if [hit.key for hit in indexes.keyword(f"{article_id}p{n}", limit=1)] != [held.key]:
                return f"{article_id} is not found by its word"
    known = archive.read_states(acknowledged)
    return None if len(known) == len(set(acknowledged)) else "acknowledged articles are missing from the archive"


def work(directory: Path, round_: int) -> None:
    settings = Settings(data_dir=directory / "data", vectors=VectorsSettings(mode="chroma"))
    archive = Archive.open(settings, identity=Identity("random", DIMENSION, "threes"))
    indexes = Indexes(archive, settings, dimension=DIMENSION, own=True)
    indexes.start()
    acks = directory / "acknowledged"
    acknowledged = acks.read_text().split() if acks.exists() else []
    if acknowledged:
        indexes.refresh()
        while indexes.status().vector_store_state != "ready":
            time.sleep(0.01)
    found = wrong(archive, indexes, acknowledged) if acknowledged else None
    os.write(1, f"wrong: {found}\n".encode() if found else b"verified\n")
    number = round_ * 1_000_000
    with acks.open("a") as file:
        while not found:
            ids = [f"a{round_}x{number + n}" for n in range(random.choice((2, 60, 150)))]
            number += len(ids)
            archive.write([write_of(one) for one in ids])
            file.write(" ".join(ids) + " ")
            file.flush()
            if random.random() < 0.7:
                indexes.refresh()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        directory, round_ = line.rsplit(maxsplit=1)
        child = os.fork()
        if child == 0:
            os.setsid()
            try:
                work(Path(directory), int(round_))
            except BaseException as error:
                os.write(1, f"wrong: {type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os.write(1, f"pid {child}\n".encode())


if __name__ == "__main__":
    main()
