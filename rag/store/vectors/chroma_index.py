"""One collection of Chroma, in a directory of ours or on a server of its own. The only import of chromadb."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import NotFoundError
from numpy.typing import NDArray

from rag.allocator import FILL, set_option
from rag.config import VectorsSettings
from rag.errors import BadSettings, TelalError, VectorsUnavailable
from rag.store.database.records import Batch
from rag.store.upkeep.catchup import IndexBroken, IndexState, ScoredKey, StopRequested
from rag.store.upkeep.index_directory import IndexDirectory, is_marked, mark_clean, take_clean_mark
from rag.store.vectors.hnsw_files import links_fit

FORMAT = 1  # raise it with what is stored: every index is then rebuilt

_BATCH = 5_000  # Chroma refuses more than 5,461
_SERVER_BATCH = 500  # 0.4 s on one core: far below the time-out
_PAGE = 50_000  # ids in one listing
_BUILT = "telal"  # the collection's metadata key that says what it was built from

# Telemetry has no place here, and its failures would be logged at every start.
logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)


class ChromaVectors:
    """Passages by vector. One process may write; a directory may be open in one process only."""

    def __init__(self, client: Any, collection: Any, directory: Path | None) -> None:
        self.directory = directory
        self._client = client
        self._collection = collection
        self._identity = _identity(directory)
        self._batch = _BATCH if directory else _SERVER_BATCH
        self.stopped: Callable[[], bool] = lambda: False  # looked at between the pages of a long listing

    @classmethod
    def create(cls, settings: VectorsSettings, directory: Path | None, built: IndexState) -> ChromaVectors:
        """A new, empty collection: in an empty directory, or on the server in the place of the one there."""
        client = _connect(settings, directory)
        with _guarded(client):
            with contextlib.suppress(NotFoundError, ValueError):
                client.delete_collection(settings.collection)
            collection = client.create_collection(
                settings.collection,
                embedding_function=None,
                metadata={_BUILT: built.to_json()},
                configuration={"hnsw": _HNSW | {"ef_search": settings.ef_search}},
            )
            return cls(client, collection, directory)

    @classmethod
    def open(cls, settings: VectorsSettings, directory: Path | None) -> ChromaVectors | None:
        """A collection made before; None when there is none. A directory must have survived `probe` first."""
        client = _connect(settings, directory)
        with _guarded(client):
            try:
                collection = client.get_collection(settings.collection, embedding_function=None)
            except NotFoundError:
                _close(client)
                return None
            if collection.configuration_json["hnsw"].get("ef_search") != settings.ef_search:
                with warnings.catch_warnings():  # it calls collections without an embedding function "legacy"
                    warnings.simplefilter("ignore", DeprecationWarning)
                    collection.modify(configuration={"hnsw": {"ef_search": settings.ef_search}})
            return cls(client, collection, directory)

    @property
    def state(self) -> IndexState:
        """What the collection was built from, as far as this process knows; raises IndexBroken when it does not say."""
        return IndexState.from_json((self._collection.metadata or {}).get(_BUILT))

    @property
    def present(self) -> bool:
        """Do the files still stand where they were opened?"""
        return self.directory is None or _identity(self.directory) == self._identity

    def refresh(self) -> None:
        """Read anew what the collection was built from: another process may have written to the server."""
        with _guarded():
            self._collection = self._client.get_collection(self._collection.name, embedding_function=None)

    def add(self, batch: Batch) -> None:
        """Take in passages; known keys get the new vector. (`add` of Chroma's own would silently keep the old one.)"""
        with _guarded(), overwritten():
            for at in range(0, len(batch.keys), self._batch):
                some = slice(at, at + self._batch)
                self._collection.upsert(ids=_ids(batch.keys[some]), embeddings=batch.vectors[some])

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Take out passages; unknown keys are ignored."""
        with _guarded():
            for at in range(0, len(keys), self._batch):
                self._collection.delete(ids=_ids(keys[at : at + self._batch]))

    def commit(self, built: IndexState) -> None:
        """Write down what the content is built from, after it is in."""
        with _guarded():
            self._collection.modify(metadata={_BUILT: built.to_json()})

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages by cosine, best first."""
        with _guarded():
            found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            hits = [ScoredKey(int(key), 1.0 - float(distance)) for key, distance in pairs]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def keys(self) -> NDArray[np.int64]:
        """All keys in ascending order. Raises StopRequested when the process is to end."""
        keys: list[int] = []
        with _guarded():
            while True:
                if self.stopped():
                    raise StopRequested
                page = self._collection.get(include=[], limit=_PAGE, offset=len(keys))["ids"]
                keys.extend(map(int, page))
                if len(page) < _PAGE:
                    return np.sort(np.array(keys, dtype=np.int64))

    def count(self) -> int:
        """How many passages are in."""
        with _guarded():
            return int(self._collection.count())

    def close(self) -> None:
        """Let go of the files or the connection."""
        _close(self._client)


def probe(directory: Path, settings: VectorsSettings) -> int:
    """Open a directory, count and ask once: what a broken one does not survive. For a process of its own."""
    vectors = ChromaVectors.open(settings, directory)
    if vectors is None:
        raise IndexBroken(f"There is no collection {settings.collection} in {directory}.")
    count = vectors.count()
    vectors.search(np.full(vectors.state.identity.dimension, 0.1, dtype=np.float32), limit=10)
    vectors.close()
    return count


# Higher build settings cost three times as much for .02 recall (architecture: Decisions taken).
_HNSW: dict[str, Any] = {"space": "cosine", "ef_construction": 100, "max_neighbors": 16}


def _connect(settings: VectorsSettings, directory: Path | None) -> Any:
    """A client of the server that the settings name, else of the directory. Each gets settings of its own."""
    own = ChromaSettings(anonymized_telemetry=False)
    with _guarded():
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


def _close(client: Any) -> None:
    """Closing a client leaves its connections open, and those of the one inside it: close them too."""
    with contextlib.suppress(Exception):
        sessions = [getattr(one._server, "_session", None) for one in (client, client._admin_client)]
        client.close()
        for session in sessions:
            if session is not None:
                session.close()


@contextlib.contextmanager
def _guarded(client: Any = None) -> Iterator[None]:
    """Raises VectorsUnavailable for every failure inside Chroma, a panic of its Rust code included."""
    try:
        yield
    except (IndexBroken, VectorsUnavailable, BadSettings, StopRequested):
        raise
    except BaseException as error:
        if client is not None:
            _close(client)
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise VectorsUnavailable(
            f"The vector index cannot be used: {type(error).__name__}: {error}.",
            hint="Exact search answers meanwhile; with TELAL_VECTORS__URL set, see that the Chroma server runs.",
        ) from error


def _ids(keys: NDArray[np.int64] | Sequence[int]) -> list[str]:
    return [str(int(key)) for key in keys]


def _identity(directory: Path | None) -> tuple[int, int] | None:
    """The database file as the file system knows it."""
    try:
        seen = (directory / "chroma.sqlite3").stat() if directory else None
    except OSError:
        return None
    return (seen.st_dev, seen.st_ino) if seen else None


_FILL = 0x55


@contextmanager
def overwritten() -> Iterator[None]:
    """Every large allocation of the process is filled inside; where the C library cannot do that, nothing changes."""
    set_option(FILL, _FILL)
    try:
        yield
    finally:
        set_option(FILL, 0)


_PROBE_S = 120.0
_GRACE_S = 3.0
_GLANCE_S = 0.05

_log = logging.getLogger(__name__)


class Backend(Protocol):
    """How a collection is opened, made and left."""

    def open(self) -> ChromaVectors | None:
        """The collection that is there; None when it is missing or must not be touched."""

    def create(self, built: IndexState) -> ChromaVectors:
        """An empty one in the place of whatever is there."""

    def discard(self) -> None:
        """What is there failed."""

    def leave(self, vectors: ChromaVectors) -> None:
        """Close what is whole or can be built on."""


class EmbeddedBackend:
    """Chroma in a directory that this process owns.

    A separate process opens it first, because a directory left by a kill can crash the process that opens it with a
    segmentation fault (3 of 68 kills), once only at the second opening. So a directory that was not closed cleanly is
    tried twice if its files fit each other, and is not used again if it is not closed cleanly after that either.
    """

    def __init__(self, place: IndexDirectory, settings: VectorsSettings, stopped: Callable[[], bool]) -> None:
        self._place = place
        self._settings = settings
        self._stopped = stopped

    def open(self) -> ChromaVectors | None:
        """The collection; None when it is missing, was changed since it was closed, or crashes the process that tries
        it.

        Raises StopRequested, and leaves the directory as it was, when the process is to end meanwhile.
        """
        directory = self._place.current()
        if directory is None:
            return None
        marked, clean = is_marked(directory), take_clean_mark(directory)
        if not clean and (marked or _trial(directory).exists() or not links_fit(directory)):
            return None
        for _ in range(1 if clean else 2):
            sound = survives(directory, self._settings, stopped=self._stopped)
            if sound is None:
                if clean:
                    mark_clean(directory)
                raise StopRequested
            if not sound:
                return None
        if not clean:
            _log.info("Chroma's directory %s was not closed cleanly, but is sound and is used.", directory)
            _trial(directory).touch()
        vectors = ChromaVectors.open(self._settings, directory)
        if vectors is not None:
            vectors.stopped = self._stopped
        return vectors

    def create(self, built: IndexState) -> ChromaVectors:
        """In a fresh directory; the others are removed first: they may hold what was erased."""
        directory = self._place.fresh()
        self._place.sweep(keep=directory)
        vectors = ChromaVectors.create(self._settings, directory, built)
        self._place.adopt(directory, begun=built.begun)
        return vectors

    def discard(self) -> None:
        """Remove every directory."""
        self._place.sweep(keep=None)

    def leave(self, vectors: ChromaVectors) -> None:
        """Close, then leave the mark of a clean close."""
        vectors.close()
        if vectors.present and vectors.directory is not None:
            with contextlib.suppress(OSError):  # without the mark it is tried twice before it is opened
                mark_clean(vectors.directory)
                _trial(vectors.directory).unlink(missing_ok=True)


class Server:
    """Chroma on a server of its own, which looks after its files. Its content is compared with the archive."""

    def __init__(self, settings: VectorsSettings) -> None:
        self._settings = settings

    def open(self) -> ChromaVectors | None:
        """None when the server has no such collection; raises VectorsUnavailable when it does not answer."""
        return ChromaVectors.open(self._settings, None)

    def create(self, built: IndexState) -> ChromaVectors:
        """Made anew under the same name."""
        return ChromaVectors.create(self._settings, None, built)

    def discard(self) -> None:
        """Nothing: when it answers again, the comparison shows what is lost."""

    def leave(self, vectors: ChromaVectors) -> None:
        """Close the connection."""
        vectors.close()


def survives(directory: Path, settings: VectorsSettings, *, stopped: Callable[[], bool] = lambda: False) -> bool | None:
    """Whether a separate process survives opening the directory, counting and one query. None: stopped before the
    result."""
    command = [sys.executable, "-m", "rag.store.vectors.chroma_index", str(directory), settings.collection]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + _PROBE_S
        while time.monotonic() < end:
            if stopped():  # it takes a second or two, more with a million passages
                end = min(end, time.monotonic() + _GRACE_S)
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, said = process.communicate(timeout=_GLANCE_S)
                if process.returncode:
                    _log.warning("Chroma's directory %s is broken: %s", directory, said.decode(errors="replace"))
                return process.returncode == 0
        process.kill()
        return None if stopped() else False


def _trial(directory: Path) -> Path:
    """Stands beside a directory that was opened although it had not been closed cleanly."""
    return directory.with_name(directory.name + ".trial")


def main() -> int:
    """`python -m rag.store.vectors.chroma_index DIR COLLECTION`: 0 when the directory can be used."""
    try:
        probe(Path(sys.argv[1]), VectorsSettings(collection=sys.argv[2]))
    except TelalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
