"""An archive of a few made-up articles, and an engine that answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from ingest.chunk import chunk
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity, Write
from rag.store.indexes import IndexStatus
from rag.types import (
    Answer,
    AnswerKind,
    AnswerStatus,
    Article,
    Citation,
    Finished,
    Hit,
    PassagesFound,
    Sentence,
    ShortAnswer,
    Story,
    Verdict,
    Version,
)

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEAR, FAR = (1.0, 0.0), (0.0, 1.0)


@dataclass(frozen=True)
class _Report:
    article_id: str
    same_story: set[str]

    def log_odds(self, other):
        return 3.0 if {self.article_id, other.article_id} <= self.same_story else -3.0


@dataclass
class Newsdesk:
    """Writes articles with vectors of two numbers, and answers any question from the ids in `telling`."""

    archive: Archive
    telling: Sequence[str] = ()
    status: AnswerStatus = AnswerStatus.ANSWERED
    browses: bool = False
    shorts: dict[str, str] = field(default_factory=dict)  # article id -> what it answers in a few words
    asked: list[str] = field(default_factory=list)
    also: dict[str, list[Version]] = field(default_factory=dict)  # of a digest's story
    written: int = 0
    confidence: float = 0.9
    read: list[str] = field(default_factory=list)
    words: str = ""  # that likely answer, in what is read; "" for all of it
    same_story: set[str] = field(default_factory=set)  # articles that tell one

    def __post_init__(self) -> None:
        self.indexes = SimpleNamespace(
            notices=lambda: (),
            aims=lambda vector, language="und": {},
            means=lambda: {"": np.zeros(2, np.float32)},
            rarity=lambda words: dict.fromkeys(words, 1.0),
            status=self._level,
        )
        self.embedder = SimpleNamespace(model_id="made-up@1", dimension=2, embed_query=lambda text: np.array(NEAR))
        self.writer = None

    def without_model(self, wrapped):
        return self

    def stories(self, passages, language):
        told = {p.article_id: p for p in passages}.values()
        one = tuple(p for p in told if p.article_id in self.same_story)
        return [*([one] if one else []), *((p,) for p in told if p not in one)]

    def _level(self) -> IndexStatus:
        last = self.archive.last_change()
        return IndexStatus(True, last, last, None, "off", last, 0)

    def write(self, article_id: str, text: str, *, vector: tuple[float, float] = NEAR, short: str = "", **more) -> None:
        self.written += 1
        fields = {
            "title": f"Headline of {article_id}",
            "outlet": "Most",
            "url": f"https://most.example/{article_id}",
            "language": "en",
            "published": BEGAN + timedelta(hours=self.written),
        } | more
        known = self.archive.plan([Article(article_id, text=text, **fields)])[0]
        article = Article(article_id, text=text, revision=known.revision, **fields)
        passages = chunk(article, lambda texts: [len(t.split()) for t in texts], 100)
        vectors = np.array([vector] * len(passages), np.float32)
        self.archive.write([Write(article, passages, vectors)])
        self.shorts[article_id] = short

    def search(self, text, *, filters=None):
        articles = [self.archive.article(one) for one in self.telling]
        passages = [one.passage for a in articles for one in self.archive.passages_of(a.id)]
        return [Hit(p, 0.8, dense_score=0.8) for p in passages]

    def evidence(self, question, *, hits, read):
        self.read.extend(hit.passage.article_id for hit in hits[:read])
        quote = hits[0].passage.text
        words = self.words or quote
        span = SimpleNamespace(start=quote.index(words), end=quote.index(words) + len(words))
        sentence = SimpleNamespace(text=quote, answer=span)
        return SimpleNamespace(best=SimpleNamespace(confidence=self.confidence, sentences=(sentence,)))

    def compared(self, openings, indexes):
        return [_Report(one.passage.article_id, self.same_story) for one in openings]

    def threshold(self):
        return 0.6

    def stream(self, question, *, filters=None, history=(), as_of=None, language=None, page_language=None, about=None):
        self.asked.append(question)
        articles = [self.archive.article(one) for one in self.telling]
        hits = self.search(question)
        passages = [hit.passage for hit in hits]
        yield PassagesFound(tuple(hits), question)
        base = Answer(question, AnswerStatus.REFUSED, "en")
        if not articles:
            yield Finished(base)
        elif self.browses:
            told = tuple(
                Story(a.id, a.title, "", a.outlet, a.url, a.published, "en", also=tuple(self.also.get(a.id, ())))
                for a in articles
            )
            yield Finished(Answer(question, self.status, "en", kind=AnswerKind.DIGEST, digest=told))
        else:
            cited = tuple(
                Citation(n, p.id, a.id, a.title, a.outlet, a.url, a.published, a.text, 0, len(a.text), a.language)
                for n, (a, p) in enumerate(zip(articles, passages, strict=True), 1)
            )
            said = tuple(
                ShortAnswer(self.shorts[c.article_id], (c.number,)) for c in cited if self.shorts[c.article_id]
            )
            sentences = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE) for c in cited)
            yield Finished(Answer(question, self.status, "en", sentences, cited, short=said))


@pytest.fixture
def newsdesk(tmp_path, database, monkeypatch) -> Iterator[Newsdesk]:
    settings = Settings(data_dir=tmp_path / "archive")
    with Archive.open(settings, identity=Identity("made-up@1", 2, "whole")) as archive:
        desk = Newsdesk(archive)
        monkeypatch.setattr("api.follow.followed.compared", desk.compared)
        yield desk
