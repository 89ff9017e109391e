"""Telal's own sentences in the reader's language, from data/messages.toml and data/notices.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.text.cldr import english_name
from rag.text.languages import find_language
from rag.text.tables import table

_STOP = re.compile(r"(?<=\d)\.$")


def localise_notice(notice: str, language: str) -> str:
    """A notice about a degraded mode in `language`; the English notice, its name in the table, where there is none."""
    return _chosen(table("notices").get(notice, {}), language) or notice


def message(name: str, language: str, **values: object) -> str:
    """The sentence `name` in `language`, or in English where there is no translation, with these values filled in.
    Raises KeyError for an unknown name."""
    told = table("messages")[name]
    sentence = _chosen(told, language) or told["en"]
    return filled(sentence, **values) if values else sentence


def filled(sentence: str, **values: object) -> str:
    """A sentence with its `{values}`. The stop that closes a day (16. mart 2025.) gives way to the sentence's own
    punctuation."""

    def value(field: re.Match[str]) -> str:
        text = str(values[field[1]])
        return (_STOP.sub("", text) if field[2] else text) + field[2]

    return re.sub(r"\{(\w+)\}([.,:;]?)", value, sentence)


def source_named(name: str, language: str) -> str:
    """The name of whose facts a brief restates: an outlet's stays as it is, Telal's founding document has one in each
    language."""
    return message("founding_document", language) if name == message("founding_document", "en") else name


def unknown_language(language: str) -> str:
    """What is said of a question in a language that has no messages, by its tag; in English, for want of its own."""
    name = english_name(language) or "a language"
    return (
        f"This question seems to be in {name}, which Telal does not know; it was searched for all the same. "
        "Answers are better in a language of the Balkans or in English."
    )


def _chosen(told: Mapping[str, str], language: str) -> str | None:
    known = find_language(language)
    return told.get(known.tag) if known else None
