"""Cases, documents, suites and splits; and the reply of a system under test to one case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Protocol

from annotated_types import MinLen
from pydantic import AfterValidator

from eval.metrics.answers import AcceptedAnswers
from ingest.raw import Place, RawRecord
from rag.errors import BadInput, TransientError
from rag.types import Citation, Passage, Turn


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


Text = Annotated[str, AfterValidator(_filled)]  # checked where a case is read from a file


@dataclass(frozen=True, slots=True)
class GoldQuote:
    """A sentence of a document, verbatim, that holds the answer."""

    doc_id: Text
    quote: Text


@dataclass(frozen=True, slots=True)
class Case:
    """One question with everything that is known of its answer.

    `answers` empty on an answerable case: retrieval alone is measured. `grades` gives other than equal relevance.
    """

    id: Text
    question: Text
    language: str = "und"
    answers: tuple[Text, ...] = ()
    gold_doc_ids: tuple[Text, ...] = ()
    gold_quotes: tuple[GoldQuote, ...] = ()
    unanswerable: bool = False
    why: str | None = None
    category: str = "question"
    split: str | None = None
    as_of: date | None = None
    history: tuple[Turn, ...] = ()
    list_answers: tuple[Annotated[tuple[Text, ...], MinLen(1)], ...] = ()
    every: bool = False  # an answer must give every one of `list_answers`
    letters: bool = False  # accepted answers may stand inside words: "Zagreb" in "Zagrebu"
    false_short: tuple[Text, ...] = ()  # what the short answer must not say: it was once given, and wrong
    status: str | None = None  # that the answer must have, where it is not answered or refused
    grades: Mapping[str, int] = field(default_factory=dict)
    search_in: tuple[str, ...] = ()  # languages of the documents that may be found
    search_only: bool = False  # the question is a text to find, nothing is to be answered
    forbidden: tuple[Text, ...] = ()  # what an answer says only when it obeyed an injected instruction
    parallel_id: str | None = None
    place: str = ""  # file and line, for messages

    @property
    def accepted_answers(self) -> AcceptedAnswers:
        """What an answer must hold."""
        return AcceptedAnswers(self.answers, self.list_answers if self.every else (), self.letters)

    @property
    def relevance(self) -> Mapping[str, int]:
        """Relevance of each gold document, 1 unless graded."""
        return self.grades or dict.fromkeys(self.gold_doc_ids, 1)


@dataclass(frozen=True, slots=True)
class Document:
    """One record of the documents as given. Records with the same id are revisions, in this order."""

    id: str
    fields: Mapping[str, Any]
    place: Place

    @property
    def text(self) -> str:
        return f"{self.fields.get('title') or ''}\n{self.fields.get('text') or ''}"

    @property
    def language(self) -> str:
        return str(self.fields.get("language") or "und")

    @property
    def raw(self) -> RawRecord:
        """Returns the document as the pipeline takes it in."""
        return RawRecord(self.fields, self.place, fallback_id=self.id)


@dataclass(frozen=True)
class Suite:
    """Cases over documents, under a name."""

    name: str
    cases: tuple[Case, ...]
    documents: tuple[Document, ...]
    licence: str = "not stated"
    notes: tuple[str, ...] = ()  # what a reader left out, and why
    in_place: bool = False  # asked of the archive of the settings as it stands; `documents` are those of the cases

    @cached_property
    def cases_digest(self) -> str:
        """Changes when a question, an answer or a gold document changes; not with the order of the cases."""
        return digest(case_json(c) for c in sorted(self.cases, key=lambda c: c.id))

    @cached_property
    def docs_digest(self) -> str:
        """Changes when a document or the order of revisions changes."""
        return digest(dict(d.fields) for d in self.documents)

    def splits(self) -> dict[str, int]:
        """Number of cases of each split, cases without one left out."""
        names = sorted({c.split for c in self.cases if c.split})
        return {name: sum(c.split == name for c in self.cases) for name in names}

    def of_split(self, split: str | None) -> Suite:
        """The cases of a split, all documents; raises BadInput when there is no such split."""
        if split is None:
            return self
        if split not in self.splits():
            held = ", ".join(self.splits()) or "none"
            raise BadInput(f"{self.name} has no split {split!r}.", hint=f"Its splits: {held}.")
        return replace(self, cases=tuple(c for c in self.cases if c.split == split))

    def to_search(self) -> Suite:
        """The same cases, only searched for: the ranking is judged, nothing is answered."""
        return replace(self, cases=tuple(replace(c, search_only=True) for c in self.cases))

    def first(self, limit: int | None) -> Suite:
        """The first `limit` cases, all documents."""
        return self if limit is None else replace(self, cases=self.cases[:limit])

    def sample(self, size: int | None, *, seed: int) -> Suite:
        """Draws that many cases, in the suite's order; each language, and each kind in it, keeps its share.

        Systematic sampling (Madow and Madow 1944) of the cases ordered by language and kind, and within these by the
        digests of seed and id: the same seed draws the same.
        """
        if size is None or size >= len(self.cases):
            return self

        def chance(text: str) -> int:
            return int.from_bytes(hashlib.sha256(f"{seed}:{text}".encode()).digest()[:4], "big")

        ordered = sorted(self.cases, key=lambda c: (c.language, c.category, chance(c.id)))
        begin = chance("") / 2**32
        drawn = {ordered[int((n + begin) * len(ordered) / size)].id for n in range(size)}
        return replace(self, cases=tuple(c for c in self.cases if c.id in drawn))

    def only(self, ids: Sequence[str]) -> Suite:
        """The cases of these ids, in the suite's order; raises BadInput for an id that it does not hold."""
        missing = set(ids) - {c.id for c in self.cases}
        if missing:
            raise BadInput(f"{self.name} has no case {sorted(missing)[0]!r}.")
        return replace(self, cases=tuple(c for c in self.cases if c.id in set(ids)))

    def languages_of(self, doc_ids: Iterable[str]) -> tuple[str, ...]:
        """The languages of these documents, each once, in order."""
        return tuple(dict.fromkeys(self._languages.get(i, "und") for i in doc_ids))

    @cached_property
    def _languages(self) -> dict[str, str]:
        return {d.id: d.language for d in self.documents}


def digest(records: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over the records as canonical JSON lines, in hexadecimal."""
    sha = hashlib.sha256()
    for record in records:
        sha.update(json.dumps(record, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "surrogatepass"))
        sha.update(b"\n")
    return sha.hexdigest()


def case_json(case: Case) -> dict[str, Any]:
    """Returns a case's fields, without the place where it was read; its digest is made of them."""
    return {k: v for k, v in asdict(case).items() if v and k != "place"}


class TargetFailed(TransientError):
    """The system under test gave no usable reply: counted apart, never as a wrong answer."""

    kind = "target-failed"


class TargetRefused(TargetFailed):
    """The system answered with an error status; `retry_after_s` where it asks for patience."""

    kind = "target-refused"

    def __init__(self, message: str, *, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """One sentence of the reply with the numbers of its citations; `verdict` is None for systems without one."""

    text: str
    citations: tuple[int, ...] = ()
    verdict: str | None = None
    context: str = ""  # of the article around it, shown with it
    marks: tuple[tuple[int, int], ...] = ()  # stretches of `text` in bold

    @property
    def paragraph(self) -> str:
        """All that a reader sees of the sentence. Its context contains a quote word for word; a written sentence it
        may not."""
        return f"{self.text}\n{self.context}"

    @property
    def marked(self) -> str:
        """The words in bold."""
        return " · ".join(self.text[start:end] for start, end in self.marks)


@dataclass(frozen=True, slots=True)
class ShownShort:
    """One item of the short answer; `score` is how sure the system is of it, None where it does not say."""

    text: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds from the question to the first event, to the first word of the answer, to the end."""

    first_event_ms: float
    first_word_ms: float | None
    end_ms: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the language model as the system reports them."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in the terms that every metric reads. `ranking` is best first, None where the system shows none."""

    status: str  # answered, partial, conflicting, refused; digest: stories for a reader who browses
    ranking: tuple[Passage, ...] | None = None
    sentences: tuple[ShownSentence, ...] = ()
    nearest: tuple[ShownSentence, ...] = ()  # shown in place of an answer: of a refusal, of a digest
    short: tuple[ShownShort, ...] | None = None  # None: the system knows no short answer
    citations: tuple[Citation, ...] = ()
    refusal_reason: str | None = None
    confidence: float | None = None
    timing: Timing = Timing(0.0, None, 0.0)
    usage: Usage | None = None
    notices: tuple[str, ...] = ()
    parts_ms: Mapping[str, float] = field(default_factory=dict)  # what the system says of its own stages
    answers: bool = True  # False: it finds passages and does not answer; its ranking alone is measured

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.sentences)

    @property
    def shown(self) -> tuple[ShownSentence, ...]:
        """Everything that the reader sees of the articles, best first, under whatever heading."""
        return self.sentences or self.nearest


class Target(Protocol):
    """A system under test; `ask` may be called from several threads. Raises TargetFailed."""

    @property
    def name(self) -> str: ...

    def ask(self, case: Case) -> Reply: ...
