"""Erases articles from everything that Telal keeps, searches for what is left, and writes a certificate."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.outlets import site_outlets
from rag.config import Settings
from rag.errors import DirectoryOwned, NotFound
from rag.store.archive.archive import Archive
from rag.store.archive.erase import ErasureTraces, traces
from rag.store.indexes import Indexes
from rag.store.upkeep.index_directory import write_atomically
from rag.types import ErasedArticle, Trace

FOLDER = "erasures"
PATIENCE_S = 120.0  # for a server that owns the indexes to rebuild them
PAUSE_S = 0.5
_REPAIR_AFTER = (2, 4, 8, 16, 32)  # searches, as to rebuild the indexes of a large archive takes minutes


@dataclass(frozen=True, slots=True)
class ErasableStore:
    """A store beside the archive that may hold words of an article, such as the readers' feedback.

    `erase` removes every entry that holds them, to the byte, and returns how many there were.
    """

    name: str
    erase: Callable[[ErasureTraces], int]


@dataclass(frozen=True, slots=True)
class ErasureCertificate:
    """What an erasure removed from where, and what a search of every file found afterwards.

    It holds no words of the articles.
    """

    at: str  # ISO 8601, UTC
    reason: str
    articles: tuple[ErasedArticle, ...]
    removed: dict[str, int] = field(default_factory=dict)  # entries of other stores
    marks_searched: int = 0  # sentences, words and vectors of these articles alone; 0 for a copy of another
    files_searched: int = 0
    bytes_searched: int = 0
    left: tuple[Trace, ...] = ()  # must be empty
    not_searched: str = ""  # files of a database server, where bytes may stay for a while; no answer uses them
    file: str = ""

    @property
    def clean(self) -> bool:
        return not self.left


def erase(
    archive: Archive,
    indexes: Indexes,
    data_dir: Path,
    ids: Sequence[str],
    *,
    reason: str,
    stores: Sequence[ErasableStore] = (),
    patience_s: float = PATIENCE_S,
) -> ErasureCertificate:
    """Erases articles with their revisions, vectors, index entries and quotes, searches for what is left, and writes a
    certificate. Tombstones stay.

    `patience_s`: seconds to wait for the indexes. Raises NotFound when an article does not exist, and ArchiveBusy while
    a reader holds the log: call it again then.
    """
    ids = list(dict.fromkeys(ids))
    about = []
    for one in ids:
        cluster = archive.clusters([one]).get(one)
        copies = tuple(other for other in cluster.articles if other not in ids) if cluster else ()
        passages, addresses = len(archive.passages_of(one)), archive.count_addresses(one)
        about.append(ErasedArticle(one, len(archive.revisions(one)), passages, addresses, copies))
    marks, removed = remove(archive, ids, reason=reason, stores=stores)
    indexes.refresh()
    found, files, read = _left(data_dir, marks, indexes, patience_s)
    certificate = ErasureCertificate(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        reason=reason,
        articles=tuple(about),
        removed={name: count for name, count in removed.items() if count},
        marks_searched=len(marks.stretches) + len(marks.words) + len(marks.vectors),
        files_searched=files,
        bytes_searched=read,
        left=tuple(found),
        not_searched=archive.unsearched,
    )
    return _written(certificate, data_dir)


def remove(
    archive: Archive, ids: Sequence[str], *, reason: str, stores: Sequence[ErasableStore] = ()
) -> tuple[ErasureTraces, dict[str, int]]:
    """Erases articles without a search afterwards; the indexes follow by themselves. Raises as `erase` does.

    Returns the traces to search for, and the number of entries removed from each store.
    """
    marks = archive.marks(ids)
    archive.erase_all(ids, reason=reason)
    removed = {store.name: store.erase(marks) for store in stores}
    return archive.unique_traces(marks), removed


def ids_of(archive: Archive, *, ids: Sequence[str] = (), url: str = "") -> list[str]:
    """Returns `ids` and the ids of the articles at `url`. Raises NotFound when no article has the address."""
    at = archive.at_address(url) if url else []
    if url and not at:
        raise NotFound(f"No article stands at {url}.", hint="`telal articles list` shows the addresses.")
    return [*ids, *at]


def _left(data_dir: Path, marks: ErasureTraces, indexes: Indexes, patience_s: float) -> tuple[list[Trace], int, int]:
    """Searches for traces until none is left or time is up, as a server that owns the indexes takes a moment to rebuild
    them. Returns the traces that are left, the number of files, and their bytes.

    If the second search still finds traces in this process's own indexes, it rebuilds them, and again after twice as
    many searches: Chroma writes uncleared memory into its files, which sometimes holds the erased text.
    """
    end = time.monotonic() + patience_s
    for look in itertools.count(1):
        found, files, read = traces(data_dir, marks)
        if not found or time.monotonic() > end:
            break
        if look in _REPAIR_AFTER and any(trace.file.startswith("indexes/") for trace in found):
            with contextlib.suppress(DirectoryOwned):
                indexes.repair()
        time.sleep(PAUSE_S)
    return found, files, read


def _written(certificate: ErasureCertificate, data_dir: Path) -> ErasureCertificate:
    """Writes the certificate to a file that only this user may read, and returns it with the file's name."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    what = hashlib.sha256(json.dumps([a.id for a in certificate.articles]).encode()).hexdigest()[:8]
    path = folder / f"{moment}-{what}.json"
    named = replace(certificate, file=str(path))
    write_atomically(path, json.dumps(asdict(named), ensure_ascii=False, indent=1) + "\n")
    path.chmod(0o600)
    return named


def erase_rejected(data_dir: Path, marks: ErasureTraces) -> int:
    """Blanks the lines of rejected records that hold words of erased articles. Returns how many.

    They are overwritten in place: no byte of them is left, and lines that are appended meanwhile are kept.
    """
    count = 0
    for path in sorted((data_dir / "rejected").glob("*.jsonl")):
        at = 0
        with path.open("r+b") as file:
            for line in iter(file.readline, b""):
                try:
                    said = json.dumps(json.loads(line), ensure_ascii=False).replace("\\n", "\n")  # unescaped
                except ValueError:
                    said = line.decode("utf-8", "replace")
                if line.strip() and marks.stand_in(said):
                    file.seek(at)
                    file.write(b" " * (len(line) - 1) + b"\n")
                    count += 1
                at += len(line)
                file.seek(at)
            file.flush()
    return count


def rules_of(settings: Settings) -> dict[str, int]:
    """Returns `keep_days` by outlet, without outlets whose articles are kept forever."""
    return {outlet.name: outlet.keep_days for outlet in site_outlets(settings) if outlet.keep_days is not None}


def expired(archive: Archive, rules: Mapping[str, int], *, now: datetime) -> dict[str, list[str]]:
    """Returns the ids of expired articles by outlet, without outlets that have none.

    `rules`: days by outlet, counted from publication, for undated articles from their last change.
    """
    held = {name: archive.older_than(name, now - timedelta(days=days)) for name, days in rules.items()}
    return {name: ids for name, ids in held.items() if ids}


def expiry_reason(outlet: str, days: int) -> str:
    """Returns the reason that the tombstones of expired articles give."""
    return f"kept for {days} days, as the rule of {outlet} says"
