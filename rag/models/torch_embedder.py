"""Embeds with sentence-transformers: any model directory, in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken
from rag.models.files import ModelDir
from rag.models.onnx_embedder import identify
from rag.models.texts import encodable, unit

TYPICAL_TOKENS = 128  # of a passage: sentence-transformers counts batches in texts, our setting in tokens


class SentenceTransformersEmbedder:
    """Any sentence-transformers model; its prompts are its own unless settings override them."""

    def __init__(self, model: ModelDir, settings: EmbeddingSettings) -> None:
        # Imported here because it takes 4 to 6 seconds and 400 MB, which the default model does without.
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if settings.threads:
            torch.set_num_threads(settings.threads)
        try:
            self._model = SentenceTransformer(str(model.path), local_files_only=True)
        except Exception as error:  # each layer raises its own, down to bare Exception
            hint = "Check TELAL_EMBEDDING__MODEL: it must be a sentence-transformers model."
            raise ModelBroken(f"The model in {model.path} cannot be opened: {error}.", hint=hint) from error
        prompts = self._model.prompts
        self._query_prefix = _first(settings.query_prefix, prompts.get("query"), "")
        own = prompts.get("passage") or prompts.get("document") or prompts.get("corpus")
        self._passage_prefix = _first(settings.passage_prefix, own, "")
        self._batch = max(1, settings.batch_tokens // TYPICAL_TOKENS)
        self.dimension = _dimension(self._model)
        self.model_id = identify(model, self._passage_prefix)
        window = int(self._model.max_seq_length or 512)
        self.max_tokens = window - len(self._model.tokenizer(self._passage_prefix)["input_ids"])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._encode(encodable(texts), self._passage_prefix)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._encode(encodable([text]), self._query_prefix)[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        found = self._model.tokenizer(encodable(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in found["input_ids"]]

    def _encode(self, texts: list[str], prefix: str) -> NDArray[np.float32]:
        # The prefix is joined here: encode(prompt="") would fall back to the model's default prompt.
        whole = [prefix + text for text in texts]
        vectors = self._model.encode(whole, prompt="", batch_size=self._batch, show_progress_bar=False)
        return unit(np.asarray(vectors, np.float32))


def _dimension(model: object) -> int:
    # sentence-transformers 5.4 renamed the method and warns of the old name.
    getter = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension  # type: ignore[attr-defined]
    return int(getter())


def _first(*choices: str | None) -> str:
    return next(choice for choice in choices if choice is not None)
