"""Fits the models of `rag/answer/judge.py` on rows of many suites, and judges them by the suite left out.

Every suite weighs the same. Sentences are compared within their passage and passages within their question by a
conditional logistic model (McFadden 1974); confidence and the likely words are logistic models whose weights have a
fixed sign.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.metrics.refusal import auroc, calibration_error
from rag.answer.judge import CLAIMED, FittedModels, LogisticModel, Thresholds
from research.train.answers.rows import PassageRow, QuestionRow, SentenceRow, Values
from research.train.verifier.labels import is_right

Floats = NDArray[np.float64]
Rows = Mapping[str, Sequence[QuestionRow]]  # by suite
SENTENCE = ("margin", "span", "overlap", "opening", "length")
PASSAGE = ("margin", "span", "dense", "words", "keyword")
CONFIDENCE = ("span", "stated", "lead", "near")
PREMISED = ("missing", "instead")  # fitted beside the others, over suites of false premises and near names too
TURNED = ("names", "premises")  # how the names of these suites begin
PREMISE = ("contradicted", "holds", "stated", "instead")
WORDS = ("verdict", "apart", "agreed", *CONFIDENCE, "asked", "long")
AGAINST = frozenset({"asked", "long", "missing", "instead"})  # weights are not positive; no other's is negative
HELD_AGAINST = frozenset({"holds", "stated", "instead"})  # the same of what speaks for a contradiction
STRENGTH = 0.5  # inverse of the regularisation
REAL = ("reader_dev", "reader_dev2")  # suites over real articles, by which the thresholds are chosen
WRONG = 1 / 8  # of what is answered, at the threshold of answering, where UNANSWERED of the questions have no answer
FEW_RIGHT = 0.1  # share of a suite's words that are right from which its answers are few words
UNANSWERED = 0.25
SEEN = 0.2  # share of the passages in doubt that are right, at the threshold of showing any
MARK_RIGHT, SHORT_RIGHT = 0.80, 29 / 30
DENIED = 1 / 100  # of the questions that have an answer, those that are contradicted at most
NOTHING = LogisticModel({}, 0.0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The passage that the models show first for a question, with its best sentence; whether that is right."""

    row: QuestionRow
    passage: PassageRow
    sentence: SentenceRow
    confidence: float
    right: bool
    against: Values = field(default_factory=dict)
    """the features of the likeliest contradiction"""
    denied: float = 0.0
    """how likely that is one"""
    contradicts: bool = False
    """whether it is: what the question takes for granted is not so, by the article of that sentence"""

    @property
    def words(self) -> Values | None:
        """The features of the likely words."""
        return self.sentence.words

    @property
    def words_right(self) -> bool:
        """Whether the likely words are right."""
        return bool(self.sentence.words) and is_right(self.sentence.told, self.row.accepted)


LeftOut = Mapping[str, Sequence[tuple[Chosen, float]]]  # by suite, with the probability of the words


def fit(rows: Rows) -> FittedModels:
    """All models, and thresholds by suites that each was left out of."""
    models = fit_models(rows)
    return replace(models, thresholds=thresholds(left_out(rows)))


def fit_models(rows: Rows, words: Sequence[str] = WORDS) -> FittedModels:
    """The models alone, fitted on all of the rows; that of the likely words by the features `words`.

    Questions with false premises and near names say nothing of what the other features weigh, for their articles are
    right in all but that. So these are fitted without them, and `PREMISED` beside them, over all.
    """
    plain = {name: some for name, some in rows.items() if not name.startswith(TURNED)}
    nothing = Thresholds(*[1.0] * len(fields(Thresholds)))
    models = FittedModels(conditional(SENTENCE, _sentences(plain)), NOTHING, NOTHING, NOTHING, NOTHING, nothing)
    models = replace(models, passage=conditional(PASSAGE, _passages(plain, models)))
    chosen = {name: [choose(q, models) for q in some] for name, some in plain.items()}
    surely = {name: [(surely_of(c), c.right) for c in some] for name, some in chosen.items()}
    told = {name: [(c.words, c.words_right) for c in some if c.words] for name, some in chosen.items()}
    told = {name: some for name, some in told.items() if _in_few_words(some)}
    models = replace(models, confidence=signed(CONFIDENCE, surely), short=signed(words, told))
    return with_premises(rows, models)


def with_premises(rows: Rows, models: FittedModels) -> FittedModels:
    """The models with `PREMISED` beside the other features of confidence and of the likely words, and that of what is
    contradicted."""
    chosen = {name: [choose(q, models) for q in some] for name, some in rows.items()}
    surely = {name: [(surely_of(c), c.right) for c in some] for name, some in chosen.items()}
    told = {name: [(c.words, c.words_right) for c in some if c.words] for name, some in chosen.items()}
    told = {name: some for name, some in told.items() if _in_few_words(some)}
    claims = {name: [(c.against, c.contradicts) for c in some] for name, some in chosen.items()}
    return replace(
        models,
        confidence=signed(PREMISED, surely, beside=models.confidence),
        short=signed(PREMISED, told, beside=models.short),
        premise=signed(PREMISE, claims, against=HELD_AGAINST),
    )


def _in_few_words(found: Sequence[tuple[object, bool]]) -> bool:
    """Whether a suite's answers are short ones: those of ClapNQ are whole sentences."""
    return sum(right for _, right in found) > FEW_RIGHT * len(found)


def left_out(rows: Rows, words: Sequence[str] = WORDS) -> LeftOut:
    """What becomes of each suite's questions under models fitted on the others; with the probability of the words."""
    found = {}
    for name in rows:
        models = fit_models({other: some for other, some in rows.items() if other != name}, words)
        found[name] = judge(rows[name], models)
    return found


def judge(rows: Sequence[QuestionRow], models: FittedModels) -> list[tuple[Chosen, float]]:
    """What becomes of questions under the models."""
    chosen = [choose(q, models) for q in rows]
    return [(c, models.short.probability(c.words) if c.words else 0.0) for c in chosen]


def choose(q: QuestionRow, models: FittedModels) -> Chosen:
    """The first passage under the models."""
    best = [(p, _best(p, models.sentence)) for p in q.passages]
    best.sort(key=lambda one: -models.passage.log_odds(_values(*one)))
    passage, sentence = best[0]
    made = Chosen(q, passage, sentence, 0.0, sentence.shown and passage.counts)
    denied, at = max(
        ((s.values["contradicted"], p) for p, _ in best[:CLAIMED] for s in p.sentences), key=lambda one: one[0]
    )
    against = {**surely_of(made), "holds": sentence.values["holds"], "contradicted": denied}
    return replace(
        made,
        confidence=models.confidence.probability(surely_of(made)),
        against=against,
        denied=models.premise.probability(against),
        contradicts=q.contradicted and at.gold,
    )


def may_state(c: Chosen) -> float:
    """The confidence; 0 where the article has another name in the place of the question's: that never answers."""
    return 0.0 if c.passage.surely["instead"] else c.confidence


def surely_of(c: Chosen) -> Values:
    """The features of confidence, with those of the best sentence."""
    return {**c.passage.surely, "span": c.sentence.values["span"]}


def _best(p: PassageRow, model: LogisticModel) -> SentenceRow:
    return max(p.sentences, key=lambda s: model.log_odds(s.values))


def _values(p: PassageRow, best: SentenceRow) -> Values:
    return {**p.values, **{name: best.values[name] for name in ("margin", "span")}}


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives that are compared with each other: their features, which are right, the weight of the group."""

    values: Sequence[Values]
    right: Sequence[bool]
    weight: float


def _sentences(rows: Rows) -> list[Group]:
    """The sentences of gold passages of which some hold the answer and some do not."""
    found = []
    for some in rows.values():
        passages = [p for q in some for p in q.passages if p.gold and _mixed([s.holds for s in p.sentences])]
        for p in passages:
            sentences = p.sentences
            found.append(Group([s.values for s in sentences], [s.holds for s in sentences], 1 / len(passages)))
    return found


def _passages(rows: Rows, models: FittedModels) -> list[Group]:
    """The passages of questions for which some are right and some are not."""
    found = []
    for some in rows.values():
        groups = []
        for q in some:
            best = [(p, _best(p, models.sentence)) for p in q.passages]
            right = [s.shown and p.counts for p, s in best]
            if _mixed(right):
                groups.append(([_values(p, s) for p, s in best], right))
        found += [Group(values, right, 1 / len(groups)) for values, right in groups]
    return found


def _mixed(right: Sequence[bool]) -> bool:
    return any(right) and not all(right)


def conditional(names: Sequence[str], groups: Sequence[Group]) -> LogisticModel:
    """The weights, none negative, under which the right alternatives of a group are likeliest; the bias is 0."""
    tables = [np.array([[v[n] for n in names] for v in g.values]) for g in groups]
    spread = np.vstack(tables).std(axis=0) + 1e-6
    scaled = [table / spread for table in tables]
    right = [np.array(g.right, float) for g in groups]
    weights = np.array([g.weight for g in groups]) * 1000

    def loss(t: Floats) -> tuple[float, Floats]:
        total, slope = 0.5 * float(t @ t) / STRENGTH, t / STRENGTH
        for z, y, w in zip(scaled, right, weights, strict=True):
            odds = z @ t
            e = np.exp(odds - odds.max())
            among, wanted = e / e.sum(), e * y / (e @ y)
            total -= float(w * np.log((e @ y) / e.sum()))
            slope = slope + w * (z.T @ (among - wanted))
        return total, slope

    return _model(names, _least(loss, np.zeros(len(names)), [(0, None)] * len(names)) / spread, 0.0)


def signed(
    names: Sequence[str],
    rows: Mapping[str, Sequence[tuple[Values, bool]]],
    *,
    against: Collection[str] = AGAINST,
    beside: LogisticModel = NOTHING,
) -> LogisticModel:
    """A logistic model whose weights are not negative, those of `against` not positive; every suite weighs the same,
    two hands of one together. `beside`: a model whose weights stay, and to whose log odds these features add."""
    values = np.array([[v[n] for n in names] for some in rows.values() for v, _ in some], float)
    right = np.array([r for some in rows.values() for _, r in some], float)
    given = np.array([beside.log_odds(v) for some in rows.values() for v, _ in some])
    weight = np.concatenate([np.full(len(some), _share_of(name) / len(some)) for name, some in rows.items()])
    mean, spread = np.average(values, axis=0, weights=weight), values.std(axis=0) + 1e-6
    z, sides = (values - mean) / spread, 2 * right - 1

    def loss(t: Floats) -> tuple[float, Floats]:
        odds = given + z @ t[:-1] + t[-1]
        pull = -sides / (1 + np.exp(sides * odds)) * weight
        total = float((weight * np.logaddexp(0, -sides * odds)).sum() + 0.5 / STRENGTH * (t[:-1] @ t[:-1]))
        return total, np.append(z.T @ pull + t[:-1] / STRENGTH, pull.sum())

    bounds: list[Bound] = [(None, 0.0) if n in against else (0.0, None) for n in names]
    t = _least(loss, np.zeros(len(names) + 1), [*bounds, (None, None)])
    weights = t[:-1] / spread
    made = _model(names, weights, float(t[-1] - weights @ mean))
    return LogisticModel({**beside.weights, **made.weights}, round(beside.bias + made.bias, 4))


def _share_of(suite: str) -> float:
    return 500.0 if suite.startswith(TURNED) else 1000.0


Loss = Callable[[Floats], tuple[float, Floats]]
Bound = tuple[float | None, float | None]


def _least(loss: Loss, start: Floats, bounds: Sequence[Bound]) -> Floats:
    found: Floats = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return found


def _model(names: Sequence[str], weights: Floats, bias: float) -> LogisticModel:
    return LogisticModel({n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}, round(bias, 4))


def thresholds(found: LeftOut) -> Thresholds:
    """By suites left out: those over real articles, each of the same weight, and in it those without an answer
    `UNANSWERED`; that of showing anything by all plain questions, that of contradicting by those of them that have an
    answer."""
    surely, words, denied, shown = [], [], [], []
    for name, some in found.items():
        weight = _weights([c.row.answerable for c, _ in some])
        if not name.startswith(TURNED):
            denied += [c.denied for c, _ in some if c.row.answerable]
            shown += [(c.confidence, c.right, w) for (c, _), w in zip(some, weight, strict=True)]
        if name in REAL:
            surely += [(may_state(c), c.right, w) for (c, _), w in zip(some, weight, strict=True)]
            words += [(p, c.words_right, w) for (c, p), w in zip(some, weight, strict=True) if c.words]
    return Thresholds(
        answer=least_for(surely, 1 - WRONG),
        partial=lowest_worth(shown, SEEN),
        mark=least_for(words, MARK_RIGHT),
        short=least_for(words, SHORT_RIGHT),
        contradicted=round(float(np.quantile(denied, 1 - DENIED)), 4) if denied else 1.0,
    )


def _weights(answerable: Sequence[bool]) -> list[float]:
    count = max(1, sum(answerable)), max(1, len(answerable) - sum(answerable))
    return [(1 - UNANSWERED) / count[0] if a else UNANSWERED / count[1] for a in answerable]


def least_for(found: Sequence[tuple[float, bool, float]], right: float) -> float:
    """The least probability from which on a share `right` of what lies above is right; 1 where there is none."""
    best, good, all_ = 1.0, 0.0, 0.0
    for probability, correct, weight in sorted(found, reverse=True):
        all_ += weight
        good += weight * correct
        if good >= right * all_:
            best = probability
    return round(best, 4)


def lowest_worth(found: Sequence[tuple[float, bool, float]], share: float, window: int = 100) -> float:
    """Where, going down, fewer than `share` of `window` neighbours in probability are right."""
    ordered = sorted(found, reverse=True)
    for at in range(len(ordered) - window):
        some = ordered[at : at + window]
        if sum(w * r for _, r, w in some) < share * sum(w for *_, w in some):
            return round(some[window // 2][0], 4)
    return round(ordered[-1][0], 4) if ordered else 0.0


def table(found: LeftOut, at: Thresholds) -> list[dict[str, float | str]]:
    """One row a suite, each judged by models that it was left out of."""
    made: list[dict[str, float | str]] = []
    for name, some in found.items():
        chosen = [c for c, _ in some]
        sure, right = [c.confidence for c in chosen], [c.right for c in chosen]
        answerable = [c for c in chosen if c.row.answerable]
        denied = [c for c in chosen if c.denied >= at.contradicted]
        stated = [c for c in chosen if may_state(c) >= at.answer and c not in denied]
        refused = [c for c in chosen if c.confidence < at.partial]
        words = [(p, c.words_right) for c, p in some]
        marked = [c for c, p in some if p >= at.mark]
        short = [c for c, p in some if p >= at.short and c in stated]
        made.append(
            {
                "suite": name,
                "questions": len(chosen),
                "answerable": len(answerable),
                "seen@1": share([c.right for c in answerable]),
                "area": auroc(sure, right) or float("nan"),
                "calibration error": calibration_error(sure, right) or 0.0,
                "stated": sum(c.right for c in stated) / max(1, len(answerable)),
                "wrong of stated": 1 - share([c.right for c in stated]) if stated else 0.0,
                "unanswerable not stated": share([c not in stated for c in chosen if not c.row.answerable]),
                "answerable refused": share([c in refused for c in answerable]),
                "contradicted": len(denied),
                "contradicted right": share([c.contradicts for c in denied]),
                "words area": auroc([p for p, _ in words], [right for _, right in words]) or float("nan"),
                "marked": sum(c.row.answerable for c in marked) / max(1, len(answerable)),
                "marked right": share([c.words_right for c in marked]),
                "short": sum(c.row.answerable for c in short) / max(1, len(answerable)),
                "short right": share([c.words_right for c in short]),
            }
        )
    return made


def share(found: Sequence[bool]) -> float:
    """The share that is true; not a number where there is none."""
    return sum(found) / len(found) if found else float("nan")


def as_json(models: FittedModels, questions: int) -> dict[str, object]:
    """As `rag/answer/fitted.json` holds them."""
    return {**asdict(models), "questions": questions}
