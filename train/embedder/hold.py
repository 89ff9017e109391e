"""Holds vectors near those of the present model, freed of what is common to their language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from rag.models.embed import readable
from train.reader.data.parallel import Document

Vectors = NDArray[np.float32]


class HoldLoss(nn.Module):
    """`weight` times the mean of 1 - cosine between a text's vector and the one given as its label (b, d)."""

    def __init__(self, model: SentenceTransformer, weight: float) -> None:
        super().__init__()
        self.model, self.weight = model, weight

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        vectors = torch.cat([self.model(features)["sentence_embedding"] for features in sentence_features])
        targets = labels.to(vectors.dtype).repeat(len(vectors) // len(labels), 1)
        loss: Tensor = self.weight * (1 - nn.functional.cosine_similarity(vectors, targets)).mean()
        return loss


def targets(
    model: SentenceTransformer, documents: Sequence[Document], *, bfloat16: bool, across: bool
) -> tuple[list[str], Vectors]:
    """Translated segments and where their vectors belong: each between its own and its English one's place.

    A place is the present model's vector less the mean of its language plus the mean of all: what the model says of
    the content, without what it says of the language. Not `across`: each where it is, for the control.
    """
    rows = [(tag, i, readable([text])[0]) for i, s in enumerate(_segments(documents)) for tag, text in s.items()]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
        vectors = model.encode([text for *_, text in rows], prompt_name="passage", batch_size=32)
    vectors = np.asarray(vectors, np.float32)
    if not across:
        return [text for *_, text in rows], vectors
    by_language: dict[str, list[int]] = defaultdict(list)
    for place, (tag, *_) in enumerate(rows):
        by_language[tag].append(place)
    means = {tag: vectors[places].mean(0) for tag, places in by_language.items()}
    whole = np.mean(list(means.values()), 0)
    free = np.stack([v - means[tag] + whole for v, (tag, *_) in zip(vectors, rows, strict=True)])
    free /= np.linalg.norm(free, axis=1, keepdims=True)
    english = {i: free[place] for place, (tag, i, _) in enumerate(rows) if tag == "en"}
    held = np.stack([own + english.get(i, own) for own, (_, i, _) in zip(free, rows, strict=True)])
    return [text for *_, text in rows], (held / np.linalg.norm(held, axis=1, keepdims=True)).astype(np.float32)


def _segments(documents: Sequence[Document]) -> list[dict[str, str]]:
    return [dict(segment) for document in documents for segment in document.segments]
