"""Suggests questions that the archive can answer, from its articles alone: no answer is made for them."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from api.schemas.archive import Suggestion
from rag.engine import Engine
from rag.errors import BadInput, Erased, NotFound
from rag.question.mentions import extract_contents
from rag.question.parse import parse
from rag.question.same import NEAR, comparable, cosine
from rag.store.vectors.language_centering import mean_questions
from rag.text.cldr import place_name
from rag.text.language import family
from rag.text.languages import LANGUAGES, find_language, scripts_of
from rag.text.messages import message
from rag.text.script import script_of, to_cyrillic, to_latin
from rag.types import ANSWERING_STATUSES, Article, StoriesPlace, Story

_OF_A_PAGE = 3


def suggest(engine: Engine, language: str, *, limit: int) -> list[Suggestion]:
    """Suggests to ask for news of the places in most of the newest stories, and for the stories where places are
    few."""
    tag = asked_in(language)
    others = engine.latest(language, place=StoriesPlace(others=True))
    newest = [*engine.latest(language).stories, *others.stories]
    ask = message("news_of_place", tag).format
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for story in newest:
        for place in sorted(extract_contents(f"{story.title}\n{story.lead}").entities):
            counts[place] += 1
            first.setdefault(place, story.article_id)
    named = ((place_name(place, tag), first[place]) for place, _ in counts.most_common())
    places = [Suggestion(ask(name), tag, article) for name, article in named if name]
    return [*places, *suggest_for_stories(newest[:limit], language)][:limit]


def suggest_for_stories(stories: Sequence[Story], language: str) -> list[Suggestion]:
    """Suggests for each story to ask what is said about its headline."""
    tag = asked_in(language)
    return [Suggestion(_about(story.title, story.language, tag), tag, story.article_id) for story in stories]


def suggest_for_articles(engine: Engine, article_ids: Sequence[str], language: str) -> Iterator[Suggestion]:
    """Suggests for each article its first own question, else to ask what is said about its headline."""
    tag = asked_in(language)
    for article in _answering(engine, article_ids):
        asked = [*questions_of(article, tag), _about(article.title, article.language, tag)]
        yield Suggestion(asked[0], tag, article.id)


def suggest_for_page(article: Article, language: str) -> tuple[Suggestion, ...]:
    """Suggests the own questions of the article on whose page a reader is, else to ask what is said about it."""
    tag = asked_in(language)
    own = questions_of(article, tag)[:_OF_A_PAGE]
    asked = own or [_about(article.title, article.language, tag)]
    return tuple(Suggestion(question, tag, article.id) for question in asked)


def suggest_further(engine: Engine, asked: str, article_ids: Sequence[str], language: str) -> Iterator[Suggestion]:
    """Suggests the own questions of articles that answered `asked`, then to ask about the first one's headline.

    Leaves out questions that mean the same as `asked`.
    """
    tag, articles = asked_in(language), _answering(engine, article_ids)
    for article in articles:
        for question in questions_of(article, tag):
            if not _alike(engine, asked, question, tag):
                yield Suggestion(question, tag, article.id)
    for article in articles[:1]:
        question = _about(article.title, article.language, tag)
        if question != asked:
            yield Suggestion(question, tag, article.id)


def _alike(engine: Engine, asked: str, question: str, tag: str) -> bool:
    both, embedder = (parse(asked, tag), parse(question, tag)), engine.embedder
    if not comparable(*both):
        return False
    vectors = embedder.embed_query(asked), embedder.embed_query(question)
    return cosine(vectors, both, mean_questions(embedder.model_id)) >= NEAR


def _answering(engine: Engine, article_ids: Iterable[str]) -> list[Article]:
    """Returns the articles that may answer."""
    found = []
    for article_id in article_ids:
        with contextlib.suppress(NotFound, Erased, BadInput):
            article = engine.archive.article(article_id)
            if article.status in ANSWERING_STATUSES:
                found.append(article)
    return found


def asked_in(language: str) -> str:
    """Returns the language of questions that is nearest to a BCP 47 tag."""
    known = find_language(language)
    return known.tag if known else "en"


def questions_of(article: Article, tag: str) -> list[str]:
    """Returns an article's own questions (its field `questions`) for a reader of its language, in the reader's script.

    The starter corpus has them, and a site may send its own.
    """
    own = article.extra.get("questions")
    if not isinstance(own, (list, tuple)) or article.language.split("-")[0] != tag.split("-")[0]:
        return []
    return [_in_script(str(question), tag) for question in own]


def _about(title: str, language: str, tag: str) -> str:
    """Words the question what is said about a headline."""
    bare = re.sub(r"[?!;](?=\s)", ":", title.strip().rstrip(".?!;…"))  # one question, whatever the headline asks
    return message("about_headline", tag).format(_in_script(bare, tag) if family(language) == family(tag) else bare)


def _in_script(title: str, tag: str) -> str:
    """Writes a text in the reader's script, if its language is written in both."""
    reads, written = LANGUAGES[tag], script_of(title)
    if written == reads.script or written not in scripts_of(reads.family):
        return title
    return to_latin(title) if reads.script == "Latn" else to_cyrillic(title)
