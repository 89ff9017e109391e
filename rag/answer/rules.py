"""The rules of answering by name, so that each can be switched off to measure what it is worth.

`telal eval ablate` switches them off one at a time. Code asks `applies` where a rule takes effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar

from rag.errors import BadSettings
from rag.types import Event

RULES: dict[str, str] = {
    "smalltalk": "greetings, thanks, insults and questions for advice are not looked up",
    "doubt": "refuses where the archive hardly holds the answer",
    "perhaps": "hedges where it may not",
    "several_outlets": "one outlet's passages give way to another's that come near",
    "newest": "where the newest is asked for, the newest article goes before others",
    "further": "more than one quote is shown",
    "conflict": "contradicting reports are shown side by side",
    "short": "a short answer is marked where it is likely enough to be right",
}
_LEFT_OUT: ContextVar[frozenset[str]] = ContextVar("rules left out", default=frozenset())


def require_known(rules: frozenset[str]) -> None:
    """Raises BadSettings for a name that is no rule's."""
    if unknown := rules - RULES.keys():
        raise BadSettings(
            f"Setting TELAL_ANSWER__WITHOUT: there is no rule {min(unknown)!r}.", hint=f"There are {', '.join(RULES)}."
        )


def applies(rule: str) -> bool:
    """Whether a rule of RULES takes effect."""
    return rule not in _LEFT_OUT.get()


def without(rules: frozenset[str], events: Iterator[Event]) -> Iterator[Event]:
    """Runs the events of an answer with these rules switched off.

    The setting is made and reset at each step, since steps may run in different threads.
    """
    while True:
        token = _LEFT_OUT.set(rules)
        try:
            event = next(events, None)
        finally:
            _LEFT_OUT.reset(token)
        if event is None:
            return
        yield event
