"""Trains the embedding model with sentence-transformers' trainer, from the last checkpoint on; writes the weights."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from safetensors.numpy import load_file
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.losses import CachedMultipleNegativesRankingLoss
from torch import Tensor, nn
from transformers.trainer_utils import get_last_checkpoint

from eval.targets.torch_model import INNER, KIND
from rag.models.embed import readable
from rag.models.packaged import Floats
from research.train.embedder.build import Sets
from research.train.embedder.dev import evaluators
from research.train.embedder.pairs import Pair
from research.train.embedder.write import write_tuned
from research.train.reader.data import parallel
from research.train.reader.data.build import NTREX
from research.train.reader.data.parallel import Document

RESULT, LOG, TARGETS = "model", "log.jsonl", "hold.npz"
FROZEN = 4  # lowest layers, as in the reader; with the word embeddings they need not be shipped
PROMPTS = {"query": "query: ", "passage": "passage: ", "negative": "passage: ", "text": "passage: "}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What shapes the training beside the data; rates are AdamW's, `scale` is one over the softmax's temperature."""

    rate: float = 1e-4
    scale: float = 50.0
    hold: float = 10.0  # weight of the term that holds vectors near the present ones; 0 leaves it out
    batch: int = 128
    at_once: int = 32  # texts in one pass; the gradients of a batch are cached over its passes
    tokens: int = 128  # of a text; what is longer is cut
    warm_up: int = 20  # steps
    evaluations: int = 8
    steps: int | None = None  # the whole schedule in so many; None: every pair once
    across: bool = True  # the term draws languages together; False: the control
    bfloat16: bool = True  # four times as fast as float32 on processors that have it, a third as fast on others
    seed: int = 1
    threads: int = 1


def train(model: Path, sets: Sets, data: Path, out: Path, recipe: Recipe) -> Path:
    """Trains on all of `sets` once and returns the folder of the model, float32, in sentence-transformers' layout."""
    torch.set_num_threads(recipe.threads)
    network = SentenceTransformer(str(model), device="cpu")
    network.max_seq_length = recipe.tokens
    tables = {
        "asked": _table(sets.asked),
        "plain": _table(sets.asked, negative=False),
        "sentences": _table(sets.sentences),
    }
    ranking = CachedMultipleNegativesRankingLoss(network, scale=recipe.scale, mini_batch_size=recipe.at_once)
    losses: dict[str, torch.nn.Module] = dict.fromkeys(tables, ranking)
    if recipe.hold:
        texts, vectors = _targets(network, data, out, recipe)
        tables["hold"] = Dataset.from_dict({"text": texts, "label": vectors.tolist()})
        losses["hold"] = HoldLoss(network, recipe.hold)
    _freeze(network)
    trainer = SentenceTransformerTrainer(
        model=network,
        args=_arguments(out, recipe, steps=recipe.steps or sum(-(-len(t) // recipe.batch) for t in tables.values())),
        train_dataset={name: t for name, t in tables.items() if len(t)},
        loss=losses,
        evaluator=evaluators(data, bfloat16=recipe.bfloat16),
    )
    last: str | None = get_last_checkpoint(str(out)) if out.is_dir() else None  # type: ignore[no-untyped-call]
    trainer.train(resume_from_checkpoint=last)
    network.save(str(out / RESULT), create_model_card=False)
    history = "".join(json.dumps(entry) + "\n" for entry in trainer.state.log_history)
    (out / LOG).write_text(history, encoding="utf-8")
    return out / RESULT


def _targets(
    network: SentenceTransformer, data: Path, out: Path, recipe: Recipe
) -> tuple[list[str], NDArray[np.float32]]:
    """Kept in `out`, so that a training that goes on has the vectors of the model that it began with."""
    path = out / TARGETS
    if not path.is_file():
        out.mkdir(parents=True, exist_ok=True)
        documents = parallel.held(parallel.documents(data / NTREX))[0]
        texts, vectors = targets(network, documents, bfloat16=recipe.bfloat16, across=recipe.across)
        np.savez(path, texts=np.array(texts, dtype=np.str_), vectors=vectors)
    with np.load(path) as kept:
        return kept["texts"].tolist(), kept["vectors"]


def _table(pairs: Sequence[Pair], *, negative: bool = True) -> Dataset:
    """Columns of the pairs that have a negative, or of those that have none."""
    kept = [p for p in pairs if bool(p.negative) == negative]
    columns = {"query": [p.query for p in kept], "passage": [p.passage for p in kept]}
    return Dataset.from_dict({**columns, "negative": [p.negative for p in kept]} if negative else columns)


def _freeze(network: SentenceTransformer) -> None:
    body = network[0].auto_model
    body.requires_grad_(False)
    for layer in body.encoder.layer[FROZEN:]:
        layer.requires_grad_(True)
    for part in body.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0


def _arguments(out: Path, recipe: Recipe, *, steps: int) -> SentenceTransformerTrainingArguments:
    every = max(1, steps // recipe.evaluations)
    return SentenceTransformerTrainingArguments(
        output_dir=str(out), num_train_epochs=1, max_steps=recipe.steps or -1, per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.rate, warmup_steps=recipe.warm_up, lr_scheduler_type="linear", weight_decay=0.01,
        max_grad_norm=1.0, bf16=recipe.bfloat16, use_cpu=True, seed=recipe.seed, prompts=PROMPTS,
        batch_sampler="no_duplicates", multi_dataset_batch_sampler="proportional",
        eval_strategy="steps", eval_steps=every, eval_on_start=True,
        save_strategy="steps", save_steps=20, save_total_limit=1, logging_steps=5, report_to="none", disable_tqdm=True,
    )  # fmt: skip


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


def export(model: Path, folder: Path, **said: object) -> Path:
    """Writes the trained layers of the sentence-transformers directory `model` to `folder`; returns `folder`."""
    matrices: dict[str, Floats] = {}
    vectors: dict[str, Floats] = {}
    short = {f"{long}.{kind}": f"{part}.{tag}" for part, long in INNER.items() for tag, kind in KIND.items()}
    for name, values in load_file(model / "model.safetensors").items():
        _, _, rest = name.partition("encoder.layer.")
        layer, _, inner = rest.partition(".")
        if inner in short and int(layer) >= FROZEN:
            target = matrices if values.ndim == 2 else vectors
            target[f"l{layer}.{short[inner]}"] = values.astype(np.float32)
    write_tuned(matrices, vectors, folder, **said)
    return folder
