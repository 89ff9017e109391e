"""What answers and shared answers are over HTTP, as the OpenAPI description shows it; values come from rag.wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Reply(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid")


class NoteOut(Reply):
    """What Telal says of a quote or of an answer, in the reader's language."""

    kind: str = Field(description="a word for machines: opinion, sponsored, corrected, day, corroborated, ...")
    text: str


class AroundOut(Reply):
    """The sentences of an article around a quote: `article.text[start:end] == text`, and the quote lies in them."""

    start: int
    end: int
    text: str


class TransliterationOut(Reply):
    """A quote and what stands around it in another script, letter by letter: `before + quote + after`."""

    script: Literal["Latn", "Cyrl"]
    before: str
    quote: str
    after: str


class VersionOut(Reply):
    """The same story in another language or by another outlet."""

    article_id: str
    title: str
    outlet: str
    url: str | None
    language: str


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
    notes: list[NoteOut] = Field(description="said beside the quote: opinion, corrected, what day `yesterday` is")
    context: AroundOut | None = Field(
        None, description="what to show it in, five sentences at most; null for a headline"
    )
    transliteration: TransliterationOut | None = Field(
        None, description="of a Serbian quote in the other script than the question's; null otherwise"
    )
    headline: bool = Field(False, description="the quote is the article's title: `title[start:end] == quote`")
    facts_from: str = Field("", description="the outlet whose facts a brief of the archive's own restates")
    also: list[VersionOut] = Field([], description="versions of the story in other languages")
    outlets: list[str] = Field(
        [],
        description="that carry the article in nearly the same words, earliest first, if several; none with as_of",
    )


class OriginalOut(Reply):
    """A sentence of a source that a written sentence rests on: `article.text[start:end] == text`, in code points; of a
    `headline` citation, of the title."""

    citation: int
    start: int
    end: int
    text: str
    language: str


class SentenceOut(Reply):
    """One sentence of an answer and the numbers of the citations that it rests on."""

    text: str
    citations: list[int]
    verdict: Literal["quote", "written", "supported", "newsroom"] = Field(
        description="quote: word for word; written: a language model's words, the numbers and dates stand in its "
        "originals; supported: so, and the judge set for it found that they say it; newsroom: the editors' own words"
    )
    lead: str = Field(description="said before it, in the question's language; empty as a rule")
    marks: list[tuple[int, int]] = Field(description="stretches of `text` that likely answer, in code points")
    originals: list[OriginalOut] = Field([], description="of a written sentence: what it rests on, word for word")
    language: str = Field("", description="of a sentence of the newsroom's")


class WrittenOut(Reply):
    """What a language model wrote from the passages."""

    model: str
    sentences: list[SentenceOut] = Field(description="to be shown above the quotes, under the model's name")
    left_out: int = Field(description="sentences that failed a check or the judge, and are not shown")
    reasons: list[str] = Field(
        description="of each of these: no_source, number, date, markup, language, contradicted, not_said"
    )
    no_answer: bool = Field(description="the model found no answer in the passages")
    judge: str = Field(description="the model that judged the sentences; empty where none did")
    notice: str = Field(
        "",
        description="to be shown with them, in the question's language: whose wording it is and what was checked, or "
        "why there is none",
    )


class ShortAnswerOut(Reply):
    """One item of the short answer, as its source writes it."""

    text: str
    citations: list[int]
    score: float | None = Field(None, description="probability that it is right, 0 to 1; null where it is not known")


class UsageOut(Reply):
    """What a language model's answer took."""

    input_tokens: int
    output_tokens: int
    cost: float | None


class ExcerptOut(Reply):
    """A paragraph of an article: `article.text[start:end] == text`; `mark`: its likeliest sentence, offsets in `text`,
    end-exclusive; (0, 0) where nothing is asked."""

    text: str
    start: int
    end: int
    mark: tuple[int, int]


class NearestOut(Reply):
    """An article that comes near a question which got no answer."""

    article_id: str
    title: str
    outlet: str
    url: str | None
    published: datetime | None
    language: str
    excerpt: ExcerptOut | None = Field(None, description="its best paragraph")
    facts_from: str = Field("", description="as of a citation")


class StoryOut(Reply):
    """A story of a digest, in the version nearest to the reader's language."""

    article_id: str
    title: str
    lead: str = Field(description="its first sentence, word for word")
    outlet: str
    url: str | None
    published: datetime | None
    language: str
    facts_from: str = Field("", description="as of a citation")
    also: list[VersionOut] = Field(description="the same story elsewhere")


class RefusalOut(Reply):
    """Why there is no answer."""

    reason: str = Field(
        description="nothing_near, other_subject, empty_archive, no_match, newsroom; greeting, insult, advice, about"
    )
    message: str = Field(description="in the question's language")
    nearest: list[NearestOut] = Field(description="best first; of other_subject the one that the message names")


class AnswerOut(Reply):
    """An answer or a refusal."""

    id: str = Field(description="names this answer in feedback; also the header X-Request-Id")
    question: str
    standalone: str = Field(description="what was searched for, the conversation resolved")
    status: Literal["answered", "partial", "conflicting", "refused"]
    language: str
    text: str = Field(
        description="to print where nothing else is shown: what a language model wrote, then the quotes, with their "
        "citations' numbers, a doubt before them; a digest's stories; or a refusal with the nearest passages"
    )
    sentences: list[SentenceOut] = Field(description="quotes")
    citations: list[CitationOut]
    refusal: RefusalOut | None
    as_of: date | None
    answered_by: str = Field(
        description="`quotes`, or the language model's name where it wrote what is shown first; `newsroom`: editors "
        "pinned the answer to this question, and a remark `newsroom` says so in its language"
    )
    confidence: float | None
    withdrawn: int = Field(description="quotes that stand in their article no more and are not shown")
    notices: list[str] = Field(description="degraded modes, in plain words")
    timings_ms: dict[str, float]
    short: list[ShortAnswerOut] = Field(description="the answer in a few words, where there is one")
    remarks: list[NoteOut] = Field(description="of the whole answer: newsroom, corroborated, conflict, ...")
    usage: UsageOut | None = Field(description="of the language model; null without one")
    kind: Literal["answer", "digest"] = Field("answer", description="digest: the stories that a reader browsing wants")
    digest: list[StoryOut] = Field([], description="of a digest, the first to be shown first")
    written: WrittenOut | None = Field(
        None, description="what a language model wrote, above the quotes; null: none was asked"
    )
    conversation: str | None = Field(None, description="send it with the next question; null when none is kept")


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
    facts_from: str = Field("", description="as of a citation")


class HitOut(Reply):
    """A passage that was found and how each way of searching ranked it."""

    score: float
    dense_rank: int | None
    dense_score: float | None
    keyword_rank: int | None
    keyword_score: float | None
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
    outlets: list[str] = Field([], description="that carry it in nearly the same words, the earliest first, if several")
    context: ContextOut | None = None


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
    sentences: list[SentenceOut]
    citations: list[CitationOut]
    refusal: RefusalOut | None
    as_of: str | None
    answered_by: str
    confidence: float | None
    withdrawn: int
    short: list[ShortAnswerOut]
    remarks: list[NoteOut]
    written: WrittenOut | None = None
    notices: list[str] = Field([], description="of a partial answer: what is in doubt")


class SharedOut(Reply):
    """A shared answer as its sources stand today."""

    answer: SharedAnswerOut
    changed: list[int] = Field(description="numbers of the citations whose article has changed since")
    gone: int = Field(description="citations that are left out because their article was erased or retracted")
    until: datetime
