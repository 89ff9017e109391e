"""Articles to measure on: sentences of the starter corpus shuffled, with their numbers varied."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.pipeline import Pipeline, identity
from ingest.raw import RawRecord
from ingest.sources.files import starter_files
from rag.config import Settings
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive
from rag.store.database.records import passage_id
from rag.text.sentences import split_sentences
from rag.types import Article, Filters, Passage

PER_ARTICLE = 4  # passages
PASSAGE_CHARS = 700  # about 200 tokens, near what ingestion aims at
FIRST_DAY = date(2023, 1, 1)
DAYS = 1_000
TENTH = "sq"  # the language of exactly every tenth article
_NUMBER = re.compile(r"\d{2,}")

FILTERS = {
    "no filter": Filters(),
    "dates, 1 %": Filters(published_from=FIRST_DAY, published_to=FIRST_DAY + timedelta(days=DAYS // 100 - 1)),
    "dates, 30 %": Filters(published_from=FIRST_DAY, published_to=FIRST_DAY + timedelta(days=3 * DAYS // 10 - 1)),
    "language, 10 %": Filters(languages=(TENTH,)),
}


@dataclass(frozen=True, slots=True)
class SyntheticArticle:
    """An article with its passages."""

    article: Article
    passages: tuple[Passage, ...]


class Maker:
    """Makes the same articles every time: article n depends on n alone."""

    def __init__(self, *, seed: int = 1) -> None:
        self._sentences = starter_sentences()
        self._others = sorted(set(self._sentences) - {TENTH})
        self._seed = seed

    def article(self, number: int) -> SyntheticArticle:
        """The n-th article. One of any ten from a multiple of ten on is in TENTH; a thousand have every day once."""
        rng = np.random.default_rng((self._seed, number))
        tenth = number % 10 == number // 10 % 10
        language = TENTH if tenth else self._others[int(rng.integers(len(self._others)))]
        name = f"made-{number}"
        parts = [_passage(self._sentences[language], rng) for _ in range(PER_ARTICLE)]
        title = _sentence(self._sentences[language], rng)[:90]
        # 617 shares no factor with 1,000: the days are spread evenly, and come in no order.
        published = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(days=number * 617 % DAYS)
        article = Article(
            name, title, "\n".join(parts), outlet=f"outlet-{number % 8}", language=language, published=published
        )
        return SyntheticArticle(article, tuple(_passages(article, parts)))

    def articles(self, passages: int) -> Iterator[SyntheticArticle]:
        """Makes as many whole articles as hold `passages` passages."""
        return (self.article(number) for number in range(max(1, passages // PER_ARTICLE)))


def starter_sentences() -> dict[str, tuple[str, ...]]:
    """The sentences of the starter corpus by language."""
    found: dict[str, dict[str, None]] = {}
    for record in starter_files():
        if isinstance(record, RawRecord):
            text, language = str(record.fields["text"]), str(record.fields["language"])
            spans = split_sentences(text, language)
            found.setdefault(language, {}).update(dict.fromkeys(text[s.start : s.end] for s in spans))
    return {language: tuple(sentences) for language, sentences in sorted(found.items())}


def record_of(made: SyntheticArticle) -> dict[str, object]:
    """The article as a source would give it."""
    a = made.article
    published = a.published.isoformat() if a.published else None
    return {
        "id": a.id,
        "title": a.title,
        "text": a.text,
        "outlet": a.outlet,
        "language": a.language,
        "published": published,
    }


def _sentence(pool: Sequence[str], rng: np.random.Generator) -> str:
    """One of the pool with its numbers changed, so that few sentences come twice word for word."""
    chosen = pool[int(rng.integers(len(pool)))]
    return _NUMBER.sub(lambda number: _varied(number[0], rng), chosen)


def _varied(number: str, rng: np.random.Generator) -> str:
    """Another number of as many digits."""
    return str(int(rng.integers(10 ** (len(number) - 1), 10 ** len(number)))) if len(number) < 10 else number


def _passage(pool: Sequence[str], rng: np.random.Generator) -> str:
    parts: list[str] = []
    while sum(map(len, parts)) < PASSAGE_CHARS:
        parts.append(_sentence(pool, rng).replace("\n", " "))
    return " ".join(parts)


def _passages(article: Article, parts: Sequence[str]) -> Iterator[Passage]:
    base = Passage(
        "", article.id, 1, 0, "", 0, 0, article.title, article.outlet, None, article.language, article.published
    )
    start = 0
    for ordinal, text in enumerate(parts):
        end = start + len(text)
        identity = passage_id(article.id, 1, start, end)
        yield replace(base, id=identity, ordinal=ordinal, text=text, start=start, end=end)
        start = end + 1


STEP_LENGTH = 0.3  # length of the random step beside a unit vector: a moved one has cosine 0.96 to where it was
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Base:
    """Really embedded vectors by language."""

    vectors: dict[str, Vectors]

    def perturb(self, language: str, count: int, rng: np.random.Generator) -> Vectors:
        """(count, d) unit vectors: some of the language's, each moved a little."""
        own = self.vectors.get(language)
        pool = own if own is not None else np.concatenate(list(self.vectors.values()))
        chosen = pool[rng.integers(len(pool), size=count)]
        step = rng.standard_normal(chosen.shape, np.float32)
        step *= STEP_LENGTH / np.linalg.norm(step, axis=1, keepdims=True)
        made: Vectors = chosen + step
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made


def embed_base(settings: Settings, embedder: Embedder, made: Sequence[SyntheticArticle]) -> Base:
    """Takes the articles in as any others, through the whole pipeline."""
    with tempfile.TemporaryDirectory(prefix="telal-speed-") as folder:
        own = settings.model_copy(update={"data_dir": Path(folder)})
        with Archive.open(own, identity=identity(own, embedder)) as archive:
            Pipeline(archive, embedder, own).run([record_of(m) for m in made])
            columns = archive.columns()
    vectors = columns.vectors.astype(np.float32)
    languages = {name: columns.language == code for code, name in enumerate(columns.languages)}
    return Base({name: vectors[held] for name, held in languages.items() if held.any()})
