"""Models to test with: the real one, made once a session, and tiny ones made in milliseconds."""

from __future__ import annotations

import hashlib
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from rag.config import EmbeddingSettings
from rag.models import packaged
from rag.models.embed import OnnxEmbedder
from rag.models.files import ModelDir, prepare_model

HIDDEN, LAYERS, HEADS, WIDE, POSITIONS = 32, 2, 2, 64, 64


@pytest.fixture(scope="session")
def real_settings(pytestconfig) -> EmbeddingSettings:
    """Models are made in the checkout's .pytest_cache, where the next run finds it."""
    folder = Path(pytestconfig.cache.mkdir("models"))
    return EmbeddingSettings(model=packaged.NAME, cache_dir=folder / "telal", threads=1)


@pytest.fixture(scope="session")
def real_model(real_settings) -> ModelDir:
    with FileLock(real_settings.cache_dir.with_name("made.lock")):
        return prepare_model(real_settings)


@pytest.fixture(scope="session")
def real(real_model, real_settings) -> OnnxEmbedder:
    return OnnxEmbedder(real_model, real_settings)


@pytest.fixture(scope="session")
def torch_module():
    """PyTorch and sentence-transformers, imported where their own warnings are no errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sentence_transformers

        return sentence_transformers


@pytest.fixture
def tiny_source(tmp_path, monkeypatch) -> Path:
    """A file in the package's format with random weights, taken for the package's own."""
    path = tmp_path / "source" / packaged.SOURCE_FILE
    path.parent.mkdir()
    path.write_bytes(packed_bytes())
    monkeypatch.setattr(packaged, "source_path", lambda: path)
    monkeypatch.setattr(packaged, "SOURCE_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


@pytest.fixture
def tiny_settings(tiny_source, tmp_path) -> EmbeddingSettings:
    return EmbeddingSettings(model=packaged.NAME, cache_dir=tmp_path / "cache", threads=1, batch_tokens=128)


def packed_bytes() -> bytes:
    """The layout that `rag.models.packaged` reads, written independently of it."""
    letters = "abcdefghijklmnopqrstuvwxyz:čšж"
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁the", "▁query", "▁passage", *letters, "<mask>"]
    text = "".join(pieces).encode()
    ends = np.cumsum([0, *(len(p.encode()) for p in pieces)])
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", HIDDEN, LAYERS, HEADS, WIDE, len(pieces) + 3, POSITIONS, 2) + struct.pack(
        "<fi", 1e-12, 32
    )
    head += struct.pack("<5i", len(pieces), 0, 2, 1, 3) + struct.pack("<Q", len(text))
    head += ends.astype("<u4").tobytes() + np.linspace(-1, -9, len(pieces)).astype("<f4").tobytes() + text
    head += struct.pack("<iI", 0, 0)
    return _with_tensors(head, vocabulary=len(pieces) + 3)


def _with_tensors(head: bytes, *, vocabulary: int) -> bytes:
    shapes: dict[str, tuple[int, ...]] = {"emb.word": (vocabulary, HIDDEN), "emb.pos": (POSITIONS * HIDDEN,)}
    shapes |= {"emb.type": (2 * HIDDEN,), "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    sizes = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN)}
    sizes |= {"fi": (WIDE, HIDDEN), "fo": (HIDDEN, WIDE), "aln": (HIDDEN,), "oln": (HIDDEN,)}
    for layer in range(LAYERS):
        for part, shape in sizes.items():
            shapes |= {f"l{layer}.{part}.w": shape, f"l{layer}.{part}.b": shape[:1]}
    random = np.random.default_rng(5)
    blobs = {name: _tensor(random, shape) for name, shape in shapes.items()}
    offset = len(head) + 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in shapes)
    directory = struct.pack("<i", len(shapes))
    for name, shape in shapes.items():
        size = len(blobs[name])
        entry = struct.pack("<BIQQ", len(shape) == 2, int(np.prod(shape)), offset, size)
        directory += struct.pack("<H", len(name)) + name.encode() + entry
        offset += size
    return head + directory + b"".join(blobs.values())


def _tensor(random: np.random.Generator, shape: tuple[int, ...]) -> bytes:
    if len(shape) == 1:
        return random.normal(1, 0.1, shape).astype("<f4").tobytes()
    blocks = shape[0] * shape[1] // 32
    scales = random.uniform(0.01, 0.05, (blocks, 1)).astype("<f2").view(np.uint8)
    return np.hstack([scales, random.integers(0, 256, (blocks, 16), np.uint8)]).tobytes()
