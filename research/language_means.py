"""`python -m research.language_means`: the mean question of each language, by which dense search moves questions."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from eval.datasets.lines import read_lines
from rag.config import load_settings
from rag.models.embed import Embedder, load_embedder
from rag.text.language import family

DECIMALS = 4
_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Means:
    """Mean vectors (d,) of segments embedded as questions, by language family, and how many segments made each."""

    model_id: str
    vectors: dict[str, NDArray[np.float32]]
    counts: dict[str, int]


def half(path: Path) -> dict[str, list[str]]:
    """The texts, by language family, of half the news documents, by the digest of their ids; the others measure."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in read_lines(path):
        if hashlib.sha256(line.text("doc_id").encode()).digest()[0] % 2 == 0:
            found[family(line.text("language"))].append(line.text("text"))
    return dict(found)


def fit_means(texts: Mapping[str, Sequence[str]], embedder: Embedder) -> Means:
    """Embed every text as a question and average by language."""
    vectors = {
        name: np.asarray(np.mean([embedder.embed_query(text) for text in some], axis=0), np.float32)
        for name, some in texts.items()
    }
    return Means(embedder.model_id, vectors, {name: len(some) for name, some in texts.items()})


def save_means(means: Means, out: Path, *, source: str) -> None:
    """Writes the means of this model into `out`, beside those of other models that it holds."""
    held = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    held[means.model_id] = {
        "about": f"Mean questions by language, made by `python -m research.language_means` from {source}",
        "segments": means.counts,
        "means": {name: [round(float(v), DECIMALS) for v in vector] for name, vector in sorted(means.vectors.items())},
    }
    lines = (f"{json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in sorted(held.items()))
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def fit_languages(
    segments: Annotated[Path, typer.Argument(metavar="SEGMENTS.jsonl", help="The same news in every language.")],
    out: Annotated[Path, typer.Option(help="Where the means are written: question_means.json.")],
) -> None:
    """Fit the mean question of each language on half of the documents of parallel segments."""
    embedder = load_embedder(load_settings().embedding)
    means = fit_means(half(segments), embedder)
    save_means(means, out, source=segments.name)
    _err.print(f"{len(means.vectors)} languages, {sum(means.counts.values())} segments. Written to {out}.")


if __name__ == "__main__":
    typer.run(fit_languages)
