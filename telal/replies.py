"""What the server replies, as frozen values for the Python client. What each field means stands in the reference of
the routes; fields that are not typed here, and those that only a newer server has, are in `model_extra`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["live", "corrected", "retracted", "held", "erased"]


class Reply(BaseModel):
    """A value of the server's."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Note(Reply):
    """A remark of a kind, in words for readers."""

    kind: str
    text: str


class Version(Reply):
    """An article, named."""

    article_id: str
    title: str
    outlet: str
    url: str | None
    language: str
    published: datetime | None
    facts_from: str = ""


class Original(Reply):
    """A sentence of an article that a written sentence rests on."""

    citation: int
    text: str
    language: str


class Sentence(Reply):
    """A sentence of an answer, with the numbers of its citations."""

    text: str
    citations: tuple[int, ...]
    verdict: Literal["quote", "written", "supported", "newsroom"]
    lead: str
    marks: tuple[tuple[int, int], ...]
    originals: tuple[Original, ...]
    language: str


class Written(Reply):
    """What a language model wrote, and why there is no more of it."""

    model: str
    sentences: tuple[Sentence, ...]
    left_out: int
    reasons: tuple[str, ...]
    no_answer: bool
    notice: str


class Short(Reply):
    """The answer in a few words."""

    text: str
    citations: tuple[int, ...]
    said: str
    kind: Literal["number", "money", "date", "person", "place", "yes_no", "other"]
    value: str
    unit: str


class Stretch(Reply):
    """A stretch of an article's text."""

    start: int
    end: int
    text: str


class Citation(Version):
    """The passage that a sentence rests on: `article.text[start:end] == quote`, in code points."""

    number: int
    passage_id: str
    quote: str
    start: int
    end: int
    kind: str
    modified: datetime | None
    status: Status
    notes: tuple[Note, ...]
    context: Stretch | None
    headline: bool
    also: tuple[Version, ...]
    outlets: tuple[str, ...]


class Nearest(Version):
    """An article that came near to a question without an answer."""

    excerpt: Stretch | None


class Refusal(Reply):
    """Why there is no answer."""

    reason: str
    message: str
    nearest: tuple[Nearest, ...]


class Story(Version):
    """A story in one version, with the first sentence of its article."""

    lead: str
    also: tuple[Version, ...]


class Answer(Reply):
    """An answer or a refusal."""

    id: str
    question: str
    status: Literal["answered", "partial", "contradicted", "conflicting", "refused"]
    language: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    refusal: Refusal | None
    as_of: date | None
    standalone: str
    answered_by: str
    confidence: float | None
    notices: tuple[str, ...]
    short: tuple[Short, ...]
    remarks: tuple[Note, ...]
    kind: str
    digest: tuple[Story, ...]
    written: Written | None
    conversation: str | None


class FoundPassage(Version):
    """A passage that retrieval found: `article.text[start:end] == text`."""

    passage_id: str
    kind: str
    score: float
    text: str
    start: int
    end: int


class Found(Reply):
    """The first event of a stream: the answer's id, the question as it was searched for, what was found, best first."""

    id: str
    standalone: str
    passages: tuple[FoundPassage, ...]


class Context(Reply):
    """A quote inside its article: `before + quote + after` is one stretch of its text."""

    before: str
    quote: str
    after: str
    start: int
    end: int


class Listed(Reply):
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
    status: Status


class Article(Listed):
    """One revision of an article."""

    text: str
    authors: tuple[str, ...]
    extra: dict[str, Any]
    outlets: tuple[str, ...]
    context: Context | None
    whole: bool


class Articles(Reply):
    """A page of articles; `next` is None on the last."""

    articles: tuple[Listed, ...]
    next: str | None
    notices: tuple[str, ...]


class Passage(Version):
    """A passage of an article: `article.text[start:end] == text`."""

    id: str
    text: str
    start: int
    end: int
    modified: datetime | None
    kind: str
    status: Status


class Hit(Reply):
    """A passage that was found."""

    passage: Passage
    score: float


class Search(Reply):
    """Passages, best first."""

    hits: tuple[Hit, ...]
    notices: tuple[str, ...]


class Suggestion(Reply):
    """A question that the archive answers."""

    question: str
    language: str
    article_id: str | None


class Suggestions(Reply):
    """Questions to begin with."""

    suggestions: tuple[Suggestion, ...]
    notices: tuple[str, ...]


class AskedStory(Story):
    """A story, and a question about it."""

    question: Suggestion


class Stories(Reply):
    """A page of the newest stories; `next` is None on the last."""

    stories: tuple[AskedStory, ...]
    next: str | None
    notices: tuple[str, ...]


class StoryDay(Reply):
    """A day of a story's course, in one sentence."""

    day: date | None
    text: str
    article: Version
    first: Version | None
    articles: int
    new: bool


class WholeStory(Reply):
    """A story as the archive tells it."""

    id: str
    language: str
    article: Version
    text: str
    whole: bool
    course: tuple[StoryDay, ...]
    versions: tuple[Version, ...]
    others: tuple[Version, ...]
    articles: int
    outlets: int
    since: date | None
    remarks: tuple[Note, ...]
    notices: tuple[str, ...]


class Side(Reply):
    """What one outlet tells."""

    article: Version
    country: str
    text: str
    value: str


class Telling(Reply):
    """What most outlets tell, what one tells alone, or what they tell differently."""

    kind: Literal["most", "alone", "number", "day", "negation"]
    sides: tuple[Side, ...]
    sources: tuple[int, ...]


class Tellings(Reply):
    """How the independent outlets of a story tell it."""

    id: str
    language: str
    sources: tuple[Side, ...]
    tellings: tuple[Telling, ...]
    remarks: tuple[Note, ...]
    notices: tuple[str, ...]


class Page(Reply):
    """What the archive knows of a page of the web."""

    article: Version | None
    questions: tuple[Suggestion, ...]
    articles: int
    outlets: int


class Outlet(Reply):
    """An outlet and its articles, by language too."""

    name: str
    articles: int
    languages: dict[str, int]
    first_published: datetime | None
    last_published: datetime | None


class Sources(Reply):
    """Every outlet, the largest first."""

    outlets: tuple[Outlet, ...]
    notices: tuple[str, ...]


class Stats(Reply):
    """What the archive holds."""

    articles: int
    passages: int
    languages: dict[str, int]
    outlets: int
    notices: tuple[str, ...]


class FreshOutlet(Reply):
    """When an outlet's newest article came in."""

    outlet: str
    last: datetime


class Freshness(Reply):
    """Until when the archive was read."""

    read_until: datetime | None
    text: str
    outlets: tuple[FreshOutlet, ...]


class Ready(Reply):
    """Whether questions can be answered now."""

    status: Literal["ready", "not-ready"]
    model: str
    archive: str
    notices: tuple[str, ...]
    language_model: Literal["none", "ready", "resting"]


class Rejected(Reply):
    """An article that was not taken in; `place` counts from 1."""

    place: int
    reason: str
    detail: str


class Pushed(Reply):
    """What became of pushed articles."""

    read: int
    new: int
    changed: int
    unchanged: int
    erased: int
    rejected: tuple[Rejected, ...]


class Follow(Reply):
    """A webhook that follows a question."""

    id: str
    question: str
    story: str
    url: str
    began: datetime
    delivered: datetime | None
    failing: datetime | None
    ended: datetime | None
    error: str
    secret: str


class Follows(Reply):
    """The webhooks of a key, the oldest first."""

    follows: tuple[Follow, ...]


class Wrong(Reply):
    """One thing wrong in a request."""

    pointer: str
    detail: str


class Problem(Reply):
    """An error as in RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    errors: tuple[Wrong, ...] | None = None
