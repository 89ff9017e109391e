"""Citations with the outlets that carry the same sentence: one report that ten printed is one source, and shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from rag.events import Cited, Event, Finished
from rag.types import Citation

Carriers = Callable[[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Carried(Citation):
    """A citation, and all outlets whose own article holds its quote, the earliest first, if several."""

    outlets: tuple[str, ...] = ()


def with_outlets(events: Iterator[Event], carriers: Carriers) -> Iterator[Event]:
    """The events of an answer, each citation with its outlets; closes the events when it is closed.

    `carriers` gives the outlets whose own text holds a quote of an article, as the archive does.
    """
    known: dict[tuple[str, str], tuple[str, ...]] = {}

    def carried(citations: Sequence[Citation]) -> tuple[Carried, ...]:
        for key in {(c.article_id, c.quote) for c in citations} - known.keys():
            known[key] = carriers(*key)
        return tuple(Carried(**_values(c), outlets=known[c.article_id, c.quote]) for c in citations)

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


def _values(citation: Citation) -> dict[str, Any]:
    return {field.name: getattr(citation, field.name) for field in fields(Citation)}
