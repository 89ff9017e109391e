"""What is shown in the place of a model's sentence that no passage bears: the best quote of the passages it cites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.answer.lexicon.prompt_injection import orders
from rag.answer.verify.statements import Statement, claimed, shared
from rag.text.sentences import split_sentences
from rag.types import Passage


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A sentence that may not be shown, and the numbers that it cited."""

    text: str
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage: `passage.text[start:end]`, code points."""

    number: int
    start: int
    end: int


def quote_instead(gone: Withdrawn, shown: Mapping[int, Passage], taken: Sequence[Quote], language: str) -> Quote | None:
    """The sentence that holds most of what a withdrawn one says, among those of its passages not taken yet.

    None where it cites nothing, or where no sentence shares a name, a number or a word with it.
    """
    passages = {n: shown[n] for n in gone.cited if n in shown}
    claim = claimed(gone.text, list(passages.values()), language)
    scored = [
        (shared(claim, Statement(p.text[s.start : s.end], p.language)), Quote(n, s.start, s.end))
        for n, p in passages.items()
        for s in split_sentences(p.text, p.language)
        if not orders(p.text[s.start : s.end])
    ]
    best = max((one for one in scored if one[1] not in taken), key=lambda one: one[0], default=(0.0, None))
    return best[1] if best[0] > 0 else None
