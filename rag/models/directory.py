"""Writes packed weights as an ordinary sentence-transformers model directory."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from rag.models.packaged import Floats, Packed

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


def write_directory(packed: Packed, folder: Path) -> None:
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


def build_tokenizer(packed: Packed) -> Tokenizer:
    """XLM-RoBERTa's SentencePiece unigram tokenizer, which frames every text with <s> and </s>."""
    ids = {token: [piece for piece, _ in packed.pieces].index(token) for token in SPECIAL}
    tokenizer = Tokenizer(models.Unigram(list(packed.pieces), unk_id=ids[UNKNOWN]))
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


def _state(packed: Packed) -> Iterator[Tensor]:
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


def _descriptions(packed: Packed) -> dict[str, Any]:
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
