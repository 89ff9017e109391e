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
from rag.answer.injection import HEAD_FILE, InjectionHead
from rag.config import load_settings
from rag.models.embed import Embedder, load_embedder, tokens_of

HEAD_PATH = Path(rag.answer.__file__).with_name(HEAD_FILE)
MOST_ARTICLES = 12_000  # of a file
_KEPT_EACH = 4000  # vectors, so that a fit that is broken off goes on from there
_JUDGED = 0.3  # of the articles
_out = Console(width=160)


def fit_orders(
    clean: Annotated[list[Path], typer.Option(help="News without orders, JSON lines; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Where it is written; default: where Telal reads it.")] = HEAD_PATH,
    stopped: Annotated[float, typer.Option(help="Share of clean passages that may be kept from a model.")] = 0.001,
    vectors: Annotated[Path | None, typer.Option(help="A .npz in which vectors are kept for the next fit.")] = None,
    judge: Annotated[bool, typer.Option(help="Print what is stopped of each hand's orders, not learned from.")] = False,
) -> None:
    """Fit the head on the orders of all hands and on half of the articles; the thresholds on passages of that half that
    it did not see. With --judge prints what of each hand's orders is stopped when the others' are learned from."""
    from research.train.orders.fit import Fitting
    from research.train.orders.texts import HANDS, LOOKALIKE_NEWS, blocks, clean_articles

    articles = [a for a in clean_articles(clean, MOST_ARTICLES) if a.trained]
    random.Random(7).shuffle(articles)
    border = int(_JUDGED * len(articles))
    kept = KeptTokens(load_embedder(load_settings().embedding), vectors)
    fitting = Fitting(
        [s for a in articles[border:] for s in a.sentences],
        [p for a in articles[:border] for p in a.passages],
        [one.text for path in LOOKALIKE_NEWS for one in blocks(path)],
        stopped,
        kept.tokens_of,
        kept.model,
    )
    hands = {path.stem: blocks(path) for path in HANDS}
    count = sum(map(len, hands.values()))
    _out.print(f"{count} orders, {len(fitting.news)} sentences of news, {len(fitting.judged)} passages judged")
    save(fitting.head(hands), out)
    _out.print(f"{out.name}: {out.stat().st_size} bytes")
    for line in fitting.held_out(hands) if judge else ():
        _out.print(f"left out: {line}", highlight=False)
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
        hidden=head.meaning.hidden.astype(np.float16),
        hidden_bias=head.meaning.hidden_bias,
        out=head.meaning.out,
        meaning_bias=np.float32(head.meaning.bias),
        model=np.array(head.meaning.model),
    )


class KeptTokens:
    """Vectors of the tokens of texts by an embedding model, kept in a file where one is named."""

    def __init__(self, embedder: Embedder, path: Path | None) -> None:
        self._tokens_of, self._path, self.model = tokens_of(embedder), path, embedder.model_id
        self._held: dict[str, NDArray[np.float16]] = {}
        if path is not None and path.is_file():
            with np.load(path) as file:
                texts = np.split(file["tokens"], file["borders"])
                self._held = dict(zip(file["texts"].tolist(), texts, strict=True))

    def tokens_of(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """For each text the vectors of its tokens."""
        if self._tokens_of is None:
            raise typer.BadParameter(f"{self.model} gives no vectors of tokens: unset TELAL_EMBEDDING__MODEL.")
        new = list(dict.fromkeys(text for text in texts if text not in self._held))
        for start in range(0, len(new), _KEPT_EACH):
            some = new[start : start + _KEPT_EACH]
            self._held.update(zip(some, (one.astype(np.float16) for one in self._tokens_of(some)), strict=True))
            self.save()
        return [self._held[text].astype(np.float32) for text in texts]

    def save(self) -> None:
        """Writes the file."""
        if self._path is not None and self._held:
            texts = list(self._held.values())
            borders = np.cumsum([len(text) for text in texts])[:-1]
            np.savez(self._path, texts=np.array(list(self._held)), tokens=np.concatenate(texts), borders=borders)
