"""Makes digests: the stories for a reader who browses, each in the version nearest to the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from rag.answer.cite import as_versions
from rag.answer.judge import Snapshot
from rag.answer.quote import answer_to, nearest_article, refuse
from rag.question.browse import section_of
from rag.question.mentions import extract_contents, home_of, mentions_name, mentions_time
from rag.question.question import Question, QuestionName, Topic
from rag.text.cldr import day_name
from rag.text.names import names_of_text
from rag.text.sentences import split_sentences
from rag.types import (
    Answer,
    AnswerKind,
    Event,
    Excerpt,
    Filters,
    Finished,
    Hit,
    Passage,
    Story,
)

MOST = 8  # stories
_LISTED = 300  # newest articles among which those of a section, or of a country's outlets, are looked for
_NEAREST = 3  # articles shown where none is near enough
_EXCERPT = 400  # characters of each at most
_FOUND = 30  # best hits that are looked at for a name that they bear
# Nearness from which an article is on the topic that is named, and how far below the best one it may lie: fitted on 64
# topics of another hand, docs/decisions/151. A name that an article does not bear counts against it.
_NEAR, _BEHIND, _UNNAMED = 0.20, 0.12, 0.06
_AFTER = timedelta(days=7)  # news of a day are told within a week
_STATE = 3  # characters of the key of a state: @al
_OLDEST = datetime.min.replace(tzinfo=UTC)


def digest(question: Question, topic: Topic, hits: Sequence[Hit], snapshot: Snapshot) -> Iterator[Event]:
    """Yields the one event of a digest: stories newest first, or best first for a matter; a refusal where nothing comes
    near.

    `hits` are those for the words of the topic.
    """
    if topic.matter:
        found = on_the_matter(topic, hits, snapshot.nearness(topic.words, hits))
    else:
        found = _newest(question.filters, topic, hits, snapshot)
    chosen = list(snapshot.stories_of(found, question.language, retold=True)[:MOST])
    if not topic.matter:
        chosen.sort(key=lambda versions: max(p.published or _OLDEST for p in versions), reverse=True)
    texts = snapshot.texts_of([versions[0].article_id for versions in chosen])
    base = replace(
        answer_to(question),
        kind=AnswerKind.DIGEST,
        digest=tuple(as_story(versions, texts) for versions in chosen if versions[0].article_id in texts),
    )
    yield Finished(base if base.digest else _refuse(base, question, topic, hits, snapshot))


def _refuse(base: Answer, question: Question, topic: Topic, hits: Sequence[Hit], snapshot: Snapshot) -> Answer:
    """Refuses: with what comes nearest to the topic, or, for days without news, with the newest article and its day."""
    if topic.days is not None and not topic.matter:
        listed = _newest(question.filters, replace(topic, days=None), hits, snapshot)
        newest = next((p for p in listed if p.published), None)
        if newest is not None and newest.published is not None:
            day = day_name(newest.published.date(), base.language)
            return refuse(base, "no_news_then", [nearest_article(newest, _opening(newest))], day=day)
    near = hits[:_NEAREST] if topic.matter else ()
    return refuse(base, "nothing_near", [nearest_article(h.passage, _opening(h.passage)) for h in near])


def on_the_matter(topic: Topic, hits: Sequence[Hit], near: Mapping[str, float]) -> list[Passage]:
    """Returns the articles that come near the matter, best first: those that name the most of the topic's names."""
    scored = {h.passage.article_id: near.get(h.passage.article_id, 0.0) for h in hits}
    lacking = {h.passage.article_id: _lacking(topic, h.passage) for h in hits}
    ordered = sorted((h.passage for h in hits), key=lambda p: -scored[p.article_id])
    kept = _in_time(topic, [p for p in ordered if scored[p.article_id] >= _NEAR + _UNNAMED * lacking[p.article_id]])
    least = min((lacking[p.article_id] for p in kept), default=0.0)
    kept = [p for p in kept if lacking[p.article_id] == least]
    return [p for p in kept if scored[p.article_id] >= scored[kept[0].article_id] - _BEHIND]


def _newest(filters: Filters, topic: Topic, hits: Sequence[Hit], snapshot: Snapshot) -> list[Passage]:
    """Returns the newest articles of the topic's section or names: those about the names, else those that have them."""
    filters = _within(filters, topic)
    if topic.section:
        listed = snapshot.newest(filters, _LISTED)
        found = [p for article, p in listed if section_of(article.section or "") == topic.section]
        found = [p for p in found if not _lacking(topic, p)]
    elif topic.names:
        found = _named(filters, topic, hits, snapshot)
    else:
        found = [p for _, p in snapshot.newest(filters, 4 * MOST)]
    return sorted(_in_time(topic, found), key=lambda p: p.published or _OLDEST, reverse=True)


def _named(filters: Filters, topic: Topic, hits: Sequence[Hit], snapshot: Snapshot) -> list[Passage]:
    """Returns the articles about the names of the topic, or, if there are none, those that mention them."""
    borne = snapshot.bearing(" ".join(name.surface for name in topic.names), filters)
    naming = {p.article_id: p for p in (*(hit.passage for hit in hits[:_FOUND]), *borne) if not _lacking(topic, p)}
    openings = dict(snapshot.openings(list(naming)))
    if any(_is_state(name) for name in _single_names(topic)):  # its own outlets seldom name it
        openings |= {p.article_id: p for _, p in snapshot.newest(filters, _LISTED) if p.article_id not in openings}
    about = [p for p in openings.values() if _is_about(topic, p, naming.get(p.article_id, p))]
    return _in_time(topic, about) or list(naming.values())


def _within(filters: Filters, topic: Topic) -> Filters:
    """Narrows the filters to the days that are browsed."""
    if topic.days is None:
        return filters
    first, last = topic.days.start, topic.days.end
    firsts = [day for day in (first, filters.published_from) if day]
    lasts = [day for day in (last and last + _AFTER, filters.published_to) if day]
    return replace(filters, published_from=max(firsts, default=None), published_to=min(lasts, default=None))


def _single_names(topic: Topic) -> list[QuestionName]:
    """Returns the words of the names one by one: "Deçan Plavë" may be two places."""
    return [replace(name, keys=(key,)) for name in topic.names for key in name.keys]


def _lacking(topic: Topic, p: Passage) -> float:
    """Returns the share of the names that a passage does not mention. Its outlet's own state counts as mentioned where
    no state is."""
    wanted, text = _single_names(topic), f"{p.title}\n{p.text}"
    home = frozenset() if _states(text) else home_of(p.language, p.url)
    borne = sum(mentions_name(name, text, home=home) for name in wanted)
    return 1 - borne / len(wanted) if wanted else 0.0


def _states(text: str) -> frozenset[str]:
    return frozenset(key for key in extract_contents(text).entities if key[0] == "@" and len(key) == _STATE)


def _is_about(topic: Topic, opening: Passage, naming: Passage) -> bool:
    """Tells whether an article is about each of the names: its headline or first sentence mentions it, or `naming`, the
    passage found for it, does so twice. An article of a state's own outlet that names no other state is about that
    state."""
    head = f"{opening.title}\n{_lead(opening.text, opening.language)}"
    runs = names_of_text(f"{naming.title}\n{naming.text}").runs
    borne = Counter(key for run in runs for key in set(run.keys))

    def is_about(name: QuestionName) -> bool:
        if mentions_name(name, head):
            return True
        if _is_state(name):
            return not _states(head) and name.keys[0] in home_of(opening.language, opening.url)
        return borne[name.keys[0]] > 1

    return all(map(is_about, _single_names(topic)))


def _is_state(name: QuestionName) -> bool:
    return name.keys[0][0] == "@" and len(name.keys[0]) == _STATE


def _in_time(topic: Topic, found: list[Passage]) -> list[Passage]:
    """Returns the articles published in the days that are browsed, or else those that mention them."""
    days = topic.days
    if days is None:
        return found
    first, last = days.start or date.min, days.end or date.max
    published = {p.id: p.published.astimezone(UTC).date() if p.published else None for p in found}
    then = [p for p in found if (day := published[p.id]) and first <= day and day - _AFTER <= last]
    if not topic.names and not topic.matter:  # the news of a day is that day's, where there is any
        then = [p for p in then if (day := published[p.id]) and day <= last] or then
    return then or [p for p in found if mentions_time(days, f"{p.title}\n{p.text}", published=published[p.id])]


def as_story(versions: Sequence[Passage], texts: Mapping[str, str]) -> Story:
    """Makes a story of its versions, the one to be shown first."""
    p, *others = versions
    return Story(
        p.article_id,
        p.title,
        _lead(texts[p.article_id], p.language),
        p.outlet,
        p.url,
        p.published,
        p.language,
        p.facts_from,
        as_versions(o for o in others if (o.language, o.outlet) != (p.language, p.outlet)),
    )


def _opening(p: Passage) -> Excerpt | None:
    """Returns the first sentences of a passage; none of them is marked."""
    end = 0
    for span in split_sentences(p.text, p.language):
        if span.end > _EXCERPT:
            break
        end = span.end
    return Excerpt(p.text[:end], p.start, p.start + end, (0, 0)) if end else None


def _lead(text: str, language: str) -> str:
    """Returns the first sentence word for word."""
    first = next(iter(split_sentences(text, language)), None)
    return text[first.start : first.end] if first else ""
