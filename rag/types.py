"""The values that cross Telal's borders: passages, citations, answers, events. Frozen; imports nothing of ours."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from itertools import pairwise
from threading import Lock
from typing import Any, Literal


class Value:
    """What the API sends; its JSON schema describes a field by the docstring under it."""

    __slots__ = ()
    __pydantic_config__ = {"extra": "forbid", "json_schema_serialization_defaults_required": True}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        """Pydantic's own `use_attribute_docstrings` reads no inherited ones, and at import, which took 0.3 s."""
        made = handler(core)
        described = handler.resolve_ref_schema(made)["properties"]
        for part in cls.__mro__[-3::-1]:
            with _ONE_PARSES:
                docs = _field_docs(part.__module__)
            for name, doc in docs.get(part.__name__, {}).items():
                described[name]["description"] = doc
        return made


_ONE_PARSES = Lock()  # Python 3.11 cannot make two syntax trees at once: cpython issue 106905


@cache
def _field_docs(module: str) -> dict[str, dict[str, str]]:
    """The docstrings under the fields of a module's classes, by class and field."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        made.name: {
            ast.unparse(line.target): inspect.cleandoc(ast.literal_eval(doc.value))
            for line, doc in pairwise(made.body)
            if isinstance(line, ast.AnnAssign) and isinstance(doc, ast.Expr)
        }
        for made in tree.body
        if isinstance(made, ast.ClassDef)
    }


class ArticleStatus(StrEnum):
    """Where an article stands: only live and corrected ones may answer; held ones are not shown to readers either."""

    LIVE = "live"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    HELD = "held"
    ERASED = "erased"


ANSWERING_STATUSES = (ArticleStatus.LIVE, ArticleStatus.CORRECTED)  # of articles that may answer


class AnswerStatus(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    CONFLICTING = "conflicting"
    CONTRADICTED = "contradicted"  # what the question takes for granted is not so, by the sentence that is quoted
    REFUSED = "refused"


class AnswerKind(StrEnum):
    """What an answer is: `answer` to a question, or `digest`, the stories that a reader browsing asked for."""

    ANSWER = "answer"
    DIGEST = "digest"


NEWSROOM = "newsroom"  # who answers what editors pinned, and the kind of the remark that says so
FOREIGN = "foreign"  # the kind of the remark that the question is in a language that Telal does not know


class Verdict(StrEnum):
    """How a shown sentence is known to be true to its passages."""

    QUOTE = "quote"  # word for word
    WRITTEN = (
        "written"  # a language model's words: its numbers and dates stand in its originals, its meaning is its own
    )
    SUPPORTED = "supported"  # so, and a model that judges found that the originals say it
    NEWSROOM = "newsroom"  # the words of the archive's editors, who answer for them


@dataclass(frozen=True, slots=True)
class Article(Value):
    """One article as the archive holds it. `text` is NFC, and every offset in Telal points into it (code points)."""

    id: str
    title: str
    text: str
    outlet: str = ""
    url: str | None = None
    language: str = "und"
    """BCP 47, e.g. sr-Cyrl"""
    published: datetime | None = None
    """aware, UTC"""
    modified: datetime | None = None
    """aware, UTC"""
    authors: tuple[str, ...] = ()
    kind: str = "report"
    """report, opinion, analysis, interview, agency, sponsored, brief"""
    section: str | None = None
    revision: int = 1
    status: ArticleStatus = ArticleStatus.LIVE
    cluster: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outlet(Value):
    """One outlet of the archive."""

    name: str
    articles: int
    languages: dict[str, int]
    """articles in each language, the most frequent first"""
    first_published: datetime | None
    last_published: datetime | None


@dataclass(frozen=True, slots=True)
class Trace(Value):
    """What was found in a file after the erasure."""

    file: str
    what: str  # text, folded text, vector


@dataclass(frozen=True, slots=True)
class ErasedArticle(Value):
    """One erased article; `copies` are others that say nearly the same and were left."""

    id: str
    revisions: int
    passages: int
    address_keys: int  # addresses that stay refused, kept as hashes
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage(Value):
    """A stretch of an article's text: `article.text[start:end] == text`. Carries what a citation shows."""

    id: str  # hash of article id, revision, offsets
    article_id: str
    revision: int
    ordinal: int
    text: str
    start: int
    end: int
    title: str
    outlet: str = ""
    url: str | None = None
    language: str = "und"
    published: datetime | None = None
    modified: datetime | None = None
    kind: str = "report"
    status: ArticleStatus = ArticleStatus.LIVE
    facts_from: str = ""
    """the outlet whose facts a brief of the archive's own restates"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a passage must fulfil to be found. Dates are inclusive, UTC days; empty tuples filter nothing.

    A language matches by prefix subtag: `sr` finds sr-Latn and sr-Cyrl, `sr-Cyrl` only itself.
    An article without a date fails every date filter.
    """

    published_from: date | None = None
    published_to: date | None = None
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation and its answer in plain text."""

    question: str
    answer: str = ""
    standalone: str = ""
    """what was searched for, as the answer said; empty where it is not known"""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to `end`, both included; an open side is None."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Hit(Value):
    """A passage that was found, with its final score and how each way of searching ranked it (ranks start at 1)."""

    passage: Passage
    score: float
    dense_rank: int | None = None
    dense_score: float | None = None
    """cosine"""
    keyword_rank: int | None = None
    keyword_score: float | None = None
    """BM25"""


@dataclass(frozen=True, slots=True)
class Note(Value):
    """What Telal says of a quote or of an answer, in the reader's language; `kind` is a word for machines."""

    kind: str
    """of a quote: opinion, sponsored, corrected, day, ...; of an answer: newsroom, corroborated, conflict, ..."""
    text: str


@dataclass(frozen=True, slots=True)
class Context(Value):
    """The sentences of an article around a quote: `article.text[start:end] == text`, and the quote lies in them."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Transliteration(Value):
    """A quote and what stands around it in another script, letter by letter: `before + quote + after`."""

    script: Literal["Latn", "Cyrl"]
    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True)
class Version(Value):
    """The same story in another language or by another outlet."""

    article_id: str
    title: str
    outlet: str
    url: str | None
    language: str = "und"
    published: datetime | None = None
    facts_from: str = ""
    """as of a citation"""


@dataclass(frozen=True, slots=True)
class Citation(Value):
    """The verbatim passage that a sentence rests on: `article.text[start:end] == quote`, in code points; of its title
    if `headline`."""

    number: int
    passage_id: str
    article_id: str
    title: str
    outlet: str
    url: str | None
    published: datetime | None
    quote: str
    start: int
    end: int
    language: str = "und"
    kind: str = "report"
    modified: datetime | None = None
    status: ArticleStatus = ArticleStatus.LIVE
    notes: tuple[Note, ...] = ()
    """said beside the quote: opinion, corrected, what day `yesterday` is"""
    context: Context | None = None
    """what to show it in, five sentences at most; null for a headline"""
    transliteration: Transliteration | None = None
    """of a Serbian quote in the other script than the question's; null otherwise"""
    headline: bool = False
    """the quote is the article's title: `title[start:end] == quote`"""
    facts_from: str = ""
    """the outlet whose facts a brief of the archive's own restates"""
    also: tuple[Version, ...] = ()
    """the same story in other languages, or by other outlets word for word"""

    @property
    def around(self) -> tuple[str, str]:
        """What stands before and behind the quote in its context."""
        c = self.context
        return ("", "") if c is None else (c.text[: self.start - c.start], c.text[self.end - c.start :])


@dataclass(frozen=True, slots=True)
class Original(Value):
    """A sentence of a source that a written sentence rests on: `article.text[start:end] == text`, in code points; of a
    `headline` citation, of the title."""

    citation: int
    start: int
    end: int
    text: str
    language: str = "und"


@dataclass(frozen=True, slots=True)
class Sentence(Value):
    """One sentence of an answer and the citation numbers that it rests on."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    """quote: word for word; written: a language model's words, the numbers and dates stand in its originals; supported:
    so, and the judge set for it found that they say it; newsroom: the editors' own words"""
    lead: str = ""
    """said before it, in the question's language ("According to X, 3 May 2022:"); empty as a rule"""
    marks: tuple[tuple[int, int], ...] = ()
    """stretches of `text` that likely answer, in code points, end-exclusive"""
    originals: tuple[Original, ...] = ()
    """of a sentence that a language model wrote: what it rests on, word for word"""
    language: str = ""
    """of a sentence of the newsroom's"""


class ShortKind(StrEnum):
    """What a short answer names."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    YES_NO = "yes_no"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ShortAnswer(Value):
    """One item of the short answer: a name, a number with its unit, a day, a place, yes or no."""

    text: str
    """as its source writes it; of yes or no the sentence that settles it"""
    citations: tuple[int, ...]
    score: float | None = None
    """probability that it is right, 0 to 1; null where it is not known"""
    said: str = ""
    """what to show: the same in the form of the question's language, never translated. `text` where it is not given"""
    kind: ShortKind = ShortKind.OTHER
    value: str = ""
    """for machines, where it is plain: a decimal number; a day, month or year as in ISO 8601 (2020-08-23, 2020-08,
    2020; --08-23 without its year), an hour (13:05), an interval (2020-08-23/2020-08-25); `yes` or `no`"""
    unit: str = ""
    """of `value`: an ISO 4217 currency or a CLDR unit (kilometer, percent, year)"""

    def __post_init__(self) -> None:
        if not self.said:
            object.__setattr__(self, "said", self.text)


@dataclass(frozen=True, slots=True)
class Usage(Value):
    """What a language model's answer took; `cost` in the currency of the prices set, None without prices."""

    input_tokens: int
    output_tokens: int
    cost: float | None = None


def total(spent: Iterable[Usage | None]) -> Usage | None:
    """What several replies took together; None where none is known."""
    known = [usage for usage in spent if usage is not None]
    costs = [usage.cost for usage in known if usage.cost is not None]
    tokens = sum(u.input_tokens for u in known), sum(u.output_tokens for u in known)
    return Usage(*tokens, sum(costs) if costs else None) if known else None


@dataclass(frozen=True, slots=True)
class Excerpt(Value):
    """A paragraph of an article: `article.text[start:end] == text`. `mark`: its likeliest sentence, offsets in
    `text`, end-exclusive; (0, 0) where nothing is asked.
    """

    text: str
    start: int
    end: int
    mark: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Nearest(Value):
    """An article that comes near a question which got no answer."""

    article_id: str
    title: str
    outlet: str
    url: str | None
    published: datetime | None
    language: str = "und"
    excerpt: Excerpt | None = None
    """its best paragraph"""
    facts_from: str = ""
    """as of a citation"""


@dataclass(frozen=True, slots=True)
class StoriesPlace:
    """Where a page of the newest stories begins: behind the article `after`.

    `start` is the article behind which the page before began, as its stories may go on in this one; `others` that those
    in the reader's language have been listed.
    """

    others: bool = False
    start: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Story(Value):
    """A story of a digest, in the version nearest to the reader's language."""

    article_id: str
    title: str
    lead: str
    """its first sentence, word for word: `article.text` begins with it after white space"""
    outlet: str
    url: str | None
    published: datetime | None
    language: str = "und"
    facts_from: str = ""
    """as of a citation"""
    also: tuple[Version, ...] = ()
    """the same story elsewhere"""


@dataclass(frozen=True, slots=True)
class StoryDay(Value):
    """A day of a story's course in one sentence, word for word: `article.text[start:end] == text`, of a `headline`
    `article.title`."""

    day: date | None
    """of what happened; null where neither the sentence nor the outlet says one"""
    dated: Literal["text", "published", "none"]
    """whether the sentence names the day, or it is that of publication"""
    text: str
    start: int
    end: int
    headline: bool
    article: Version
    """that tells what most of the day's articles share, in the language nearest to the reader's"""
    first: Version | None
    """the first that told it in any language, where that is another article"""
    articles: int
    """that tell of this day"""
    new: bool
    """told since the day that was asked for"""


@dataclass(frozen=True, slots=True)
class WholeStory(Value):
    """A story as the archive tells it: its course, its versions, and other articles of the same matter."""

    id: str
    """the article that leads to it"""
    language: str
    article: Version
    """its version nearest to the reader's language; `title` is the headline"""
    text: str
    """of that article what a reader may read here"""
    whole: bool
    """`text` is the whole article; otherwise its first paragraph"""
    course: tuple[StoryDay, ...]
    """newest day first, days that nobody names last"""
    versions: tuple[Version, ...]
    """that tell the same event, the reader's language first, each outlet once a language"""
    others: tuple[Version, ...]
    """other articles of the matter, newest first"""
    articles: int
    outlets: int
    since: date | None = None
    remarks: tuple[Note, ...] = ()
    """undated, ahead, more: said in the reader's language"""
    notices: tuple[str, ...] = ()
    """degraded modes, in plain words"""


@dataclass(frozen=True, slots=True)
class Side(Value):
    """What one independent source says, word for word: `article.text[start:end] == text`."""

    article: Version
    country: str
    """of the outlet, by its address or else its language: ISO 3166; "" where neither tells"""
    text: str
    start: int
    end: int
    value: str = ""
    """the words in which it differs"""


@dataclass(frozen=True, slots=True)
class Telling(Value):
    """What sources of a story say of one thing."""

    kind: Literal["most", "alone", "number", "day", "negation"]
    """told by most, by one alone; or told otherwise: in a number, a day, or whether it happened"""
    sides: tuple[Side, ...]
    """of `most` one sentence; of what is told otherwise one of each side, the side of most sources first"""
    sources: tuple[int, ...]
    """how many independent sources are on each side"""


@dataclass(frozen=True, slots=True)
class Tellings(Value):
    """A story as its independent sources tell it; copies of one text are one source."""

    id: str
    language: str
    sources: tuple[Side, ...]
    """each by the first sentence of its newest article"""
    tellings: tuple[Telling, ...]
    """what is told otherwise, by most, by one alone"""
    remarks: tuple[Note, ...] = ()
    """few: there are less than two independent sources, and nothing is compared"""
    notices: tuple[str, ...] = ()
    """degraded modes, in plain words"""


@dataclass(frozen=True, slots=True)
class Written(Value):
    """What a language model wrote from the passages; its sentences cite the answer's citations and carry originals."""

    model: str
    sentences: tuple[Sentence, ...] = ()
    """to be shown above the quotes, under the model's name"""
    left_out: int = 0
    """sentences that failed a check or the judge, and are not shown"""
    reasons: tuple[str, ...] = ()
    """why, of each of these: no_source, number, date, markup, language, contradicted, not_said; of a translation also
    missing"""
    no_answer: bool = False
    """the model found no answer in the passages"""
    judge: str = ""
    """the model that judged the sentences; empty where none did"""
    notice: str = ""
    """to be shown with them, in the question's language: whose wording it is and what was checked, or why there is
    none"""


@dataclass(frozen=True, slots=True)
class Refusal(Value):
    """Why there is no answer, in a word for machines and a sentence for the reader."""

    reason: str
    """nothing_near, no_news_then, other_subject, empty_archive, no_match, newsroom; greeting, thanks, insult, advice,
    about"""
    message: str
    """in the question's language"""
    nearest: tuple[Nearest, ...] = ()
    """best first; of `other_subject` the one that the message names"""


@dataclass(frozen=True, slots=True)
class Answer(Value):
    """What a question gets. A refusal is a value: status `refused`, no sentences, `refusal` set."""

    question: str
    status: AnswerStatus
    language: str
    sentences: tuple[Sentence, ...] = ()
    """quotes"""
    citations: tuple[Citation, ...] = ()
    refusal: Refusal | None = None
    as_of: date | None = None
    standalone: str = ""
    """what was searched for, the conversation resolved"""
    used_history: bool = False
    """an earlier question of the conversation was searched for with this one"""
    answered_by: str = "quotes"
    """`quotes`, or the language model's name where it wrote what is shown first; `newsroom`: editors pinned the answer
    to this question, and a remark `newsroom` says so in its language"""
    confidence: float | None = None
    """probability that the archive holds the answer, 0 to 1"""
    withdrawn: int = 0
    """quotes that stand in their article no more and are not shown"""
    notices: tuple[str, ...] = ()
    """degraded modes, in plain words"""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    short: tuple[ShortAnswer, ...] = ()
    """the answer in a few words, where there is one"""
    remarks: tuple[Note, ...] = ()
    """of the whole answer: newsroom, corroborated, conflict, ..."""
    usage: Usage | None = None
    """of the language model; null without one"""
    kind: AnswerKind = AnswerKind.ANSWER
    """digest: the stories that a reader browsing wants; tellings: how outlets tell a story"""
    digest: tuple[Story, ...] = ()
    """of a digest, the first to be shown first"""
    written: Written | None = None
    """what a language model wrote, above the quotes; null: none was asked"""

    @property
    def text(self) -> str:
        """The written sentences, else the quotes, joined, with their citation numbers in brackets."""
        told = self.written.sentences if self.written else ()
        return " ".join(s.text + "".join(f"[{n}]" for n in s.citations) for s in told or self.sentences)


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Stream event: what retrieval found, best first."""

    hits: tuple[Hit, ...]
    standalone: str


@dataclass(frozen=True, slots=True)
class Delta:
    """Stream event: a quoted sentence to show next."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class InterimAnswer:
    """Stream event: the answer of quotes, or the refusal, as it stands while a language model is asked. Only then."""

    answer: Answer
    model: str  # that is asked


@dataclass(frozen=True, slots=True)
class WrittenDelta:
    """Stream event: a sentence of a language model to show next, above the quotes."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Cited:
    """Stream event: a citation, sent before the first sentence that uses it."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Finished:
    """Stream event: the whole answer; always the last."""

    answer: Answer


Event = PassagesFound | Cited | Delta | InterimAnswer | WrittenDelta | Finished
