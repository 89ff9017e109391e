"""The keyword index: BM25 over folded words, exact filters; reports when it is broken. The only import of tantivy."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import FieldType, Occur, Query

from rag.errors import TelalError
from rag.store.backends import KeywordQuery, WordWeights
from rag.store.database.records import Batch
from rag.store.upkeep.catchup import IndexBroken, IndexState, ScoredKey, sort_scores
from rag.text.language import relatives
from rag.text.names import name_keys, search_keys
from rag.text.words import indexed_words, stem, words
from rag.types import Filters, Passage

_WORDS = 64  # a question's rarest words; a longer one is a pasted text
# Words in over a fifth of all passages are left out of questions of more than 16 words: 0.65 instead of 1.55 ms at
# 100,000 passages with 24 words, .90 of the first 50 passages the same.
_COMMON, _LONG, _LARGE = 0.2, 16, 10_000
_K1 = 1.2  # tantivy's, and not to be set
_HEAP_BYTES = 50_000_000


class TantivyIndex:
    """A BM25 index of passages. Many threads may search while one writes."""

    def __init__(self, directory: Path, *, write: bool) -> None:
        """Opens the index in a directory, or makes one in an empty directory; raises IndexBroken when it cannot."""
        copy = None
        if not write and not os.access(directory, os.W_OK):  # tantivy reads none without a lock file beside it
            copy = Path(shutil.copytree(directory, mkdtemp(prefix="telal-keyword-"), dirs_exist_ok=True))
        try:
            with translate_errors():
                new = write and not any(directory.iterdir())
                place = str(copy or directory)
                self._index = tantivy.Index(SCHEMA, path=place) if new else tantivy.Index.open(place)
                self._writer: Any = self._index.writer(_HEAP_BYTES, 1) if write else None
                # Else a thread of tantivy's own opens whatever the directory holds each time that it changes; a file
                # that is cut short just then ends the process (bus error).
                self._index.config_reader(reload_policy="manual")
                self._reload()
        except BaseException:
            if copy:
                shutil.rmtree(copy, ignore_errors=True)
            raise
        if copy:
            weakref.finalize(self, shutil.rmtree, copy, ignore_errors=True)

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None:
        """Take out passages, take in others, and remember what the index is built from: all of it in one step, visible
        and durable, or nothing."""
        try:
            with translate_errors():
                for key in removed:
                    self._writer.delete_documents_by_term("key", int(key))
                for batch in added:
                    for key, passage in zip(batch.keys, batch.passages, strict=True):
                        self._writer.add_document(document_of(int(key), passage))
                self._writer.delete_documents_by_term("about", "index")
                self._writer.add_document(tantivy.Document(about="index", built=state.to_json()))
                self._writer.commit()
                self._reload()
        except BaseException:
            with translate_errors():
                self._writer.rollback()
            raise

    def state(self) -> IndexState | None:
        """What was last applied, by whichever process, and is searched from now on; None before that."""
        with translate_errors():
            if self._writer is None:
                self._reload()
            found = self._searcher.search(Query.term_query(SCHEMA, "about", "index", "basic"), 1, count=False).hits
            return IndexState.from_json(self._searcher.doc(found[0][1]).get_first("built")) if found else None

    def search(self, query: KeywordQuery) -> list[ScoredKey]:
        """The passages with most of the rarest words, by BM25; or with the names, weighted by rarity.

        Passages in the text's own language family share its words, names included; counting these twice would mislead.
        """
        with translate_errors():
            searcher = self._searcher
            if query.names_outside is not None:
                return self._with_names(searcher, query, query.names_outside)
            asked = _worth_asking(searcher, words(query.text))
            return _scored(searcher, any_of(asked) if asked else None, query)

    def _with_names(self, searcher: Any, query: KeywordQuery, language: str) -> list[ScoredKey]:
        known = [key for key in search_keys(query.text) if searcher.doc_freq("name", key)][:_WORDS]
        rarity = self._rarity(known, "name")
        total = sum(rarity.values())
        terms = [
            (Occur.Should, Query.const_score_query(Query.term_query(SCHEMA, "name", key, "basic"), value / total))
            for key, value in rarity.items()
        ]
        return _scored(searcher, foreign(Query.boolean_query(terms), language) if terms else None, query)

    def weigh(self, words: Sequence[str]) -> WordWeights:
        """BM25's rarity of each word, and the score of a short passage that repeats every word, known or not.

        Dividing by that is the theoretical min-max of Bruch, Gai and Ingber, ACM TOIS 42(1), 2023.
        """
        asked = list(dict.fromkeys(words))
        with translate_errors():
            rarity = self._rarity(asked, "body")
            bounds = [(rarity, 1.0), (self._rarity(asked, "title"), TITLE_BOOST)]
            bounds.append((self._rarity(list(dict.fromkeys(map(stem, asked))), "beginning"), 1.0))
        return WordWeights(rarity, sum(share * (_K1 + 1) * sum(found.values()) for found, share in bounds))

    def _rarity(self, asked: Sequence[str], field: str) -> dict[str, float]:
        searcher = self._searcher
        counts = {word: searcher.doc_freq(field, word) for word in asked}
        total = max(searcher.num_docs, *counts.values()) if counts else 0
        return {word: math.log(1 + (total - count + 0.5) / (count + 0.5)) for word, count in counts.items()}

    def count(self) -> int:
        """How many passages are in."""
        with translate_errors():
            return max(0, int(self._searcher.num_docs) - 1)  # without the document that holds the state

    def close(self) -> None:
        """Release the files once merging has ended. Searching still works."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with translate_errors():
                writer.wait_merging_threads()

    def _reload(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()


def _worth_asking(searcher: Any, asked: list[str]) -> list[str]:
    """The words whose beginnings are in the index, each once; of very many the rarest, without the commonest."""
    counts = {word: searcher.doc_freq("beginning", stem(word)) for word in dict.fromkeys(asked)}
    known = sorted((word for word in counts if counts[word]), key=counts.__getitem__)
    if len(known) > _LONG and searcher.num_docs > _LARGE:
        known = [word for word in known if counts[word] <= _COMMON * searcher.num_docs] or known
    return known[:_WORDS]


def _scored(searcher: Any, wanted: Query | None, query: KeywordQuery) -> list[ScoredKey]:
    if wanted is None or query.limit < 1:
        return []
    found = searcher.search(apply_filters(wanted, query.filters, query.among), query.limit, count=False).hits
    keys = searcher.fast_field_values("key", [address for _, address in found])
    scores = {int(key): float(score) for key, (score, _) in zip(keys, found, strict=True)}
    return sort_scores({key: score for key, score in scores.items() if math.isfinite(score)})


@contextlib.contextmanager
def translate_errors() -> Iterator[None]:
    """Raises IndexBroken for every failure inside tantivy, a panic of its Rust code included."""
    try:
        yield
    except TelalError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IndexBroken(f"The keyword index failed: {type(error).__name__}: {error}.") from error


# The body holds title and text; the title counts a little more. XQuAD-en recall@1 .926 at 0 to 0.3, .921 at 1; recall@5
# .987 at 0, .988 at 0.2 and more.
TITLE_BOOST = 0.3

_EPOCH = date(1970, 1, 1)


def any_of(asked: Sequence[str]) -> Query:
    """A query for any of the words. It is built from terms, so nothing that a reader types is parsed."""
    beginnings = dict.fromkeys(stem(word) for word in asked)
    terms = [Query.term_query(SCHEMA, "body", word, "freq") for word in asked]
    terms += [Query.term_query(SCHEMA, "beginning", word, "freq") for word in beginnings]
    in_title = (Query.term_query(SCHEMA, "title", word, "freq") for word in asked)
    terms += [Query.boost_query(query, TITLE_BOOST) for query in in_title]
    return Query.boolean_query([(Occur.Should, term) for term in terms])


def apply_filters(text: Query, filters: Filters, among: Sequence[int] | None) -> Query:
    """The query with all filters added, which do not change the score."""
    narrowing = [*conditions(filters)]
    if among is not None:
        # A term each: a set of 70 terms took 2.4 ms of a search among 100,000 passages, these take 1.2 ms.
        terms = [(Occur.Should, Query.term_query(SCHEMA, "key", int(key), "basic")) for key in among]
        narrowing.append(Query.boolean_query(terms))
    must = [(Occur.Must, Query.const_score_query(query, 0.0)) for query in narrowing]
    return Query.boolean_query([(Occur.Must, text), *must]) if must else text


def foreign(query: Query, language: str) -> Query:
    """Narrowed to passages in none of the languages that are searched as one with `language`."""
    own = [(Occur.MustNot, Query.term_query(SCHEMA, "language", tag, "basic")) for tag in relatives(language)]
    return Query.boolean_query([(Occur.Must, query), *own])


def conditions(filters: Filters) -> Iterator[Query]:
    if filters.published_from or filters.published_to:
        first = (filters.published_from or date.min) - _EPOCH
        last = (filters.published_to or date.max) - _EPOCH
        if first > last:
            yield Query.empty_query()
        else:
            yield Query.range_query(SCHEMA, "published_day", FieldType.Integer, first.days, last.days)
    for name, values in (("language", filters.languages), ("outlet", filters.outlets), ("kind", filters.kinds)):
        if values:
            terms = [Query.term_query(SCHEMA, name, value.casefold(), "basic") for value in values]
            yield Query.boolean_query([(Occur.Should, term) for term in terms])


@dataclass(frozen=True, slots=True)
class _Terms:
    """What of a text is indexed: its words, their beginnings and the keys of its names, each joined by spaces."""

    words: str
    beginnings: str
    names: str

    @classmethod
    def of(cls, text: str) -> _Terms:
        return cls(*indexed_words(text), " ".join([key for key in name_keys(text) if " " not in key]))


_title_terms = lru_cache(maxsize=8)(_Terms.of)  # the passages of an article come one after the other


def document_of(key: int, passage: Passage) -> Any:
    title, text = _title_terms(passage.title), _Terms.of(passage.text)
    document = tantivy.Document()
    document.add_integer("key", key)
    document.add_text("title", title.words)
    document.add_text("body", f"{title.words} {text.words}")
    document.add_text("beginning", f"{title.beginnings} {text.beginnings}")
    document.add_text("name", f"{title.names} {text.names}")
    document.add_text("outlet", passage.outlet.casefold())
    document.add_text("kind", passage.kind.casefold())
    subtags = passage.language.casefold().split("-")
    for length in range(1, len(subtags) + 1):
        document.add_text("language", "-".join(subtags[:length]))
    if passage.published is not None:
        document.add_integer("published_day", (passage.published.astimezone(UTC).date() - _EPOCH).days)
    return document


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", indexed=True, fast=True)
    for name in ("title", "body", "beginning"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("name", tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("published_day", indexed=True, fast=True)
    for name in ("language", "outlet", "kind", "about"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("built", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _schema()
