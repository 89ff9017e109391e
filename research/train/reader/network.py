"""The reader as a PyTorch network: the embedding model's body and four heads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from research.train.reader.features import Features

FROZEN = 4  # lowest layers left as they are, and the word embeddings
DROPOUT = 0.1  # before the heads; none in the body
NEVER = -1e4
PAD = 1
SWAPPED = 0.5  # what a near miss of a group counts in the choice: swaps alone cost choosing 4 to 7 points
MARGIN = 3.0  # log odds by which a question is to stand above its near misses


class Scores:
    """What the heads give: sentences (b, s), absent (b,), start and end (b, t; place 0: no span), stated (b,)."""

    def __init__(self, sentences: Tensor, absent: Tensor, start: Tensor, end: Tensor, stated: Tensor) -> None:
        self.sentences, self.absent, self.start, self.end, self.stated = sentences, absent, start, end, stated


class ReaderNetwork(nn.Module):
    """Body and heads; `head` gives sentence, absent, start and end. "Stated" is read from the first token and from
    the whole, by a pooling of its own (`pool` says what each token counts), so that it need not repeat the choice.
    """

    def __init__(self, model: Path, *, bfloat16: bool = True) -> None:
        super().__init__()
        self.in_bfloat16 = bfloat16
        self.body = BertModel.from_pretrained(model, add_pooling_layer=False, attn_implementation="eager")
        self.body.requires_grad_(False)
        for part in self.body.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
        for layer in self.body.encoder.layer[FROZEN:]:
            layer.requires_grad_(True)
        hidden = self.body.config.hidden_size
        self.head = nn.Linear(hidden, 4)
        self.pool = nn.Linear(hidden, 1)
        self.stated_in = nn.Linear(2 * hidden, hidden)
        self.stated_out = nn.Linear(hidden, 1)
        for linear in (self.head, self.pool, self.stated_in, self.stated_out):
            nn.init.normal_(linear.weight, std=0.02)
            nn.init.zeros_(linear.bias)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: Tensor, mask: Tensor, sentences: Tensor, count: int) -> Scores:
        hidden = self.body(ids, attention_mask=mask)[0].float()
        with torch.autocast("cpu", enabled=False):
            return self.score(self.dropout(hidden), mask, sentences, count)

    def score(self, hidden: Tensor, mask: Tensor, sentences: Tensor, count: int) -> Scores:
        values = self.head(hidden)
        inside = sentences >= 0
        member = functional.one_hot(sentences.clamp(min=0), count).float() * inside.unsqueeze(-1).float()
        size = member.sum(1)
        mean = torch.einsum("bts,bt->bs", member, values[..., 0]) / size.clamp(min=1)
        allowed = inside.clone()
        allowed[:, 0] = True
        spans = values[..., 2:].masked_fill(~allowed.unsqueeze(-1), NEVER)
        counts = self.pool(hidden).masked_fill(mask.unsqueeze(-1) == 0, NEVER).softmax(1)
        whole = torch.cat([hidden[:, 0], (counts * hidden).sum(1)], 1)
        stated = self.stated_out(functional.gelu(self.stated_in(whole))).squeeze(-1)
        return Scores(mean.masked_fill(size == 0, NEVER), values[:, 0, 1], spans[..., 0], spans[..., 1], stated)

    def trained(self) -> dict[str, nn.Parameter]:
        return {name: p for name, p in self.named_parameters() if p.requires_grad}


def run(network: ReaderNetwork, batch: Sequence[Features]) -> Scores:
    """Scores of a batch, within the body in the network's precision."""
    ids, mask, sentences = collate(batch)
    count = max(f.count for f in batch)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=network.in_bfloat16):
        scores: Scores = network(ids, mask, sentences, count)
    return scores


def collate(batch: Sequence[Features]) -> tuple[Tensor, Tensor, Tensor]:
    longest = max(len(f.layout.ids) for f in batch)
    ids = torch.full((len(batch), longest), PAD, dtype=torch.long)
    mask = torch.zeros_like(ids)
    sentences = torch.full_like(ids, -1)
    for row, features in enumerate(batch):
        length = len(features.layout.ids)
        ids[row, :length] = torch.tensor(features.layout.ids)
        mask[row, :length] = 1
        sentences[row, :length] = torch.tensor(features.layout.sentences)
    return ids, mask, sentences


def losses(scores: Scores, batch: Sequence[Features]) -> dict[str, Tensor]:
    """Mean losses of the heads over those examples that tell them something.

    Sentences and "absent" share one softmax, each right sentence counting; spans are two softmaxes over places with
    place 0 for none; "stated" is binary; "margin" and "apart" compare each question with its near misses (a soft
    hinge), by the choice and by what is stated; "taught" is how far the choice in two languages is from the one in the
    question's own, where that is right (Kullback-Leibler).
    """
    choice = functional.log_softmax(torch.cat([scores.sentences, scores.absent[:, None]], 1), 1)
    start, end = (functional.log_softmax(s, 1) for s in (scores.start, scores.end))
    none = choice.shape[1] - 1
    chosen, spanned = [], []
    for row, f in enumerate(batch):
        if f.absent or f.right:
            loss = -torch.logsumexp(choice[row, [none] if f.absent else list(f.right)], 0)
            chosen.append(loss * (SWAPPED if f.absent and f.group else 1.0))
        if f.absent and not f.claim:
            spanned.append(-0.5 * (start[row, 0] + end[row, 0]))
        elif f.starts:
            both = torch.logsumexp(start[row, list(f.starts)], 0) + torch.logsumexp(end[row, list(f.ends)], 0)
            spanned.append(-0.5 * both)
    targets = torch.tensor([float(f.stated) for f in batch])
    return {
        "choice": _mean(chosen, scores.sentences),
        "span": _mean(spanned, scores.start),
        "stated": functional.binary_cross_entropy_with_logits(scores.stated, targets),
        "margin": _mean(_margins(torch.logsumexp(scores.sentences, 1) - scores.absent, batch), scores.absent),
        "apart": _mean(_margins(scores.stated, batch), scores.stated),
        "taught": _mean(_lessons(choice, batch), scores.absent),
    }


def _margins(values: Tensor, batch: Sequence[Features]) -> list[Tensor]:
    """A loss for each near miss that stands beside its own question."""
    own = {f.group: row for row, f in enumerate(batch) if f.group and f.stated and not f.absent}
    missed = [(own[f.group], row) for row, f in enumerate(batch) if f.absent and f.group in own]
    return [functional.softplus(MARGIN - (values[right] - values[row])) for right, row in missed]


def _lessons(choice: Tensor, batch: Sequence[Features]) -> list[Tensor]:
    """A loss for each question whose reading in its own language stands beside it and is right."""
    teachers = {f.group: row for row, f in enumerate(batch) if f.teaches}
    found = []
    for row, f in enumerate(batch):
        teacher = teachers.get(f.group, row)
        own = batch[teacher]
        if teacher != row and f.right and (f.first, f.count) == (own.first, own.count):
            aim = choice[teacher].detach()
            if int(aim.argmax()) in own.right:
                found.append((aim.exp() * (aim - choice[row])).sum())
    return found


def _mean(values: list[Tensor], like: Tensor) -> Tensor:
    return torch.stack(values).mean() if values else like.sum() * 0.0


def state(network: ReaderNetwork, values: dict[str, Tensor]) -> dict[str, Any]:
    return {name: value.detach().to(torch.float16) for name, value in values.items()}
