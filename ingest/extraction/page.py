"""What was read from one page, before any of it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated entry of a live blog."""

    key: str  # its anchor, else its time
    title: str
    text: str
    published: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself, as strings still to be checked. `text` is "" when no article was found."""

    title: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    language: str = ""
    url: str = ""  # canonical
    outlet: str = ""
    section: str = ""
    kind: str = ""
    status: str = ""  # corrected or retracted, when a note on the page says so
    note: str = ""  # that note
    entries: tuple[Entry, ...] = field(default=())  # of a live blog, the newest first as a rule
