"""First questions for a reader, in the reader's language, that the archive answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rag.engine import Engine
from rag.text.script import script_of, to_cyrillic, to_latin
from rag.types import AnswerStatus, Article, Filters

KEPT_S = 600.0  # newer articles are suggested after that
MOST = 4
_TITLE_CHARS = (12, 110)  # shorter ones say nothing, longer ones make no question
_LOOKED_AT = 40  # newest articles in a language
_TRIED = 8  # each costs an answer, some 0.1 s

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
class Suggestion:
    """A question and the language that it is in."""

    question: str
    language: str


class Suggestions:
    """Keeps what it found for ten minutes; safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, tuple[Suggestion, ...]]] = {}

    def for_reader(self, language: str, *, limit: int) -> tuple[Suggestion, ...]:
        """At most `limit` questions in the nearest language that we can ask in."""
        tag = asked_in(language)
        with self._lock:  # one reader computes, the others wait for it
            until, found = self._kept.get(tag, (0.0, ()))
            if time.monotonic() >= until:
                found = tuple(self._found(tag))
                self._kept[tag] = (time.monotonic() + KEPT_S, found)
        return found[:limit]

    def _found(self, tag: str) -> Iterator[Suggestion]:
        found = 0
        for article in self._candidates(tag):
            question = QUESTIONS[tag].format(_in_script(_title(article), tag))
            answer = self._engine.ask(question)
            if answer.status is not AnswerStatus.REFUSED:
                yield Suggestion(question, tag)
                found += 1
            if found == MOST:
                return

    def _candidates(self, tag: str) -> list[Article]:
        """The newest reports, those in the reader's own language first, at most one a story."""
        base = tag.split("-")[0]
        chosen: dict[str, Article] = {}
        for language in dict.fromkeys((tag, base, *_NEIGHBOURS.get(base, ()), None)):
            filters = Filters(languages=(language,)) if language else Filters()
            for article in self._engine.archive.articles(filters=filters, limit=_LOOKED_AT):
                story = str(article.cluster or article.extra.get("story") or article.id)
                if _fits(article) and len(chosen) < _TRIED:
                    chosen.setdefault(story, article)
            if len(chosen) >= _TRIED:
                break
        return list(chosen.values())


def asked_in(language: str) -> str:
    """The tag of `QUESTIONS` that a BCP 47 tag comes nearest to."""
    parts = language.split("-")
    base = parts[0].lower()
    if base == "sr":
        return "sr-Cyrl" if "cyrl" in (p.lower() for p in parts) else "sr-Latn"
    base = {"sh": "sr-Latn", "me": "cnr", "mo": "ro"}.get(base, base)
    return base if base in QUESTIONS else "en"


def _fits(article: Article) -> bool:
    least, most = _TITLE_CHARS
    return article.kind not in ("opinion", "sponsored") and least <= len(_title(article)) <= most


def _title(article: Article) -> str:
    return article.title.strip().rstrip(".?!…")


def _in_script(title: str, tag: str) -> str:
    """Serbian headlines in the reader's script."""
    if tag == "sr-Latn" and script_of(title) == "Cyrl":
        return to_latin(title)
    if tag == "sr-Cyrl" and script_of(title) == "Latn":
        return to_cyrillic(title)
    return title
