"""What is followed, and what is told of it, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from api.schemas.answers import Reply
from api.schemas.requests import FiltersIn, Input, Language, Text
from rag.types import Value

EntryKind = Literal["begun", "words", "newer", "stories", "gone"]


class FollowIn(Input):
    """A question whose changes a webhook is to be told."""

    story: Text = Field("", max_length=2000, description="in place of a question: an article that tells the story")
    question: Text = Field("", max_length=2000, description="standing alone; asking for news follows a digest")
    language: Language | None = Field(None, description="of the question (BCP 47); default: recognised")
    filters: FiltersIn = FiltersIn()
    url: Text = Field(min_length=8, max_length=2000, description="where to send them")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"question": "Who signed the Tirana agreement?", "url": "https://news.example/telal"}]
        }
    )


@dataclass(frozen=True, slots=True)
class FollowSource(Value):
    """An article that an entry rests on: `article.text[start:end] == quote`, or its title if `headline`."""

    article_id: str
    title: str
    outlet: str
    url: str | None
    published: datetime | None
    language: str
    quote: str
    start: int
    end: int
    headline: bool = False


@dataclass(frozen=True, slots=True)
class FollowEntry(Value):
    """What was told at one time of a question that is followed."""

    id: str
    """a URN that stays the same; a webhook is told each entry once, or again where it did not say that it arrived"""
    at: datetime
    kind: EntryKind
    """begun: how the answer stood when it was first followed; words: it says something else; newer: a newer article is
    quoted; stories: of a digest, new ones; gone: an article that it rested on was taken out or corrected"""
    text: str
    """the answer in a few words, else the first quote or headline; empty where there is no sure answer"""
    sources: tuple[FollowSource, ...] = ()
    differ: bool = False
    """the sources contradict each other, and `text` has what each says"""
    before: str = ""
    """what was told before it, of an answer that says something else, as long as that still stands in its articles"""


class FollowOut(Reply):
    """A webhook that follows a question."""

    id: str
    question: str = Field(description="of a story its headline")
    story: str
    language: str | None
    filters: FiltersIn
    url: str
    began: datetime
    delivered: datetime | None = Field(
        description="when its address answered last, first to the challenge; none: it is not proved, and told nothing"
    )
    failing: datetime | None = Field(
        description="since when none has arrived; it is switched off after a week, without a proof after a day"
    )
    ended: datetime | None = Field(description="when it was switched off")
    error: str = Field(description="of the last delivery, or why it was switched off")
    secret: str = Field("", description="signs the deliveries; only in the reply that makes the follow")


class FollowsOut(Reply):
    """The webhooks of a key, the oldest first."""

    follows: list[FollowOut]
