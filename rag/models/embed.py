"""Turns texts into unit vectors, with ONNX Runtime, or with sentence-transformers for any other model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken, NotInstalled
from rag.models import packaged
from rag.models.files import (
    ONNX_FILE,
    TOKENIZER_FILE,
    ModelDir,
    Progress,
    check_manifest,
    open_words,
    prepare_model,
    silent,
)
from rag.models.packaged import PROMPTS
from rag.models.session import open_session
from rag.text.language import identify
from rag.text.script import to_latin


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
    """The model that the settings name, made ready first. Raises ModelMissing, ModelBroken, NotInstalled."""
    model = prepare_model(settings, progress=progress)
    if model.ours:
        packaged.verify(packaged.source_path())  # of which rows are read as they are needed
    return (
        OnnxEmbedder(model, settings) if model.ours else check_embedder(SentenceTransformersEmbedder(model, settings))
    )


_KINDS = {"model_id": str, "dimension": int, "max_tokens": int}
_METHODS = ("embed_passages", "embed_query", "count_tokens")
_TRIAL = ("The bridge is open.", "Мостот е отворен.")


def check_embedder(embedder: Embedder) -> Embedder:
    """The model, after it embedded two texts as it must. Raises ModelBroken with what was expected and what came."""
    for name in (*_KINDS, *_METHODS):
        if not hasattr(embedder, name):
            raise _unfit(embedder, name, "no such attribute")
    for name, kind in _KINDS.items():
        if not isinstance(found := getattr(embedder, name), kind):
            raise _unfit(embedder, f"{name} to be {kind.__name__}", repr(found))
    try:
        passages, query = embedder.embed_passages(_TRIAL), embedder.embed_query(_TRIAL[0])
        counted = embedder.count_tokens(_TRIAL)
    except Exception as error:  # of a library that is not ours
        raise _unfit(embedder, "vectors of two texts", f"{type(error).__name__}: {error}") from error
    _check_vectors(embedder, passages, (len(_TRIAL), embedder.dimension))
    _check_vectors(embedder, query, (embedder.dimension,))
    if [type(count) for count in counted] != [int, int]:
        raise _unfit(embedder, "a number of tokens for each of two texts", repr(counted))
    return embedder


def _check_vectors(embedder: Embedder, vectors: object, shape: tuple[int, ...]) -> None:
    found = np.asarray(vectors)
    if found.shape != shape or found.dtype != np.float32:
        raise _unfit(embedder, f"float32 vectors of shape {shape}", f"{found.dtype} of shape {found.shape}")
    lengths = np.linalg.norm(found, axis=-1)
    if not np.allclose(lengths, 1, atol=1e-3):
        raise _unfit(embedder, "vectors of length one", f"lengths {lengths.tolist()}")


def _unfit(embedder: object, expected: str, came: str) -> ModelBroken:
    message = f"{type(embedder).__name__} is no embedding model: expected {expected}; came {came}."
    return ModelBroken(message, hint="docs/contributing.md shows one: Add an embedding model.")


TOKENIZED_AT_ONCE = 2048  # texts; bounds the memory that token ids take


class OnnxEmbedder:
    """The packaged model at int8. May be called from several threads at once."""

    def __init__(self, model: ModelDir, settings: EmbeddingSettings) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(model.path / TOKENIZER_FILE))
            self._session = open_session(model.path / ONNX_FILE, settings.threads)
            self._words, shape = open_words(model), check_manifest(model.path)["shape"]
        except Exception as error:  # each library raises its own, `tokenizers` bare Exception
            hint = "`telal doctor --repair` makes it anew."
            raise ModelBroken(f"The model in {model.path} cannot be opened: {error}.", hint=hint) from error
        self._prefixes = prefixes(settings, PROMPTS)
        self._window: int = shape["window"]
        self.dimension: int = shape["dimension"]
        self.model_id = model.identify(self._prefixes.passage)
        self.max_tokens = self._window - self._frame()

    @property
    def tokenizer(self) -> Tokenizer:
        """For what reads texts with the same tokens: a second one would take 100 MB."""
        return self._tokenizer

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), TOKENIZED_AT_ONCE):
            part = readable(texts[start : start + TOKENIZED_AT_ONCE])
            ids = self._token_ids([self._prefixes.passage + text for text in part])
            for position, sequence in enumerate(ids, start):
                vectors[position] = self._run(sequence)[0]
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._run(self._token_ids([self._prefixes.query + readable([text])[0]])[0])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encoded = self._tokenizer.encode_batch_fast(readable(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encoded]

    def _frame(self) -> int:
        """Tokens around a passage: <s>, the prefix, </s>. A prefix alone would count its last space too."""
        return len(self._tokenizer.encode(f"{self._prefixes.passage}a")) - self.count_tokens(["a"])[0]

    def _token_ids(self, texts: list[str]) -> list[list[int]]:
        found: list[list[int]] = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]
        # What does not fit is cut before the closing </s>, as sentence-transformers does. The tokenizer's own
        # truncation is a state shared with count_tokens and other threads.
        return [ids if len(ids) <= self._window else [*ids[: self._window - 1], ids[-1]] for ids in found]

    def _run(self, ids: list[int]) -> NDArray[np.float32]:
        """The vector of one text. Alone, it is the same whatever is embedded beside it: the int8 range of activations
        is one a run. It takes no longer than in a batch, which is padded."""
        words = self._words(np.asarray(ids, np.int64)).reshape(1, len(ids), self.dimension)
        mask = np.ones((1, len(ids)), np.int64)
        hidden: NDArray[np.float32] = self._session.run(None, {"words": words, "attention_mask": mask})[0]
        # Mean pooling, without dividing by the count: the vector is normalised afterwards.
        return unit(hidden.sum(axis=1))


TYPICAL_TOKENS = 128  # of a passage: sentence-transformers counts a batch in texts, our setting in tokens
DEFAULT_WINDOW = 512  # tokens, where a model does not say


class SentenceTransformersEmbedder:
    """Any sentence-transformers model, with the prompts of its own configuration."""

    def __init__(self, model: ModelDir, settings: EmbeddingSettings) -> None:
        try:  # imported here: 4 to 6 seconds and 400 MB, which the models of Telal do without
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging
        except ImportError as error:
            raise NotInstalled(
                f"The embedding model {model.name} needs sentence-transformers.", hint="pip install 'telal[torch]'"
            ) from error
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


_CYRILLIC = re.compile("[\u0400-\u052f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PASSAGE_NAMES = ("passage", "document", "corpus")  # as sentence-transformers' encode_document looks for them


@dataclass(frozen=True)
class Prefixes:
    """What a model wants before a query and before a passage; empty for many."""

    query: str
    passage: str


def prefixes(settings: EmbeddingSettings, prompts: Mapping[str, str]) -> Prefixes:
    """From the model's own description, unless settings override it."""
    own = next((prompts[name] for name in _PASSAGE_NAMES if prompts.get(name)), "")
    query = settings.query_prefix if settings.query_prefix is not None else prompts.get("query", "")
    passage = settings.passage_prefix if settings.passage_prefix is not None else own
    return Prefixes(query, passage)


def encodable(texts: Sequence[str]) -> list[str]:
    """Lone surrogates, which no tokenizer takes, become U+FFFD."""
    return [_SURROGATE.sub("\ufffd", text) for text in texts]


def readable(texts: Sequence[str]) -> list[str]:
    """Texts as the embedding model reads them: encodable, and Serbian Cyrillic turned into Latin letters.

    With Latin letters a Serbian segment finds its English translation .986 of the time instead of .959, the other way
    round .969 instead of .887, and its twin in the other script always (docs/decisions/005). Macedonian stays in
    Cyrillic: it would fall from .973 to .938.
    """
    return [
        to_latin(text) if _CYRILLIC.search(text) and identify(text).language == "sr-Cyrl" else text
        for text in encodable(texts)
    ]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one. Raises ModelBroken when a model gives numbers that no search can use."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        hint = "Set TELAL_EMBEDDING__MODEL to another model."
        raise ModelBroken("The embedding model gave a vector that is zero or not finite.", hint=hint)
    return np.asarray(vectors / lengths, dtype=np.float32)
