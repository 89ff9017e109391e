"""A vector store in Chroma: in a directory, or on a server. The only import of chromadb."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
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
from rag.store.upkeep.catchup import IndexBroken, IndexState, ScoredKey

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
        with _translated(self._client):
            if empty:
                with contextlib.suppress(NotFoundError, ValueError):
                    self._client.delete_collection(self._name)
            self._collection = _opened(self._client, settings)

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None:
        """Take out passages, take in others, then remember what the collection is built from.

        Once more does no harm: unknown keys are ignored, known ones get the new vector (`add` of Chroma's own would
        silently keep the old one).
        """
        with _translated():
            for at in range(0, len(removed), self._batch):
                self._collection.delete(ids=_ids(removed[at : at + self._batch]))
            for batch in added:
                for at in range(0, len(batch.keys), self._batch):
                    some = slice(at, at + self._batch)
                    self._collection.upsert(ids=_ids(batch.keys[some]), embeddings=batch.vectors[some])
            self._collection.modify(metadata={_STATE: state.to_json()})

    def state(self) -> IndexState | None:
        """What the collection is built from, by whichever process; None when it does not say."""
        with _translated():
            self._collection = self._client.get_collection(self._name, embedding_function=None)
            held = (self._collection.metadata or {}).get(_STATE)
        try:
            return IndexState.from_json(held)
        except IndexBroken:
            return None

    def count(self) -> int:
        """How many passages are in."""
        with _translated():
            return int(self._collection.count())

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages by cosine, best first."""
        with _translated():
            found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            hits = [ScoredKey(int(key), 1.0 - float(distance)) for key, distance in pairs]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def close(self) -> None:
        """Let go of the files or the connection; again is harmless."""
        with _translated():
            _close(self._client)


def _connect(settings: VectorsSettings, directory: Path | None) -> Any:
    """A client of the server that the settings name, else of the directory. Each gets settings of its own."""
    own = ChromaSettings(anonymized_telemetry=False)
    with _translated():
        if settings.url is None:
            return chromadb.PersistentClient(str(directory), settings=own)
        address = urlsplit(settings.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise BadSettings(f"TELAL_VECTORS__URL: {settings.url} is no address.", hint="Write http://host:port.")
        # The client has no setting for time-outs and waits for ever: ask first with one, then give it ours.
        httpx.get(f"{settings.url.rstrip('/')}/api/v2/heartbeat", timeout=settings.timeout_s).raise_for_status()
        port = address.port or (443 if address.scheme == "https" else 80)
        client = chromadb.HttpClient(address.hostname, port, ssl=address.scheme == "https", settings=own)
        client._server._session.timeout = httpx.Timeout(settings.timeout_s)
        return client


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


def _close(client: Any) -> None:
    """Closing a client leaves its connections open, and those of the one inside it: close them too."""
    sessions = [getattr(one._server, "_session", None) for one in (client, client._admin_client)]
    client.close()
    for session in sessions:
        if session is not None:
            session.close()


@contextlib.contextmanager
def _translated(client: Any = None) -> Iterator[None]:
    """Raises IndexBroken for every failure inside Chroma, a panic of its Rust code included."""
    try:
        yield
    except TelalError:
        raise
    except BaseException as error:
        if client is not None:
            with contextlib.suppress(Exception):  # the first error counts
                _close(client)
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IndexBroken(
            f"Chroma cannot be used: {type(error).__name__}: {error}.",
            hint="Exact search answers meanwhile; with TELAL_VECTORS__URL set, see that the Chroma server runs.",
        ) from error


def _ids(keys: NDArray[np.int64] | Sequence[int]) -> list[str]:
    return [str(int(key)) for key in keys]
