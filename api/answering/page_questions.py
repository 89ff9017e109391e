"""Finds questions for the page of an article that this article answers: each was asked before it is shown."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from api.answering.suggestions import asked_in, questions_of
from api.schemas.archive import Suggestion
from rag.engine import Engine
from rag.errors import TelalError
from rag.text.language import family
from rag.text.messages import message
from rag.text.names import find_names, names_of_text
from rag.text.sentences import split_sentences
from rag.types import AnswerStatus, Article, ShortKind

MOST = 3  # shown
WAIT_S = 1.0  # of a reader for questions that are just being tried; the next one finds them
_TRIED = 8  # questions of one article: 0.1 s each on a core of its own
_NAMED = 2  # persons asked for
_FULL_NAME = 2  # words
_KEPT = 2000  # articles and languages whose questions are remembered
_QUEUE = 20  # articles that wait for their turn
_WORDS = range(4, 17)  # of a sentence of the article that asks
_MARKS = ("?", ";")
_READ = 20_000  # characters of an article in which questions and names are looked for
_QUOTED = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')


@dataclass(frozen=True, slots=True)
class TriedQuestions:
    """The questions that an article answers; `pending` while they are still being tried."""

    questions: tuple[Suggestion, ...] = ()
    pending: bool = False


class PageQuestions:
    """Tries the questions of an article once for each revision and language, in one thread of its own. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="page-questions")
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, str], Future[tuple[Suggestion, ...]]] = OrderedDict()

    async def find(self, article: Article, language: str, *, wait_s: float = WAIT_S) -> TriedQuestions:
        """Returns the questions for a reader of this language; waits no longer than `wait_s` for those not yet tried.

        Where too many articles wait already, nothing is begun.
        """
        key = article.id, article.revision, asked_in(language)
        with self._lock:
            future = self._kept.get(key)
            if future is not None:
                self._kept.move_to_end(key)
            elif sum(not one.done() for one in self._kept.values()) >= _QUEUE:
                return TriedQuestions(pending=True)
            else:
                future = self._kept[key] = self._pool.submit(self._try, article, key[2])
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        await asyncio.wait({asyncio.wrap_future(future)}, timeout=wait_s)
        return TriedQuestions(future.result()) if future.done() else TriedQuestions(pending=True)

    def close(self) -> None:
        """Tries no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _try(self, article: Article, tag: str) -> tuple[Suggestion, ...]:
        found: list[Suggestion] = []
        for asked in list(candidates(article, tag))[:_TRIED]:
            with contextlib.suppress(TelalError):
                if self._answers(article, asked, tag):
                    found.append(Suggestion(asked.text, tag, article.id))
            if len(found) == MOST:
                break
        return tuple(found)

    def _answers(self, article: Article, asked: Candidate, tag: str) -> bool:
        """Whether a question is surely answered, and first by this article; with a short answer of the kind that is
        asked for, and with no name where a name is asked about."""
        answer = self._engine.ask(asked.text, about=article.id, page_language=tag)
        if answer.status is not AnswerStatus.ANSWERED or not answer.citations:
            return False
        kinds = {one.kind for one in answer.short}
        wanted = asked.kind is None or asked.kind in kinds
        return wanted and not (asked.names and kinds) and answer.citations[0].article_id == article.id


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that an article may answer. `kind`: of the short answer that it must get; `names`: it asks who
    somebody is."""

    text: str
    kind: ShortKind | None = None
    names: bool = False


def candidates(article: Article, tag: str) -> Iterator[Candidate]:
    """Yields questions that an article may answer, in this language: its own (`questions`), the sentences of its text
    that ask, who the persons are that it names, when and where it happened. Not why: of ten answers to that which
    were sure enough, three were a cause."""
    same = family(article.language) == family(tag)
    seen: set[str] = set()
    asked = [
        *map(Candidate, questions_of(article, tag)),
        *(Candidate(text) for text in (_asking(article) if article.language == tag else ())),
        *(Candidate(message("page_who", tag).format(name), names=True) for name in (_persons(article) if same else ())),
        Candidate(message("page_when", tag), ShortKind.DATE),
        Candidate(message("page_where", tag), ShortKind.PLACE),
    ]
    for one in asked:
        if one.text not in seen:
            seen.add(one.text)
            yield one


def _asking(article: Article) -> Iterator[str]:
    """Yields the sentences of an article that ask, as an interview or subheads do; none with quotation marks."""
    for span in split_sentences(article.text[:_READ], article.language):
        said = " ".join(article.text[span.start : span.end].split()).lstrip("-\u2013\u2014\u2022 ")
        marks = _MARKS if article.language == "el" else _MARKS[:1]
        if said.endswith(marks) and len(said.split()) in _WORDS and not _QUOTED.search(said):
            yield said


def _persons(article: Article) -> list[str]:
    """Returns the persons that an article is about: a sentence or the headline begins with the whole name, which is
    then in its first form, and its last word stands again by itself. No word of it is also written small, as an office
    is. It finds somebody in 24 of 125 articles of the region's outlets."""
    text = f"{article.title}.\n{article.text[:_READ]}"
    names = [name for name in find_names(text) if not name.key.startswith("@")]
    alone, small = {name.key for name in names if " " not in name.key}, set(names_of_text(text).small)
    found: dict[str, None] = {}
    for one in names:
        keys = one.key.split()
        if one.first and len(keys) == _FULL_NAME and keys[-1] in alone and not small.intersection(keys):
            found.setdefault(text[one.start : one.end])
    return list(found)[:_NAMED]
