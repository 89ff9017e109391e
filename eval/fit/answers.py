"""`telal eval fit-answers`: which sentence and which passage answers, whether any does, which short ones are shown.

Thresholds are put where the first suite's questions, of both kinds, reach what is asked for; see `Aims`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

import rag.answer.evidence
from eval.core.cases import Case, Suite
from eval.datasets.load import load
from eval.run.index import build, open_index
from rag.answer.evidence import judge
from rag.answer.evidence.answer_span import propose
from rag.answer.evidence.features import ScoredSentence, features
from rag.answer.evidence.judge import LogisticModel, Thresholds
from rag.answer.evidence.reading import ReadSentence
from rag.answer.evidence.weigh import Evidence, WeighedPassage
from rag.config import Settings, load_settings
from rag.errors import BadInput

_out = Console()
_err = Console(stderr=True)

FITTED_PATH = Path(rag.answer.evidence.__file__).with_name(judge.FITTED_FILE)
ANSWERS = 0.48  # probability from which an answer is given (decision 146)
GUEST = 0.2  # what a question of a further suite weighs beside one of the first
STRENGTH = 0.1  # inverse of the regularisation
FOLDS = 6
# Question and passage in one language, in two. 47 foreign ones are too few to put thresholds apart: they come from all.
GROUPS = ("one", "two")
_AROUND = 1  # sentences before and after that are shown with one
_PLAIN = 6  # letters from which an accepted answer does not stand in a text by chance
Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Aims:
    """Shares of wrong results on the first suite, unanswerable questions included, at which the thresholds are put."""

    wrong_when_sure: float = 0.2  # of the answers given without doubt
    wrong_short: float = 0.05  # of short answers


@dataclass(frozen=True, slots=True)
class Question:
    """A case and its evidence, with what is known of it: per passage and sentence whether it holds the answer."""

    case: Case
    evidence: Evidence
    first: bool  # of the first suite

    def shows(self, passage: WeighedPassage, sentence: ReadSentence) -> bool:
        """Whether a sentence and its neighbours, or a headline, hold an accepted answer."""
        if sentence.headline:
            return self.has_answer(sentence.text)
        number = passage.read.sentences.index(sentence)
        near = passage.read.sentences[max(0, number - _AROUND) : number + _AROUND + 1]
        return self.has_answer(" ".join(s.text for s in near))

    def has_answer(self, text: str) -> bool:
        """Whether a text holds an accepted answer."""
        return not self.case.unanswerable and bool(self.case.answers) and self.case.accepted_answers.all_in(text)

    def counts(self, passage: WeighedPassage) -> bool:
        """Whether an answer that stands in the passage is no chance: it is a gold article, or the answer is long."""
        gold = passage.read.hit.passage.article_id in self.case.gold_doc_ids
        return gold or not self.case.gold_doc_ids or max(map(len, self.case.answers), default=0) > _PLAIN


def questions(suite: Suite, settings: Settings, *, first: bool) -> Iterator[Question]:
    """Every case that stands alone, with what the engine makes of it."""
    with open_index(build(suite, settings)) as engine:
        for case in suite.cases:
            evidence = None if case.history or case.as_of else engine.evidence(case.question)
            if evidence is not None and (case.unanswerable or case.answers):
                yield Question(case, evidence, first)


def fit(found: Sequence[Question], aims: Aims = Aims()) -> dict[str, Any]:
    """The models and thresholds as `rag/answer/evidence/fitted.json` holds them.

    Thresholds are put by outcomes of the first suite's questions under models that have not seen them.
    """
    if not any(q.first and q.case.unanswerable for q in found):
        raise BadInput("Fitting needs unanswerable cases too.", hint="Name a suite that has both kinds first.")
    models = _models(found)
    unseen = outcomes(found)
    return {
        **{name: asdict(getattr(models, name)) for name in ("sentence", "passage", "short")},
        **{name: asdict(_thresholds(unseen, aims)) for name in GROUPS},
        "questions": len(found),
    }


def outcomes(found: Sequence[Question]) -> list[Outcome]:
    """What becomes of each question of the first suite under models fitted on all other questions but its fold's."""
    made = []
    for fold in range(FOLDS):
        apart = [q for i, q in enumerate(found) if i % FOLDS == fold and q.first]
        models = _models([q for i, q in enumerate(found) if i % FOLDS != fold or not q.first])
        made += [_outcome(q, models) for q in apart]
    return made


def save(fitted: Mapping[str, Any], path: Path) -> None:
    """Writes the file that `rag/answer/evidence/judge.py` reads."""
    path.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Models:
    """See `rag.answer.evidence.judge.Judge`."""

    sentence: LogisticModel
    passage: LogisticModel
    short: LogisticModel


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: whether the best passage is in another language, its probability, whether it shows
    the answer.

    `short`: probability of the short answer, and whether it was right.
    """

    case: Case
    foreign: bool
    probability: float
    shown: bool
    short: tuple[float, bool] | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A passage under the fitted sentence model: its features, and whether its likeliest sentence shows an answer."""

    weighed: WeighedPassage
    best: ScoredSentence
    values: Values
    right: bool
    shown: bool


def _sentences(found: Sequence[Question]) -> LogisticModel:
    """Which sentence of a gold passage holds the answer; sentences are compared within their passage."""
    rows, held, weights = [], [], []
    for q in found:
        for p in q.evidence.passages:
            right = [q.has_answer(s.read.text) for s in p.sentences]
            if any(right) and not all(right) and p.read.hit.passage.article_id in q.case.gold_doc_ids:
                table = np.array([list(s.values.values()) for s in p.sentences])
                rows.append(table - table.mean(axis=0))
                held += right
                weights += [_weight(q) / len(right)] * len(right)
    names = list(found[0].evidence.best.sentences[0].values)
    return _logistic(names, np.vstack(rows), held, weights, balanced=True)


def _judged(q: Question, sentence: LogisticModel) -> list[_Judged]:
    """Its passages, in the order of the evidence."""
    made = [_judged_alone(q, p, sentence) for p in q.evidence.passages]
    shared = judge.about_articles([(j.weighed.read.hit.passage.article_id, j.values) for j in made])
    return [replace(j, values=values) for j, values in zip(made, shared, strict=True)]


def _judged_alone(q: Question, p: WeighedPassage, sentence: LogisticModel) -> _Judged:
    best = max(p.sentences, key=lambda s: sentence.log_odds(s.values))
    values = features(
        q.evidence.question, p.read, best, p.missing, q.evidence.articles[p.read.hit.passage.article_id]
    ).values()
    shown = q.shows(p, best.read)
    return _Judged(p, best, values, shown and q.counts(p), shown)


def _models(found: Sequence[Question]) -> Models:
    sentence = _sentences(found)
    judged = [_judged(q, sentence) for q in found]
    rows = [(list(j.values.values()), j.right, _weight(q)) for q, row in zip(found, judged, strict=True) for j in row]
    values, right, weights = zip(*rows, strict=True)
    passage = _logistic(list(judged[0][0].values), np.array(values), right, weights)
    best = [_ranked(row, passage)[0] for row in judged]
    return Models(sentence, passage, _shorts(found, best, passage))


def _ranked(judged: Sequence[_Judged], passage: LogisticModel) -> list[tuple[_Judged, float]]:
    """Each with its log odds, the likeliest first."""
    return sorted(((j, passage.log_odds(j.values)) for j in judged), key=lambda one: -one[1])


def _shorts(found: Sequence[Question], best: Sequence[tuple[_Judged, float]], passage: LogisticModel) -> LogisticModel:
    made = [(q, _proposed(q, *one)) for q, one in zip(found, best, strict=True)]
    rows = [(list(p[0].values()), p[1], _weight(q)) for q, p in made if p]
    values, right, weights = zip(*rows, strict=True)
    return _logistic(list(next(p for _, p in made if p)[0]), np.array(values), right, weights)


def _proposed(q: Question, j: _Judged, log_odds: float) -> tuple[Values, bool] | None:
    """The features of the short answer that is proposed, and whether it is right."""
    made = propose(q.evidence.question, j.weighed.read, j.best.read, log_odds)
    if made is None:
        return None
    text = " · ".join(j.best.read.text[s:e] for s, e in made.spans)
    return made.values, q.has_answer(text)


def _outcome(q: Question, models: Models) -> Outcome:
    best, odds = _ranked(_judged(q, models.sentence), models.passage)[0]
    proposed = _proposed(q, best, odds)
    short = (models.short.probability(proposed[0]), proposed[1]) if proposed else None
    return Outcome(q.case, best.weighed.foreign, judge.logistic(odds), best.shown, short)


def _thresholds(found: Sequence[Outcome], aims: Aims) -> Thresholds:
    answers = [(o.probability, o.shown) for o in found]
    return Thresholds(
        answer=ANSWERS,
        sure=max(ANSWERS, least(answers, aims.wrong_when_sure)),
        short=least([o.short for o in found if o.short], aims.wrong_short),
    )


def least(found: Sequence[tuple[float, bool]], wrong: float) -> float:
    """The least probability from which at most a share `wrong` of what is given is wrong; 1 where there is none."""
    ordered = sorted(found, reverse=True)
    best, missed = 1.0, 0
    for given, (probability, right) in enumerate(ordered, 1):
        missed += not right
        if missed <= wrong * given:
            best = probability
    return round(best, 4)


def _weight(q: Question) -> float:
    return 1.0 if q.first else GUEST


def _logistic(
    names: Sequence[str],
    values: NDArray[np.float64],
    right: Sequence[bool],
    weights: Sequence[float],
    *,
    balanced: bool = False,
) -> LogisticModel:
    """A logistic model on standardised values, told in those of the features themselves."""
    from sklearn.linear_model import LogisticRegression  # a second of CPU, and `telal --help` reads this file too

    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    model = LogisticRegression(C=STRENGTH, max_iter=5000, class_weight="balanced" if balanced else None)
    model.fit((values - mean) / spread, right, sample_weight=weights)
    weight = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weight @ mean)
    return LogisticModel({n: round(float(w), 4) for n, w in zip(names, weight, strict=True)}, round(bias, 4))


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("fit-answers")(fit_answers)


def fit_answers(
    suite: Annotated[list[str], typer.Argument(metavar="SUITE[:SPLIT]...", help="The first one decides thresholds.")],
    out: Annotated[Path, typer.Option(help="Where it is written; default: where Telal reads it.")] = FITTED_PATH,
) -> None:
    """Fit which sentence and passage answer, whether any does, and which short answers are shown.

    The first suite needs unanswerable cases too, and must be by another hand than the rules and the reader's training.
    """
    found: list[Question] = []
    for one in suite:
        name, _, split = one.partition(":")
        loaded = load(name).of_split(split or None)
        settings = load_settings()
        made = questions(loaded, settings, first=not found)
        found.extend(track(made, description=one, total=len(loaded.cases), console=_err))
    fitted = fit(found)
    save(fitted, out)
    _out.print_json(data={name: fitted[name] for name in ("one", "two", "questions")})
