"""Embeds with sentence-transformers: any model directory, in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken
from rag.models.files import ModelDir
from rag.models.texts import prefixes, readable, unit

TYPICAL_TOKENS = 128  # of a passage: sentence-transformers counts a batch in texts, our setting in tokens
DEFAULT_WINDOW = 512  # tokens, where a model does not say


class SentenceTransformersEmbedder:
    """Any sentence-transformers model, with the prompts of its own configuration."""

    def __init__(self, model: ModelDir, settings: EmbeddingSettings) -> None:
        # Imported here: 4 to 6 seconds and 400 MB, which the default model does without.
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if settings.threads:
            torch.set_num_threads(settings.threads)
        try:
            self._model = SentenceTransformer(str(model.path), local_files_only=True)
            self.dimension = _dimension(self._model)
        except Exception as error:  # each layer below raises its own
            hint = "Set TELAL_EMBEDDING__MODEL to a whole sentence-transformers model."
            raise ModelBroken(f"The model in {model.path} cannot be opened: {error}.", hint=hint) from error
        self._prefixes = prefixes(settings, self._model.prompts)
        self._batch = max(1, settings.batch_tokens // TYPICAL_TOKENS)
        self.model_id = model.identify(self._prefixes.passage)
        window = int(self._model.max_seq_length or DEFAULT_WINDOW)
        framed = self._model.tokenizer(f"{self._prefixes.passage}a")["input_ids"]
        self.max_tokens = window - (len(framed) - self.count_tokens(["a"])[0])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._encode(texts, self._prefixes.passage)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._encode([text], self._prefixes.query)[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        # verbose=False: a text longer than the window is no reason for a warning, counting it is the purpose.
        found = self._model.tokenizer(readable(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in found["input_ids"]]

    def _encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        vectors = self._model.encode(readable(texts), prompt=prefix, batch_size=self._batch, show_progress_bar=False)
        return unit(np.asarray(vectors, np.float32))


def _dimension(model: object) -> int:
    # sentence-transformers 5.4 renamed the method, and warns of the old name.
    for name in ("get_embedding_dimension", "get_sentence_embedding_dimension"):
        if getter := getattr(model, name, None):
            return int(getter())
    raise TypeError("it does not tell its dimension")
