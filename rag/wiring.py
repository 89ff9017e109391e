"""What an engine is put together from: the reader, who copied from whom, the check of the model."""

from __future__ import annotations

from functools import lru_cache

from rag.answer.evidence.reading import Reads
from rag.config import AUTO, EmbeddingSettings, Settings
from rag.errors import ModelMismatch
from rag.models.embed import Embedder, OnnxEmbedder
from rag.models.files import OURS
from rag.reader.reader import load_reader
from rag.store.archive.archive import Archive


def reader_of(settings: EmbeddingSettings, embedder: Embedder) -> Reads:
    """The shipped reader, sharing the embedding model's tokenizer where that has one."""
    if isinstance(embedder, OnnxEmbedder):
        return load_reader(settings, tokenizer=embedder.tokenizer)
    return _alone(settings.model_dump_json())


@lru_cache(maxsize=1)
def _alone(settings: str) -> Reads:
    """The reader with a tokenizer of its own (100 MB), kept: an engine may be opened often."""
    return load_reader(EmbeddingSettings.model_validate_json(settings))


def embedding_of(settings: Settings, archive: Archive | None = None) -> EmbeddingSettings:
    """The model to open an archive with: where the settings name none, the one of Telal's that it was built with.

    `archive`: the archive of the settings, where it is open already.
    """
    if settings.embedding.model != AUTO:
        return settings.embedding
    if archive is None:
        with Archive.open(settings) as opened:
            return embedding_of(settings, opened)
    held = archive.identity
    name = held.model_id.partition("@")[0] if held else AUTO
    return settings.embedding.model_copy(update={"model": name if name in OURS else AUTO})


def check_model(archive: Archive, embedder: Embedder) -> None:
    """Raises ModelMismatch when the archive's vectors are another model's."""
    known = archive.identity
    if known and (known.model_id, known.dimension) != (embedder.model_id, embedder.dimension):
        raise ModelMismatch(
            f"The archive was built with the model {known.model_id} ({known.dimension} dimensions), "
            f"the settings name {embedder.model_id} ({embedder.dimension}).",
            hint="Set TELAL_EMBEDDING__MODEL back, or embed every article anew: `telal reindex`.",
        )
