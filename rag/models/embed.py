"""Turns texts into unit vectors; `load_embedder` chooses the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.config import EmbeddingSettings
from rag.errors import BadSettings
from rag.models.files import Progress, prepare_model, silent
from rag.models.onnx_embedder import OnnxEmbedder
from rag.models.torch_embedder import SentenceTransformersEmbedder


class Embedder(Protocol):
    """An embedding model. Prefixes are its own affair: callers pass bare texts.

    `max_tokens` is how many of a passage's own tokens it reads, as `count_tokens` counts them (without prefix and
    frame); what is longer is cut. Any string is accepted. Vectors are float32 of length one, never NaN.
    """

    @property
    def model_id(self) -> str:
        """Name and digest of what shapes a passage's vector: `multilingual-e5-small@1a2b3c4d`."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,)."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


def load_embedder(settings: EmbeddingSettings, *, progress: Progress = silent) -> Embedder:
    """The model that the settings name, made ready first. Raises ModelMissing, ModelBroken, BadSettings."""
    model = prepare_model(settings, progress=progress)
    if settings.backend == "onnx" and model.onnx is None:
        hint = "Set TELAL_EMBEDDING__BACKEND to auto."
        raise BadSettings(f"Telal has no ONNX export of {model.name}, only of the packaged model.", hint=hint)
    if settings.backend == "torch" or model.onnx is None:
        return SentenceTransformersEmbedder(model, settings)
    return OnnxEmbedder(model, settings)
