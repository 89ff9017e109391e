"""Pairs to train the embedding model on: a query, a passage that belongs to it and, for some, one that does not."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.datasets.lines import read_lines


@dataclass(frozen=True, slots=True)
class Pair:
    """`languages`: of query and passage, "el:en". `negative`: a passage that looks right and is not; "" if none."""

    source: str
    languages: str
    query: str
    passage: str
    negative: str = ""

    @property
    def crossing(self) -> bool:
        """Whether query and passage are in two languages; the scripts of Serbian are one."""
        asked, told = (tag.split("-")[0] for tag in self.languages.split(":"))
        return asked != told


def write_pairs(path: Path, pairs: Iterable[Pair]) -> str:
    """Writes them as gzipped JSON lines; returns the SHA-256 of the lines."""
    digest = hashlib.sha256()
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for pair in pairs:
            line = json.dumps(asdict(pair), ensure_ascii=False) + "\n"
            digest.update(line.encode())
            file.write(line)
    return digest.hexdigest()


def read_pairs(path: Path) -> list[Pair]:
    """Raises BadInput where the file is missing or damaged."""
    return [
        Pair(
            line.text("source"), line.text("languages"), line.text("query"), line.text("passage"),
            line.text("negative", default=""),
        )
        for line in read_lines(path)
    ]  # fmt: skip
