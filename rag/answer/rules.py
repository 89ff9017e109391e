"""The rules and features of answering by name, so that each can be left out and its worth be measured.

`telal eval ablate` leaves them out one at a time. A rule asks `applies` where it takes effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar

from rag.events import Event

RULES: dict[str, str] = {
    "smalltalk": "greetings, thanks, insults and questions for advice are not looked up",
    "doubt": "refuses, or hedges, where the archive hardly holds the answer",
    "perhaps": "hedges below the threshold where passages hold the question's names and numbers",
    "naming": "only passages that name the question's known places and bodies are read, if any do",
    "several_outlets": "one outlet's passages give way to another's that come near",
    "names_missing": "a question's name that no passage read holds counts against answering",
    "top_names_missing": "the same of the best sentence's passage",
    "numbers_missing": "a question's number that no passage read holds counts against answering",
    "top_numbers_missing": "the same of the best sentence's passage",
    "ahead": "a question on what will be, where the passage tells of nothing to come, counts against answering",
    "stands_out": "a best passage that stands out from the others counts for answering",
    "reader_doubt": "the reader says how likely it is that no passage answers",
    "reader_pick": "the reader says which sentence answers",
    "reader_mark": "the reader marks the short answer where no rule sees one",
    "overlap": "a sentence that shares the question's words goes before others",
    "before": "words and names of the sentences before it count for a sentence",
    "wanted": "a sentence with the kind of thing that is asked for goes before others",
    "same_language": "a sentence in the question's language goes before others",
    "leans": "cosines are set right for languages that the model favours",
    "row": "for a list, a sentence with names in a row goes before others",
    "day": "for when, a sentence with a day goes before others",
    "newest": "where the newest is asked for, the newest article goes before others",
    "further": "more than one quote is shown",
    "lead": "a quote with the short answer leads where it is nearly the best",
    "conflict": "contradicting reports are shown side by side",
    "conflict_within": "so are the sides that one article gives",
    "timeline": "a question for a course of events gets its days in order",
    "short_row": "a short answer for a list: names in a row",
    "short_day": "a short answer for when: a day",
    "short_number": "a short answer for how many: a number with its unit",
    "short_person": "a short answer for who: two words with capitals",
    "short_place": "a short answer for where: a name behind a word of place",
}
_LEFT_OUT: ContextVar[frozenset[str]] = ContextVar("rules left out", default=frozenset())


def applies(rule: str) -> bool:
    """Whether a rule of RULES takes effect."""
    return rule not in _LEFT_OUT.get()


def without(rules: frozenset[str], events: Iterator[Event]) -> Iterator[Event]:
    """The events of an answer, made without these rules. Each step sets and takes back: steps may change threads."""
    while True:
        token = _LEFT_OUT.set(rules)
        try:
            event = next(events, None)
        finally:
            _LEFT_OUT.reset(token)
        if event is None:
            return
        yield event
