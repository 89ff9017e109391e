"""The command `python -m research.train orders`: the head that tells orders to a machine from news, fitted anew."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

import rag.answer
from rag.answer.injection import HEAD_FILE, InjectionHead

HEAD_PATH = Path(rag.answer.__file__).with_name(HEAD_FILE)
MOST_ARTICLES = 12_000  # of a file
_JUDGED = 0.3  # of the articles
_out = Console(width=160)


def fit_orders(
    clean: Annotated[list[Path], typer.Option(help="News without orders, JSON lines; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Where it is written; default: where Telal reads it.")] = HEAD_PATH,
    stopped: Annotated[float, typer.Option(help="Share of clean passages that may be stopped.")] = 0.0008,
) -> None:
    """Fit the head on orders.txt and on half of the articles; the threshold on passages of that half that it did not
    see. Prints what of a quarter of the orders is stopped when the rest is learned from."""
    from research.train.orders.fit import Fitting
    from research.train.orders.texts import LOOKALIKE_NEWS, ORDERS, blocks, clean_articles

    articles = [a for a in clean_articles(clean, MOST_ARTICLES) if a.trained]
    random.Random(7).shuffle(articles)
    judged, learned = articles[: int(_JUDGED * len(articles))], articles[int(_JUDGED * len(articles)) :]
    fitting = Fitting(
        [s for a in learned for s in a.sentences],
        [p for a in judged for p in a.passages],
        [one.text for one in blocks(LOOKALIKE_NEWS)],
        stopped,
    )
    orders = blocks(ORDERS)
    _out.print(f"{len(orders)} orders, {len(fitting.news)} sentences of news, {len(fitting.judged)} passages judged")
    for name, share in fitting.held_out(orders).items():
        _out.print(f"left out by {name}: {share:.3f} stopped", highlight=False)
    head = fitting.head(orders)
    save(head, out)
    _out.print(f"{out.name}: {out.stat().st_size} bytes")
    highest = sorted(((head.score(s), s) for p in fitting.judged[:5000] for s in p), reverse=True)[:12]
    for score, sentence in highest:
        _out.print(f"{score:5.2f} {sentence[:130]}", markup=False, highlight=False)


def save(head: InjectionHead, path: Path) -> None:
    """Writes a head, one byte a weight."""
    scale = np.float32(np.abs(head.weights).max() / 127)
    whole = np.round(head.weights / scale).astype(np.int8)
    np.savez_compressed(path, weights=whole, scale=scale, bias=np.float32(head.bias))
