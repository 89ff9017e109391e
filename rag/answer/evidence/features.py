"""What speaks for a passage answering a question: how it was found, how it reads, what of the question it bears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rag.answer.evidence.reading import ReadPassage
from rag.answer.evidence.sentences import ScoredSentence, bounded
from rag.question.ahead import asks_ahead
from rag.question.borne import bears, bears_number, bears_time, home_of
from rag.question.parsed import ParsedQuestion
from rag.question.spotted import QuestionName
from rag.text.language import family
from rag.text.phrases import expressions, find, tokens
from rag.text.script import terms
from rag.types import Hit

_UNRANKED = 50
_MANY = 2  # names missing from which more says nothing more
_AROUND = 1  # sentences before and behind one that are shown with it
# What means something else where question and passage are in two languages.
CROSSED = ("margin", "stated", "dense", "span")


@dataclass(frozen=True, slots=True)
class Unmet:
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
    foreign: float  # 1 where it is in another language
    names_missing: float  # sure names of the question that its article does not bear
    perhaps_missing: float  # words that may be names
    number_missing: float
    time_missing: float
    shared: float  # share of the question's words in the best sentence and its neighbours; 0 in another language
    unknown: float  # 1 where the best sentence says that something is not known
    ahead: float  # 1 where the question asks what will be and the passage tells of nothing to come

    def values(self) -> dict[str, float]:
        """By name, with those of `CROSSED` once more for passages in another language."""
        own = asdict(self)
        return own | {f"foreign_{name}": self.foreign * own[name] for name in CROSSED}


@dataclass(frozen=True, slots=True)
class ArticleFound:
    """How well retrieval placed an article, by the best of its passages. Which of them answers, reading tells."""

    rank: float  # 1 for the article of the first hit, 1/2 for the second article
    gap: float  # how far its score lies below the first hit's
    dense: float  # cosine
    keyword: float  # as `rank`, of passages by words


def articles_found(hits: Sequence[Hit]) -> dict[str, ArticleFound]:
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


def unmet(question: ParsedQuestion, read: ReadPassage, article: str) -> Unmet:
    """What of the question is borne neither by `article` (headline and text) nor by its outlet's country or day."""
    passage = read.hit.passage
    home = home_of(passage.language, passage.url)
    published = passage.published.date() if passage.published else None
    missing = [n for n in question.names if not bears(n, article, home=home)]
    return Unmet(
        tuple(n for n in missing if n.sure),
        tuple(n for n in missing if not n.sure),
        any(not bears_number(n, article) for n in question.numbers),
        any(not bears_time(t.window, article, published=published) for t in question.times),
    )


def features(
    question: ParsedQuestion, read: ReadPassage, best: ScoredSentence, missing: Unmet, article: ArticleFound
) -> Features:
    """The features of a passage and its likeliest sentence, its article being found so well."""
    passage = read.hit.passage
    foreign = family(passage.language) != family(question.language)
    return Features(
        rank=article.rank,
        gap=article.gap,
        dense=article.dense,
        keyword=article.keyword,
        margin=best.values["margin"],
        stated=bounded(read.stated),
        span=best.values["span"],
        foreign=float(foreign),
        names_missing=float(min(_MANY, len(missing.names))),
        perhaps_missing=float(min(_MANY, len(missing.perhaps))),
        number_missing=float(missing.numbers),
        time_missing=float(missing.times),
        shared=0.0 if foreign else _shared(question, read, best),
        unknown=float(find(tokens(best.read.text), expressions("unknown", "unknown", passage.language)) is not None),
        ahead=float(asks_ahead(question.text, question.language, passage)),
    )


def _shared(question: ParsedQuestion, read: ReadPassage, best: ScoredSentence) -> float:
    """How much of the question is spoken of where it would be answered."""
    at = read.sentences.index(best.read)
    shown = " ".join(s.text for s in read.sentences[max(0, at - _AROUND) : at + _AROUND + 1])
    asked = terms(question.text)
    return len(asked & terms(shown)) / max(1, len(asked))
