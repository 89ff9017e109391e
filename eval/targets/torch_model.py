"""A model of Telal's own as a directory for sentence-transformers, in float32: to measure against, and to train on."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from rag.config import EmbeddingSettings
from rag.models import tuned
from rag.models.files import cache_dir, directory_of, read_ours
from rag.models.packaged import END, MASK, PAD, PROMPTS, START, UNKNOWN, Floats, PackedWeights, build_tokenizer

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


def torch_model(settings: EmbeddingSettings, name: str = tuned.NAME) -> Path:
    """The directory of a model of ours, written once (490 MB) beside the others. Raises ModelMissing, ModelBroken."""
    folder = directory_of(name, cache_dir(settings) / "torch").path
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            write_torch_model(read_ours(name), Path(unfinished) / "model")
            os.rename(Path(unfinished) / "model", folder)
    return folder


def write_torch_model(packed: PackedWeights, folder: Path) -> None:
    """Everything that `SentenceTransformer(folder)` needs."""
    folder.mkdir()
    save_file(_tensors(packed), folder / "model.safetensors", {"format": "pt"})
    (folder / "tokenizer.json").write_text(build_tokenizer(packed).to_str(), encoding="utf-8")
    for name, content in _descriptions(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")


def _tensors(packed: PackedWeights) -> dict[str, Floats]:
    hidden = packed.shape.hidden
    tensors = {_long_name(name): matrix.floats() for name, matrix in packed.matrices.items()}
    for name, vector in packed.vectors.items():  # position and token type embeddings are stored flat
        tensors[_long_name(name)] = vector.reshape(-1, hidden) if name in ("emb.pos", "emb.type") else vector
    # Mean pooling leaves BERT's pooler unused; without it transformers reports missing weights.
    pooler = {"weight": np.zeros((hidden, hidden), np.float32), "bias": np.zeros(hidden, np.float32)}
    return tensors | {f"pooler.dense.{kind}": values for kind, values in pooler.items()}


def _long_name(name: str) -> str:
    if name in OUTER:
        return OUTER[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{INNER[part]}.{KIND[kind]}"


def _descriptions(packed: PackedWeights) -> Mapping[str, Any]:
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
