"""The keyword index: BM25 over folded words, exact filters, told when broken. Only this and query.py use tantivy."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur, Query

from rag.store.database.records import Batch
from rag.store.keyword.query import (
    SCHEMA,
    TITLE_BOOST,
    any_of,
    beginning,
    document_of,
    foreign,
    narrowed,
    words,
)
from rag.store.upkeep.catchup import Built, IndexBroken, Scored, ranked
from rag.text.names import question_keys
from rag.types import Filters

FORMAT = 4  # raise it with the schema, the words or the folding: every index is then rebuilt

_WORDS = 64  # a question's rarest words; a longer one is a pasted text
# Words in over a fifth of all passages are left out of questions of more than 16 words: 0.65 instead of 1.55 ms at
# 100,000 passages with 24 words, .90 of the first 50 passages the same.
_COMMON, _LONG, _LARGE = 0.2, 16, 10_000
_K1 = 1.2  # tantivy's, and not to be set
_HEAP_BYTES = 50_000_000


class KeywordIndex:
    """Passages by words. Many threads may search while one writes; nothing is visible, or kept, before `commit`."""

    def __init__(self, index: Any, directory: Path, writer: Any) -> None:
        self.directory = directory
        self._index = index
        self._writer = writer
        self._identity = identity(directory)
        # Else a thread of tantivy's own opens whatever the directory holds each time that it changes; a file that is
        # cut short just then ends the process (bus error).
        index.config_reader(reload_policy="manual")
        self.reload()

    @classmethod
    def create(cls, directory: Path, built: Built) -> KeywordIndex:
        """A new index in an empty directory."""
        with guarded():
            index = tantivy.Index(SCHEMA, path=str(directory))
            writer = index.writer(_HEAP_BYTES, 1)
            _commit(writer, built)
            return cls(index, directory, writer)

    @classmethod
    def open(cls, directory: Path, *, write: bool) -> KeywordIndex:
        """An index made before; raises IndexBroken when it cannot be read."""
        copy = None if write or os.access(directory, os.W_OK) else _copied(directory)
        try:
            with guarded():
                index = tantivy.Index.open(str(copy or directory))
                opened = cls(index, directory, index.writer(_HEAP_BYTES, 1) if write else None)
        except BaseException:
            if copy:
                shutil.rmtree(copy, ignore_errors=True)
            raise
        if copy:
            weakref.finalize(opened, shutil.rmtree, copy, ignore_errors=True)
        return opened

    @property
    def built(self) -> Built:
        """What the visible content was built from."""
        return self._built

    @property
    def present(self) -> bool:
        """Do its files still stand where they were opened?"""
        return identity(self.directory) == self._identity

    def add(self, batch: Batch) -> None:
        """Take in passages that are not in the index; visible after `commit`."""
        with guarded():
            for key, passage in zip(batch.keys, batch.passages, strict=True):
                self._writer.add_document(document_of(int(key), passage))

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Take out passages; unknown keys are no matter."""
        with guarded():
            for key in keys:
                self._writer.delete_documents_by_term("key", int(key))

    def commit(self, built: Built) -> None:
        """Make everything since the last commit visible and durable, in one step with what it was built from."""
        with guarded():
            _commit(self._writer, built)
        self.reload()

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        with guarded():
            self._writer.rollback()

    def reload(self) -> None:
        """See what another process has committed."""
        with guarded():
            self._index.reload()
            self._searcher = self._index.searcher()
            self._built = self._read_built()

    def search(
        self, text: str, *, limit: int, filters: Filters = Filters(), among: Sequence[int] | None = None
    ) -> list[Scored]:
        """The passages, of those in `among`, with most of the rarest words, by BM25, best first."""
        with guarded():
            searcher = self._searcher
            asked = _worth_asking(searcher, words(text))
            if not asked or limit < 1:
                return []
            return _scored(searcher, narrowed(any_of(asked), filters, among), limit)

    def naming(
        self,
        text: str,
        *,
        language: str,
        limit: int,
        filters: Filters = Filters(),
        among: Sequence[int] | None = None,
    ) -> list[Scored]:
        """The passages in languages foreign to `language` that name what a text names: 1 for all of it, by rarity.

        In its own language family a passage shares the text's words, names among them: counted twice they mislead.
        Empty when the text names nothing that the index knows.
        """
        with guarded():
            searcher = self._searcher
            rarity = self._rarity(_names(searcher, text), "name")
            if not rarity or limit < 1:
                return []
            total = sum(rarity.values())
            terms = [
                (Occur.Should, Query.const_score_query(Query.term_query(SCHEMA, "name", key, "basic"), value / total))
                for key, value in rarity.items()
            ]
            wanted = foreign(Query.boolean_query(terms), language)
            return _scored(searcher, narrowed(wanted, filters, among), limit)

    def reachable(self, text: str) -> float:
        """The BM25 score that no passage can exceed: every word of the text, known or not, often and in a short one.

        Source of dividing by it: theoretical min-max, Bruch, Gai and Ingber, ACM TOIS 42(1), 2023.
        """
        asked = list(dict.fromkeys(words(text)))
        with guarded():
            bounds = [(asked, "body", 1.0), (asked, "title", TITLE_BOOST)]
            bounds.append((list(dict.fromkeys(map(beginning, asked))), "beginning", 1.0))
            return sum(share * (_K1 + 1) * sum(self._rarity(terms, field).values()) for terms, field, share in bounds)

    def rarity(self, asked: Sequence[str]) -> dict[str, float]:
        """BM25's inverse document frequency of each folded word: about 0 for one in every passage, more the rarer."""
        with guarded():
            return self._rarity(asked, "body")

    def _rarity(self, asked: Sequence[str], field: str) -> dict[str, float]:
        searcher = self._searcher
        counts = {word: searcher.doc_freq(field, word) for word in asked}
        total = max(searcher.num_docs, *counts.values()) if counts else 0
        return {word: math.log(1 + (total - count + 0.5) / (count + 0.5)) for word, count in counts.items()}

    def keys(self) -> NDArray[np.int64]:
        """All keys in ascending order, as often as they occur."""
        with guarded():
            searcher = self._searcher
            found = searcher.search(Query.all_query(), max(searcher.num_docs, 1), count=False).hits
            values = searcher.fast_field_values("key", [address for _, address in found])
        return np.sort(np.array([value for value in values if value is not None], dtype=np.int64))

    def close(self) -> None:
        """Let go of the files when merging has ended. What was not committed is lost. Searching goes on working."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(IndexBroken), guarded():
                writer.wait_merging_threads()

    def _read_built(self) -> Built:
        found = self._searcher.search(Query.term_query(SCHEMA, "about", "index", "basic"), 1, count=False).hits
        if not found:
            raise IndexBroken("The keyword index does not say what it was built from.")
        return Built.from_json(self._searcher.doc(found[0][1]).get_first("built"))


def _commit(writer: Any, built: Built) -> None:
    writer.delete_documents_by_term("about", "index")
    writer.add_document(tantivy.Document(about="index", built=built.to_json()))
    writer.commit()


def _worth_asking(searcher: Any, asked: list[str]) -> list[str]:
    """The words whose beginnings are in the index, each once; of very many the rarest, without the commonest."""
    counts = {word: searcher.doc_freq("beginning", beginning(word)) for word in dict.fromkeys(asked)}
    known = sorted((word for word in counts if counts[word]), key=counts.__getitem__)
    if len(known) > _LONG and searcher.num_docs > _LARGE:
        known = [word for word in known if counts[word] <= _COMMON * searcher.num_docs] or known
    return known[:_WORDS]


def _names(searcher: Any, text: str) -> list[str]:
    """The keys of what may be names in a question, those that the index knows."""
    return [key for key in question_keys(text) if searcher.doc_freq("name", key)][:_WORDS]


def _scored(searcher: Any, query: Query, limit: int) -> list[Scored]:
    found = searcher.search(query, limit, count=False).hits
    keys = searcher.fast_field_values("key", [address for _, address in found])
    return ranked({int(key): float(score) for key, (score, _) in zip(keys, found, strict=True)})


def _copied(directory: Path) -> Path:
    """A copy of an index that may not be written, as it is now: tantivy reads none without a lock file beside it."""
    return Path(shutil.copytree(directory, mkdtemp(prefix="telal-keyword-"), dirs_exist_ok=True))


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
