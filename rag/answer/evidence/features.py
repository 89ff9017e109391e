"""Features of sentences and passages, from which the models tell how likely they answer a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from rag.answer.evidence.judge import LogisticModel
from rag.answer.evidence.reading import ReadPassage, ReadSentence
from rag.question.mentions import home_of, mentions_name, mentions_number, mentions_time
from rag.question.parse import ParsedQuestion, QuestionName
from rag.question.question_type import Wants, asks_about_future, holds, lacks_count, wants
from rag.text.language import family
from rag.text.names import name_keys, question_keys
from rag.text.script import STEM, terms
from rag.types import Hit

FAR = 12.0  # log odds beyond which more says nothing more
_NAME = "@name:"  # before a name's key, which is no word
_LONG = 300  # characters from which a sentence is long


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence with its feature values and score. Within one passage, a higher score is likelier to answer."""

    read: ReadSentence
    values: Mapping[str, float]
    score: float


@lru_cache(maxsize=64)  # of one question it is asked for every passage
def question_terms(question: str) -> frozenset[str]:
    """The words of a question and the keys of its names."""
    return terms(question) | frozenset(_NAME + key for key in question_keys(question))


def text_terms(text: str) -> frozenset[str]:
    """The words of a text and the keys of its names."""
    return terms(text) | frozenset(_NAME + key for key in name_keys(text))


def score_sentences(question: ParsedQuestion, passage: ReadPassage, model: LogisticModel) -> list[ScoredSentence]:
    """The sentences of a passage in reading order, then its headline, scored by a model of their features."""
    asked, kind = question_terms(question.text), wants(question.text, question.language)
    told = [text_terms(s.text) for s in passage.sentences]
    befores = [frozenset[str](), *told[:-1]]
    foreign = float(family(passage.hit.passage.language) != family(question.language))
    words, language = terms(question.text), passage.hit.passage.language
    made = []
    for i, (s, own, before) in enumerate(zip(passage.sentences, told, befores, strict=True)):
        values = _values(s, asked, own, before, holds(s.text, kind, words, STEM, language), foreign, i == 0)
        made.append(ScoredSentence(s, values, model.log_odds(values)))
    if (title := passage.headline) and not terms(title.text) <= words:  # else it tells what the question says already
        held = holds(title.text, kind, words, STEM, language)
        values = _values(title, asked, text_terms(title.text), frozenset(), held, foreign, False)
        made.append(ScoredSentence(title, values, model.log_odds(values)))
    return made


def _values(
    s: ReadSentence,
    asked: frozenset[str],
    own: frozenset[str],
    before: frozenset[str],
    wanted: float,
    foreign: float,
    opening: bool,
) -> dict[str, float]:
    overlap = len(asked & own) / max(1, len(asked))
    margin = clip_log_odds(s.margin)
    return {
        "margin": margin,  # log odds that it answers
        "span": clip_log_odds(s.answer.score) if s.answer else -FAR,  # of the short answer in it
        "overlap": overlap,  # share of the question's words and names
        "before": len(asked & before - own) / max(1, len(asked)),  # what only the sentence before it holds
        "wanted": wanted,  # how far it holds the kind of thing asked for
        "opening": float(opening),
        "length": min(1.0, len(s.text) / _LONG),
        "foreign_margin": foreign * margin,
        "foreign_overlap": foreign * overlap,
    }


def clip_log_odds(log_odds: float) -> float:
    """Log odds between -12 and 12."""
    return max(-FAR, min(FAR, log_odds))


_UNRANKED = 50
_MANY = 2  # names missing from which more says nothing more
_KINDS = frozenset(Wants) - {Wants.OTHER}
# Features that count differently where question and passage are in different languages.
CROSSED_FEATURES = ("margin", "stated", "dense", "span", "shared", "names_borne")


@dataclass(frozen=True, slots=True)
class MissingTerms:
    """The names, numbers and times of the question that an article does not mention."""

    names: tuple[QuestionName, ...] = ()  # sure ones
    perhaps: tuple[QuestionName, ...] = ()  # words that may be names
    numbers: bool = False
    times: bool = False


@dataclass(frozen=True, slots=True)
class Features:
    """Features of one passage for one question. Log odds are clipped to -12..12, all others lie between 0 and 2."""

    rank: float  # of its article, as in `ArticleFound`
    gap: float
    dense: float
    keyword: float
    margin: float  # log odds of its best sentence
    stated: float  # log odds that it settles the question
    span: float  # log odds of the short answer in that sentence
    shared: float  # share of the question's words and names in the best sentence and its neighbours; judged by article
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
        """The features by name; those of `CROSSED_FEATURES` a second time for passages in another language."""
        own = asdict(self)
        return own | {f"foreign_{name}": self.foreign * own[name] for name in CROSSED_FEATURES}


@dataclass(frozen=True, slots=True)
class ArticleFound:
    """How well retrieval ranked an article, by the best of its passages. It does not say which passage answers."""

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
    """The terms of the question that neither the article (headline and text) nor its outlet's country nor its date
    covers."""
    passage = read.hit.passage
    home = home_of(passage.language, passage.url)
    published = passage.published.date() if passage.published else None
    missing = [n for n in question.names if not mentions_name(n, article, home=home)]
    return MissingTerms(
        tuple(n for n in missing if n.sure),
        tuple(n for n in missing if not n.sure),
        any(not mentions_number(n, article) for n in question.numbers),
        any(not mentions_time(t.window, article, published=published) for t in question.times),
    )


def features(
    question: ParsedQuestion, read: ReadPassage, best: ScoredSentence, missing: MissingTerms, article: ArticleFound
) -> Features:
    """The features of a passage, given its likeliest sentence, its missing terms and how its article was found."""
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
            question.counted_noun is not None and lacks_count(question.counted_noun, best.read.text, passage.language)
        ),
        ahead=float(asks_about_future(question.text, question.language, passage)),
    )


def _shown(read: ReadPassage, best: ScoredSentence) -> str:
    """The best sentence with its neighbours, as a reader sees it; a headline alone."""
    if best.read.headline:
        return best.read.text
    at = read.sentences.index(best.read)
    return " ".join(s.text for s in read.sentences[max(0, at - 1) : at + 2])


def _borne(question: ParsedQuestion, missing: MissingTerms) -> float:
    sure = sum(name.sure for name in question.names)
    return (sure - len(missing.names)) / max(1, sure)


def _shared(question: ParsedQuestion, shown: str) -> float:
    asked = question_terms(question.text)
    return len(asked & text_terms(shown)) / max(1, len(asked))


def _lacking(question: ParsedQuestion, shown: str, language: str) -> float:
    """Whether the kind of thing asked for is missing, not counting what the question itself says."""
    kind = wants(question.text, question.language)
    return float(kind in _KINDS and holds(shown, kind, terms(question.text), STEM, language) == 0.0)
