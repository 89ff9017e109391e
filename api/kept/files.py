"""Small files in the data directory that several processes read and change: whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from rag.errors import ArchiveBroken
from rag.store.upkeep.index_directory import write_error


class Sheet(Protocol):
    """A JSON document that several processes read and change: JsonSheet, or StoredSheet where machines share it."""

    def follow(self) -> None: ...

    def close(self) -> None: ...

    def stamp(self) -> object: ...

    def read(self, *, default: Any) -> Any: ...

    def writing(self, *, default: Any) -> contextlib.AbstractContextManager[Any]: ...


class Lines(Protocol):
    """JSON objects that are added to: JsonLines, or StoredLines where machines share them."""

    def add(self, value: dict[str, Any]) -> None: ...

    def all(self) -> Iterator[dict[str, Any]]: ...

    def remove(self, gone: Callable[[dict[str, Any]], bool]) -> int: ...

    def size(self) -> int: ...


class JsonSheet:
    """A file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def follow(self) -> None:
        """Does nothing: checking the stamp takes 3 µs."""

    def close(self) -> None:
        """Does nothing."""

    def stamp(self) -> object:
        return stamp(self._path)

    def read(self, *, default: Any) -> Any:
        return read_json(self._path, default=default)

    def writing(self, *, default: Any) -> contextlib.AbstractContextManager[Any]:
        return writing_json(self._path, default=default)


class JsonLines:
    """A file of one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, value: dict[str, Any]) -> None:
        append_line(self._path, value)

    def all(self) -> Iterator[dict[str, Any]]:
        """The oldest first; lines that a crash cut short are left out."""
        if self._path.exists():
            with self._path.open("rb") as file:
                yield from (held for line in file if isinstance(held := _object_or_none(line), dict))

    def remove(self, gone: Callable[[dict[str, Any]], bool]) -> int:
        """Remove those for which `gone` is true. Returns how many."""
        if not self._path.exists():
            return 0
        with rewriting_lines(self._path) as lines:
            kept = [line for line in lines if not gone(line)]
            removed = len(lines) - len(kept)
            lines[:] = kept
        return removed

    def size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes whenever the file is replaced; None when there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def read_json(path: Path, *, default: Any) -> Any:
    """The file's content; `default` when there is none. Raises ArchiveBroken."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return default
    except (OSError, ValueError) as error:
        raise ArchiveBroken(f"{path} cannot be read: {error}.", hint="Restore it from a backup.") from error


@contextlib.contextmanager
def writing_json(path: Path, *, default: Any) -> Iterator[Any]:
    """The file's content to change in place; written back as a whole, for this user alone, one process at a time.

    Raises ReadOnly, DiskFull, ArchiveBroken; the file stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise write_error(error, path) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = read_json(path, default=default)
        yield content
        _replace(path, json.dumps(content, ensure_ascii=False, indent=1))
    finally:
        os.close(lock)


def append_line(path: Path, value: Any) -> None:
    """Adds one JSON line; lines of several processes do not mix. Raises ReadOnly, DiskFull."""
    line = json.dumps(value, ensure_ascii=False).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise write_error(error, path) from error


def _replace(path: Path, text: str) -> None:
    temporary = None
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            temporary = Path(file.name)  # made for this user alone
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise write_error(error, path) from error


@contextlib.contextmanager
def rewriting_lines(path: Path) -> Iterator[list[dict[str, Any]]]:
    """The objects of a file of JSON lines, to change in place; written back as a whole. Lines added meanwhile stay."""
    if not path.exists():
        yield []
        return
    with path.open("rb") as file:
        seen = file.read()
        lines = [parsed for line in seen.splitlines() if isinstance(parsed := _object_or_none(line), dict)]
        yield lines
        added = file.read()  # by others, since
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    _replace(path, text + added.decode("utf-8", "replace"))


def _object_or_none(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
