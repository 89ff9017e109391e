"""Judges the passages that were read: which one answers, how surely, and whether that is enough for an answer.

The models are logistic with few features, fitted by `python -m research.train answers`. One compares the passages of a
question and decides which is shown first; another compares questions and says how sure Telal is (docs/reader.md).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.resources import files
from statistics import fmean

from rag.answer.read import ReadPassage, Reads, ReadSentence, read_passages
from rag.question.mentions import home_of, is_misspelt, mentions_name, name_instead
from rag.question.parse import with_seen_names
from rag.question.question import Question, QuestionName, Wants
from rag.question.question_type import asks_office
from rag.retrieve.stories import Stories, StoriesOf, each_alone, find_stories, hits_to_read
from rag.text.language import family
from rag.text.names import name_keys, seen_names
from rag.text.words import terms
from rag.types import AnswerStatus, Article, Filters, Hit, Passage

TextsOf = Callable[[Sequence[str]], Mapping[str, str]]  # by article, those that are not gone
ClustersOf = Callable[[Sequence[str]], Mapping[str, str]]  # of those articles that are copies; a cluster is one source

FITTED_FILE = "fitted.json"
FAR = 12.0  # log odds beyond which more says nothing more
ALONE = 0.2  # the lead of an article that no other competes with
FIRST = 4  # hits whose cosines are not counted as the background
BACKGROUND = 0.75  # cosine to be expected where too few hits tell
VERSION = 0.25  # of confidence, that a version in the reader's language may lie below the one that answers best
ENGLISH = 0.05  # the same of an English version, where that one is foreign too
# Off the log odds of a passage, and of the confidence in it, whose article mentions none of the names of a turn and of
# the question that it is asked with: what the turn alone is read for ("why did it break out?") many articles answer.
# Decision 151.
_ELSEWHERE, _DOUBTED = 3.0, 1.0
_OFFICE = 4  # further passages among which the newest holder of an office is looked for
CLAIMED = 2  # of the best passages, in which a contradiction is looked for
_LATER = 2  # later passages that are read for a count that goes on
_AN_HOUR = timedelta(hours=1)
_LONG = 300  # characters from which a sentence is long
_UNRANKED = 50
_NAMING = 10  # hits whose capitals tell which words of the question are names


def logistic(log_odds: float) -> float:
    """Returns the probability of log odds."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """A logistic model by feature name. Features that it does not name do not count."""

    weights: Mapping[str, float]
    bias: float

    def log_odds(self, values: Mapping[str, float]) -> float:
        """Returns the log odds for the values of features."""
        return self.bias + sum(weight * values[name] for name, weight in self.weights.items())

    def probability(self, values: Mapping[str, float]) -> float:
        """Returns the probability for the values of features, 0 to 1."""
        return logistic(self.log_odds(values))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which Telal answers, shows passages in doubt, makes the likely words bold, and gives a short
    answer."""

    answer: float
    partial: float
    mark: float
    short: float
    contradicted: float
    """from which a sentence is shown as saying that what the question takes for granted is not so"""


@dataclass(frozen=True, slots=True)
class FittedModels:
    """The models for the best sentence of a passage, the best passage, the confidence in it, the likely words, and
    whether what the question takes for granted is contradicted."""

    sentence: LogisticModel  # a score within one passage, no probability
    passage: LogisticModel  # a score within one question, no probability
    confidence: LogisticModel
    short: LogisticModel
    premise: LogisticModel
    thresholds: Thresholds


def load_fitted() -> FittedModels:
    """Loads the models and thresholds that are shipped."""
    raw = json.loads(files("rag.answer").joinpath(FITTED_FILE).read_text(encoding="utf-8"))
    names = ("sentence", "passage", "confidence", "short", "premise")
    models = {name: LogisticModel(raw[name]["weights"], raw[name]["bias"]) for name in names}
    return FittedModels(**models, thresholds=Thresholds(**raw["thresholds"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSentence(ReadSentence):
    """A sentence that was read, compared with the others.

    `score` is by `values`: within one passage, a higher one is likelier to answer. `log_odds` compares the sentences of
    all passages: the passage's log odds, less the distance of the score from that of the passage's best sentence.
    """

    passage: Passage
    terms: frozenset[str]
    """its words, folded and cut"""
    names: frozenset[str]
    """keys of its names"""
    values: Mapping[str, float]
    score: float
    overlap: float
    """the share of the question's words and names that it holds"""
    rank: int = 0
    """of its passage, the likeliest to answer 0"""
    log_odds: float = 0.0
    answers: bool = False
    """its passage alone would be enough for an answer"""


@dataclass(frozen=True, slots=True)
class WeighedPassage:
    """A read passage with its sentences, the likeliest first, and the names of the question that its article does not
    mention.

    `log_odds` order the passages of one question, by `values`. `confidence` is the probability that the passage
    answers, 0 to 1, by `confidence_features`.
    """

    read: ReadPassage
    sentences: tuple[ScoredSentence, ...]
    values: Mapping[str, float]
    log_odds: float
    confidence_features: Mapping[str, float]
    confidence: float
    missing: tuple[QuestionName, ...]
    instead: str = ""
    """the name in the article that stands in the place of another one of the question"""

    @property
    def passage(self) -> Passage:
        """The passage itself."""
        return self.read.hit.passage


@dataclass(frozen=True, slots=True)
class Evidence:
    """The question that passages were read for, with at least one passage, the best first, and all their sentences, the
    likeliest first."""

    question: Question
    passages: tuple[WeighedPassage, ...]
    sentences: tuple[ScoredSentence, ...]
    stories: Stories
    fitted: FittedModels

    @property
    def best(self) -> WeighedPassage:
        """The passage that is likeliest to answer."""
        return self.passages[0]

    @property
    def contradiction(self) -> tuple[ScoredSentence, float]:
        """The sentence that is likeliest to say that what the question takes for granted is not so, and how likely
        that is, 0 to 1."""
        near = [s for w in self.passages[:CLAIMED] for s in w.sentences]
        sentence = max(near, key=lambda s: s.values["contradicted"])
        values = {
            **self.best.confidence_features,
            "holds": self.best.sentences[0].values["holds"],
            "contradicted": sentence.values["contradicted"],
        }
        return sentence, self.fitted.premise.probability(values)

    def best_of_stories(self) -> tuple[ScoredSentence, ...]:
        """Returns the best sentence of each story, the best story first; a headline only where nothing else is left."""
        first: dict[int, int] = {}
        for place in sorted(range(len(self.sentences)), key=lambda n: self.sentences[n].headline):  # stable
            first.setdefault(self.stories.number[self.sentences[place].passage.article_id], place)
        return tuple(self.sentences[place] for place in sorted(first.values()))


def _no_clusters(article_ids: Sequence[str]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a question is answered from: the articles' texts, the reader, the fitted models, who copied from whom, and
    which articles tell one story; for digests also the newest articles within filters, those that bear names, the first
    passage of each, and how near the articles of hits are to the words of a topic."""

    texts_of: TextsOf
    reader: Reads
    fitted: FittedModels
    clusters_of: ClustersOf = _no_clusters
    stories_of: StoriesOf = each_alone
    newest: Callable[[Filters, int], Sequence[tuple[Article, Passage]]] = lambda filters, limit: ()
    bearing: Callable[[str, Filters], Sequence[Passage]] = lambda names, filters: ()
    openings: Callable[[Sequence[str]], Mapping[str, Passage]] = lambda article_ids: {}
    nearness: Callable[[str, Sequence[Hit]], Mapping[str, float]] = lambda words, hits: {}


def weigh(
    asked: Question, hits: Sequence[Hit], snapshot: Snapshot, *, passages: int, further: int = 0
) -> Evidence | None:
    """Reads and weighs the first `passages` hits, and up to `further` more where these leave doubt. Returns None where
    none of them holds a sentence that may be shown.

    Names are looked up in the articles' texts, which are asked for once.
    """
    # Which of the question's words are names is told by the capitals in the passages found for it.
    seen = seen_names([f"{h.passage.title}\n{h.passage.text}" for h in hits[:_NAMING]])
    question = with_seen_names(asked.read_for, seen)
    stories = find_stories(hits, question.language, snapshot.stories_of)
    changes = asks_office(question)  # what changes is told by the newest that answers too
    if changes and further:
        further = max(further, _OFFICE)
    chosen = hits_to_read(hits, stories, first=passages, limit=passages + further)
    texts = snapshot.texts_of(list(dict.fromkeys(h.passage.article_id for h in chosen)))
    subject = with_seen_names(replace(asked, turn=None), seen).names if asked.used_history else ()
    fitted, judging = snapshot.fitted, _Judging(question, hits, snapshot.fitted, subject)
    weighed: list[WeighedPassage] = []
    for start, end in ((0, passages), (passages, len(chosen))):
        if changes or not any(w.confidence >= fitted.thresholds.answer for w in weighed):
            read = read_passages(question.text, chosen[start:end], snapshot.reader, texts, first=start)
            weighed += [judging.weigh(r, texts.get(r.hit.passage.article_id)) for r in read]
    if not weighed:
        return None
    if later := _later_hits(question, hits, weighed, fitted.thresholds):
        texts = {**snapshot.texts_of(list(dict.fromkeys(h.passage.article_id for h in later))), **texts}
        naming = [h for h in later if not _missing(question, h.passage, texts.get(h.passage.article_id))][:_LATER]
        read = read_passages(question.text, naming, snapshot.reader, texts, first=len(chosen))
        weighed += [judging.weigh(r, texts.get(r.hit.passage.article_id)) for r in read]
    weighed.sort(key=lambda w: -w.log_odds)
    ranked = _nearest_version_first(weighed, stories)
    return Evidence(question, ranked, _compare(ranked, fitted.thresholds), stories, fitted)


def _later_hits(
    question: Question, hits: Sequence[Hit], weighed: Sequence[WeighedPassage], thresholds: Thresholds
) -> list[Hit]:
    """Returns the hits that were not read and may count on from what answers: they were published later."""
    best = max(weighed, key=lambda w: w.log_odds)
    if question.wants is not Wants.NUMBER or best.confidence < thresholds.answer:
        return []
    read = {w.passage.id for w in weighed}
    return [hit for hit in hits if hit.passage.id not in read and is_later(hit.passage, best.passage)]


def is_later(one: Passage, other: Passage) -> bool:
    """Tells whether a passage was published an hour and more after another one."""
    return bool(one.published and other.published and one.published - other.published >= _AN_HOUR)


def _missing(question: Question, passage: Passage, article: str | None) -> tuple[QuestionName, ...]:
    """Returns the names of the question that an article does not mention."""
    text, home = f"{passage.title}\n{article or passage.text}", home_of(passage.language, passage.url)
    kin = family(passage.language) if family(passage.language) == family(question.language) else ""
    return tuple(n for n in question.names if n.sure and not mentions_name(n, text, home=home, kin=kin))


def _compare(passages: Sequence[WeighedPassage], thresholds: Thresholds) -> tuple[ScoredSentence, ...]:
    """Returns the sentences of ranked passages, the likeliest to answer first."""
    every = []
    for rank, weighed in enumerate(passages):
        best, answers = weighed.sentences[0].score, weighed.confidence >= thresholds.answer
        every += [
            replace(s, rank=rank, log_odds=weighed.log_odds + s.score - best, answers=answers)
            for s in weighed.sentences
        ]
    return tuple(sorted(every, key=lambda s: (-s.log_odds, s.rank, s.start)))


class _Judging:
    """Scores the passages of one question and keeps what all of them share."""

    def __init__(
        self, question: Question, hits: Sequence[Hit], fitted: FittedModels, subject: Sequence[QuestionName] = ()
    ) -> None:
        """`subject`: the names of the question and of the earlier one that it is asked with."""
        self._question, self._hits, self._fitted = question, hits, fitted
        self._subject = tuple(n for n in subject if n.likely and n.surface[0].isupper())
        self._words, self._names = terms(question.text), question.name_keys
        self._length = max(1, len(self._words) + len(self._names))
        self._standing = standing(hits)

    def weigh(self, read: ReadPassage, article: str | None) -> WeighedPassage:
        """Weighs a passage that was read, of an article with this text."""
        by, passage = self._fitted, read.hit.passage
        ordered = sorted(self._score(read, by.sentence), key=lambda s: -s.score)  # stable: reading order
        values = self._values(read.hit, ordered[0])
        text, home = f"{passage.title}\n{article or passage.text}", home_of(passage.language, passage.url)
        missing = _missing(self._question, passage, article)
        instead = name_instead(self._question, text, passage.language, home=home)
        # In one language an article may say "Athens" for Attica; in another it has no name that stands in its place.
        foreign = family(passage.language) != family(self._question.language)
        features = self._confidence_features(read, ordered[0]) | {
            "missing": float(bool(missing) and foreign),
            "instead": float(bool(instead)),
        }
        lacking = sum(not mentions_name(n, text, home=home) for n in self._subject) / max(1, len(self._subject))
        return WeighedPassage(
            read,
            tuple(ordered),
            values,
            by.passage.log_odds(values) - _ELSEWHERE * lacking,
            features,
            logistic(by.confidence.log_odds(features) - _DOUBTED * lacking),
            missing,
            instead,
        )

    def _score(self, passage: ReadPassage, model: LogisticModel) -> list[ScoredSentence]:
        """Scores the sentences in reading order, then the headline, unless that says no more than the question."""
        shown = list(passage.sentences)
        if (title := passage.headline) and not terms(title.text) <= self._words:
            shown.append(title)
        made = []
        for i, s in enumerate(shown):
            words, names = terms(s.text), frozenset(name_keys(s.text))
            shared = (self._words & words, self._names & names)
            values = {
                "margin": clip(s.margin),  # log odds that it answers
                "span": clip(s.answer.score if s.answer else s.margin),  # of the short answer in it
                "overlap": sum(map(len, shared)) / self._length,  # share of the question's words and names
                "opening": float(i == 0),
                "holds": clip(s.answer.holds)
                if s.answer
                else 0.0,  # that it bears out what the question takes for granted
                "contradicted": clip(s.answer.contradicted) if s.answer else -FAR,  # that it says otherwise
                "length": min(1.0, len(s.text) / _LONG),
            }
            made.append(
                ScoredSentence(
                    s.start,
                    s.end,
                    s.text,
                    s.margin,
                    s.answer,
                    s.headline,
                    passage=passage.hit.passage,
                    terms=words,
                    names=names,
                    values=values,
                    score=model.log_odds(values),
                    overlap=values["overlap"],
                )
            )
        return made

    def _values(self, hit: Hit, best: ScoredSentence) -> dict[str, float]:
        """The features of a passage by its best sentence, to be compared with other passages of the same question.

        `dense`: its cosine. `words`: what its words, names and day add to that in the fused score. `keyword`: its
        article's place by words, 1/2 for the first.
        """
        article = hit.passage.article_id
        placed = [h.keyword_rank or _UNRANKED for h in self._hits if h.passage.article_id == article]
        dense = self._standing.least if hit.dense_score is None else hit.dense_score
        return {
            "margin": best.values["margin"],
            "span": best.values["span"],
            "dense": dense,
            "words": hit.score - dense,
            "keyword": 1 / (1 + min(placed)),
        }

    def _confidence_features(self, read: ReadPassage, best: ScoredSentence) -> dict[str, float]:
        """The features of confidence. All speak for it: their weights are fitted to be positive.

        `span`: log odds of the short answer in the sentence. `stated`: log odds that the passage settles the question.
        `lead`: how far its article is ahead of the others. `near`: its cosine less the background.
        """
        return {
            "span": best.values["span"],
            "stated": clip(read.stated),
            "lead": self._standing.lead[read.hit.passage.article_id],
            "near": (read.hit.dense_score or 0.0) - self._standing.background,
        }


def clip(log_odds: float) -> float:
    """Limits log odds to -12 to 12."""
    return max(-FAR, min(FAR, log_odds))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the articles found compare: `lead` of each over the best of the others, in fused score; the mean cosine of
    the further hits; and the least, which a hit that words alone found was given."""

    lead: Mapping[str, float]
    background: float
    least: float


def standing(hits: Sequence[Hit]) -> Standing:
    """Compares the articles of a question's hits, which are best first; at least one."""
    best: dict[str, float] = {}
    for hit in hits:
        article = hit.passage.article_id
        best[article] = max(hit.score, best.get(article, hit.score))
    first, *others = sorted(best.values(), reverse=True)
    second = others[0] if others else first - ALONE
    cosines = sorted((h.dense_score or 0.0 for h in hits), reverse=True)[FIRST:]
    return Standing(
        {article: score - (second if score == first else first) for article, score in best.items()},
        fmean(cosines) if len(cosines) > 1 else BACKGROUND,
        min((h.dense_score for h in hits if h.dense_score is not None), default=0.0),
    )


def _nearest_version_first(weighed: Sequence[WeighedPassage], stories: Stories) -> tuple[WeighedPassage, ...]:
    """Moves the version of the best story in the reader's language to the front, where it answers nearly as surely."""
    for other in weighed[1:]:
        best = weighed[0]
        behind = VERSION if stories.reads(other.passage) else ENGLISH
        if other.confidence >= best.confidence - behind and stories.nearer(other.passage, best.passage):
            raised = replace(other, log_odds=best.log_odds)
            weighed = [raised, *(w for w in weighed if w is not other)]
    return tuple(weighed)


def decide(evidence: Evidence, *, threshold: float | None = None) -> AnswerStatus:
    """Decides by confidence whether to refuse, show passages in doubt, or answer; what is not refused may contradict
    the question. `threshold` replaces the fitted one for answering. What is in doubt and is about another subject is
    refused; an article that has another name in the place of the question's never answers, and one that spells it
    otherwise ("Isreal") is in doubt.
    """
    best, thresholds = evidence.best, evidence.fitted.thresholds
    least = thresholds.answer if threshold is None else threshold
    stated = best.confidence >= least and not best.instead
    unlike = best.confidence < min(thresholds.partial, least) and not is_misspelt(evidence.question, best.instead)
    if not stated and (unlike or is_of_another(best)):
        return AnswerStatus.REFUSED
    if evidence.contradiction[1] >= thresholds.contradicted:
        return AnswerStatus.CONTRADICTED
    return AnswerStatus.ANSWERED if stated else AnswerStatus.PARTIAL


def is_of_another(best: WeighedPassage) -> bool:
    """Tells whether an article is about another subject than the question: it lacks names of the question, all of them
    known entities written with a capital. Others are often no names."""
    names = best.missing
    return bool(names) and all(n.keys[-1].startswith("@") and n.surface[0].isupper() for n in names)
