"""The replies about the archive as a whole."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field, TypeAdapter

from api.schemas.answers import Reply
from rag.errors import BadInput
from rag.types import ErasedArticle, Outlet, StoriesPlace, Story, Trace, Value, Version


class SourcesOut(Reply):
    """Every outlet, the largest first."""

    outlets: list[Outlet]
    notices: list[str] = Field([], description="degraded modes, and whether the archive is empty, in plain words")


class StatsOut(Reply):
    """What the archive holds."""

    articles: int
    passages: int
    revisions: int
    erased: int
    last_change: int
    languages: dict[str, int]
    outlets: int
    first_published: datetime | None
    last_published: datetime | None
    notices: list[str]


class FreshOutletOut(Reply):
    """An outlet that brought articles on more than one day, the last one within sixty days."""

    outlet: str
    last: datetime = Field(description="when its newest article came in")


class StatusOut(Reply):
    """Is the archive fresh?"""

    read_until: datetime | None = Field(description="when the newest article came in; null where nothing is followed")
    text: str = Field(description="the same in a sentence for readers; empty where nothing is followed")
    outlets: list[FreshOutletOut] = Field(description="the longest silent first")


class ListedOut(Reply):
    """An article without its text."""

    id: str
    title: str
    outlet: str
    url: str | None
    language: str
    published: datetime | None
    modified: datetime | None
    kind: str
    section: str | None
    revision: int
    status: str


class ArticlesOut(Reply):
    """A page of articles; `next` is null on the last."""

    articles: list[ListedOut]
    next: str | None
    notices: list[str] = Field([], description="degraded modes, and whether the archive is empty, in plain words")


@dataclass(frozen=True, slots=True)
class Suggestion(Value):
    """A question that the archive answers."""

    question: str
    language: str
    article_id: str | None = None
    """an article that answers it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStoryOut(Story):
    """A story, and a question about it."""

    question: Suggestion


class StoriesOut(Reply):
    """A page of the newest stories; `next` is null on the last."""

    stories: list[AskedStoryOut]
    next: str | None
    notices: list[str] = Field([], description="degraded modes, and whether the archive is empty, in plain words")


@dataclass(frozen=True, slots=True)
class PageOut(Value):
    """What the archive knows of a page of the web on which its widget stands."""

    article: Version | None
    """the article that stands there; null where the archive does not hold it"""
    questions: tuple[Suggestion, ...] = ()
    """up to three that its record brings, else one about its headline; asked with `about`"""
    articles: int = 0
    """of its story: GET /v1/stories/{id} tells it whole"""
    outlets: int = 0
    """that tell it"""


class SuggestionsOut(Reply):
    """Questions to begin with, or to go on with."""

    suggestions: list[Suggestion]
    notices: list[str] = Field([], description="degraded modes, and whether the archive is empty, in plain words")


class RejectedOut(Reply):
    """An article that was not taken in; `place` counts from 1."""

    place: int
    reason: str
    detail: str


class PushedOut(Reply):
    """What became of pushed articles."""

    read: int
    new: int
    changed: int
    unchanged: int
    erased: int
    rejected: list[RejectedOut]


class CertificateOut(Reply):
    """What was removed where. `file` is its name below `erasures/` in the data directory."""

    at: datetime
    reason: str
    articles: list[ErasedArticle]
    removed: dict[str, int]
    marks_searched: int = Field(description="sentences, words and vectors; 0 when other articles hold all of them too")
    files_searched: int
    bytes_searched: int
    left: list[Trace]
    not_searched: str = Field(description="a database server's files, where bytes may be for a while; empty: none")
    clean: bool
    file: str


class NamedOut(Reply):
    """An article that names a person, and the words around the name."""

    id: str
    outlet: str
    url: str | None
    around: str


class NamingOut(Reply):
    """Every article that names the person."""

    articles: list[NamedOut]


def write_cursor(article_id: str) -> str:
    """Makes a cursor that continues behind an article."""
    return base64.urlsafe_b64encode(article_id.encode()).decode().rstrip("=")


_PLACES = TypeAdapter(StoriesPlace)


def write_place(place: StoriesPlace) -> str:
    """Makes a cursor of a place among the newest stories."""
    return write_cursor(_PLACES.dump_json(place).decode())


def read_place(cursor: str) -> StoriesPlace:
    """Returns the place among the newest stories that a cursor names. Raises BadInput."""
    try:
        return _PLACES.validate_json(read_cursor(cursor))
    except ValueError as error:
        raise _not_ours() from error


def _not_ours() -> BadInput:
    return BadInput("The cursor is none of ours.", hint="Use `next` of the page before as it is.")


def read_cursor(cursor: str) -> str:
    """Returns the id of the article behind which a cursor continues. Raises BadInput."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _not_ours() from error
