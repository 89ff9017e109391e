"""What speaks for a passage answering a question: how it was found, how it reads, what of the question it bears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rag.answer.evidence.reading import ReadPassage
from rag.answer.evidence.sentences import ScoredSentence, asked_terms, clip_log_odds, told_terms
from rag.question.answer_type import Wants, holds, lacks_count, wants
from rag.question.borne import bears, bears_number, bears_time, home_of
from rag.question.parsed import ParsedQuestion, QuestionName
from rag.question.question_type import asks_ahead
from rag.text.language import family
from rag.text.script import STEM, terms
from rag.types import Hit

_UNRANKED = 50
_MANY = 2  # names missing from which more says nothing more
_KINDS = frozenset(Wants) - {Wants.OTHER}
# What means something else where question and passage are in two languages.
CROSSED_FEATURES = ("margin", "stated", "dense", "span", "shared", "names_borne")


@dataclass(frozen=True, slots=True)
class MissingTerms:
    """What of the question an article does not bear."""

    names: tuple[QuestionName, ...] = ()  # sure ones
    perhaps: tuple[QuestionName, ...] = ()  # words that may be names
    numbers: bool = False
    times: bool = False


@dataclass(frozen=True, slots=True)
class Features:
    """Of one question and one passage; log odds lie between -12 and 12, the rest between 0 and 2."""

    rank: float  # of its article, as in `ArticleFound`
    gap: float
    dense: float
    keyword: float
    margin: float  # log odds of its best sentence
    stated: float  # log odds that it settles the question
    span: float  # log odds of the short answer in that sentence
    shared: float  # share of the question's words and names in the best sentence and its neighbours
    foreign: float  # 1 where it is in another language
    names_missing: float  # sure names of the question that its article does not bear
    names_borne: float  # share of the sure names that it bears; 0 where none is asked of
    perhaps_missing: float  # words that may be names
    number_missing: float
    time_missing: float
    wanted: float  # how far the best sentence holds the kind of thing asked for
    lacking: float  # 1 where the best sentence and its neighbours hold nothing of the kind asked for
    uncounted: float  # 1 where what is counted does not stand near a number of the best sentence
    ahead: float  # 1 where the question asks what will be and the passage tells of nothing to come

    def values(self) -> dict[str, float]:
        """By name, with those of `CROSSED_FEATURES` once more for passages in another language."""
        own = asdict(self)
        return own | {f"foreign_{name}": self.foreign * own[name] for name in CROSSED_FEATURES}


@dataclass(frozen=True, slots=True)
class ArticleFound:
    """How well retrieval placed an article, by the best of its passages. Which of them answers, reading tells."""

    rank: float  # 1 for the article of the first hit, 1/2 for the second article
    gap: float  # how far its score lies below the first hit's
    dense: float  # cosine
    keyword: float  # as `rank`, of passages by words


def group_by_article(hits: Sequence[Hit]) -> dict[str, ArticleFound]:
    """The articles of the hits (best first) by id."""
    grouped: dict[str, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(hit.passage.article_id, []).append(hit)
    return {
        article: ArticleFound(
            rank=1 / (1 + at),
            gap=hits[0].score - max(h.score for h in own),
            dense=max(h.dense_score or 0.0 for h in own),
            keyword=1 / (1 + min(h.keyword_rank or _UNRANKED for h in own)),
        )
        for at, (article, own) in enumerate(grouped.items())
    }


def find_missing_terms(question: ParsedQuestion, read: ReadPassage, article: str) -> MissingTerms:
    """What of the question is borne neither by `article` (headline and text) nor by its outlet's country or day."""
    passage = read.hit.passage
    home = home_of(passage.language, passage.url)
    published = passage.published.date() if passage.published else None
    missing = [n for n in question.names if not bears(n, article, home=home)]
    return MissingTerms(
        tuple(n for n in missing if n.sure),
        tuple(n for n in missing if not n.sure),
        any(not bears_number(n, article) for n in question.numbers),
        any(not bears_time(t.window, article, published=published) for t in question.times),
    )


def features(
    question: ParsedQuestion, read: ReadPassage, best: ScoredSentence, missing: MissingTerms, article: ArticleFound
) -> Features:
    """The features of a passage and its likeliest sentence, its article being found so well."""
    passage = read.hit.passage
    shown = _shown(read, best)
    return Features(
        rank=article.rank,
        gap=article.gap,
        dense=article.dense,
        keyword=article.keyword,
        margin=best.values["margin"],
        stated=clip_log_odds(read.stated),
        span=best.values["span"],
        shared=_shared(question, shown),
        foreign=float(family(passage.language) != family(question.language)),
        names_missing=float(min(_MANY, len(missing.names))),
        names_borne=_borne(question, missing),
        perhaps_missing=float(min(_MANY, len(missing.perhaps))),
        number_missing=float(missing.numbers),
        time_missing=float(missing.times),
        wanted=best.values["wanted"],
        lacking=_lacking(question, shown, passage.language),
        uncounted=float(
            question.counted is not None and lacks_count(question.counted, best.read.text, passage.language)
        ),
        ahead=float(asks_ahead(question.text, question.language, passage)),
    )


def _shown(read: ReadPassage, best: ScoredSentence) -> str:
    """The best sentence with its neighbours, as a reader sees it."""
    at = read.sentences.index(best.read)
    return " ".join(s.text for s in read.sentences[max(0, at - 1) : at + 2])


def _borne(question: ParsedQuestion, missing: MissingTerms) -> float:
    sure = sum(name.sure for name in question.names)
    return (sure - len(missing.names)) / max(1, sure)


def _shared(question: ParsedQuestion, shown: str) -> float:
    asked = asked_terms(question.text)
    return len(asked & told_terms(shown)) / max(1, len(asked))


def _lacking(question: ParsedQuestion, shown: str, language: str) -> float:
    """Whether a kind of thing is asked for that does not stand there, but for what the question says itself."""
    kind = wants(question.text, question.language)
    return float(kind in _KINDS and holds(shown, kind, terms(question.text), STEM, language) == 0.0)
