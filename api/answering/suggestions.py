"""First questions for a reader, in the reader's language, that the archive answers."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from api.kept.suggested import Suggested, Suggestion, SuggestionSheet
from rag.engine import Engine
from rag.errors import BadInput, Erased, NotFound
from rag.text.language import family
from rag.text.script import fold, script_of, to_cyrillic, to_latin
from rag.types import AnswerStatus, Article, ArticleStatus, Filters, Story

KEPT_S = 600.0  # newer articles are suggested after that at the earliest
MOST = 4
_LEAST = 2  # with fewer, more articles are tried
_TITLE_CHARS = (12, 110)  # shorter ones say nothing, longer ones make no question
_LOOKED_AT = 40  # newest articles in a language
_NEAR = 12  # passages looked through for further questions
_REMEMBERED = 2_000  # questions of which it is known what they are answered with
_TRIED = 8  # articles; each costs an answer

Pay = Callable[[], None]


def FREE() -> None:  # noqa: N802  a constant
    """Nobody pays for what the server does by itself."""


# How to ask about a headline; the quotation marks are each language's own.
QUESTIONS = {
    "en": "What do the articles say about “{}”?",
    "sq": "Çfarë thonë artikujt për “{}”?",
    "bs": "Šta članci kažu o vijesti „{}”?",
    "cnr": "Šta članci kažu o vijesti „{}”?",
    "hr": "Što članci kažu o vijesti „{}”?",
    "sr-Latn": "Šta članci kažu o vesti „{}”?",
    "sr-Cyrl": "Шта чланци кажу о вести „{}”?",
    "mk": "Што велат написите за веста „{}“?",
    "bg": "Какво казват статиите за новината „{}“?",
    "sl": "Kaj članki pravijo o novici »{}«?",
    "ro": "Ce spun articolele despre știrea „{}”?",
    "el": "Τι λένε τα άρθρα για την είδηση «{}»;",
    "tr": "Haberlerde “{}” hakkında ne deniyor?",
}
# Where a language has too little, readers of it read these.
_NEIGHBOURS = {
    "bs": ("hr", "sr", "cnr"),
    "cnr": ("sr", "bs", "hr"),
    "hr": ("bs", "sr", "cnr"),
    "sr": ("cnr", "bs", "hr"),
    "mk": ("bg", "sr"),
    "bg": ("mk",),
}


@dataclass(frozen=True, slots=True)
class _Held:
    """Suggestions, and when to renew them."""

    made: Suggested
    until: float


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What of an answer decides whether its question is suggested; `lead` is where the sentence that it begins with
    stands: article and place."""

    status: AnswerStatus
    cited: frozenset[str]
    lead: tuple[str, int] | None


class Suggestions:
    """Made with the corpus (`telal suggest`) or when a server starts, and kept; renewed from time to time while readers
    get the existing ones.

    Safe to use from many threads. Close it before the engine.
    """

    def __init__(self, engine: Engine, sheet: SuggestionSheet) -> None:
        self._engine = engine
        self._sheet = sheet
        self._making = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._wanted: set[str] = set()
        self._outcomes: dict[tuple[str, int], _Outcome] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="suggestions")
        self._closed = threading.Event()

    def warm(self) -> None:
        """Starts making those that are outdated; does not wait for them."""
        change = self._engine.archive.last_change()
        for tag in self.languages():
            if (held := self._look(tag)) is None or held.made.change != change:
                self._later(tag)

    def languages(self) -> tuple[str, ...]:
        """All supported languages: English and the archive's own first."""
        own = map(asked_in, self._engine.archive.stats().by_language)
        return tuple(dict.fromkeys(("en", *own, *QUESTIONS)))

    def make(self, language: str) -> tuple[Suggestion, ...]:
        """Makes and keeps those of a language, unless they are up to date."""
        tag = asked_in(language)
        return self._make(tag, self._look(tag)).made.found

    def close(self) -> None:
        """Starts no more work and waits for the question that is running."""
        self._closed.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def for_reader(self, language: str, *, limit: int) -> tuple[Suggestion, ...]:
        """At most `limit` questions in the nearest language that we can ask in; none of an article that is gone."""
        tag = asked_in(language)
        held = self._look(tag) or self._make(tag, None)
        found = held.made.found
        if self._engine.archive.last_change() != held.made.change:
            found = tuple(one for one in found if self._live([one.article_id or ""]))
            if not found:
                found = self._make(tag, held).made.found
            elif len(found) < len(held.made.found) or time.monotonic() >= held.until:
                self._later(tag)
        return found[:limit]

    def of_stories(self, stories: Sequence[Story], language: str) -> list[Suggestion]:
        """A question about each story: one that its article was seen to answer, else one that came with the article,
        else what is said about its headline. Nothing is computed."""
        tag = asked_in(language)
        held = self._look(tag)
        kept = {one.article_id: one for one in (held.made.found if held else ())}
        found = []
        for article in self._live(story.article_id for story in stories):
            own = asked_in(article.language)
            came = [Suggestion(question, own, article.id) for question in questions_of(article, own)[:1]]
            known = [kept[article.id]] if article.id in kept else came
            found.append(known[0] if known else Suggestion(_headline(article, tag), tag, article.id))
        return found

    def about(self, article_ids: Sequence[str], language: str, pay: Pay = FREE) -> Iterator[Suggestion]:
        """For each article, in the order given, a question that it answers; those without one are left out.

        `pay` is called before each answer that has to be computed.
        """
        tag = asked_in(language)
        for article in self._live(article_ids):
            if self._closed.is_set():
                return
            if one := self._answered_by(article, tag, pay):
                yield one

    def further(
        self,
        asked: str,
        article_ids: Sequence[str],
        language: str,
        pay: Pay = FREE,
        *,
        first_quote: int | None = None,
    ) -> Iterator[Suggestion]:
        """Further questions about the matter of one that these articles answered; not the question itself, however
        it is put: none whose answer begins with the sentence that its answer begins with, which stands at
        `first_quote` in the first article. `pay` as in `about`.

        First what they answer besides, then what other articles do that are found for it, the same story and the
        reader's language before others.
        """
        tag, known = asked_in(language), {fold(asked)}
        led: set[tuple[str, int | None] | None] = {(article_ids[0], first_quote)}
        cited = self._live(article_ids)
        near = [hit.passage.article_id for hit in self._engine.search(asked, limit=_NEAR)]
        others = self._live(one for one in dict.fromkeys(near) if one not in set(article_ids))
        stories = {_story(article) for article in cited}
        others.sort(key=lambda a: (_story(a) not in stories, family(a.language) != family(tag)))  # stable: best first
        for article in (*cited, *others[:_TRIED]):
            readable = article not in cited and _fits(article) and family(article.language) == family(tag)
            headline = [_headline(article, tag)] if readable else []
            for question in questions_of(article, tag) or headline:
                if self._closed.is_set():
                    return
                if fold(question) in known or not (one := self._checked(question, article, tag, pay)):
                    continue
                known.add(fold(question))
                if (lead := self._outcome(question, pay).lead) not in led:
                    led.add(lead)
                    yield one

    def _live(self, article_ids: Iterable[str]) -> list[Article]:
        """Those that may answer."""
        found = []
        for article_id in article_ids:
            with contextlib.suppress(NotFound, Erased, BadInput):
                article = self._engine.archive.article(article_id)
                if article.status is not ArticleStatus.RETRACTED:
                    found.append(article)
        return found

    def _answered_by(self, article: Article, tag: str, pay: Pay = FREE, *, sure: bool = False) -> Suggestion | None:
        """Its first own question that it answers, else what is said about its headline."""
        asked = (*questions_of(article, tag), _headline(article, tag))
        found = (self._checked(question, article, tag, pay, sure=sure) for question in asked)
        return next((one for one in found if one), None)

    def _checked(
        self, question: str, article: Article, tag: str, pay: Pay = FREE, *, sure: bool = False
    ) -> Suggestion | None:
        """The question as a suggestion, if the engine answers it with the article, and where `sure` without a doubt."""
        outcome = self._outcome(question, pay)
        good = article.id in outcome.cited and (outcome.status is AnswerStatus.ANSWERED or not sure)
        return Suggestion(question, tag, article.id) if good else None

    def _outcome(self, question: str, pay: Pay) -> _Outcome:
        """What the engine answers, remembered as long as the archive stays as it is."""
        key = (question, self._engine.archive.last_change())
        if key not in self._outcomes:
            if len(self._outcomes) >= _REMEMBERED:
                self._outcomes.clear()
            pay()
            answer = self._engine.ask(question)
            lead = next(((c.article_id, c.start) for c in answer.citations), None)
            self._outcomes[key] = _Outcome(answer.status, frozenset(c.article_id for c in answer.citations), lead)
        return self._outcomes[key]

    def _look(self, tag: str) -> _Held | None:
        """Those that this server holds, else those that were kept before it."""
        if tag not in self._held and (kept := self._sheet.read(tag)) is not None:
            self._held.setdefault(tag, _Held(kept, time.monotonic() + KEPT_S))
        return self._held.get(tag)

    def _later(self, tag: str) -> None:
        if tag not in self._wanted and not self._closed.is_set():
            self._wanted.add(tag)
            self._pool.submit(self._make, tag, self._held.get(tag))

    def _make(self, tag: str, known: _Held | None) -> _Held:
        """One thread computes; the others wait and take its result instead of `known`."""
        with self._making:
            archive = self._engine.archive
            held, change = self._held.get(tag), archive.last_change()
            if held is None or (held is known and held.made.change != change):
                made = self._sheet.read(tag)  # another process may have made them meanwhile
                if made is None or made.change != change:
                    made = Suggested(tuple(self._found(tag)), change)
                held = _Held(made, time.monotonic() + KEPT_S)
                if not self._closed.is_set():
                    self._held[tag] = held
                    self._sheet.write(tag, made, still=lambda: not archive.erased_since(change))
            self._wanted.discard(tag)
            return held

    def _found(self, tag: str) -> Iterator[Suggestion]:
        """Those that are answered without a doubt before others."""
        doubtful: list[Suggestion] = []
        found = 0
        for tried, article in enumerate(self._candidates(tag)):
            if self._closed.is_set() or found == MOST:
                return
            if tried >= _TRIED and found + len(doubtful) >= _LEAST:
                break
            if one := self._answered_by(article, tag, sure=True):
                yield one
                found += 1
            elif one := self._answered_by(article, tag):
                doubtful.append(one)
        yield from doubtful[: MOST - found]

    def _candidates(self, tag: str) -> list[Article]:
        """The newest reports, those in the reader's own language first, at most one a story."""
        base = tag.split("-")[0]
        chosen: dict[str, Article] = {}
        for language in dict.fromkeys((tag, base, *_NEIGHBOURS.get(base, ()), None)):
            filters = Filters(languages=(language,)) if language else Filters()
            for article in self._engine.archive.articles(filters=filters, limit=_LOOKED_AT):
                if _fits(article) and len(chosen) < _LOOKED_AT:
                    chosen.setdefault(_story(article), article)
        return sorted(chosen.values(), key=lambda a: not questions_of(a, tag))  # real questions before headlines


def asked_in(language: str) -> str:
    """The tag of `QUESTIONS` that a BCP 47 tag comes nearest to."""
    parts = language.split("-")
    base = parts[0].lower()
    if base == "sr":
        return "sr-Cyrl" if "cyrl" in (p.lower() for p in parts) else "sr-Latn"
    base = {"sh": "sr-Latn", "me": "cnr", "mo": "ro"}.get(base, base)
    return base if base in QUESTIONS else "en"


def questions_of(article: Article, tag: str) -> list[str]:
    """The questions that came with an article (its field `questions`), for a reader of its language.

    Serbian ones are written in the reader's script. The starter corpus brings them; a site may send its own.
    """
    own = article.extra.get("questions")
    if not isinstance(own, (list, tuple)) or article.language.split("-")[0] != tag.split("-")[0]:
        return []
    return [_in_script(str(question), tag) for question in own]


def _headline(article: Article, tag: str) -> str:
    """How to ask what is said about a headline."""
    title = _title(article)
    return QUESTIONS[tag].format(_in_script(title, tag) if family(article.language) == family(tag) else title)


def _story(article: Article) -> str:
    return str(article.cluster or article.extra.get("story") or article.id)


def _fits(article: Article) -> bool:
    least, most = _TITLE_CHARS
    return article.kind not in ("opinion", "sponsored") and least <= len(_title(article)) <= most


def _title(article: Article) -> str:
    return article.title.strip().rstrip(".?!…")


def _in_script(title: str, tag: str) -> str:
    """A text in a language that is written in both scripts, in the reader's."""
    if tag in ("bs", "cnr", "hr", "sr-Latn") and script_of(title) == "Cyrl":
        return to_latin(title)
    if tag == "sr-Cyrl" and script_of(title) == "Latn":
        return to_cyrillic(title)
    return title
