"""Cuts what a reader is shown of an article to what its outlet allows: the quote, the paragraph around it, or all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from rag.text.sentences import split_sentences
from rag.types import (
    Answer,
    Article,
    Citation,
    Cited,
    Event,
    Excerpt,
    Finished,
    Hit,
    InterimAnswer,
    Nearest,
    Passage,
    PassagesFound,
    Version,
    WholeStory,
)

_PARAGRAPH = 700  # characters, the sentence that crosses it left out


class Shows(StrEnum):
    """How much of an article a reader is shown."""

    QUOTE = "quote"  # single sentences
    PARAGRAPH = "paragraph"  # also what stands around them
    WHOLE = "whole"


Shown = Article | Citation | Nearest | Passage | Version  # what names an article
LevelOf = Callable[[Shown], Shows | None]  # None: the outlet's terms say nothing


def cut_event(event: Event, level_of: LevelOf) -> Event:
    """Cuts what an event of an answer shows."""
    match event:
        case PassagesFound():
            return replace(event, hits=tuple(cut_hit(hit, level_of) for hit in event.hits))
        case Cited():
            return replace(event, citation=_citation(event.citation, level_of))
        case Finished() | InterimAnswer():
            return replace(event, answer=cut_answer(event.answer, level_of))
        case _:
            return event


def cut_answer(answer: Answer, level_of: LevelOf) -> Answer:
    """Cuts the contexts of an answer's quotes, and the paragraphs of the nearest articles."""
    refusal = answer.refusal
    if refusal is not None:
        refusal = replace(refusal, nearest=tuple(_nearest(one, level_of) for one in refusal.nearest))
    return replace(answer, citations=tuple(_citation(c, level_of) for c in answer.citations), refusal=refusal)


def cut_hit(hit: Hit, level_of: LevelOf) -> Hit:
    """Cuts a passage that was found."""
    return replace(hit, passage=_passage(hit.passage, level_of))


def cut_article(article: Article, level_of: LevelOf) -> Article:
    """Cuts an article to its first paragraph or sentence, and takes away the fields that it came with."""
    level = level_of(article)
    if level in (None, Shows.WHOLE):
        return article
    return replace(article, text=article.text[: _end(article.text, article.language, level)], extra={})


def cut_stretch(text: str, language: str, level: Shows | None) -> str:
    """Cuts a stretch of an article that was asked for by its place."""
    return text if level in (None, Shows.WHOLE) else text[: _end(text, language, level)]


def cut_story(story: WholeStory, article: Callable[[str], Article], level_of: LevelOf) -> WholeStory:
    """Cuts the article of a story, or shows all of it where its outlet allows that. The course is single sentences."""
    level = level_of(story.article)
    if level is Shows.QUOTE and story.text:
        text = story.text[: _end(story.text, story.article.language, level)]
        return replace(story, text=text, whole=story.whole and text == story.text)
    if level is Shows.WHOLE and not story.whole:
        text = article(story.article.article_id).text
        return replace(story, text=text, whole=True)
    return story


def _citation(c: Citation, level_of: LevelOf) -> Citation:
    if level_of(c) is not Shows.QUOTE:
        return c
    script = c.transliteration
    return replace(c, context=None, transliteration=script and replace(script, before="", after=""))


def _nearest(near: Nearest, level_of: LevelOf) -> Nearest:
    if near.excerpt is None or level_of(near) is not Shows.QUOTE:
        return near
    text, (start, end) = near.excerpt.text, near.excerpt.mark
    if start == end:
        end = _end(text, near.language, Shows.QUOTE)
    at = near.excerpt.start
    return replace(near, excerpt=Excerpt(text[start:end], at + start, at + end, (0, end - start)))


def _passage(p: Passage, level_of: LevelOf) -> Passage:
    if level_of(p) is not Shows.QUOTE:
        return p
    end = _end(p.text, p.language, Shows.QUOTE)
    return replace(p, text=p.text[:end], end=p.start + end)


def _end(text: str, language: str, level: Shows) -> int:
    """Returns where the first sentence ends, or the last one of the first paragraph; no later than that is long."""
    end = 0
    for span in split_sentences(text, language):
        if end and (level is Shows.QUOTE or span.end > _PARAGRAPH or "\n" in text[end : span.start]):
            break
        end = span.end
    return min(end, _PARAGRAPH)
