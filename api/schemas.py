"""What goes in and out over HTTP, as the OpenAPI description shows it. The values themselves come from rag.wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from rag.types import Filters, Turn

LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _whole(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a surrogate pair is no text")
    return text


Text = Annotated[str, AfterValidator(_whole)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE, max_length=35)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=300)]


class Input(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FiltersIn(Input):
    """What an article must fulfil. A language matches by prefix: `sr` finds `sr-Latn` and `sr-Cyrl`."""

    published_from: date | None = Field(None, alias="from", description="first day, UTC, inclusive")
    published_to: date | None = Field(None, alias="to", description="last day, UTC, inclusive")
    languages: tuple[Language, ...] = Field((), max_length=50)
    outlets: tuple[Name, ...] = Field((), max_length=100)
    kinds: tuple[Name, ...] = Field((), max_length=20, description="report, opinion, analysis, interview, brief ...")

    def value(self) -> Filters:
        """The filters as the engine takes them."""
        return Filters(self.published_from, self.published_to, self.languages, self.outlets, self.kinds)


class TurnIn(Input):
    """One earlier question and its answer."""

    question: Text = Field(max_length=10_000)
    answer: Text = Field("", max_length=20_000)

    def value(self) -> Turn:
        return Turn(self.question, self.answer)


class AskIn(Input):
    """A question."""

    question: Text = Field(description="in any of the archive's languages; at most TELAL_ANSWER__QUESTION_MAX_CHARS")
    language: Language | None = Field(None, description="of the question (BCP 47); default: recognised")
    history: tuple[TurnIn, ...] = Field((), max_length=200, description="the conversation so far, oldest first")
    filters: FiltersIn = FiltersIn()
    as_of: date | None = Field(None, description="answer as of this day: what was published later is not read")
    stream: bool = Field(False, description="reply with server-sent events")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "Who signed the Tirana agreement?"},
                {"question": "Ko je potpisao sporazum u Tirani?", "filters": {"languages": ["sr", "hr"]}},
            ]
        }
    )


class SearchIn(Input):
    """A search for passages."""

    query: Text
    filters: FiltersIn = FiltersIn()
    limit: int = Field(10, ge=1, le=100)

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "Tirana agreement", "filters": {"from": "2025-03-01"}, "limit": 5}]}
    )


class Reply(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid")


class CitationOut(Reply):
    """The verbatim passage that a sentence rests on: `article.text[start:end] == quote`, in code points."""

    number: int
    passage_id: str
    article_id: str
    title: str
    outlet: str
    url: str | None
    published: datetime | None
    modified: datetime | None
    quote: str
    start: int
    end: int
    language: str
    kind: str
    status: str


class SentenceOut(Reply):
    """One sentence of an answer and the numbers of the citations that it rests on."""

    text: str
    citations: list[int]
    verdict: Literal["quote", "supported"]


class NearestOut(Reply):
    """An article offered when the archive does not hold the answer."""

    article_id: str
    title: str
    outlet: str
    url: str | None
    published: datetime | None
    language: str


class RefusalOut(Reply):
    """Why there is no answer."""

    reason: str = Field(description="not_in_archive, empty_archive, no_question, nothing_supported")
    message: str = Field(description="in the question's language")
    nearest: list[NearestOut]


class AnswerOut(Reply):
    """An answer or a refusal."""

    id: str = Field(description="names this answer in feedback; also the header X-Request-Id")
    question: str
    standalone: str = Field(description="what was searched for, the conversation resolved")
    status: Literal["answered", "partial", "conflicting", "refused"]
    language: str
    text: str = Field(description="the sentences joined, with citation numbers in brackets")
    sentences: list[SentenceOut]
    citations: list[CitationOut]
    refusal: RefusalOut | None
    as_of: date | None
    answered_by: str = Field(description="`quotes`, or the language model's name")
    confidence: float | None
    withdrawn: int = Field(description="sentences that failed verification and are not shown")
    notices: list[str] = Field(description="degraded modes, in plain words")
    timings_ms: dict[str, float]


class PassageOut(Reply):
    """A stretch of an article: `article.text[start:end] == text`."""

    id: str
    article_id: str
    revision: int
    ordinal: int
    text: str
    start: int
    end: int
    title: str
    outlet: str
    url: str | None
    language: str
    published: datetime | None
    modified: datetime | None
    kind: str
    status: str


class HitOut(Reply):
    """A passage that was found and how each way of searching ranked it."""

    score: float
    dense_rank: int | None
    dense_score: float | None
    keyword_rank: int | None
    keyword_score: float | None
    reader_score: float | None
    passage: PassageOut


class SearchOut(Reply):
    """Passages, best first."""

    hits: list[HitOut]
    notices: list[str]


class ContextOut(Reply):
    """A quote inside its article, cut on sentence borders."""

    before: str
    quote: str
    after: str
    start: int
    end: int


class ArticleOut(Reply):
    """One revision of an article."""

    id: str
    title: str
    text: str
    outlet: str
    url: str | None
    language: str
    published: datetime | None
    modified: datetime | None
    authors: list[str]
    kind: str
    section: str | None
    revision: int
    status: str
    cluster: str | None
    extra: dict[str, Any]
    context: ContextOut | None = None


class OutletOut(Reply):
    """One outlet of the archive."""

    name: str
    articles: int
    languages: dict[str, int] = Field(description="articles in each language, the most frequent first")
    first_published: datetime | None
    last_published: datetime | None


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
