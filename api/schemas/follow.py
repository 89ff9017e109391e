"""What is followed, and what is told of it, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rag.types import Value


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
    kind: Literal["begun", "words", "newer", "stories", "gone"]
    """begun: how the answer stood when it was first followed; words: it says something else; newer: a newer article is
    quoted; stories: of a digest, new ones; gone: an article that it rested on was taken out or corrected"""
    text: str
    """the answer in a few words, else the first quote or headline; empty where there is no sure answer"""
    sources: tuple[FollowSource, ...] = ()
