"""Finds the followed questions that new passages may answer, by the vectors that the archive keeps of both and by their
words."""

from __future__ import annotations

import heapq
import operator
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.follow.followed import NEAREST, NEAREST_OF_DIGEST, FollowedQuestion
from api.follow.store import Followed
from api.follow.words import WEIGHT, WordsAsked, beginnings, words_asked
from rag.engine import Engine
from rag.question.mentions import home_of, mentions_name
from rag.question.prepare import prepare
from rag.question.question import Question, QuestionName
from rag.retrieve.search import passes
from rag.store.database.records import Batch
from rag.store.vectors.matrix import SearchAim
from rag.text.gazetteer import place_of
from rag.text.language import family
from rag.text.names import find_names
from rag.types import Hit, Passage

_NO_WORDS = WordsAsked({}, "")  # a followed story is no question
_STATE = len("@ba")  # of a state's key; those of towns and regions are longer
_OF_OTHERS = 3
_FRESH_S = 600.0  # the mean passages, which a question is compared by, move slowly


@dataclass(frozen=True, slots=True)
class _Aimed:
    """A followed question, parsed, and what it is compared with passages by: vectors (d,), by language family, and
    words."""

    question: Question
    vector: NDArray[np.float32]
    aims: Mapping[str, SearchAim]
    words: WordsAsked
    at: float


@dataclass(slots=True)
class Near:
    """The passages that came near a question, and how much nearer the nearest came than it had to."""

    hits: list[Hit]
    over: float


@dataclass(slots=True)
class _Bar:
    """How near a passage must come: among so many nearest of all that were found (`stored`) or came since."""

    stored: float
    nearest: list[float]

    @property
    def least(self) -> float:
        return self.nearest[0] if self.nearest else self.stored

    def pass_by(self, score: float) -> None:
        if self.nearest and score > self.nearest[0]:
            heapq.heapreplace(self.nearest, score)


def _bar(one: Followed, question: Question, known: _Bar | None) -> _Bar:
    if known is not None and known.stored == one.near:
        return known
    if one.asked.story:
        return _Bar(one.near, [])
    return _Bar(one.near, [one.near] * (NEAREST_OF_DIGEST if question.topic else NEAREST))


class _QuestionTable:
    """All followed questions side by side: a batch is compared with a thousand in a millisecond a passage."""

    def __init__(self, aimed: Sequence[_Aimed]) -> None:
        self._aimed = aimed
        self.by_names = np.array([_by_names(one.question) for one in aimed], bool)
        self._vectors: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
        self._elsewhere: dict[str, NDArray[np.float32]] = {}  # by family, the share of whose words are others
        asked: dict[str, dict[str, list[tuple[int, float]]]] = {}
        for column, one in enumerate(aimed):
            table = asked.setdefault(one.words.family, {})
            for word, share in one.words.shares.items():
                table.setdefault(word, []).append((column, share))
        self._words = {
            name: {
                word: (np.array([c for c, _ in some], np.intp), np.array([s for _, s in some], np.float32))
                for word, some in table.items()
            }
            for name, table in asked.items()
        }

    def holds(self, aimed: Sequence[_Aimed]) -> bool:
        """Whether it was made of just these."""
        return len(aimed) == len(self._aimed) and all(map(operator.is_, aimed, self._aimed))

    def cosines(self, vectors: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        """Compares passages (p, d) of a language family with the questions (q): (p, q)."""
        if name not in self._vectors:
            aims = [one.aims.get(name) or SearchAim(one.vector) for one in self._aimed]
            self._vectors[name] = np.stack([a.vector for a in aims]), np.array([a.less for a in aims], np.float32)
        those, less = self._vectors[name]
        return np.asarray(vectors @ those.T - less, np.float32)

    def borne(self, held: Set[str], name: str) -> NDArray[np.float32]:
        """Returns the share of each question's words that a passage bears, as `WordsAsked.borne` does."""
        if name not in self._elsewhere:
            none = [one.words.borne(frozenset(), name) for one in self._aimed]
            self._elsewhere[name] = np.array(none, np.float32)
        shares = self._elsewhere[name].copy()
        for word in held & self._words.get(name, {}).keys():
            columns, those = self._words[name][word]
            shares[columns] += those
        return shares


class NearQuestions:
    """Compares batches of passages with all followed questions, one matrix product for each language family."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._aimed: dict[str, _Aimed] = {}
        self._bars: dict[str, _Bar] = {}
        self._table: _QuestionTable | None = None
        self._model_id = ""

    def find(self, followed: Sequence[Followed], batch: Batch) -> dict[str, Near]:
        """Returns, by the id of each followed question that the batch may answer, the passages which may do so.

        Each of them counts from then on among those that the next one must come nearer than.
        """
        aimed = self._aims_of(followed)
        known = self._bars
        self._bars = {
            one.id: _bar(one, aim.question, known.get(one.id)) for one, aim in zip(followed, aimed, strict=True)
        }
        if self._table is None or not self._table.holds(aimed):
            self._table = _QuestionTable(aimed)
        bars, by_names = [self._bars[one.id] for one in followed], self._table.by_names
        least = np.array([bar.least for bar in bars], np.float32)
        found: dict[str, Near] = {}
        families = np.array([family(p.language) for p in batch.passages])
        for name in np.unique(families):
            rows = np.flatnonzero(families == name)
            cosines = self._table.cosines(batch.vectors[rows], name)
            may = (cosines >= least - np.float32(WEIGHT)).any(axis=1)  # with all its words it may come near
            for row in np.flatnonzero(may | by_names.any()).tolist():
                passage = batch.passages[rows[row]]
                scores = cosines[row] + WEIGHT * self._table.borne(beginnings(passage), name)
                for column in np.flatnonzero((scores >= least) | by_names).tolist():
                    score, bar = float(scores[column]), bars[column]
                    over = score - bar.least
                    if (over >= 0 or by_names[column]) and _may_answer(aimed[column].question, passage):
                        bar.pass_by(score)
                        near = found.setdefault(followed[column].id, Near([], over))
                        near.hits.append(Hit(passage, score, dense_score=float(cosines[row, column])))
                        near.over = max(over, near.over)
        return found

    def _aims_of(self, followed: Sequence[Followed]) -> list[_Aimed]:
        if self._model_id != self._engine.embedder.model_id:
            self._aimed, self._model_id = {}, self._engine.embedder.model_id
        now = time.monotonic()
        self._aimed = {one.id: self._aim(one, self._aimed.get(one.id), now) for one in followed}
        return [self._aimed[one.id] for one in followed]

    def _aim(self, one: Followed, known: _Aimed | None, now: float) -> _Aimed:
        asked = one.asked
        if known is not None and now - known.at < _FRESH_S:
            return known
        if asked.story:
            return self._aim_of_story(asked, now)
        if known is not None:
            question, vector = known.question, known.vector
        else:
            question = prepare(asked.question, filters=asked.filters, language=asked.language)
            topic = question.topic
            vector = self._engine.embedder.embed_query((topic.words if topic else "") or question.text)
        aims = self._engine.indexes.aims(vector, question.language)
        return _Aimed(question, vector, aims, words_asked(self._engine, question), now)

    def _aim_of_story(self, asked: FollowedQuestion, now: float) -> _Aimed:
        """Compares passages with the story's opening, both less the mean of their language."""
        archive, means = self._engine.archive, self._engine.indexes.means()
        vector = archive.opening_vectors([asked.story]).get(asked.story)
        if vector is None:  # it was withdrawn, and is not asked again for what comes
            return _Aimed(
                Question(asked.question), np.zeros(self._engine.embedder.dimension, np.float32), {}, _NO_WORDS, now
            )
        own = vector - means.get(family(archive.article(asked.story).language), means[""])
        own = np.asarray(own / (np.linalg.norm(own) or 1.0), np.float32)
        aims = {name: SearchAim(own, float(own @ mean)) for name, mean in means.items() if name}
        return _Aimed(Question(asked.question), own, aims, _NO_WORDS, now)


def _by_names(question: Question) -> bool:
    """Whether a reader browses a section or what bears a name, whatever it means."""
    return question.topic is not None and not question.topic.matter


def _may_answer(question: Question, passage: Passage) -> bool:
    """Whether a passage passes the filters, and, where the news of a name is wanted, bears it."""
    if not passes(passage, question.filters):
        return False
    if question.topic is None or not question.topic.names:
        return True
    text, home = f"{passage.title}\n{passage.text}", home_of(passage.language, passage.url)
    return any(mentions_name(name, text, home=home) and not _in_passing(name, passage) for name in question.topic.names)


def _in_passing(name: QuestionName, passage: Passage) -> bool:
    """Whether a passage names a town or a region only among others ("in Sarajevo, Mostar and Tuzla"): its headline does
    not, and it is no more than one in `_OF_OTHERS` of all that are named."""
    wanted = name.keys[0]
    if len(name.keys) > 1 or wanted[0] != "@" or len(wanted) <= _STATE:
        return False
    named = [place_of(passage.text[one.start : one.end].split()) for one in find_names(passage.text)]
    towns = [place for place in named if len(place) > _STATE]
    often = max(1, towns.count(wanted))
    return often * _OF_OTHERS <= len(towns) and all(one.key != wanted for one in find_names(passage.title))
