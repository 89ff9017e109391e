"""The command `python -m research.train orders`: the head that tells orders to a machine from news, fitted anew."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

import rag.answer
from rag.answer.injection import HEAD_FILE, MOST_MEANT, InjectionHead
from rag.config import load_settings
from rag.models.embed import Embedder, load_embedder

HEAD_PATH = Path(rag.answer.__file__).with_name(HEAD_FILE)
MOST_ARTICLES = 12_000  # of a file
_JUDGED = 0.3  # of the articles
_out = Console(width=160)


def fit_orders(
    clean: Annotated[list[Path], typer.Option(help="News without orders, JSON lines; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Where it is written; default: where Telal reads it.")] = HEAD_PATH,
    stopped: Annotated[float, typer.Option(help="Share of clean passages that may be kept from a model.")] = 0.0008,
    vectors: Annotated[Path | None, typer.Option(help="A .npz in which vectors are kept for the next fit.")] = None,
) -> None:
    """Fit the head on orders.txt and on half of the articles; the thresholds on passages of that half that it did not
    see. Prints what of a quarter of the orders is stopped when the rest is learned from."""
    from research.train.orders.fit import Fitting
    from research.train.orders.texts import LOOKALIKE_NEWS, ORDERS, blocks, clean_articles

    articles = [a for a in clean_articles(clean, MOST_ARTICLES) if a.trained]
    random.Random(7).shuffle(articles)
    border = int(_JUDGED * len(articles))
    kept = SentenceVectors(load_embedder(load_settings().embedding), vectors)
    fitting = Fitting(
        [s for a in articles[border:] for s in a.sentences],
        [p for a in articles[:border] for p in a.passages],
        [one.text for one in blocks(LOOKALIKE_NEWS)],
        stopped,
        kept.vectors_of,
        kept.model,
    )
    orders = blocks(ORDERS)
    _out.print(f"{len(orders)} orders, {len(fitting.news)} sentences of news, {len(fitting.judged)} passages judged")
    save(fitting.head(orders), out)
    _out.print(f"{out.name}: {out.stat().st_size} bytes")
    kept.save()
    for line in fitting.held_out(orders):
        _out.print(f"left out by {line}", highlight=False)
    kept.save()


def save(head: InjectionHead, path: Path) -> None:
    """Writes a head, one byte a weight."""
    scale = np.float32(np.abs(head.weights).max() / 127)
    np.savez_compressed(
        path,
        weights=np.round(head.weights / scale).astype(np.int8),
        scale=scale,
        bias=np.float32(head.bias),
        doubted=np.float32(head.doubted),
        meaning=head.meaning,
        meaning_bias=np.float32(head.meaning_bias),
        model=np.array(head.model),
    )


class SentenceVectors:
    """Vectors of sentences by an embedding model, kept in a file where one is named."""

    def __init__(self, embedder: Embedder, path: Path | None) -> None:
        self._embedder, self._path, self.model = embedder, path, embedder.model_id
        self._held: dict[str, NDArray[np.float32]] = {}
        if path is not None and path.is_file():
            with np.load(path) as file:
                self._held = dict(zip(file["texts"].tolist(), file["vectors"], strict=True))

    def vectors_of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimension)."""
        short = [text[:MOST_MEANT] for text in texts]
        new = list(dict.fromkeys(text for text in short if text not in self._held))
        self._held.update(zip(new, self._embedder.embed_passages(new), strict=True))
        return np.array([self._held[text] for text in short], np.float32)

    def save(self) -> None:
        """Writes the file."""
        if self._path is not None:
            np.savez(self._path, texts=np.array(list(self._held)), vectors=np.array(list(self._held.values())))
