"""The verifier as a PyTorch network: three layers over the reader's last states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rag.reader.verify import VECTORS
from research.train.reader.network import ReaderNetwork
from research.train.reader.train import parameters

WIDTHS = (256, 64)
DROPOUT = 0.2
EPSILON = 1e-5


class VerifierNetwork(nn.Module):
    """What `rag.reader.verify.Verifier` computes, to be trained."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden, eps=EPSILON)
        self.first = nn.Linear((VECTORS + 2) * hidden, WIDTHS[0])
        self.middle = nn.Linear(*WIDTHS)
        self.last = nn.Linear(WIDTHS[1], 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, features: Tensor) -> Tensor:
        """Log odds (b,) that the words are right, from (b, 6, hidden)."""
        x = self.norm(features)
        x = torch.cat([x.flatten(1), x[:, 1] * x[:, 3], x[:, 0] * x[:, 3]], 1)
        x = functional.gelu(self.first(self.dropout(x)), approximate="tanh")
        x = functional.gelu(self.middle(self.dropout(x)), approximate="tanh")
        odds: Tensor = self.last(x).squeeze(-1)
        return odds

    def weights(self) -> dict[str, NDArray[np.float16]]:
        """Returns the weights as `write_verifier` takes them."""
        return {name: value.detach().numpy().astype(np.float16) for name, value in self.state_dict().items()}


def reader_of(model: Path, weights: Path) -> ReaderNetwork:
    """The reader of a `reader.onnx` as a network to read with: its weights are the int8 ones."""
    network = ReaderNetwork(model)
    network.body.set_attn_implementation("sdpa")  # half the time of the attention that is trained with
    found = parameters(weights)
    network.load_state_dict({name: found[name] for name in network.state_dict() if name in found}, strict=False)
    return network.eval()
