"""Measures which questions get an answer that is pinned to another: the same in 13 variants, and near misses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from eval.core.cases import Case
from eval.core.show import console
from eval.datasets.ours import read_cases
from rag.config import load_settings
from rag.models.embed import Embedder, WrappedEmbedder
from rag.newsroom import Newsroom, parse_pinned
from rag.question.parse import parse
from rag.question.prepare import language_of
from rag.question.same import cosine
from rag.store.vectors.language_centering import mean_questions
from rag.text.language import family

BENCHMARKS = Path(__file__).parents[1] / "eval" / "benchmarks"
LANGUAGES = ("en", "sr-Latn", "sq", "el", "tr", "mk", "ro")
CATEGORIES = ("fact", "yes_no", "why", "near", "outside")  # that ask one thing and stand alone
_MISSES = 140  # questions that come nearest to them and ask something else
_NEAR = 0.45  # cosine from which two questions that ask different things are near misses


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions; `group` is of the first."""

    one: Case
    other: Case
    group: int
    same: bool

    @property
    def kind(self) -> str:
        alike = family(self.one.language) == family(self.other.language)
        return f"{'the same' if self.same else 'near misses'}, {'one language' if alike else 'two languages'}"


_parsed = cache(parse)


class _Kept(WrappedEmbedder):
    """Embeds each question once."""

    def __init__(self, inner: Embedder) -> None:
        super().__init__(inner)
        self.embed_query = cache(inner.embed_query)  # type: ignore[method-assign]


def pairs_of(engine: Newsroom) -> list[Pair]:
    """Every two variants of a question, and the near misses of each."""
    newcomer = read_cases(sorted((BENCHMARKS / "newcomer" / "cases").glob("*.jsonl")))
    chosen = [c for c in newcomer if c.language in LANGUAGES and c.category in CATEGORIES]
    others = read_cases(sorted((BENCHMARKS / "balkan" / "cases").glob("*.jsonl")))
    groups: dict[int, list[Case]] = defaultdict(list)
    for case in chosen:
        groups[_group(case)].append(case)
    same = [Pair(a, b, n, True) for n, group in groups.items() for a, b in combinations(group, 2)]
    across = ((a, b) for (n, first), (m, second) in combinations(groups.items(), 2) for a in first for b in second)
    unlike = [(a, b) for a, b in (*across, *((a, b) for a in chosen for b in others)) if _differ(a, b)]
    near = sorted(((_cosine(engine, a, b), a, b) for a, b in unlike), key=lambda one: -one[0])
    kept = list(dict.fromkeys(b.id for _, _, b in near))[:_MISSES]
    misses = [Pair(a, b, _group(a), False) for c, a, b in near if c >= _NEAR and b.id in kept]
    return [*same, *misses]


def measure(pairs: Sequence[Pair], engine: Newsroom) -> Iterator[tuple[Pair, bool]]:
    """Each pair with whether the second gets what is pinned to the first."""
    for pair in pairs:
        asked, pinned = pair.other.question, pair.one.question
        question = _parsed(asked, language_of(asked, pair.other.language))
        near = engine.same(question, parse_pinned(pinned))
        yield pair, near > 0


def _group(case: Case) -> int:
    return int(case.id.split("-")[1])


def _differ(one: Case, other: Case) -> bool:
    """Whether the answers show that two questions ask different things; not where one answer holds the other."""
    said = [[answer.casefold() for answer in case.answers] for case in (one, other)]
    return not any(a in b or b in a for a in said[0] for b in said[1])


def _cosine(engine: Newsroom, one: Case, other: Case) -> float:
    both = _parsed(one.question, one.language), _parsed(other.question, other.language)
    vectors = engine.embedder.embed_query(one.question), engine.embedder.embed_query(other.question)
    return cosine(vectors, both, mean_questions(engine.embedder.model_id))


Wrong = Annotated[bool, typer.Option("--wrong", help="List the near misses that get the answer.")]


def main(wrong: Wrong = False) -> None:
    """Measure who gets an answer that is pinned to a question, on the starter corpus in the archive of the settings."""
    with Newsroom.open(load_settings(), own=False, wrapped=_Kept) as engine:
        measured = list(measure(pairs_of(engine), engine))
    table = Table("pairs", "of odd groups", "of", "of even groups", "of", title="get the pinned answer")
    for kind in sorted({pair.kind for pair, _ in measured}):
        halves = [[got for pair, got in measured if pair.kind == kind and pair.group % 2 == h] for h in (1, 0)]
        table.add_row(kind, *(str(n) for half in halves for n in (sum(half), len(half))))
    console().print(table)
    for pair, got in measured:
        if wrong and got and not pair.same:
            console().print(f"{pair.one.question} | {pair.other.question}", markup=False, highlight=False)


if __name__ == "__main__":
    typer.run(main)
