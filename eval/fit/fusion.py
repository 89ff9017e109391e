"""`telal eval fit-fusion`: fits and measures the weights that join meaning, words and names in rag/retrieve/rank.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval.core.cases import Case, Suite
from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.run.index import build, open_index
from rag.config import Settings, load_settings
from rag.engine import Engine
from rag.question.prepare import prepare
from rag.retrieve.rank import KEYWORD, NAME_WEIGHT
from rag.retrieve.search import scores

FEATURES = ("cosine", "words", "names", "own language", "words in another language")
PRESENT = np.array([1.0, KEYWORD, NAME_WEIGHT, 0.0, 0.0])
L2_WEIGHT = 0.02  # L2 on what is learned, as a share of the loss: a hundred questions are few
Matrix = NDArray[np.float64]
GUEST = 0.2  # what a question of a further suite weighs beside one of the first
_out = Console()


@dataclass(frozen=True, slots=True)
class QuestionCandidates:
    """A question's candidates: their features (n, f), their articles, which are gold; `weight` in the fit."""

    case: Case
    values: Matrix
    articles: tuple[str, ...]
    gold: NDArray[np.bool_]
    crossing: bool  # every gold article is in another language
    weight: float


@dataclass(frozen=True, slots=True)
class RankShares:
    """Shares of the questions whose gold article is first, and among the first five articles."""

    questions: int
    first: float
    five: float


def score_candidates(suite: Suite, settings: Settings, *, weight: float = 1.0) -> Iterator[QuestionCandidates]:
    """The cases with a gold document, each with its candidates as the engine scores them."""
    with open_index(build(suite, settings)) as engine:
        for case in suite.cases:
            if case.gold_doc_ids and not case.unanswerable:
                yield _asked(case, suite, engine, weight)


def _asked(case: Case, suite: Suite, engine: Engine, weight: float) -> QuestionCandidates:
    query = prepare(case.question, history=case.history, limit=engine.settings.search.limit)
    vector = engine.embedder.embed_query(query.text)
    found = scores(query, vector, indexes=engine.indexes, limit=engine.settings.search.candidates)
    live = engine.archive.passages(list(found.cosines))
    own = np.array([live[key].language.split("-")[0] == query.language.split("-")[0] for key in live], float)
    words = np.array([found.bm25.get(key, 0.0) for key in live]) / (found.reachable or 1.0)
    columns = [[found.cosines[k] for k in live], words, [found.named.get(k, 0.0) for k in live], own, words * (1 - own)]
    articles = tuple(p.article_id for p in live.values())
    told = {tag.split("-")[0] for tag in suite.languages_of(case.gold_doc_ids)}
    crossing = case.language.split("-")[0] not in told
    gold = np.isin(articles, case.gold_doc_ids)
    return QuestionCandidates(case, np.array(columns, float).T, articles, gold, crossing, weight)


def fit(found: Sequence[QuestionCandidates], features: Sequence[int] = range(len(FEATURES))) -> Matrix:
    """Weights (f,) of the features, the cosine's 1: a softmax over each question's candidates, gold ones summed.

    Only `features` are learned, the others weigh nothing. Source: the listwise loss of Cao et al., ICML 2007.
    """
    from scipy.optimize import minimize  # a second of CPU

    used = list(features)
    usable = [q for q in found if q.gold.any()]
    total = sum(q.weight for q in usable)
    begin = 30 * PRESENT[used]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        value, slope = (
            L2_WEIGHT * float(((weights - begin) ** 2).sum()) / total,
            2 * L2_WEIGHT * (weights - begin) / total,
        )
        for q in usable:
            chance = _softmax(q.values[:, used] @ weights)
            right = float(chance[q.gold].sum()) + 1e-12
            value -= q.weight * np.log(right) / total
            slope += q.weight * (chance - np.where(q.gold, chance / right, 0.0)) @ q.values[:, used] / total
        return value, slope

    weights = np.zeros(len(FEATURES))
    weights[used] = minimize(loss, begin, jac=True, method="L-BFGS-B").x
    made: Matrix = weights / weights[0]
    return made


def measure(found: Sequence[QuestionCandidates], weights: Matrix) -> Mapping[str, RankShares]:
    """How the questions fare under some weights: within one language, and across."""
    groups = {"one": [q for q in found if not q.crossing], "two": [q for q in found if q.crossing]}
    return {name: _found([_rank(q, weights) for q in some]) for name, some in groups.items() if some}


def _rank(q: QuestionCandidates, weights: Matrix) -> int:
    """Of the best gold article among all articles, by their best passages; articles count once."""
    order = np.argsort(-(q.values @ weights), kind="stable")
    ranked = list(dict.fromkeys(q.articles[i] for i in order))
    return next((n for n, article in enumerate(ranked) if article in q.case.gold_doc_ids), len(ranked) + 5)


def _found(ranks: Sequence[int]) -> RankShares:
    return RankShares(len(ranks), float(np.mean([r < 1 for r in ranks])), float(np.mean([r < 5 for r in ranks])))


def _softmax(values: Matrix) -> Matrix:
    raised: Matrix = np.exp(values - values.max())
    made: Matrix = raised / raised.sum()
    return made


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("fit-fusion")(fit_fusion)


def fit_fusion(
    suite: Annotated[list[str], typer.Argument(metavar="SUITE[:SPLIT][@ASKED-TOLD]...", help="Fitted on these.")],
    on: Annotated[list[str], typer.Option("--on", metavar="SUITE[:SPLIT][@ASKED-TOLD]", help="Measured on these.")],
    sample: Annotated[int | None, typer.Option(min=1, help="Of each suite at most so many questions.")] = None,
) -> None:
    """Fit how meaning, words and names are joined to one order, and compare with today's weights.

    The first suite counts whole, further ones a fifth. @ro-en: Romanian questions over English documents. Nothing is
    written: weights that are better are put into rag/retrieve/rank.py, and what decides on answers is fitted anew then.
    """
    settings = load_settings()
    fitted, measured = (
        [[*score_candidates(_opened(one, sample), settings, weight=GUEST if n else 1.0)] for n, one in enumerate(some)]
        for some in (suite, on)
    )
    every = [q for one in fitted for q in one]
    ways = {"today's": PRESENT, "three weights": fit(every, range(3)), "with language": fit(every)}
    table = Table("questions", "languages", *ways)
    for name, some in zip((*suite, *on), (*fitted, *measured), strict=True):
        found = {way: measure(some, weights) for way, weights in ways.items()}
        for group, present in found["today's"].items():
            cells = (f"{f.first:.3f} / {f.five:.3f}" for f in (found[way][group] for way in ways))
            table.add_row(name.rpartition("/")[2], f"{group}, {present.questions}", *cells)
    _out.print(table)
    for way, weights in ways.items():
        told = ", ".join(f"{name} {w:.3f}" for name, w in zip(FEATURES, weights, strict=True) if w)
        _out.print(f"{way}: {told}", highlight=False)


def _opened(named: str, sample: int | None) -> Suite:
    """A suite by its name, split and languages; the documents of a file stand beside it."""
    rest, _, languages = named.partition("@")
    name, _, split = rest.partition(":")
    asked, _, told = languages.partition("-")
    beside = Path(name).with_name(f"{Path(name).stem}_docs.jsonl")
    loaded = load(name, Options(beside if beside.is_file() else None))
    return (
        narrow(loaded, questions=asked or None, documents=told or None).of_split(split or None).sample(sample, seed=0)
    )
