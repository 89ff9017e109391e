"""Telling a broken keyword index from a whole one, whatever its engine does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rag.store.upkeep.built import IndexBroken


def identity(directory: Path) -> tuple[int, int] | None:
    """The directory as the file system knows it, while the index's own list of files is in it."""
    try:
        (directory / "meta.json").stat()
        seen = directory.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Whatever goes wrong inside tantivy, a panic of its Rust code included, means that the index is broken."""
    try:
        yield
    except IndexBroken:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IndexBroken(f"The keyword index failed: {type(error).__name__}: {error}.") from error
