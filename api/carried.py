"""Citations with the outlets that carry the same story: one report that ten printed is one source, and shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from rag.events import Cited, Event, Finished
from rag.store.copies import Cluster
from rag.types import Citation

Clusters = Callable[[Sequence[str]], Mapping[str, Cluster]]


@dataclass(frozen=True, slots=True)
class Carried(Citation):
    """A citation, and all outlets that carry its article in nearly the same words, the earliest first, if several."""

    outlets: tuple[str, ...] = ()


def with_outlets(events: Iterator[Event], clusters: Clusters) -> Iterator[Event]:
    """The events of an answer, each citation with its outlets; closes the events when it is closed.

    `clusters` gives the clusters of articles, by article, as the archive does.
    """
    known: dict[str, tuple[str, ...]] = {}

    def carried(citations: Sequence[Citation]) -> tuple[Carried, ...]:
        unknown = list({c.article_id for c in citations} - known.keys())
        if unknown:
            found = clusters(unknown)
            known.update((name, _several(found.get(name))) for name in unknown)
        return tuple(Carried(**_values(c), outlets=known[c.article_id]) for c in citations)

    try:
        for event in events:
            if isinstance(event, Cited):
                yield replace(event, citation=carried([event.citation])[0])
            elif isinstance(event, Finished):
                yield Finished(replace(event.answer, citations=carried(event.answer.citations)))
            else:
                yield event
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _several(cluster: Cluster | None) -> tuple[str, ...]:
    return cluster.outlets if cluster is not None and len(cluster.outlets) > 1 else ()


def _values(citation: Citation) -> dict[str, Any]:
    return {field.name: getattr(citation, field.name) for field in fields(Citation)}
