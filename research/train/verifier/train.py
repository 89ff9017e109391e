"""Trains the verifier on what the reader proposed: some passes, half a minute on one free thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from eval.metrics.refusal import auroc
from research.train.verifier.labels import RIGHT
from research.train.verifier.network import VerifierNetwork
from research.train.verifier.shards import Proposals

HELD = 20  # every so-manieth example is kept from training, to see how it goes
LEAST_RATE = 0.01  # of the rate, at the end

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What shapes the training beside the data; the rate is AdamW's."""

    rate: float = 1e-3
    warm_up: int = 100  # steps
    weight_decay: float = 0.02
    passes: int = 4
    batch: int = 256
    beside_weight: float = 0.5  # what other words of a question count beside those that the reader proposes
    seed: int = 1


def train(found: Proposals, recipe: Recipe, say: Say) -> VerifierNetwork:
    """The trained network; says how it does on the examples that are kept back."""
    torch.manual_seed(recipe.seed)
    drawn = np.random.default_rng(recipe.seed)
    network = VerifierNetwork(found.features.shape[-1])
    optimizer = torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=recipe.weight_decay)
    kept = found.example % HELD == 0
    learned = np.flatnonzero(~kept)
    steps = recipe.passes * (len(learned) // recipe.batch)
    right = torch.from_numpy((found.agreement >= RIGHT).astype(np.float32))
    weight = torch.from_numpy(np.where(found.rank == 0, 1.0, recipe.beside_weight).astype(np.float32))
    step = 0
    for number in range(recipe.passes):
        order = drawn.permutation(learned)
        for start in range(0, len(order) - recipe.batch + 1, recipe.batch):
            batch = order[start : start + recipe.batch]
            factor = min(1.0, (step + 1) / recipe.warm_up) * max(LEAST_RATE, 1 - step / steps)
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * factor
            odds = network(torch.from_numpy(found.features[batch].astype(np.float32)))
            each = functional.binary_cross_entropy_with_logits(odds, right[batch], reduction="none")
            (each * weight[batch]).mean().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
        own = np.flatnonzero(kept & (found.rank == 0))
        area = auroc(scored(network, found.features[own]), (right[own] > 0).tolist())
        say(f"Pass {number + 1}: of {len(own)} proposals kept back the area under ROC is {area}.")
    return network.eval()


def scored(network: VerifierNetwork, features: np.ndarray[tuple[int, ...], np.dtype[np.float16]]) -> list[float]:
    """The log odds of each proposal."""
    network.eval()
    with torch.no_grad():
        odds: list[float] = network(torch.from_numpy(features.astype(np.float32))).tolist()
    network.train()
    return odds
