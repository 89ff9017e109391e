"""A question and what was parsed from its words. `rag/question/prepare.py` makes it; everything after takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rag.text.dates import TimeExpression
from rag.text.names import Name
from rag.types import Filters, Turn, Window


class Intent(StrEnum):
    """What a reader wants: an answer, a list of stories, or small talk."""

    QUESTION = "question"
    BROWSE = "browse"
    SMALL_TALK = "small_talk"


class Wants(StrEnum):
    """The kind of thing that would answer."""

    PERSON = "person"
    TIME = "time"
    PLACE = "place"
    NUMBER = "number"
    CAUSE = "cause"
    NAME = "name"  # of whatever it is: "what is the ship called"
    OTHER = "other"


NAME_TYPES = frozenset({Wants.PERSON, Wants.PLACE, Wants.NAME})  # a name answers


class Form(StrEnum):
    """The form of answer."""

    FACT = "fact"
    LIST = "list"
    YESNO = "yesno"
    DEFINITION = "definition"
    STATEMENT = "said"  # what somebody said
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class QuestionName:
    """A name: `question[start:end] == surface`; `keys` of its words in order, or the one of a known entity (`@xk`).

    `sure`: it has a capital inside a sentence, occurs in the archive's hits, or is no ordinary word.
    """

    surface: str
    start: int
    end: int
    keys: tuple[str, ...]
    sure: bool = True

    @property
    def likely(self) -> bool:
        """Whether it is surely a name, or may be one of a known entity."""
        return self.sure or self.keys[0][0] == "@"


@dataclass(frozen=True, slots=True)
class Topic:
    """What a reader browses for: names, days, a section of a newspaper, a matter; the newest where none is given.

    `words` are the reader's words without those that ask for news. `matter`: they are more than names and days.
    `alone`: no earlier question of the conversation is needed to understand it.
    """

    names: tuple[QuestionName, ...] = ()
    days: Window | None = None
    words: str = ""
    matter: bool = False
    section: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class PageArticle:
    """The article on whose page a question is typed: the first thing that the conversation speaks of."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question that stands alone, with what its words say.

    `text` is searched for, `typed` is what the reader wrote, and `standalone` is what the reader is told was searched
    for: they differ in a conversation. In one, `turn` is the last message alone, if passages are to be read for that.
    `parts` are the questions of a message that holds several. `history` is the conversation before it.
    """

    text: str
    language: str = "und"
    typed: str = ""
    standalone: str = ""
    filters: Filters = Filters()
    as_of: date | None = None
    """hides what was published later; "yesterday" is counted from it, else from today (UTC)"""
    words: tuple[str, ...] = ()
    """of the text, folded"""
    cased: tuple[Name, ...] = ()
    """names by their capitals alone"""
    spotted: tuple[QuestionName, ...] = ()
    """names with and without capitals"""
    names: tuple[QuestionName, ...] = ()
    """of these, those that are no part of a date"""
    name_keys: frozenset[str] = frozenset()
    """keys of names to search for"""
    numbers: frozenset[str] = frozenset()
    """keys of all numbers"""
    counts: frozenset[str] = frozenset()
    """keys of those that are no part of a date"""
    dates: tuple[TimeExpression, ...] = ()
    days: Window | None = None
    """the time that it speaks of; no filter, for news may come later"""
    wants: Wants = Wants.OTHER
    form: Form = Form.FACT
    counted: frozenset[str] = frozenset()
    """of what a number is asked for: dead, hurt, ..."""
    negated: bool = False
    wants_latest: bool = False
    joins: bool = False
    """a joining word ("and", "what about") began it, which the text lacks"""
    small_talk: str = ""
    """what it is instead of a question: greeting, thanks, insult, about, advice"""
    topic: Topic | None = None
    """of who browses"""
    turn: Question | None = None
    parts: tuple[Question, ...] = ()
    holds_more: bool = False
    """there are more questions in it than `parts`, which alone are answered"""
    history: tuple[Turn, ...] = ()
    page: PageArticle | None = None
    read_first: str = ""
    """the article from which it is answered if that can be: that of the page, where the question is taken to ask about
    it"""
    used_history: bool = False
    """the text holds more than was typed: an earlier question of the conversation"""

    @property
    def entities(self) -> frozenset[str]:
        """The known entities that it names."""
        return frozenset(key for name in self.names if name.likely for key in name.keys if key[0] == "@")

    @property
    def intent(self) -> Intent:
        """What the reader wants."""
        if self.small_talk:
            return Intent.SMALL_TALK
        return Intent.BROWSE if self.topic else Intent.QUESTION

    @property
    def read_for(self) -> Question:
        """The question that passages are read for."""
        return self.turn or self
