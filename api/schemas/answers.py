"""What answers, articles and shared answers are over HTTP: values of rag.types and what the server adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.types import Answer, Article, Citation, Hit, Note, Refusal, Sentence, ShortAnswer, Value, Written


class Reply(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class CitationOut(Citation):
    """The verbatim passage that a sentence rests on: `article.text[start:end] == quote`, in code points."""

    outlets: tuple[str, ...] = ()
    """that carry the article in nearly the same words, earliest first, if several; none with as_of"""
    translate_label: str = ""
    """says in the question's language what a button says that asks for the quote's translation ("In English"); empty
    where there is none: in the same or a near language, without a language model, in a `citation` event"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOut(Answer):
    """An answer or a refusal."""

    id: str
    """names this answer in feedback; also the header X-Request-Id"""
    text: str = ""
    """to print where nothing else is shown: what a language model wrote, or the short answer; then the quotes, with
    their citations' numbers, a doubt before them; a digest's stories; or a refusal with the nearest passages"""
    citations: tuple[CitationOut, ...] = ()
    conversation: str | None = None
    """send it with the next question; null when none is kept"""


@dataclass(frozen=True, slots=True)
class ContextOut(Value):
    """A quote inside its article, cut on sentence borders: `before + quote + after` is one stretch of its text."""

    before: str
    quote: str
    after: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ArticleOut(Article):
    """One revision of an article."""

    outlets: tuple[str, ...] = ()
    """that carry it in nearly the same words, the earliest first, if several"""
    context: ContextOut | None = None
    whole: bool = True
    """false where its outlet allows no more than its first sentence or paragraph: `text` ends there"""


class SearchOut(Reply):
    """Passages, best first."""

    hits: list[Hit]
    notices: list[str]


class LiveOut(Reply):
    """The process runs."""

    status: Literal["ok"]


class ReadyOut(Reply):
    """Can questions be answered now?"""

    status: Literal["ready", "not-ready"]
    model: str
    archive: str
    indexes: dict[str, Any]
    notices: list[str]
    language_model: Literal["none", "ready", "resting"] = Field(
        "none", description="resting: it failed three times in a row and is not asked for half a minute"
    )


class ErrorOut(Reply):
    """One thing wrong in a request."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An error as in RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    instance: str
    errors: list[ErrorOut] | None = None


class ShareOut(Reply):
    """A shared answer."""

    id: str
    path: str = Field(description="of the page that shows it, on this server")
    secret: str = Field(description="erases it: DELETE /v1/shares/{secret}; not kept here, only its digest")
    until: datetime = Field(description="when it ends, UTC")


class SharedAnswerOut(Reply):
    """AnswerOut without what was of the moment: timings, usage, degraded modes, conversation."""

    id: str
    question: str
    standalone: str
    status: str
    language: str
    text: str
    sentences: list[Sentence]
    citations: list[CitationOut]
    refusal: Refusal | None
    as_of: str | None
    answered_by: str
    confidence: float | None
    withdrawn: int
    short: list[ShortAnswer]
    remarks: list[Note]
    written: Written | None = None
    notices: list[str] = Field([], description="of a partial answer: what is in doubt; of a contradicted one: not so")


class SharedOut(Reply):
    """A shared answer as its sources stand today."""

    answer: SharedAnswerOut
    changed: list[int] = Field(description="numbers of the citations whose article has changed since")
    gone: int = Field(description="citations that are left out because their article was erased or retracted")
    until: datetime
