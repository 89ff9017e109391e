"""`python -m research.written`: what the rules over numbers, dates and units let pass of false and of true sentences.

Each of the sentences in written.jsonl is looked at beside its original, as if a model had written it; both in one of
thirteen variants. They were written before the rules that they judge.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rag.answer.check import fault, untold
from rag.answer.prompt import Claim, NumberedSentence
from rag.answer.translate import is_foreign
from rag.types import Passage

SENTENCES = Path(__file__).with_name("written.jsonl")
TODAY = date(2026, 1, 15)
_NUMBER = re.compile(r"(?<![\w.,:])[1-9]\d*(?![\d:]|[.,]\d)")

_out = Console(width=160)


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """A sentence beside its original. `kind`: what of the truth a false one changes."""

    id: str
    language: str
    source: str  # the original's language
    published: str
    original: str
    text: str
    true: bool
    kind: str

    @property
    def pair(self) -> str:
        return "one language" if self.language == self.source else "two languages"

    @property
    def fault(self) -> str:
        """Why the sentence is not shown; "" where it is."""
        return fault(self._claim, [self._source], self.language, TODAY)

    @property
    def untold(self) -> str:
        """Which figure of its original it leaves out; as a translation it is not shown then either."""
        return untold(self._source, [self._claim], self.language, TODAY)

    @property
    def _claim(self) -> Claim:
        return Claim(self.text, ("1.1",))

    @property
    def _source(self) -> NumberedSentence:
        day = datetime.fromisoformat(self.published).replace(tzinfo=UTC)
        passage = Passage(
            "p", "a", 1, 0, self.original, 0, len(self.original), "", language=self.source, published=day, outlet="N1"
        )
        return NumberedSentence("1.1", passage, 0, len(self.original), self.original)


def cases(path: Path = SENTENCES) -> list[WrittenCase]:
    """The sentences."""
    return [WrittenCase(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def translations(path: Path, sample: int = 300) -> list[WrittenCase]:
    """True sentences of others: each of some sentences beside its translation into another language.

    `path`: JSON lines, gzipped, with seg_id, language and text; those of FLORES-200's devtest are read.
    """
    told: dict[str, dict[str, str]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["seg_id"].startswith("flores200:devtest"):
                told[row["seg_id"]][row["language"]] = row["text"]
    chance = random.Random(1)
    found = []
    for name in chance.sample(sorted(told), min(sample, len(told))):
        tags = sorted(told[name])
        for language in tags:
            source = chance.choice([tag for tag in tags if tag != language])
            text, original = told[name][language], told[name][source]
            found.append(WrittenCase(name, language, source, "2020-01-01", original, text, True, ""))
    return found


def with_another_number(case: WrittenCase) -> WrittenCase | None:
    """The same with its first number in digits one higher; None where it has none."""
    found = _NUMBER.search(case.text)
    if found is None:
        return None
    text = f"{case.text[: found.start()]}{int(found.group()) + 1}{case.text[found.end() :]}"
    return replace(case, text=text, true=False, kind="number")


def main(
    show: Annotated[bool, typer.Option(help="Print each sentence that is judged wrongly.")] = False,
    pairs: Annotated[Path | None, typer.Option(help="Look at translations of others in place of ours.")] = None,
) -> None:
    """Print the false sentences that are shown and the true ones that are withdrawn."""
    if pairs is not None:
        others = translations(pairs)
        left_out = [case for case in others if case.fault in ("number", "date")]
        _out.print(f"two languages: {_share(left_out, others)} of the true are withdrawn for a number or date")
        foreign = [case for case in others if is_foreign(case.source, case.language)]
        refused = [case for case in foreign if case.fault or case.untold]
        _out.print(f"as translations: {_share(refused, foreign)} of the true are not shown")
        false = [changed for case in foreign if not case.fault and (changed := with_another_number(case))]
        passed = [case for case in false if not case.fault]
        shown = [case for case in passed if not case.untold]
        _out.print(f"one number changed: {_share(passed, false)} are shown as written, {len(shown)} as translations")
        return
    found = [(case, case.fault) for case in cases()]
    for pair in ("one language", "two languages"):
        some = [(case, why) for case, why in found if case.pair == pair]
        wrong = [case for case, why in some if not case.true and not why]
        lost = [case for case, why in some if case.true and why]
        _out.print(f"{pair}: {_share(wrong, [c for c, _ in some if not c.true])} of the false are shown", end="; ")
        _out.print(f"{_share(lost, [c for c, _ in some if c.true])} of the true are withdrawn")
        _out.print(f"  shown by kind: {dict(Counter(case.kind for case in wrong))}", markup=False)
    if show:
        for case, why in found:
            if case.true == bool(why):
                _out.print(f"{case.id} {case.kind or 'true'} {why}: {case.text} | {case.original}", markup=False)


def _share(some: Sequence[object], of: Sequence[object]) -> str:
    return f"{len(some)} of {len(of)} ({len(some) / max(1, len(of)):.3f})"


if __name__ == "__main__":
    typer.run(main)
