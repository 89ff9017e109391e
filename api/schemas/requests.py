"""The requests of the API, checked here so that the rest of the code can trust its types."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
)

from rag.types import Filters, Turn

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _whole(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a surrogate pair is no text")
    return text


Text = Annotated[str, AfterValidator(_whole)]


def _written_as_a_day(value: object) -> object:
    """Refuses what is not written as a day. Pydantic would read 0 and "0" as 1 January 1970."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("a day is written as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_written_as_a_day)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE, max_length=35)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=300)]


class Input(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FiltersIn(Input):
    """What an article must fulfil. A language matches by prefix: `sr` finds `sr-Latn` and `sr-Cyrl`."""

    published_from: Day | None = Field(None, alias="from", description="first day, UTC, inclusive")
    published_to: Day | None = Field(None, alias="to", description="last day, UTC, inclusive")
    languages: tuple[Language, ...] = Field((), max_length=50)
    outlets: tuple[Name, ...] = Field((), max_length=100)
    kinds: tuple[Name, ...] = Field((), max_length=20, description="report, opinion, analysis, interview, brief ...")

    def value(self) -> Filters:
        """Returns the filters as the engine takes them."""
        return Filters(self.published_from, self.published_to, self.languages, self.outlets, self.kinds)


class TurnIn(Input):
    """One earlier question and its answer."""

    question: Text = Field(max_length=10_000)
    answer: Text = Field("", max_length=20_000)
    standalone: Text = Field("", max_length=10_000, description="what was searched for, as the answer said")

    def value(self) -> Turn:
        return Turn(self.question, self.answer, self.standalone)


class AskIn(Input):
    """A question."""

    question: Text = Field(description="in any of the archive's languages; at most TELAL_ANSWER__QUESTION_MAX_CHARS")
    language: Language | None = Field(None, description="of the question (BCP 47); default: recognised")
    page_language: Language | None = Field(
        None, description="of the page that it was typed on: decides where the question may be in several languages"
    )
    about: Text | None = Field(
        None,
        max_length=2000,
        description='id of the article on whose page it was typed: "he" is looked for there first',
    )
    history: tuple[TurnIn, ...] = Field((), max_length=200, description="the conversation so far, oldest first")
    filters: FiltersIn = FiltersIn()
    as_of: Day | None = Field(None, description="answer as of this day: what was published later is not read")
    stream: StrictBool = Field(False, description="reply with server-sent events")
    conversation: str | None = Field(
        None, pattern="^(new|[0-9a-f]{32})$", description="`new` to have it kept here for a while, then the reply's id"
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "Who signed the Tirana agreement?"},
                {"question": "Ko je potpisao sporazum u Tirani?", "filters": {"languages": ["sr", "hr"]}},
            ]
        }
    )


class ShareIn(Input):
    """A question whose answer is to be kept for others to read."""

    question: Text = Field(description="standing alone: without the conversation around it")
    language: Language | None = Field(None, description="of the question (BCP 47); default: recognised")
    filters: FiltersIn = FiltersIn()
    as_of: Day | None = Field(None, description="answer as of this day: what was published later is not read")

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": "Who signed the Tirana agreement?"}]})


class FurtherIn(Input):
    """What was read, to go on from."""

    articles: tuple[Annotated[Text, StringConstraints(max_length=2000)], ...] = Field(
        min_length=1, max_length=10, description="ids: what an answer cites, or the nearest of a refusal"
    )
    asked: Text = Field("", max_length=10_000, description="the question that was answered; after a refusal none")
    language: Language = Field("en", description="the reader's")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "articles": ["starter:tirana-agreement:en"],
                    "asked": "Who signed the Tirana agreement?",
                    "language": "en",
                }
            ]
        }
    )


class SearchIn(Input):
    """A search for passages."""

    query: Text
    filters: FiltersIn = FiltersIn()
    limit: StrictInt = Field(10, ge=1, le=100)

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "Tirana agreement", "filters": {"from": "2025-03-01"}, "limit": 5}]}
    )


class FeedbackIn(Input):
    """What a reader says of an answer."""

    id: str = Field(pattern="^[0-9a-f]{32}$", description="of an answer of the last seven days")
    verdict: Literal["helpful", "wrong", "wrong_source"]
    comment: Text = Field("", max_length=1000)
    citation: StrictInt | None = Field(None, ge=1, le=1000, description="number of the citation that is wrong")
    question: Text = Field("", max_length=2000, description="only if the reader wants it kept")
    answer: Text = Field("", max_length=4000, description="as it was shown, only if the reader wants it kept")
    quote: Text = Field("", max_length=1000, description="of that citation, only if the reader wants it kept")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "0" * 32, "verdict": "wrong_source", "citation": 1, "comment": ""}]}
    )


class TranslationIn(Input):
    """What to translate of an article, and into which language."""

    language: Language = Field(description="the reader's")
    passage_id: Text = Field(max_length=100, description="as in a citation: a corrected article has others")
    start: StrictInt | None = Field(None, ge=0, description="code points, widened to sentences; default: all of it")
    end: StrictInt | None = Field(None, ge=1)
    headline: StrictBool = Field(False, description="`start` and `end` are of the title, as in the citation")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"language": "sr-Latn", "passage_id": "0" * 32, "start": 0, "end": 100}]}
    )


class PushIn(Input):
    """Articles to take in, each with the fields of a JSONL record."""

    articles: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=50)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "articles": [
                        {
                            "id": "outlet-1",
                            "url": "https://news.example/1",
                            "title": "A headline",
                            "text": "What happened, in whole sentences.",
                            "language": "en",
                            "published": "2025-03-18",
                            "outlet": "Outlet",
                        }
                    ]
                }
            ]
        }
    )


class ErasureIn(Input):
    """What to erase for good, and why."""

    ids: tuple[Name, ...] = Field((), max_length=1000, description="of articles")
    url: Text = Field("", max_length=2000, description="every article at this address")
    reason: Name = Field(description="kept in the tombstones")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ids": ["outlet-1"], "reason": "asked for by the person it names"}]}
    )
