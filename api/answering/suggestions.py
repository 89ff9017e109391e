"""Questions that a reader could ask, made of what the archive holds: nothing is asked of the engine for them."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from api.schemas.archive import Suggestion
from rag.answer.messages import message
from rag.engine import Engine
from rag.errors import BadInput, Erased, NotFound
from rag.question.mentions import extract_contents
from rag.question.parse import parse
from rag.question.same import NEAR, comparable, cosine
from rag.store.vectors.language_centering import mean_questions
from rag.text.bearers import place_name
from rag.text.language import family
from rag.text.languages import LANGUAGES, find_language, scripts_of
from rag.text.script import script_of, to_cyrillic, to_latin
from rag.types import ANSWERING_STATUSES, Article, Story


class Suggestions:
    """Over an engine. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def for_reader(self, language: str, *, limit: int) -> list[Suggestion]:
        """News of the places that most of the newest stories tell of; where they tell of too few, the stories
        themselves."""
        tag, newest = asked_in(language), self._engine.latest(language)
        ask = message("news_of_place", tag).format
        told: Counter[str] = Counter()
        first: dict[str, str] = {}
        for story in newest:
            for bearer in sorted(extract_contents(f"{story.title}\n{story.lead}").bearers):
                told[bearer] += 1
                first.setdefault(bearer, story.article_id)
        named = ((place_name(bearer, tag), first[bearer]) for bearer, _ in told.most_common())
        places = [Suggestion(ask(name), tag, article) for name, article in named if name]
        return [*places, *self.of_stories(newest[:limit], language)][:limit]

    def of_stories(self, stories: Sequence[Story], language: str) -> list[Suggestion]:
        """What is said about each story, by its headline."""
        tag = asked_in(language)
        return [Suggestion(_about(story.title, story.language, tag), tag, story.article_id) for story in stories]

    def about(self, article_ids: Sequence[str], language: str) -> Iterator[Suggestion]:
        """For each article the first question that came with it, else what is said about its headline."""
        tag = asked_in(language)
        for article in self._live(article_ids):
            asked = [*questions_of(article, tag), _about(article.title, article.language, tag)]
            yield Suggestion(asked[0], tag, article.id)

    def further(self, asked: str, article_ids: Sequence[str], language: str) -> Iterator[Suggestion]:
        """Questions that came with the articles that answered one, then what is said about the first one's headline;
        never the question itself, however it is put."""
        tag, articles = asked_in(language), self._live(article_ids)
        for article in articles:
            for question in questions_of(article, tag):
                if not self._alike(asked, question, tag):
                    yield Suggestion(question, tag, article.id)
        for article in articles[:1]:
            question = _about(article.title, article.language, tag)
            if question != asked:
                yield Suggestion(question, tag, article.id)

    def _alike(self, asked: str, question: str, tag: str) -> bool:
        both, embedder = (parse(asked, tag), parse(question, tag)), self._engine.embedder
        if not comparable(*both):
            return False
        vectors = embedder.embed_query(asked), embedder.embed_query(question)
        return cosine(vectors, both, mean_questions(embedder.model_id)) >= NEAR

    def _live(self, article_ids: Iterable[str]) -> list[Article]:
        """Those that may answer."""
        found = []
        for article_id in article_ids:
            with contextlib.suppress(NotFound, Erased, BadInput):
                article = self._engine.archive.article(article_id)
                if article.status in ANSWERING_STATUSES:
                    found.append(article)
        return found


def asked_in(language: str) -> str:
    """The tag of the questions that a BCP 47 tag comes nearest to."""
    known = find_language(language)
    return known.tag if known else "en"


def questions_of(article: Article, tag: str) -> list[str]:
    """The questions that came with an article (its field `questions`), for a reader of its language.

    Serbian ones are written in the reader's script. The starter corpus brings them; a site may send its own.
    """
    own = article.extra.get("questions")
    if not isinstance(own, (list, tuple)) or article.language.split("-")[0] != tag.split("-")[0]:
        return []
    return [_in_script(str(question), tag) for question in own]


def _about(title: str, language: str, tag: str) -> str:
    """How to ask what is said about a headline."""
    bare = re.sub(r"[?!;](?=\s)", ":", title.strip().rstrip(".?!;…"))  # one question, whatever the headline asks
    return message("about_headline", tag).format(_in_script(bare, tag) if family(language) == family(tag) else bare)


def _in_script(title: str, tag: str) -> str:
    """A text in a language that is written in both scripts, in the reader's."""
    reads, written = LANGUAGES[tag], script_of(title)
    if written == reads.script or written not in scripts_of(reads.family):
        return title
    return to_latin(title) if reads.script == "Latn" else to_cyrillic(title)
