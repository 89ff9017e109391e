"""What an answer states, kept as digests of its words, and whether a later answer states something else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from rag.store.database.rows import micros
from rag.text.script import fold
from rag.types import Answer, AnswerKind, AnswerStatus, Citation, ShortAnswer

ChangeOfAnswer = Literal["words", "newer", "stories"]

_STATED = (AnswerStatus.ANSWERED, AnswerStatus.CONFLICTING)
_WORD = re.compile(r"[^\W_]+")
_STEM = 5  # letters of a word that its ending leaves alone: Tirana, Tirani; Vučić, Vučića
PARSED = 2048  # followed questions that are read at every look and parsed once
_ITEMS, _QUOTES, _STORIES = 12, 60, 400  # that are remembered, so that what was told once is no news when it returns


@dataclass(frozen=True, slots=True)
class ToldSoFar:
    """What was told of an answer: its short items and quotes as digests, and the articles that it rests on now.

    `items`, `quotes` and `stories` go back further than the last answer; `newest` is when the newest article that was
    quoted was published (microseconds since 1970).
    """

    items: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    newest: int = 0

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    @lru_cache(maxsize=PARSED)
    def loaded(cls, text: str) -> ToldSoFar:
        given: dict[str, Any] = json.loads(text)
        fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        return cls(**fields)


def is_stated(answer: Answer) -> bool:
    """Whether an answer says something that can be followed: in doubt, what comes nearest changes all the time."""
    return answer.status in _STATED and bool(answer.sentences or answer.digest)


def told_with(answer: Answer, before: ToldSoFar = ToldSoFar()) -> ToldSoFar:
    """Returns what stands once an answer was told, with what was told before."""
    if not is_stated(answer):
        return replace(before, articles=())
    dates = [micros(c.published) for c in answer.citations if c.published]
    ids = [one for story in answer.digest for one in (story.article_id, *(v.article_id for v in story.also))]
    return ToldSoFar(
        _newest((*before.items, *map(_item, answer.short)), _ITEMS),
        _newest((*before.quotes, *(_digest(c.quote) for c in answer.citations)), _QUOTES),
        _newest((*before.stories, *map(_digest, ids)), _STORIES),
        tuple(dict.fromkeys([*(c.article_id for c in answer.citations), *(s.article_id for s in answer.digest)])),
        max([before.newest, *dates]),
    )


def change_of(before: ToldSoFar, answer: Answer, fresh: Collection[str]) -> ChangeOfAnswer | None:
    """Returns how an answer states something else than was told before, or None.

    Only what rests on a `fresh` article counts (ids): without one, the articles have only changed places.
    """
    if not is_stated(answer):
        return None
    if answer.kind is AnswerKind.DIGEST:
        return "stories" if new_stories(before, answer, fresh) else None
    cited = {c.number: c for c in answer.citations}
    if answer.short:
        return "words" if any(_is_new(item, before, cited.values(), fresh) for item in answer.short) else None
    lead = [cited[n] for n in answer.sentences[0].citations if n in cited]
    newer = any(
        c.article_id in fresh
        and (c.published is None or micros(c.published) > before.newest)
        and _digest(c.quote) not in before.quotes
        for c in lead
    )
    return "newer" if newer else None


def new_stories(before: ToldSoFar, answer: Answer, fresh: Collection[str]) -> tuple[str, ...]:
    """Returns the articles of a digest's stories of which no version was told before, and at least one is fresh."""
    found = []
    for story in answer.digest:
        ids = [story.article_id, *(version.article_id for version in story.also)]
        if not set(map(_digest, ids)) & set(before.stories) and not set(ids).isdisjoint(fresh):
            found.append(story.article_id)
    return tuple(found)


def _is_new(item: ShortAnswer, before: ToldSoFar, cited: Iterable[Citation], fresh: Collection[str]) -> bool:
    if not any(c.article_id in fresh for c in cited if c.number in item.citations):
        return False
    words = set(_item(item).split())
    told = [set(one.split()) for one in before.items]
    return not any(words <= one or one <= words for one in told)


def _item(item: ShortAnswer) -> str:
    """The digests of an item's words, so that "Vučić" is no other answer than "Aleksandar Vučić"; of a value with its
    unit, one digest."""
    if item.value:
        return _digest(f"{item.value} {item.unit}")
    return " ".join(dict.fromkeys(_digest(word[:_STEM]) for word in _WORD.findall(fold(item.text))))


def _digest(text: str) -> str:
    said = " ".join(_WORD.findall(fold(text)))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _newest(values: Iterable[str], most: int) -> tuple[str, ...]:
    """The last of these values, each once."""
    return tuple(reversed(list(dict.fromkeys(reversed(list(values))))[:most]))
