"""Passages, a reader that says what it is told, and models made by hand: what tests of answering put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rag.answer.judge import FittedModels, LogisticModel, Snapshot, Thresholds, weigh
from rag.answer.quote import answer_to, plan, show
from rag.question.parse import parse
from rag.reader.reader import AnswerSpan, Reading
from rag.retrieve.stories import each_alone
from rag.types import Hit, Passage

JUDGE = FittedModels(
    sentence=LogisticModel({"margin": 1.0}, 0.0),
    passage=LogisticModel({"margin": 1.0}, 0.0),
    confidence=LogisticModel({"span": 1.0}, 0.0),  # the reader below gives a span the log odds of its sentence
    short=LogisticModel({"span": 1.0}, -6.0),
    premise=LogisticModel({"contradicted": 1.0}, 0.0),
    thresholds=Thresholds(0.8, partial=0.5, mark=0.6, short=0.9, contradicted=0.9),
)


class Reader:
    """Gives a sentence, and its first word as the likely one, the log odds of the first key of `odds` that it holds;
    where it holds one of `marked`, marks that instead, with log odds of its own. A sentence that holds a key of
    `denied` contradicts the question with those log odds.
    """

    def __init__(self, odds=None, *, marked=None, denied=None, stated=0.0, other=-4.0):
        self.denied = denied or {}
        self.odds, self.marked, self.stated, self.other = odds or {}, marked or {}, stated, other
        self.seen, self.spans = [], []

    short_answers = True

    def read_each(self, question, texts):
        return [self._read(*one) for one in texts]

    def _read(self, text, sentences):
        self.seen.append(text)
        self.spans = [(s.start, s.end) for s in sentences]
        odds = tuple(
            next((v for k, v in self.odds.items() if k in text[s.start : s.end]), self.other) for s in sentences
        )
        return Reading(odds, tuple(self._answer(text, s) for s in sentences), self.stated)

    def _answer(self, text, s):
        found = ((text.find(part, s.start, s.end), part, score) for part, score in self.marked.items())
        first = text.find(" ", s.start, s.end)
        odds = next((v for k, v in self.odds.items() if k in text[s.start : s.end]), self.other)
        plain = _answer(s.start, s.end if first < 0 else first, odds)
        answer = next((_answer(at, at + len(part), score) for at, part, score in found if at >= 0), plain)
        denied = (v for k, v in self.denied.items() if k in text[s.start : s.end])
        return replace(answer, contradicted=next(denied, answer.contradicted))


def _answer(start, end, odds):
    """Verified as surely as it is marked."""
    return AnswerSpan(start, end, odds, odds)


def make_passage(text, article="a", *, language="en", start=0, title="", outlet="", day=3, **more):
    published = more.pop("published", None) or (datetime(2024, 5, day, tzinfo=UTC) if day else None)
    name = more.pop("id", f"p-{article}")
    return Passage(
        name, article, 1, 0, text, start, start + len(text), title, outlet or f"Outlet {article}",
        language=language, published=published, **more,
    )  # fmt: skip


def make_hits(*passages):
    """Hits in this order, each a little behind the one before."""
    return [Hit(p, 1.0 - 0.01 * i, dense_score=0.9) for i, p in enumerate(passages)]


def make_evidence(
    question, *passages, reader, language="en", limit=6, further=0, stories_of=each_alone, fitted=JUDGE
):  # fmt: skip
    """The evidence of whole articles, each a passage; an article is the passage's text where it begins at 0."""
    texts = {p.article_id: p.text for p in passages if p.start == 0}
    snapshot = Snapshot(lambda ids: {i: texts[i] for i in ids if i in texts}, reader, fitted, stories_of=stories_of)
    asked = parse(question, language) if isinstance(question, str) else question
    return weigh(asked, make_hits(*passages), snapshot, passages=limit, further=further)


def make_answer(evidence, *, limit=5, clusters_of=lambda article_ids: {}):
    """The answer of quotes from evidence of whole articles."""
    question, texts = evidence.question, {w.passage.article_id: w.passage.text for w in evidence.passages}
    made = plan(evidence, language=question.language, limit=limit, clusters_of=clusters_of)
    return show(made, answer_to(question), lambda _: texts, evidence.stories)


class Make:
    """Under one name: test files cannot import this file."""

    JUDGE, Reader = JUDGE, Reader
    passage, hits = staticmethod(make_passage), staticmethod(make_hits)
    evidence, answer = staticmethod(make_evidence), staticmethod(make_answer)


@pytest.fixture(scope="session")
def make():
    return Make
