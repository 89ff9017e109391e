"""How long a search and an answer take, both systems asked in turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.speed.figures import Figure, Times, take_turns
from bench.speed.texts import FILTERS
from eval.targets.tutorial_document import day_of
from rag.engine import Engine
from rag.types import Filters

if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference

FOUND = 10  # passages that are asked for
WARM = 3  # questions before it counts


def latencies(engine: Engine, reference: Reference | None, questions: Sequence[str]) -> list[Figure]:
    """Of embedding the question, of search with each filter (embedding in it), and of a whole answer."""
    figures = _embedding(engine, reference, questions)
    for name, filters in FILTERS.items():
        figures += _search(engine, reference, questions, filters).figures(f"search, {name}")
    # The tutorial hands its passages to a language model; without one there is nothing to compare an answer with.
    take_turns(questions[:WARM], engine.ask)
    return figures + take_turns(questions, engine.ask).figures("answer with quotes")


def _embedding(engine: Engine, reference: Reference | None, questions: Sequence[str]) -> list[Figure]:
    other = reference.embeddings.embed_query if reference is not None else None
    take_turns(questions[:WARM], engine.embedder.embed_query, other)
    return take_turns(questions, engine.embedder.embed_query, other).figures("embedding a question")[:2]


def _search(engine: Engine, reference: Reference | None, questions: Sequence[str], filters: Filters) -> Times:
    def ours(question: str) -> object:
        return engine.search(question, filters=filters, limit=FOUND)

    def theirs(question: str) -> object:
        assert reference is not None
        return reference.search(question, FOUND, where(filters))

    other = theirs if reference is not None else None
    take_turns(questions[:WARM], ours, other)
    return take_turns(questions, ours, other)


def where(filters: Filters) -> dict[str, Any] | None:
    """The filter as one of Chroma's metadata; None when nothing is filtered."""
    rules: list[dict[str, Any]] = [{"language": language} for language in filters.languages]
    for operator, day in (("$gte", filters.published_from), ("$lte", filters.published_to)):
        if day is not None:
            rules.append({"day": {operator: day_of(day)}})
    return {"$and": rules} if len(rules) > 1 else (rules[0] if rules else None)
