"""A vector store in Chroma: in a directory, or on a server. The only import of chromadb."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import NotFoundError
from numpy.typing import NDArray

from rag.config import VectorsSettings
from rag.errors import BadSettings, TelalError
from rag.store.database.records import Batch
from rag.store.upkeep.catchup import IndexBroken, IndexState, ScoredKey, sort_scores

_BATCH = 5_000  # Chroma refuses more than 5,461
_SERVER_BATCH = 500  # 0.4 s on one core: far below the time-out
_STATE = "telal"  # the key of the collection's metadata that holds the state

# Telemetry has no place here, and its failures would be logged at every start.
logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)

# Higher build settings cost three times as much for .02 recall.
_HNSW: dict[str, Any] = {"space": "cosine", "ef_construction": 100, "max_neighbors": 16}


class ChromaStore:
    """One collection. A directory may be open in one process only; on a server one process may write."""

    def __init__(self, settings: VectorsSettings, directory: Path | None, *, dimension: int, empty: bool) -> None:
        """See VectorStore. Chroma takes the dimension from the first vector."""
        self._batch = _BATCH if settings.url is None else _SERVER_BATCH
        self._name = settings.collection
        self._client = _connect(settings, directory)
        self._timeout_s = settings.timeout_s if settings.url is not None else None
        try:
            if empty:
                self._call(_deleted, self._client, self._name)
            self._collection = self._call(_opened, self._client, settings)
        except BaseException:
            with contextlib.suppress(Exception):  # the first error counts
                self._client.close()
            raise

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None:
        """Take out passages, take in others, then remember what the collection is built from.

        Once more does no harm: unknown keys are ignored, known ones get the new vector (`add` of Chroma's own would
        silently keep the old one).
        """
        for at in range(0, len(removed), self._batch):
            self._call(self._collection.delete, ids=_ids(removed[at : at + self._batch]))
        for batch in added:
            for at in range(0, len(batch.keys), self._batch):
                some = slice(at, at + self._batch)
                self._call(self._collection.upsert, ids=_ids(batch.keys[some]), embeddings=batch.vectors[some])
        self._call(self._collection.modify, metadata={_STATE: state.to_json()})

    def state(self) -> IndexState | None:
        """What the collection is built from, by whichever process; None when it does not say."""
        self._collection = self._call(self._client.get_collection, self._name, embedding_function=None)
        try:
            return IndexState.from_json((self._collection.metadata or {}).get(_STATE))
        except IndexBroken:
            return None

    def count(self) -> int:
        """How many passages are in."""
        return int(self._call(self._collection.count))

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages by cosine, best first."""
        found = self._call(
            self._collection.query, query_embeddings=vector[None, :], n_results=limit, include=["distances"]
        )
        return sort_scores(
            {int(key): 1.0 - float(far) for key, far in zip(found["ids"][0], found["distances"][0], strict=True)}
        )

    def close(self) -> None:
        """Let go of the files or the connection; again is harmless."""
        self._call(self._client.close)

    def _call(self, method: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Ask Chroma. Raises IndexBroken for every failure inside it, a panic of its Rust code included.

        Its client waits for a server for ever, and cannot be told otherwise: a thread waits in our place.
        """
        if self._timeout_s is None:
            with _translated():
                return method(*given, **named)
        answer: Future[Any] = Future()

        def ask() -> None:
            try:
                answer.set_result(method(*given, **named))
            except BaseException as error:
                answer.set_exception(error)

        Thread(target=ask, daemon=True, name="telal-chroma").start()
        with _translated():
            return answer.result(self._timeout_s)


def _connect(settings: VectorsSettings, directory: Path | None) -> Any:
    """A client of the server that the settings name, else of the directory. Each gets settings of its own."""
    # Closing a client leaves its connections open, and so does each one inside it, unless none is kept.
    own = ChromaSettings(anonymized_telemetry=False, chroma_http_max_keepalive_connections=0)
    with _translated():
        if settings.url is None:
            return chromadb.PersistentClient(str(directory), settings=own)
        address = urlsplit(settings.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise BadSettings(f"TELAL_VECTORS__URL: {settings.url} is no address.", hint="Write http://host:port.")
        httpx.get(f"{settings.url.rstrip('/')}/api/v2/heartbeat", timeout=settings.timeout_s).raise_for_status()
        port = address.port or (443 if address.scheme == "https" else 80)
        return chromadb.HttpClient(address.hostname, port, ssl=address.scheme == "https", settings=own)


def _deleted(client: Any, name: str) -> None:
    with contextlib.suppress(NotFoundError, ValueError):
        client.delete_collection(name)


def _opened(client: Any, settings: VectorsSettings) -> Any:
    try:
        collection = client.get_collection(settings.collection, embedding_function=None)
    except NotFoundError:
        return client.create_collection(
            settings.collection,
            embedding_function=None,
            configuration={"hnsw": _HNSW | {"ef_search": settings.ef_search}},
        )
    if collection.configuration_json["hnsw"].get("ef_search") != settings.ef_search:
        with warnings.catch_warnings():  # it calls collections without an embedding function "legacy"
            warnings.simplefilter("ignore", DeprecationWarning)
            collection.modify(configuration={"hnsw": {"ef_search": settings.ef_search}})
    return collection


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Raises IndexBroken for every failure inside Chroma, a panic of its Rust code included."""
    try:
        yield
    except TelalError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IndexBroken(
            f"Chroma cannot be used: {type(error).__name__}: {error}.",
            hint="Exact search answers meanwhile; with TELAL_VECTORS__URL set, see that the Chroma server runs.",
        ) from error


def _ids(keys: NDArray[np.int64] | Sequence[int]) -> list[str]:
    return [str(int(key)) for key in keys]
