"""Asks a language model one tiny question, to tell whether it answers in the form that is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rag.answer.chat import ChatModel
from rag.answer.check import fault, verdicts
from rag.answer.prompt import Claim, Prompt, claims, no_answer, prompt
from rag.errors import ChatUnavailable
from rag.types import Passage, Verdict

_DAY = datetime(2004, 7, 24, tzinfo=UTC)
_TEXT = "The Old Bridge in Mostar was opened again on 23 July 2004. Guests from many countries were there."
_QUESTION = "When was the Old Bridge in Mostar opened again?"
_TRUE = Claim("The Old Bridge in Mostar was opened again on 23 July 2004.", ("1.1",))
_OTHER = "Readers would get quotes alone. Try another model: docs/models.md says what it has to follow."
_MORE = "If it reasons first, it needs more room: raise TELAL_CHAT__MAX_TOKENS."


@dataclass(frozen=True, slots=True)
class Probed:
    """How long a model took, and why it is of no use, if it is not, with what to do."""

    took_s: float
    fault: str = ""
    advice: str = ""


def probe_writing(model: ChatModel) -> Probed:
    """Asks a model a question whose answer stands in the one passage that it is given."""
    return _timed(_written, model)


def probe_judging(model: ChatModel) -> Probed:
    """Asks a model whether a true sentence is supported by the original beside it."""
    return _timed(_judged, model)


def _timed(ask: Callable[[ChatModel, Prompt], tuple[str, str]], model: ChatModel) -> Probed:
    started = time.perf_counter()
    try:
        why, advice = ask(model, _prompt())
    except ChatUnavailable as error:
        why, advice = error.message, error.hint
    return Probed(time.perf_counter() - started, why, advice)


def _prompt() -> Prompt:
    passage = Passage("p", "a", 1, 0, _TEXT, 0, len(_TEXT), "", "Telal", language="en", published=_DAY)
    return prompt(_QUESTION, [passage], "en", today=date(2004, 7, 25))


def _written(model: ChatModel, made: Prompt) -> tuple[str, str]:
    heard: list[str] = []
    told: list[Claim] = []
    for claim in claims(_noting(model.stream(made.system, made.user), heard), made.sources):
        told = [] if claim is None else [*told, claim]  # None: all before it was thought
    if not "".join(heard).strip():
        return "its reply was empty.", f"Its server's log may tell why. {_MORE}"
    if not told:
        return "all of its reply was thought, or it did not end.", _MORE
    if no_answer(told[0].text):
        return "it said NO ANSWER, though the answer stood in the passage.", _OTHER
    whys = [fault(c, [made.sources[i] for i in c.cited if i in made.sources], "en", date(2004, 7, 25)) for c in told]
    if "" in whys:
        return "", ""
    if "no_source" in whys:
        return "it ended no sentence with the number of an original, such as [1.1].", _OTHER
    return f"what it wrote fails the checks ({', '.join(sorted(set(whys)))}).", _OTHER


def _judged(model: ChatModel, made: Prompt) -> tuple[str, str]:
    (verdict,) = verdicts(model, _QUESTION, [(_TRUE, [made.sources["1.1"]])], made.sources).verdicts
    if verdict == Verdict.SUPPORTED:
        return "", ""
    return f"of a sentence that stands in its original it said: {verdict}.", f"All would be left out. {_MORE} {_OTHER}"


def _noting(pieces: Iterator[str], heard: list[str]) -> Iterator[str]:
    for piece in pieces:
        heard.append(piece)
        yield piece
