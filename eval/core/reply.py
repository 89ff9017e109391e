"""What any system under test gives back for one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from eval.core.cases import Case
from rag.errors import TransientError
from rag.types import Citation, Passage


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
class Shown:
    """One sentence of the reply with the numbers of its citations; `verdict` is None for systems without one."""

    text: str
    citations: tuple[int, ...] = ()
    verdict: str | None = None
    context: str = ""  # of the article around it, shown with it

    @property
    def paragraph(self) -> str:
        """All that a reader sees of it: its context holds it word for word, a sentence that was written it may not."""
        return f"{self.text}\n{self.context}"


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

    status: str  # answered, partial, conflicting, refused
    ranking: tuple[Passage, ...] | None = None
    sentences: tuple[Shown, ...] = ()
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


class Target(Protocol):
    """A system under test; `ask` may be called from several threads. Raises TargetFailed."""

    @property
    def name(self) -> str: ...

    def ask(self, case: Case) -> Reply: ...
