"""A language model that judges written sentences: does what they cite say what they say? One call for all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.answer.chat import ChatModel
from rag.answer.write import Claim, Source, data, template
from rag.types import Usage

SUPPORTED = "supported"
# What a judge's word becomes in `Written.reasons`; a sentence without a verdict is not shown either.
_REASONS = {"supported": SUPPORTED, "contradicted": "contradicted", "unsaid": "not_said", "not said": "not_said"}
UNJUDGED = "unjudged"
_VERDICT = re.compile(rf"^\W*(\d{{1,2}})\W+({'|'.join(_REASONS)})\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict for each sentence, in their order, and what the call took."""

    verdicts: tuple[str, ...]
    usage: Usage | None


def judge(
    model: ChatModel, question: str, claims: Sequence[tuple[Claim, Sequence[Source]]], sources: Mapping[str, Source]
) -> Judged:
    """The verdicts on sentences and what they cite. `sources` are all that were numbered, for what stands around these.

    Raises ChatUnavailable.
    """
    shown = [_shown(n, claim, cited, sources) for n, (claim, cited) in enumerate(claims, 1)]
    pieces = model.stream(template("judge"), f"Question: {data(question)}\n\n" + "\n\n".join(shown))
    found = {int(n): _REASONS[word.lower()] for n, word in _VERDICT.findall("".join(pieces))}
    verdicts = tuple(found.get(n, UNJUDGED) for n in range(1, len(claims) + 1))
    return Judged(verdicts, getattr(pieces, "usage", None))


def _shown(n: int, claim: Claim, cited: Sequence[Source], sources: Mapping[str, Source]) -> str:
    around: dict[str, None] = {}
    for source in cited:
        passage, at = source.id.split(".")
        around |= dict.fromkeys(i for i in (f"{passage}.{int(at) + step}" for step in (-1, 0, 1)) if i in sources)
    own = {source.id for source in cited}
    lines = [f"{'original' if i in own else 'around it'}: {data(sources[i].text)}" for i in around]
    days = {f"{s.passage.published:%-d %B %Y}" for s in cited if s.passage.published}
    published = [f"published: {', '.join(sorted(days))}"] if days else []
    return "\n".join([f"Sentence {n}: {data(claim.text)}", *lines, *published])
