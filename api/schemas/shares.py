"""What goes out over HTTP about shared answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.answers import CitationOut, NoteOut, RefusalOut, Reply, SentenceOut, ShortAnswerOut


class ShareOut(Reply):
    """A shared answer."""

    id: str
    path: str = Field(description="of the page that shows it, on this server")
    secret: str = Field(description="erases it: DELETE /v1/shares/{secret}; not kept here, only its digest")
    until: datetime = Field(description="when it ends, UTC")


class SharedAnswerOut(Reply):
    """AnswerOut without what was of the moment: timings, usage, notices, conversation."""

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


class SharedOut(Reply):
    """A shared answer as its sources stand today."""

    answer: SharedAnswerOut
    changed: list[int] = Field(description="numbers of the citations whose article has changed since")
    gone: int = Field(description="citations that are left out because their article was erased or retracted")
    until: datetime
