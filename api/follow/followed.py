"""A question that is followed, what is told of it, and asking it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence, Set
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

from api.follow.schemas import EntryKind, FollowEntry, FollowSource
from api.follow.told import PARSED, ToldSoFar, new_stories, told_with
from api.follow.words import WEIGHT, beginnings, words_asked
from api.schemas.replies import safe_url
from rag.answer.short import keys
from rag.engine import Engine
from rag.question.prepare import prepare
from rag.retrieve.matter import compared
from rag.retrieve.stories import read_openings
from rag.text.language import family
from rag.text.names import find_names
from rag.text.numbers import number_keys
from rag.types import Answer, AnswerKind, AnswerStatus, Citation, Filters, Finished, Hit, PassagesFound, Story

# Of the passages that were found: one that comes less near than this one changes no answer. Of twenty that changed one,
# 17 came in as the nearest or the second, two as the fourth, one, which its words found, as the ninth.
NEAREST, NEAREST_OF_DIGEST = 5, 10
_SURE_ALONE = 0.9  # of the threshold for answering, from which a passage that is read alone may change an answer
# Log odds that two articles tell one event (rag/retrieve/matter.py), from which a reader was told already. A story's
# page asks for more, 1.4: there a stranger is worse than a version that is missing.
_AGAIN = -1.0
_TOLD = 4  # sources of an entry
_READ = 3  # new passages that are read before a question is asked
# Of a passage less its language's mean with the story's opening: a cosine of .40 (rag/retrieve/stories.py), times the
# length that is left of a passage, .4 at least. What comes as near is looked at by the story itself.
_NEAR_STORY = 0.16


@dataclass(frozen=True, slots=True)
class FollowedQuestion:
    """A question with its filters, or the story that an article tells (`story`: its id), under its headline.

    Equal ones are followed once, by however many readers.
    """

    question: str
    language: str | None = None
    filters: Filters = Filters()
    story: str = ""

    @property
    def id(self) -> str:
        same = replace(self, question="") if self.story else self
        return hashlib.sha256(same.dumped().encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def dumped(self) -> str:
        return json.dumps(asdict(self), default=date.isoformat, ensure_ascii=False, sort_keys=True)

    @classmethod
    @lru_cache(maxsize=PARSED)
    def loaded(cls, text: str) -> FollowedQuestion:
        fields = json.loads(text)
        given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in fields["filters"].items()}
        for day in ("published_from", "published_to"):
            given[day] = date.fromisoformat(given[day]) if given[day] else None
        return cls(fields["question"], fields["language"], Filters(**given), fields["story"])


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The answer to a followed question, and how near (by cosine and words: `api/follow/words.py`) a passage must come
    to change it."""

    answer: Answer
    near: float


def ask(engine: Engine, followed: FollowedQuestion) -> AskedAgain:
    """Asks a followed question. Raises BadInput for what is no question; of a story NotFound, Erased."""
    if followed.story:
        return AskedAgain(_told_by(engine, followed), _NEAR_STORY)
    hits: tuple[Hit, ...] = ()
    for event in engine.stream(followed.question, filters=followed.filters, language=followed.language):
        if isinstance(event, PassagesFound):
            hits = event.hits
        elif isinstance(event, Finished):
            return AskedAgain(event.answer, nearness(engine, followed, hits, event.answer.kind))
    raise AssertionError("a stream always ends with Finished")


def nearness(engine: Engine, followed: FollowedQuestion, hits: Sequence[Hit], kind: AnswerKind) -> float:
    """Returns how near a passage must come to change an answer, by the best of each story that was found for it, or the
    least of all where they tell few; 0 where few were found."""
    asked = words_asked(engine, prepare(followed.question, language=followed.language))
    nearest = NEAREST_OF_DIGEST if kind is AnswerKind.DIGEST else NEAREST
    scores = {
        h.passage.id: h.dense_score + WEIGHT * asked.borne(beginnings(h.passage), family(h.passage.language))
        for h in hits
        if h.dense_score is not None
    }
    if len(scores) < nearest:
        return 0.0
    told: dict[str, float] = {}
    story = {
        p.article_id: versions[0].article_id
        for versions in engine.stories([hit.passage for hit in hits], "")
        for p in versions
    }
    for hit in hits:
        if (score := scores.get(hit.passage.id)) is not None:
            name = story[hit.passage.article_id]
            told[name] = max(score, told.get(name, score))
    best = sorted(told.values(), reverse=True)
    return best[nearest - 1] if len(best) >= nearest else min(scores.values())


def may_state(engine: Engine, followed: FollowedQuestion, near: Sequence[Hit]) -> bool:
    """Whether a question is worth asking for new passages: the nearest of them, read alone, are nearly as likely to
    answer as what is stated. Digests and stories always are."""
    if followed.story or prepare(followed.question, language=followed.language).topic is not None:
        return True
    nearest = sorted(near, key=lambda hit: -hit.score)[:_READ]
    evidence = engine.evidence(followed.question, hits=nearest, read=len(nearest))
    return evidence is not None and evidence.best.confidence >= _SURE_ALONE * engine.threshold()


def retold(engine: Engine, answer: Answer, near: Sequence[Hit], told: Collection[FollowSource]) -> frozenset[str]:
    """Returns the articles of new passages (ids) in which an answer only tells again what was told: they tell the event
    of an article that was quoted. An answer's quote, if it has no name or number that was not told, or none in the
    words that answer; a digest's story, if one of its new versions does."""
    known = frozenset[str]().union(*(keys(f"{one.title}\n{one.quote}") for one in told))
    fresh = {hit.passage.article_id for hit in near}
    leads = {n for sentence in answer.sentences[:1] for n in sentence.citations}
    said = {c.article_id: c.quote for c in answer.citations if c.number in leads and c.article_id in fresh}
    stories = [{one.article_id, *(v.article_id for v in one.also)} & fresh for one in answer.digest]
    asked = [*({one} for one in said), *stories]
    again = _told_again(engine, asked, {one.article_id for one in told})
    quoted = {
        one
        for one in again & said.keys()
        if _named(said[one]) <= known or _named(_answering(engine, answer, near, one)) <= known
    }
    return frozenset(quoted).union(*(story & again for story in stories))


def _answering(engine: Engine, answer: Answer, near: Sequence[Hit], article_id: str) -> str:
    """Returns the words of an article's new passages that likely answer; its likeliest sentence where none do."""
    hits = [hit for hit in near if hit.passage.article_id == article_id][:_READ]
    evidence = engine.evidence(answer.question, hits=hits, read=len(hits))
    if evidence is None:
        return ""
    best = evidence.best.sentences[0]
    return best.text[best.answer.start : best.answer.end] if best.answer else best.text


def _told_again(engine: Engine, asked: Sequence[Set[str]], told: Collection[str]) -> frozenset[str]:
    """Returns the articles of those stories (the ids of each one's versions) which likely tell the event of an article
    that was told. Where a version is in its family of languages, that one decides: two languages are compared less
    surely."""
    every = sorted(frozenset[str]().union(*asked))
    if not every or not told:
        return frozenset()
    openings = engine.archive.openings([*every, *(one for one in told if one not in every)])
    read = read_openings(list(openings.values()), archive=engine.archive, means=engine.indexes.means())
    reports = dict(zip(openings, compared(read, engine.indexes), strict=True))

    spoken = {one: family(passage.language) for one, passage in openings.items()}

    def again(story: Set[str], before: str) -> bool:
        versions = [one for one in story if one in reports and one != before]
        near = [one for one in versions if spoken[one] == spoken[before]] or versions
        return any(reports[one].log_odds(reports[before]) >= _AGAIN for one in near)

    return frozenset[str]().union(*(story for story in asked if any(again(story, x) for x in told if x in reports)))


def _named(quote: str) -> frozenset[str]:
    """Returns the keys of a quote's numbers and names; a single word at a sentence's beginning may be no name."""
    names = (name.key for name in find_names(quote) if not name.first or name.key[0] == "@" or " " in name.key)
    return frozenset((*(key for name in names for key in name.split()), *number_keys(quote)))


def _told_by(engine: Engine, followed: FollowedQuestion) -> Answer:
    """Returns the articles that tell a story, each day's first and its versions, as a digest."""
    told = engine.story(followed.story, followed.language or "en")
    listed = [one for day in told.course for one in (day.article, day.first) if one is not None]
    articles = {one.article_id: one for one in (told.article, *listed, *told.versions)}
    stories = tuple(
        Story(one.article_id, one.title, "", one.outlet, one.url, one.published, one.language)
        for one in articles.values()
    )
    return Answer(followed.question, AnswerStatus.ANSWERED, told.language, kind=AnswerKind.DIGEST, digest=stories)


def entry_of(
    answer: Answer, kind: EntryKind, at: datetime, *, before: ToldSoFar = ToldSoFar(), fresh: Collection[str] = ()
) -> FollowEntry:
    """Makes the entry that tells an answer: of a digest only the new stories where it has changed."""
    stated = told_with(answer, before).articles
    if not stated:
        return FollowEntry(uuid4().urn, at, kind, "")
    wanted = new_stories(before, answer, fresh) if kind == "stories" else stated
    stories = [story for story in answer.digest if story.article_id in wanted]
    cited = {c.number: c for c in answer.citations}
    said = [n for item in answer.short for n in item.citations] + [n for s in answer.sentences for n in s.citations]
    kept = list(dict.fromkeys(n for n in said if n in cited))[:_TOLD]
    sources = [*(_source(cited[n]) for n in kept), *map(_source, stories)]
    items = (item.said for item in answer.short if set(item.citations) <= set(kept))  # no words without their article
    text = ", ".join(dict.fromkeys(items)) or (sources[0].quote if sources else "")
    return FollowEntry(uuid4().urn, at, kind, text, tuple(sources), answer.status is AnswerStatus.CONFLICTING)


def _source(one: Citation | Story) -> FollowSource:
    quote, start, end, headline = one.title, 0, len(one.title), True
    if isinstance(one, Citation):
        quote, start, end, headline = one.quote, one.start, one.end, one.headline
    url = safe_url(one.url)
    return FollowSource(
        one.article_id, one.title, one.outlet, url, one.published, one.language, quote, start, end, headline
    )
