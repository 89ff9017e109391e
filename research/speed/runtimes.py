"""Measures the runtimes of the default model side by side: `python -m research.speed models`.

One thread, and seconds of processor time: on a free machine they are those of the clock, and on a busy one they
still tell the runtimes apart.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Literal

import numpy as np

from eval.targets.torch_model import torch_model
from rag.config import EmbeddingSettings
from rag.models.embed import Embedder, SentenceTransformersEmbedder, load_embedder
from rag.models.files import ModelDir, prepare_model

Runtime = Literal["onnx", "torch"]
RUNTIMES: tuple[Runtime, ...] = ("onnx", "torch")
PASSAGES, PASSAGE_TOKENS, QUERIES = 48, 220, 50
TEXT = (
    "The ministers of defence of three countries signed a declaration on military cooperation in Tirana. "
    "Ministrat e mbrojtjes të tri vendeve nënshkruan në Tiranë një deklaratë për bashkëpunimin ushtarak. "
    "Министри одбране трију земаља потписали су у Тирани декларацију о војној сарадњи. "
    "Ministri obrane triju zemalja potpisali su u Tirani deklaraciju o vojnoj suradnji. "
)
QUESTION = "Who signed the declaration on military cooperation in Tirana?"
ROWS = {
    "ready_s": "ready after start, s",
    "ready_mb": "resident until ready, MB",
    "peak_mb": "resident at most, MB",
    "query_ms": "query, ms",
    "passage_ms": f"passage of {PASSAGE_TOKENS} tokens, ms",
    "passages_per_s": "passages a second, in batches",
}

Figures = dict[str, float]


def measure(backend: Runtime) -> Figures:
    """One runtime, in this process; times are the least of several, which neighbours disturb least."""
    settings = EmbeddingSettings(threads=1)
    path = torch_model(settings)
    torch = ModelDir(path.name, path, "")
    embedder = load_embedder(settings) if backend == "onnx" else SentenceTransformersEmbedder(torch, settings)
    embedder.embed_query(QUESTION)
    ready_s, ready_mb = time.process_time(), _peak_mb()  # since the process began: imports too
    texts = _passages(embedder)
    return {
        "ready_s": ready_s,
        "ready_mb": ready_mb,
        "query_ms": 1000 * _least_s(lambda: embedder.embed_query(QUESTION), QUERIES),
        "passage_ms": 1000 * _least_s(lambda: embedder.embed_passages(texts[:1]), 10),
        "passages_per_s": PASSAGES / _least_s(lambda: embedder.embed_passages(texts), 2),
        "peak_mb": _peak_mb(),
    }


def compare(rounds: int) -> str:
    """A table of the runtimes, which take turns `rounds` times."""
    prepare_model(EmbeddingSettings(), progress=_say)  # before anything is timed
    torch_model(EmbeddingSettings())
    found: dict[Runtime, list[Figures]] = {runtime: [] for runtime in RUNTIMES}
    for _ in range(rounds):
        for runtime in RUNTIMES:
            found[runtime].append(_in_its_own_process(runtime))
    return table({runtime: best(figures) for runtime, figures in found.items()})


def _in_its_own_process(runtime: Runtime) -> Figures:
    """So that neither pays for, or profits from, the other's imports and memory."""
    command = [sys.executable, "-m", "research.speed", "models", "--only", runtime]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def best(rounds: list[Figures]) -> Figures:
    choices = {name: max if name == "passages_per_s" else min for name in ROWS}
    return {name: choose(figures[name] for figures in rounds) for name, choose in choices.items()}


def table(best: dict[Runtime, Figures]) -> str:
    lines = [f"{'':32s}" + "".join(f"{runtime:>10s}" for runtime in best)]
    lines += [f"{title:32s}" + "".join(f"{best[r][name]:10.1f}" for r in best) for name, title in ROWS.items()]
    return "\n".join(lines)


def _passages(embedder: Embedder) -> list[str]:
    """Passages of the aimed length, each cut from another place of the text."""
    words = (TEXT * 8).split()
    tokens = np.cumsum(embedder.count_tokens(words))
    length = int(np.searchsorted(tokens, PASSAGE_TOKENS))
    return [" ".join(words[start : start + length]) for start in range(PASSAGES)]


def _least_s(act: Callable[[], object], times: int) -> float:
    def once() -> float:
        started = time.process_time()
        act()
        return time.process_time() - started

    return min(once() for _ in range(times))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
