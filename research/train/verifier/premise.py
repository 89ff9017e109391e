"""The network that tells whether a sentence bears out what a question takes for granted, and how it is trained.

Decomposable attention (Parikh et al., EMNLP 2016) over the reader's last states: each token of the question is compared
with what it attends to in the sentence; the reader itself is not changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from eval.metrics.refusal import auroc
from rag.reader.reader import ROOM, Reader
from rag.reader.tokens import END, NOWHERE, lay_out, locate, windows
from rag.reader.verify import (
    CONTRADICTED,
    FIRST,
    HOLDS,
    LOG_PROBABILITIES,
    MEMBERS,
    QUESTION,
    TOKENS,
    UNTOLD,
)
from rag.text.cldr import day_name
from rag.text.sentences import Span, split_sentences

WIDTH, DROPOUT, BATCH, PASSES, RATE, DECAY, WARM_UP = 128, 0.2, 64, 5, 5e-4, 0.05, 40
UNTOLD_WEIGHT = 0.5  # of a sentence that tells nothing of it; there are several to each that does
LIKELIEST, OTHERS = 3, 0.15  # of those, the reader's likeliest ones are kept, and this share of the rest
_LINE = re.compile(r"[hcu] \| ")
_HEAD = re.compile(r"=== (\S+) (\S+) (\S+)")
_LABELS = {"h": HOLDS, "c": CONTRADICTED}
Halves = NDArray[np.float16]


class PremiseNetwork(nn.Module):
    """What `rag.reader.verify.PremiseCheck` computes, to be trained."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.asks, self.asked, self.told, self.own = (nn.Linear(hidden, WIDTH) for _ in range(4))
        self.compare = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(4 * WIDTH, WIDTH), nn.GELU())
        self.whole, self.sentence = nn.Linear(hidden, WIDTH), nn.Linear(hidden, WIDTH)
        self.judge = nn.Sequential(
            nn.Dropout(DROPOUT), nn.Linear(5 * WIDTH, WIDTH), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(WIDTH, 3)
        )

    def forward(self, question: Tensor, tokens: Tensor, members: Tensor, first: Tensor) -> Tensor:
        """Log probabilities (sentences, 3) from the states of a question (q, hidden), of a text's tokens (t, hidden),
        which tokens are of each sentence (sentences, t), and of the first token (hidden)."""
        question, tokens, first = self.norm(question), self.norm(tokens), self.norm(first)
        outside = (1 - members)[:, None, :] * -1e4
        attended = ((self.asks(question) @ self.asked(tokens).T / WIDTH**0.5) + outside).softmax(2) @ self.told(tokens)
        own = self.own(question)[None].expand(members.shape[0], -1, -1)
        compared = self.compare(torch.cat([own, attended, own - attended, own * attended], 2))
        said = self.sentence(tokens)
        parts = [
            compared.amax(1),
            compared.mean(1),
            self.whole(first)[None].expand(members.shape[0], -1),
            (said[None] + outside.transpose(1, 2)).amax(1),
            members @ said / members.sum(1, keepdim=True),
        ]
        return functional.log_softmax(self.judge(torch.cat(parts, 1)), 1)


@dataclass(frozen=True, slots=True, eq=False)
class ReadWindow:
    """A question beside a window of a text as the reader saw it: its last states (t, hidden), the sentence of each
    token, how many tokens the question has, the outcome of each sentence, and the reader's score of it."""

    states: Halves
    sentences: NDArray[np.int16]
    question: int
    outcomes: Mapping[int, int]
    margins: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class AskedText:
    """A short article with its questions, each as fields: `h` (holds), language, question, words that answer; `c`
    (contradicted), language, kind, question, sentence; `u` (untold), language, kind, question."""

    language: str
    day: date
    title: str
    text: str
    questions: tuple[tuple[str, ...], ...]


def asked_texts(path: Path) -> Iterator[AskedText]:
    """The articles of a file, each a line `=== id language day`, one with the headline, its text, its questions."""
    for block in re.split(r"\n\s*\n(?==== )", path.read_text(encoding="utf-8").strip()):
        head, *lines = block.strip().splitlines()
        told = _HEAD.match(head)
        if told is None:
            raise ValueError(f"{path.name}: {head[:60]!r} is not `=== id language day`")
        title, *body = [line for line in lines if line.strip() and not _LINE.match(line)]
        asked = tuple(tuple(map(str.strip, line.split(" | "))) for line in lines if _LINE.match(line))
        yield AskedText(told[2], date.fromisoformat(told[3]), title.lstrip("# "), "\n".join(body), asked)


def read_windows(reader: Reader, one: AskedText) -> Iterator[ReadWindow]:
    """Reads each question of an article beside its headline and text."""
    head = f"{one.title} ({day_name(one.day, one.language)})\n"
    spans = [Span(s.start + len(head), s.end + len(head)) for s in split_sentences(one.text, one.language)]
    spans = [Span(0, len(one.title)), *spans]
    text = head + one.text
    for fields in one.questions:
        kind, question, said = fields[0], fields[2 if fields[0] == "h" else 3], fields[-1]
        at = text.find(said) if kind in _LABELS else -1
        if kind in _LABELS and at < 0:
            raise ValueError(f"not in its text: {said[:60]!r}")
        holds = {n for n, s in enumerate(spans) if kind in _LABELS and s.start < at + len(said) and at < s.end}
        outcomes = {n: _LABELS[kind] if n in holds else UNTOLD for n in range(len(spans))}
        asked = reader.encode(question)[0]
        ids, places = reader.encode(text)
        tokens = locate(ids, places, spans)
        for chosen in windows(tokens, ROOM):
            layout = lay_out(asked, tokens, chosen)
            raw = reader.states(layout)
            numbers = np.asarray(layout.sentences, np.int16)
            inside = sorted(set(layout.sentences) - {NOWHERE})
            margins = {n: float(raw.sentence[numbers == n].mean()) - raw.absent for n in inside}
            yield ReadWindow(
                raw.states.astype(np.float16),
                numbers,
                layout.ids.index(END, 1) - 1,
                {n: outcomes[n] for n in inside},
                margins,
            )


def train(read: Sequence[ReadWindow], hidden: int, say: Callable[[str], None], *, seed: int = 1) -> PremiseNetwork:
    """The trained network. About a minute a thousand windows on one thread."""
    torch.manual_seed(seed)
    drawn = np.random.default_rng(seed)
    network = PremiseNetwork(hidden)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    steps, step = PASSES * (len(read) // BATCH + 1), 0
    for number in range(PASSES):
        order, total = drawn.permutation(len(read)), 0.0
        for start in range(0, len(order), BATCH):
            factor = min(1.0, (step + 1) / WARM_UP) * max(0.03, 1 - step / steps)
            for group in optimizer.param_groups:
                group["lr"] = RATE * factor
            losses = [_loss(network, read[n], drawn) for n in order[start : start + BATCH]]
            loss = torch.cat(losses).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step, total = step + 1, total + loss.item()
        say(f"Pass {number + 1}: loss {total * BATCH / len(order):.3f}.")
    return network.eval()


def _loss(network: PremiseNetwork, one: ReadWindow, drawn: np.random.Generator) -> Tensor:
    likeliest = sorted(one.margins, key=lambda n: -one.margins[n])[:LIKELIEST]
    kept = [n for n, what in one.outcomes.items() if what != UNTOLD or n in likeliest or drawn.random() < OTHERS]
    wanted = torch.tensor([one.outcomes[n] for n in kept])
    weight = torch.where(wanted == UNTOLD, UNTOLD_WEIGHT, 1.0)
    return functional.nll_loss(network(*inputs(one, kept)), wanted, reduction="none") * weight


def inputs(one: ReadWindow, sentences: Sequence[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What the network takes for some sentences of a window."""
    states = torch.from_numpy(one.states.astype(np.float32))
    members = torch.from_numpy(np.stack([one.sentences == n for n in sentences]).astype(np.float32))
    return states[1 : 1 + one.question], states, members, states[0]


def judge(network: PremiseNetwork, read: Sequence[ReadWindow]) -> str:
    """Says how well the likeliest sentence of a window tells what holds, and the likeliest contradiction what does
    not: areas under ROC, and how many contradictions are found where 2 and 5 in 100 others are taken for one."""
    holds, denied, outcomes = [], [], []
    for one in read:
        ordered = sorted(one.margins, key=lambda n: -one.margins[n])[:LIKELIEST]
        with torch.no_grad():
            told = network(*inputs(one, ordered)).numpy()
        holds.append(float(told[0, HOLDS]))
        denied.append(float(told[:, CONTRADICTED].max()))
        outcomes.append(min(one.outcomes.values()))  # what holds, else what is contradicted
    contrary = np.array(outcomes) == CONTRADICTED
    found = [
        f"{(np.array(denied)[contrary] >= np.quantile(np.array(denied)[~contrary], 1 - share)).mean():.2f}"
        for share in (0.02, 0.05)
    ]
    areas = auroc(holds, [o == HOLDS for o in outcomes]), auroc(denied, contrary.tolist())
    return f"{len(read)} windows: holds {areas[0]:.3f}, contradicted {areas[1]:.3f}; found {', '.join(found)}."


def write_premise(network: PremiseNetwork, path: Path) -> None:
    """Writes the ONNX graph that is shipped; inputs and output by the names of `rag.reader.verify`."""
    hidden = network.norm.normalized_shape[0]
    some = (torch.zeros(5, hidden), torch.zeros(9, hidden), torch.ones(2, 9), torch.zeros(hidden))
    axes = {QUESTION: {0: "q"}, TOKENS: {0: "t"}, MEMBERS: {0: "n", 1: "t"}, LOG_PROBABILITIES: {0: "n"}}
    torch.onnx.export(
        network,
        some,
        str(path),
        input_names=[QUESTION, TOKENS, MEMBERS, FIRST],
        output_names=[LOG_PROBABILITIES],
        dynamic_axes=axes,
        opset_version=20,
        dynamo=False,
    )
