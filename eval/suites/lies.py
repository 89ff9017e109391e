"""Lies told through the whole of answering: a model says what was made of a news text, and what is shown is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.core.show import console
from eval.suites.guard import TRUE, Pair, added_pairs
from rag.answer.compose import Tools, compose
from rag.answer.evidence.reading import Reads
from rag.config import AnswerSettings
from rag.question.prepare import prepare
from rag.types import Answer, Finished, Hit, Passage, Verdict

_DAY = datetime(2025, 6, 1, tzinfo=UTC)
_out = console()
_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Told:
    """What a model said to a question over one passage, and the answer that came of it."""

    pair: Pair
    answer: Answer
    asked: bool  # whether the model was: not where the passage was found to hold no answer

    @property
    def shown(self) -> bool:
        """Something of what the model said stands in the answer."""
        return any(s.verdict is not Verdict.QUOTE for s in self.answer.sentences)

    @property
    def quoted(self) -> bool:
        """A quote stands in its place."""
        return not self.shown and bool(self.answer.sentences)


class _Says:
    """A model with one reply, which cites its only passage."""

    name = "liar"

    def __init__(self, said: str) -> None:
        self._said = said
        self.asked = False

    def stream(self, system: str, user: str) -> Iterator[str]:
        self.asked = True
        yield f"{self._said} [1]"


def told(pairs: Sequence[Pair], reader: Reads) -> Iterator[Told]:
    """The answers when a model says what each pair claims; asked is for the true sentence that it was made of."""
    asked = ""
    for pair in pairs:
        asked = pair.claim if pair.kind == TRUE else asked
        yield _told(pair, asked, reader)


def _told(pair: Pair, asked: str, reader: Reads) -> Told:
    size = len(pair.passage)
    passage = Passage(
        "p", "a", 1, 0, pair.passage, 0, size, "", "Glasnik", "https://example.org/a", pair.passage_language, _DAY
    )
    says = _Says(pair.claim)
    events = compose(
        prepare(asked, language=pair.claim_language),
        [Hit(passage, 1.0, dense_score=0.9)],
        tools=Tools(lambda _: {"a": pair.passage}, reader, says),
        settings=AnswerSettings(threshold=0.0),
    )
    return Told(pair, next(e.answer for e in events if isinstance(e, Finished)), says.asked)


def tell(reader: Reads, *, out: Path | None, limit: int | None) -> None:
    """Tell every lie about the texts that no rule was made by, and show what became of them."""
    pairs = added_pairs(split="test")[:limit]
    every = [t for t in track(told(pairs, reader), total=len(pairs), description="lies", console=_err) if t.asked]
    table = Table("said", "one language", "shown", "quote instead", "two languages", "shown", "quote instead", box=None)
    kinds = [TRUE, *sorted({t.pair.kind for t in every} - {TRUE})]
    for kind in kinds:
        table.add_row(kind, *_cells([t for t in every if t.pair.kind == kind]))
    table.add_row("all lies", *_cells([t for t in every if t.pair.kind != TRUE]))
    _out.print(table)
    stories = {t.pair.id.split("-")[0] for t in every}
    _out.print(f"{len(stories)} texts; to {len(pairs) - len(every)} of {len(pairs)} questions no model was asked.")
    if out is not None:
        rows = [
            {"id": t.pair.id, "kind": t.pair.kind, "said": t.pair.claim, "shown": t.shown, "answer": t.answer.text}
            for t in every
        ]
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")


def _cells(every: Sequence[Told]) -> Iterator[str]:
    for across in (False, True):
        own = [t for t in every if t.pair.across is across]
        yield str(len(own))
        for some in (sum(t.shown for t in own), sum(t.quoted for t in own)):
            yield f"{some / len(own):.3f}" if own else "-"
