"""Trains the network that tells by the vectors of a text's tokens whether it speaks to a machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rag.answer.injection import MEANT_SMOOTH, MEANT_WINDOWS, MeaningHead

_DIRECTIONS = 128  # of the vectors in which they vary most
_HIDDEN, _ROUNDS, _BATCH = 64, 8, 64
_RATE, _DECAY = 3e-3, 0.05
_UNIT = 8.0  # how far the vectors vary along the first direction
_SAMPLED = 60_000  # tokens
_SEED = 5


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(_DIRECTIONS, _HIDDEN), nn.Linear(_HIDDEN, 1, bias=False)
        self.bias = nn.Parameter(torch.tensor(-1.0))

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        there = torch.arange(tokens.shape[1])[None] < lengths[:, None]
        told = self.out(torch.relu(self.hidden(tokens)))[..., 0] * there
        sums = torch.cat([torch.zeros(len(told), 1), told.cumsum(1)], 1)
        best = sums[:, -1] / (lengths + MEANT_SMOOTH) ** 0.5
        for size in MEANT_WINDOWS:
            if size < tokens.shape[1]:
                some = (sums[:, size:] - sums[:, :-size]) / (size + MEANT_SMOOTH) ** 0.5
                inside = torch.arange(some.shape[1])[None] + size <= lengths[:, None]
                best = torch.maximum(best, some.masked_fill(~inside, -torch.inf).max(1).values)
        return best + self.bias


def train_meaning(texts: Sequence[NDArray[np.float32]], orders: NDArray[np.bool_], model: str) -> MeaningHead:
    """The network that tells the texts that are orders from the others, by the vectors of their tokens."""
    torch.manual_seed(_SEED)
    torch.set_num_threads(1)
    chance = np.random.default_rng(_SEED)
    laid = np.concatenate(texts)
    sample = laid[chance.choice(len(laid), min(_SAMPLED, len(laid)), replace=False)].astype(np.float32)
    middle = sample.mean(0)
    variances, directions = np.linalg.eigh(np.cov((sample - middle).T))
    turned = (directions[:, : -_DIRECTIONS - 1 : -1] * _UNIT / variances[-1] ** 0.5).astype(np.float32)
    rows = [(text - middle) @ turned for text in texts]
    network = _Network()
    batches = (len(rows) + _BATCH - 1) // _BATCH
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_ROUNDS * batches)
    for _ in range(_ROUNDS):
        for some in _batches(rows, chance):
            lengths = torch.tensor([len(rows[i]) for i in some])
            padded = nn.utils.rnn.pad_sequence([torch.from_numpy(rows[i]) for i in some], batch_first=True)
            told = network(padded, lengths)
            loss = nn.functional.binary_cross_entropy_with_logits(told, torch.from_numpy(orders[some]).float())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    weights = {name: one.detach().numpy() for name, one in network.named_parameters()}
    hidden = turned @ weights["hidden.weight"].T
    return MeaningHead(
        hidden, weights["hidden.bias"] - middle @ hidden, weights["out.weight"][0], float(weights["bias"]), model
    )


def _batches(rows: Sequence[NDArray[np.float32]], chance: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Texts of like length together, the batches in another order each time."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
    for i in chance.permutation(len(batches)):
        yield batches[i]
