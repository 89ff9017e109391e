"""Erases articles from everything that Telal keeps, searches for what is left, and writes a certificate."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from ingest.outlets import site_outlets
from rag.config import Settings
from rag.errors import DirectoryOwned, NotFound
from rag.store.archive.archive import Archive
from rag.store.archive.erase import ErasureTraces, Trace, traces
from rag.store.indexes import Indexes
from rag.store.upkeep.index_directory import write_atomically

FOLDER = "erasures"
PATIENCE_S = 120.0  # for a server that owns the indexes to rebuild them
PAUSE_S = 0.5
_MENDING = 2  # the look after which own indexes are built anew: on a large archive that takes minutes


class Keeps(Protocol):
    """Something in the data directory that may contain an article's words."""

    @property
    def name(self) -> str: ...

    def forget(self, marks: ErasureTraces) -> int:
        """Remove what holds them, to the byte. Returns the number of entries."""
        ...


@dataclass(frozen=True, slots=True)
class ErasedArticle:
    """One erased article; `copies` are other articles that say nearly the same and were left."""

    id: str
    revisions: int
    passages: int
    address_keys: int  # addresses that stay refused, kept as hashes
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was removed from where, and what a search of every file found afterwards. Contains no words of the
    articles."""

    at: str  # ISO 8601, UTC
    reason: str
    articles: tuple[ErasedArticle, ...]
    removed: dict[str, int] = field(default_factory=dict)  # entries of other stores
    marks_searched: int = 0  # sentences, words and vectors that stand in no other article; 0 for a copy of one
    files_searched: int = 0
    bytes_searched: int = 0
    left: tuple[Trace, ...] = ()  # must be empty
    not_searched: str = ""  # where bytes may be for a while though nothing answers from them: a database server's files
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
    keeps: Sequence[Keeps] = (),
    patience_s: float = PATIENCE_S,
) -> Certificate:
    """Erases text, revisions, vectors, index entries, rejected records and quotes of the articles; tombstones stay.

    Raises NotFound when one of them does not exist, ArchiveBusy when a reader still holds the log: call it again then.
    """
    ids = list(dict.fromkeys(ids))
    about = [_about(archive, one, set(ids)) for one in ids]
    marks, removed = remove(archive, ids, reason=reason, keeps=keeps)
    indexes.refresh()
    found, files, read = _left(data_dir, marks, indexes, patience_s)
    certificate = Certificate(
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
    archive: Archive, ids: Sequence[str], *, reason: str, keeps: Sequence[Keeps] = ()
) -> tuple[ErasureTraces, dict[str, int]]:
    """Erases the articles without searching afterwards. Returns their traces, and the entries removed elsewhere.

    The indexes follow by themselves. Raises as `erase`.
    """
    marks = archive.marks(ids)
    archive.erase_all(ids, reason=reason)
    removed = {store.name: store.forget(marks) for store in keeps}
    return archive.unique_traces(marks), removed


def ids_of(archive: Archive, *, ids: Sequence[str] = (), url: str = "") -> list[str]:
    """The articles to erase, by ids or address. Raises NotFound when no article has the address."""
    at = archive.at_address(url) if url else []
    if url and not at:
        raise NotFound(f"No article stands at {url}.", hint="`telal articles list` shows the addresses.")
    return [*ids, *at]


def _about(archive: Archive, article_id: str, going: set[str]) -> ErasedArticle:
    revisions = archive.revisions(article_id)
    cluster = archive.clusters([article_id]).get(article_id)
    return ErasedArticle(
        article_id,
        len(revisions),
        len(archive.passages_of(article_id)),
        archive.count_addresses(article_id),
        tuple(one for one in cluster.articles if one not in going) if cluster else (),
    )


def _left(data_dir: Path, marks: ErasureTraces, indexes: Indexes, patience_s: float) -> tuple[list[Trace], int, int]:
    """The traces that are left. A server that owns the indexes rebuilds them within moments, so this looks until
    none is left or time is up.

    If a second search still finds traces in this process's own indexes, they are rebuilt once: Chroma writes uncleared
    memory into its files, which sometimes holds the erased text.
    """
    end = time.monotonic() + patience_s
    for look in itertools.count(1):
        found, files, read = traces(data_dir, marks)
        if not found or time.monotonic() > end:
            break
        if look == _MENDING and any(trace.file.startswith("indexes/") for trace in found):
            with contextlib.suppress(DirectoryOwned):
                indexes.repair()
        time.sleep(PAUSE_S)
    return found, files, read


def _written(certificate: Certificate, data_dir: Path) -> Certificate:
    """The certificate with its file's name; the file is for this user alone."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    what = hashlib.sha256(json.dumps([a.id for a in certificate.articles]).encode()).hexdigest()[:8]
    path = folder / f"{moment}-{what}.json"
    named = replace(certificate, file=str(path))
    write_atomically(path, json.dumps(asdict(named), ensure_ascii=False, indent=1) + "\n")
    path.chmod(0o600)
    return named


class RejectedRecords:
    """The folder of rejected records: lines that hold an erased article's words are blanked where they stand."""

    name = "rejected records"

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "rejected"

    def forget(self, marks: ErasureTraces) -> int:
        return sum(_blank(path, marks) for path in sorted(self._folder.glob("*.jsonl")))


def _blank(path: Path, marks: ErasureTraces) -> int:
    """Overwrites lines in place, so that no byte of them stays and lines appended meanwhile survive."""
    count, at = 0, 0
    with path.open("r+b") as file:
        for line in iter(file.readline, b""):
            if line.strip() and marks.stand_in(_said(line)):
                file.seek(at)
                file.write(b" " * (len(line) - 1) + b"\n")
                count += 1
            at += len(line)
            file.seek(at)
        file.flush()
    return count


def _said(line: bytes) -> str:
    """The words of a JSON line, unescaped."""
    try:
        return json.dumps(json.loads(line), ensure_ascii=False).replace("\\n", "\n")
    except ValueError:
        return line.decode("utf-8", "replace")


REASON = "kept for {days} days, as the rule of {outlet} says"


@dataclass(frozen=True, slots=True)
class Due:
    """The articles of one outlet that have expired."""

    outlet: str
    days: int
    ids: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The reason for their tombstones."""
        return REASON.format(days=self.days, outlet=self.outlet)


def rules_of(settings: Settings) -> dict[str, int]:
    """Days by outlet; outlets without a rule are kept forever."""
    return {outlet.name: outlet.keep_days for outlet in site_outlets(settings) if outlet.keep_days is not None}


def due(archive: Archive, rules: Mapping[str, int], *, now: datetime) -> list[Due]:
    """What has expired, by outlet, counted from publication; undated articles from their last change."""
    held = {name: archive.older_than(name, now - timedelta(days=days)) for name, days in rules.items()}
    return [Due(name, rules[name], tuple(ids)) for name, ids in held.items() if ids]
