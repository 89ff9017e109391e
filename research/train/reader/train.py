"""Trains the reader: one pass over the examples on one thread, with checkpoints that it goes on from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from rag.errors import BadInput
from research.train.reader.data.examples import Example
from research.train.reader.features import LONGEST, POOL, Encoder, Features, batches
from research.train.reader.network import ReaderNetwork, losses, run, state


def parameters(path: Path) -> dict[str, torch.Tensor]:
    """Reads parameters by `ReaderNetwork`'s names: from `reader.pt`, or `reader.onnx`, whose matrices are int8.

    Weights from before "stated" read the whole give its pooling no say. Raises BadInput where the file is neither.
    """
    if path.suffix == ".pt" and path.is_file():
        return _pooled(torch.load(path, weights_only=True))
    if path.suffix == ".onnx" and path.is_file():
        held = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
        return _pooled({name: torch.from_numpy(value.astype(np.float32)) for name, value in _plain(held).items()})
    raise BadInput(f"{path} is no weights of the reader.", hint="Name a reader.pt of a training, or a reader.onnx.")


def _pooled(found: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    first = found.get("stated_in.weight")
    if first is not None and first.shape[0] == first.shape[1]:
        found["stated_in.weight"] = torch.cat([first, torch.zeros_like(first)], 1)
        found["pool.weight"], found["pool.bias"] = first.new_zeros(1, len(first)), first.new_zeros(1)
    return found


def average(results: Sequence[Path], out: Path, shares: Sequence[float] = ()) -> Path:
    """The mean of trainings of one network, number by number, as `out`: a model soup (Wortsman et al. 2022,
    https://arxiv.org/abs/2203.05482). One training goes on from the other, else their mean means nothing.

    `shares`: what each counts, all the same where none is given. A reader.onnx holds what is never trained besides,
    which is left out beside a reader.pt.
    """
    found = [parameters(path) for path in results]
    weights = torch.tensor(shares or [1.0] * len(found))
    weights = weights / weights.sum()
    names = [name for name in found[0] if all(name in f for f in found)]
    mean = {name: sum(w * f[name].float() for w, f in zip(weights, found, strict=True)) for name in names}
    torch.save({name: value.to(torch.float16) for name, value in mean.items()}, out)
    return out


def _plain(held: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
    found: dict[str, NDArray[np.float32]] = {}
    for name, values in held.items():
        if name.endswith(".w"):
            found[f"{name[:-1]}weight"] = (values.astype(np.float32) * held[f"{name[:-1]}s"].astype(np.float32)).T
        elif name.endswith((".weight", ".bias")):
            linear = name.split(".")[0] in ("head", "pool", "stated_in", "stated_out") and name.endswith(".weight")
            found[name] = (values.T if linear else values).astype(np.float32)
    return found


CHECKPOINT, RESULT, LOG = "checkpoint.pt", "reader.pt", "log.jsonl"
AVERAGE = 0.99  # decay of the running average of the weights
BATCH = 8  # examples when measuring
NEAR = (
    ("squad", "squad-unanswerable"), ("ntrex-cross", "ntrex-null"), ("balkan", "balkan-null"),
    ("balkan", "balkan-unanswerable"), ("parallel-own", "parallel-own-miss"), ("parallel-cross", "parallel-cross-miss"),
)  # fmt: skip
# dev sets of answered questions, each with its near misses
CURVE_EXAMPLES = 60  # of each dev set, for the learning curve

Say = Callable[[str], None]
Dev = Mapping[str, Sequence[Example]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What shapes the training beside the data; the rates are AdamW's."""

    rate: float = 2e-4
    head_rate: float = 12e-4
    warm_up: int = 60  # steps
    decay: float = 0.4  # share of the examples at the end over which the rate falls to zero
    weight_decay: float = 0.01
    clip: float = 1.0
    span_weight: float = 0.5
    stated_weight: float = 0.7
    margin_weight: float = 0.2
    apart_weight: float = 0.4
    taught_weight: float = 0.5
    long: bool = False  # windows as long as at reading among those of training
    seed: int = 1
    threads: int = 1
    bfloat16: bool = True  # of the passes; a third as fast as float32 where the processor only imitates it
    checkpoint_s: float = 180.0
    curve: tuple[float, ...] = (0.25, 0.5, 0.75)  # shares of the examples after which dev is measured


def train(
    model: Path,
    examples: Sequence[Example],
    dev: Dev,
    out: Path,
    recipe: Recipe,
    say: Say,
    *,
    start: Mapping[str, torch.Tensor] | None = None,
) -> Path:
    """Trains, or goes on from `out`'s checkpoint; returns the file of the averaged weights (float16).

    `start`: trained parameters by name, to begin with instead of the embedding model's.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    out.mkdir(parents=True, exist_ok=True)
    return _Run(model, examples, dev, out, recipe, say, start).go()


class _Run:
    def __init__(
        self, model: Path, examples: Sequence[Example], dev: Dev, out: Path, recipe: Recipe, say: Say,
        start: Mapping[str, torch.Tensor] | None,
    ) -> None:  # fmt: skip
        self.examples, self.dev, self.out, self.recipe, self.say = examples, dev, out, recipe, say
        self.encoder = Encoder(model)
        self.network = ReaderNetwork(model, bfloat16=recipe.bfloat16)
        self.trained = self.network.trained()
        if start is not None:
            self._put({name: start[name].float() for name in self.trained})
        self.optimizer = _optimizer(self.trained, recipe)
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.average = {name: p.detach().clone() for name, p in self.trained.items()}
        self.step = self.pool = self.batch = self.seen = 0
        self.seconds = 0.0
        self.measured: list[float] = []
        self.saved_at = time.monotonic()

    def go(self) -> Path:
        self._resume()
        self.network.train()
        recent: list[dict[str, float]] = []
        while self.pool * POOL < len(self.examples):
            for number, batch in enumerate(self._batches()):
                if number < self.batch:
                    continue
                started = time.monotonic()
                recent.append(self._train(batch))
                self.seconds += min(10.0, time.monotonic() - started)  # a stopped process does not count as work
                self.batch = number + 1
                if self.step % 40 == 0:
                    self._report(recent)
                    recent = []
                self._milestones()
            self.pool, self.batch = self.pool + 1, 0
            self.seen = min(len(self.examples), self.pool * POOL)  # some examples are dropped by cropping
        self._measure(1.0)
        path = self.out / RESULT
        torch.save(state(self.network, self.average), path)
        return path

    def _batches(self) -> Iterator[list[Features]]:
        return batches(self.examples, self.encoder, self.recipe.seed, self.pool, long=self.recipe.long)

    def _train(self, batch: Sequence[Features]) -> dict[str, float]:
        share = self.seen / len(self.examples)
        factor = min(1.0, (self.step + 1) / self.recipe.warm_up)
        if share > 1 - self.recipe.decay:
            factor *= max(0.02, (1 - share) / self.recipe.decay)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        found = losses(run(self.network, batch), batch)
        whole = found["choice"] + sum(
            weight * found[name]
            for name, weight in (
                ("span", self.recipe.span_weight),
                ("stated", self.recipe.stated_weight),
                ("margin", self.recipe.margin_weight),
                ("apart", self.recipe.apart_weight),
                ("taught", self.recipe.taught_weight),
            )
        )
        whole.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(self.trained.values()), self.recipe.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.seen += len(batch)
        decay = min(AVERAGE, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), list(self.trained.values()), 1 - decay)
        return {name: float(value.detach()) for name, value in found.items()}

    def _report(self, recent: Sequence[Mapping[str, float]]) -> None:
        means = {name: sum(r[name] for r in recent) / len(recent) for name in recent[0]} if recent else {}
        losses_ = " ".join(f"{name} {value:.3f}" for name, value in means.items())
        self.say(f"step {self.step}, {self.seen} of {len(self.examples)} examples, {self.seconds:.0f} s: {losses_}")

    def _milestones(self) -> None:
        due = [s for s in self.recipe.curve if s not in self.measured and self.seen >= s * len(self.examples)]
        for share in due:
            self._measure(share)
        if due or time.monotonic() - self.saved_at > self.recipe.checkpoint_s:
            self._save()

    def _measure(self, share: float) -> None:
        self.measured.append(share)
        kept = {name: p.detach().clone() for name, p in self.trained.items()}
        self._put(self.average)
        figures = measure(self.network, self.encoder, {n: e[:CURVE_EXAMPLES] for n, e in self.dev.items()})
        self._put(kept)
        torch.save(state(self.network, self.average), self.out / f"reader-{share}.pt")
        record = {"share": share, "examples": self.seen, "seconds": round(self.seconds), **figures}
        with (self.out / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.say(json.dumps(record))

    def _put(self, values: Mapping[str, torch.Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.trained.items():
                parameter.copy_(values[name])

    def _save(self) -> None:
        record = {
            "trained": {name: p.detach() for name, p in self.trained.items()},
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "at": [self.step, self.pool, self.batch, self.seen, self.seconds, self.measured],
            "random": torch.get_rng_state(),
            "recipe": asdict(self.recipe),
        }
        unfinished = self.out / f"{CHECKPOINT}.part"
        torch.save(record, unfinished)
        unfinished.replace(self.out / CHECKPOINT)
        self.saved_at = time.monotonic()

    def _resume(self) -> None:
        path = self.out / CHECKPOINT
        if not path.is_file():
            return
        record: dict[str, Any] = torch.load(path, weights_only=True)
        self._put(record["trained"])
        self.average = dict(record["average"])
        self.optimizer.load_state_dict(record["optimizer"])
        self.step, self.pool, self.batch, self.seen, self.seconds, self.measured = record["at"]
        torch.set_rng_state(record["random"])
        self.say(f"Going on after {self.seen} examples.")


def _optimizer(trained: Mapping[str, torch.nn.Parameter], recipe: Recipe) -> torch.optim.Optimizer:
    heads = [p for name, p in trained.items() if not name.startswith("body.")]
    body = [p for name, p in trained.items() if name.startswith("body.")]
    groups = [
        {"params": [p for p in body if p.ndim > 1], "lr": recipe.rate, "weight_decay": recipe.weight_decay},
        {"params": [p for p in body if p.ndim < 2], "lr": recipe.rate, "weight_decay": 0.0},
        {"params": heads, "lr": recipe.head_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, fused=True)


def measure(network: ReaderNetwork, encoder: Encoder, dev: Dev) -> dict[str, float]:
    """Per dev set: share with the right sentence first; areas under the curve of what is not here and not stated."""
    network.eval()
    figures: dict[str, float] = {}
    margins: dict[str, list[float]] = {}
    stated: dict[str, list[tuple[bool, float]]] = {}
    for name, examples in dev.items():
        random = Random(0)
        made = [encoder.features(e, LONGEST, random) for e in examples]
        kept = sorted((f for f in made if f), key=lambda f: len(f.layout.ids))
        hits = []
        margins[name], stated[name] = [], []
        for start in range(0, len(kept), BATCH):
            batch = kept[start : start + BATCH]
            with torch.no_grad():
                scores = run(network, batch)
            for row, f in enumerate(batch):
                best = int(scores.sentences[row].argmax())
                margins[name].append(float(scores.sentences[row].max() - scores.absent[row]))
                stated[name].append((f.stated, float(scores.stated[row])))
                if f.right and not f.claim:
                    hits.append(best in f.right)
        if hits:
            figures[f"{name} right"] = round(sum(hits) / len(hits), 3)
        if len({s for s, _ in stated[name]}) == 2:
            yes, no = ([v for s, v in stated[name] if s is wanted] for wanted in (True, False))
            figures[f"{name} stated"] = round(area(yes, no), 3)
    for name, other in NEAR:
        if margins.get(name) and margins.get(other):
            figures[f"{other} margin"] = round(area(margins[name], margins[other]), 3)
            yes, no = ([v for _, v in stated[n]] for n in (name, other))
            figures[f"{other} stated"] = round(area(yes, no), 3)
    network.train()
    return figures


def area(yes: Sequence[float], no: Sequence[float]) -> float:
    """Area under the ROC curve: how often a `yes` scores above a `no`, ties half."""
    wins = sum((y > n) + 0.5 * (y == n) for y in yes for n in no)
    return wins / (len(yes) * len(no))
