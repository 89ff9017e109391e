"""The pipeline of the usual tutorial, LangChain over Chroma, to measure against. It finds chunks and writes no
answer."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eval.core.cases import Case, Document, Reply, Suite, Target, Timing
from eval.run.index import RANKING
from rag.config import EmbeddingSettings, Settings
from rag.errors import NotInstalled
from rag.types import Passage


@dataclass(frozen=True, slots=True)
class Text:
    """A document as the tutorial loads it, with the metadata that filters need. `day`: days since 1970-01-01."""

    id: str
    text: str
    language: str = "und"
    day: int | None = None

    @classmethod
    def of(cls, document: Document) -> Text:
        """Makes one from a suite's document: title and text, as a page is loaded."""
        return cls(document.id, document.text, document.language, day_of(document.fields.get("published")))


def day_of(published: Any) -> int | None:
    """Days since 1970-01-01 of a date in ISO form; None for what is none."""
    try:
        moment = datetime.fromisoformat(str(published))
    except ValueError:
        return None
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return (utc.date() - date(1970, 1, 1)).days


try:
    import chromadb
    from chromadb.config import Settings as ChromaSettings
    from langchain_chroma import Chroma
    from langchain_core.documents import Document as Chunk
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from eval.targets.torch_model import torch_model
except ImportError as error:
    raise NotInstalled(
        "The tutorial's pipeline needs LangChain's Chroma and text splitters.", hint="pip install 'telal[bench]'"
    ) from error

__all__ = ["Reference", "RetrievedChunk", "Text", "TorchEmbeddings", "Where"]

CHUNK_CHARS, OVERLAP_CHARS = 1000, 200  # the tutorial's
BATCH = 1000  # chunks written at once; Chroma takes at most 5,461
Where = Mapping[str, Any]  # a filter in Chroma's words, e.g. {"language": "sr"}


class RetrievedChunk(NamedTuple):
    """A chunk that was found; `score` is the negative of Chroma's distance, so that higher is better."""

    doc_id: str
    passage: str
    score: float


class TorchEmbeddings(Embeddings):
    """What `HuggingFaceEmbeddings` of langchain-huggingface does, in the same calls of sentence-transformers.

    Not imported from there because its 1.2.3 holds huggingface_hub under 2. Its vectors are equal to these bit for
    bit. As in the tutorial, the model gets no "query: " and "passage: ".
    """

    def __init__(self, directory: Path, *, threads: int | None = None) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if threads:
            torch.set_num_threads(threads)
        self._client = SentenceTransformer(str(directory), local_files_only=True, device="cpu")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors = self._client.encode([t.replace("\n", " ") for t in texts], show_progress_bar=False)
        made: list[list[float]] = vectors.tolist()
        return made

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class _Made(Embeddings):
    """Returns vectors that were made before, in order. Queries are embedded as usual."""

    def __init__(self, vectors: NDArray[np.float32], queries: Embeddings) -> None:
        self._vectors, self._queries, self._next = vectors, queries, 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        start, self._next = self._next, self._next + len(texts)
        made: list[list[float]] = self._vectors[start : self._next].tolist()
        return made

    def embed_query(self, text: str) -> list[float]:
        return self._queries.embed_query(text)


class Reference:
    """The pipeline over one directory, a temporary one by default; a context manager. Raises NotInstalled."""

    def __init__(
        self,
        settings: EmbeddingSettings,
        *,
        directory: Path | None = None,
        embeddings: Embeddings | None = None,
    ) -> None:
        self._temporary = None if directory else tempfile.mkdtemp(prefix="telal-reference-")
        self.directory = directory or Path(self._temporary or "")
        self.embeddings = embeddings or TorchEmbeddings(torch_model(settings), threads=settings.threads)
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARS, chunk_overlap=OVERLAP_CHARS)
        logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)
        self._client = chromadb.PersistentClient(
            str(self.directory), settings=ChromaSettings(anonymized_telemetry=False)
        )
        self._store = self._open(self.embeddings)

    def build(self, docs: Iterable[Text]) -> int:
        """Splits, embeds and stores all documents; the number of chunks."""
        chunks = self._splitter.split_documents([_chunk(doc, doc.text) for doc in docs])
        self._add(self._store, chunks)
        return len(chunks)

    def fill(self, passages: Sequence[Text], vectors: NDArray[np.float32]) -> None:
        """Stores passages with vectors that are given, (n, d): neither split nor embedded."""
        self._add(self._open(_Made(vectors, self.embeddings)), [_chunk(p, p.text) for p in passages])

    def search(self, text: str, k: int, where: Where | None = None) -> list[RetrievedChunk]:
        """The k nearest chunks, best first."""
        found = self._store.similarity_search_with_score(text, k=k, filter=dict(where) if where else None)
        return [RetrievedChunk(chunk.metadata["doc_id"], chunk.page_content, -distance) for chunk, distance in found]

    def close(self) -> None:
        """Closes Chroma and removes the directory if it is a temporary one."""
        self._client.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _open(self, embeddings: Embeddings) -> Chroma:
        return Chroma("tutorial", embeddings, client=self._client)

    @staticmethod
    def _add(store: Chroma, chunks: Sequence[Chunk]) -> None:
        for start in range(0, len(chunks), BATCH):
            store.add_documents(list(chunks[start : start + BATCH]))


def _chunk(doc: Text, text: str) -> Chunk:
    day = {} if doc.day is None else {"day": doc.day}
    return Chunk(page_content=text, metadata={"doc_id": doc.id, "language": doc.language, **day})


class ReferenceTarget:
    """The pipeline as a target. Only its ranking is measured; languages are filtered by metadata, as in the
    tutorial."""

    name = "tutorial"

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def ask(self, case: Case) -> Reply:
        started = time.perf_counter()
        where = {"language": case.search_in[0]} if case.search_in else None
        found = self._reference.search(case.question, RANKING, where)
        spent = (time.perf_counter() - started) * 1000
        ranking = tuple(_passage(rank, f) for rank, f in enumerate(found))
        return Reply("answered", ranking, timing=Timing(spent, None, spent), answers=False)


@contextmanager
def reference_target(suite: Suite, settings: Settings) -> Iterator[Target]:
    """The pipeline over the suite's documents, built anew in a temporary directory."""
    with Reference(settings.embedding) as reference:
        reference.build(Text.of(d) for d in suite.documents)
        yield ReferenceTarget(reference)


def _passage(rank: int, found: RetrievedChunk) -> Passage:
    return Passage(f"{found.doc_id}:{rank}", found.doc_id, 1, rank, found.passage, 0, len(found.passage), "")
