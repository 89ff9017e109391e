"""Answers how outlets tell a story: quotes under what they are, told differently, by most, or by one alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from rag.answer.cite import citation, for_reader, in_context
from rag.answer.judge import TextsOf
from rag.answer.quote import answer_to
from rag.answer.tellings import first_sides
from rag.question.question import Question, Retold
from rag.retrieve.matter import FoundStory
from rag.text.messages import message
from rag.types import Answer, AnswerKind, Cited, Delta, Event, Finished, Sentence, Side, Telling, Tellings, Verdict

_SHOWN = {"most": 2, "alone": 3}  # of what is told differently: 3
_OTHERWISE = 3
_STORY = 2  # sources by which a story is told that too few tell


def retell(question: Question, retold: Retold, found: FoundStory, told: Tellings, texts_of: TextsOf) -> Iterator[Event]:
    """Yields the events of the answer. `told`: the story as the outlets asked for tell it; where these are too few, the
    answer says so and tells the story by whom it can."""
    base = replace(answer_to(question), kind=AnswerKind.TELLINGS)
    if told.remarks:
        quotes = list(_few(found, told, retold, texts_of, base.language))
    else:
        quotes = list(_compared(told, base.language))
    passages = {p.article_id: p for p in found.versions}
    made = [
        citation(n, passages[side.article.article_id], side.start, side.end, side.text)
        for n, (_, side) in enumerate(quotes, 1)
    ]
    cited = tuple(for_reader(c, base.language) for c in in_context(made, texts_of))
    leads = {n: lead for n, (lead, _) in enumerate(quotes, 1)}
    sentences = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE, lead=leads[c.number]) for c in cited)
    answer: Answer = replace(base, sentences=sentences, citations=cited)
    yield from map(Cited, cited)
    yield from map(Delta, sentences)
    yield Finished(answer)


def _compared(told: Tellings, language: str) -> Iterator[tuple[str, Side]]:
    """Yields what each quote is, said before the first of its kind, and the quote."""
    for n, side in enumerate(() if told.tellings else told.sources[:_OTHERWISE]):
        yield f"{message('page_story_tellings', language)}:" if not n else "", side
    for kind, some in groupby(told.tellings, key=_heading):
        for number, telling in enumerate(list(some)[: _SHOWN.get(kind, _OTHERWISE)]):
            heading = message(f"tellings_{'all' if kind == 'most' else kind}", language)
            if kind == "otherwise":
                heading = f"{heading} · {message(f'tellings_{telling.kind}', language)}"
            for n, side in enumerate(telling.sides):
                yield f"{heading}:" if not n and (kind == "otherwise" or not number) else "", side


def _heading(telling: Telling) -> str:
    return telling.kind if telling.kind in _SHOWN else "otherwise"


def _few(
    found: FoundStory, told: Tellings, retold: Retold, texts_of: TextsOf, language: str
) -> Iterator[tuple[str, Side]]:
    """Yields the story by its sources, the first after the words that these are too few to compare."""
    first = found.versions[0]
    sides = told.sources or first_sides([first], texts_of([first.article_id]))
    named = retold.outlets or retold.countries
    lead = message("tellings_few_of", language).format(n=len(told.sources)) if named else told.remarks[0].text
    for n, side in enumerate(sides[:_STORY]):
        yield lead if not n else "", side
