"""What the keyword index holds of a passage, and how it is asked: words, schema, documents, queries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from rag.text.language import relatives
from rag.text.names import name_keys
from rag.text.script import fold
from rag.types import Filters, Passage

# Words are held a second time cut to their beginnings, so that inflected forms meet in every language, without a
# stemmer for each. Recall@1 without -> with: XQuAD-en .926 -> .937, XQuAD-ro .877 -> .924, RealTimeQA .479 -> .492, our
# own Balkan cases .774 -> .821; four and six letters are no better.
_BEGINNING = 5
_LETTERS = 40  # of a word; what is longer is no word

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Folded, split at everything but letters and digits. The one way in: passages and questions alike."""
    return [word[:_LETTERS] for word in _WORD.findall(fold(text))]


def beginning(word: str) -> str:
    """What the inflected forms of a word have in common, roughly."""
    return word[:_BEGINNING]


# The body holds title and text; the title counts a little more. XQuAD-en recall@1 .926 at 0 to 0.3, .921 at 1; recall@5
# .987 at 0, .988 at 0.2 and more.
TITLE_BOOST = 0.3

_EPOCH = date(1970, 1, 1)


def any_of(asked: Sequence[str]) -> Query:
    """Any of the words. Built from terms: nothing a reader types is parsed."""
    beginnings = dict.fromkeys(beginning(word) for word in asked)
    terms = [Query.term_query(SCHEMA, "body", word, "freq") for word in asked]
    terms += [Query.term_query(SCHEMA, "beginning", word, "freq") for word in beginnings]
    in_title = (Query.term_query(SCHEMA, "title", word, "freq") for word in asked)
    terms += [Query.boost_query(query, TITLE_BOOST) for query in in_title]
    return Query.boolean_query([(Occur.Should, term) for term in terms])


def narrowed(text: Query, filters: Filters, among: Sequence[int] | None) -> Query:
    """All of the filters, which do not count."""
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


def document_of(key: int, passage: Passage) -> Any:
    title, body = words(passage.title), words(passage.text)
    document = tantivy.Document()
    document.add_integer("key", key)
    document.add_text("title", " ".join(title))
    document.add_text("body", " ".join(title + body))
    document.add_text("beginning", " ".join(beginning(word) for word in title + body))
    document.add_text("name", " ".join(key for key in name_keys(f"{passage.title}\n{passage.text}") if " " not in key))
    document.add_text("outlet", passage.outlet.casefold())
    document.add_text("kind", passage.kind.casefold())
    subtags = passage.language.casefold().split("-")
    for length in range(1, len(subtags) + 1):
        document.add_text("language", "-".join(subtags[:length]))
    if passage.published is not None:
        document.add_integer("published_day", _day(passage.published))
    return document


def _day(moment: datetime) -> int:
    return (moment.astimezone(UTC).date() - _EPOCH).days


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
