"""Texts, vectors and figures of the measurement of speed; both stores filled with the same, and asked."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from eval.targets.tutorial import Reference
from ingest.pipeline import identity
from rag.config import EmbeddingSettings, Settings, VectorsSettings
from rag.engine import Engine
from rag.errors import BadInput
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from rag.types import Filters
from research.speed.answers import _server, compare
from research.speed.cold import NotStarted, start_server
from research.speed.figures import Figure, Times, number, take_turns
from research.speed.ingestion import CheapEmbedder, ingest_many, records
from research.speed.search import index, latencies, where, write
from research.speed.texts import DAYS, FILTERS, PASSAGE_CHARS, PER_ARTICLE, TENTH, Base, Maker, embed_base


@pytest.fixture(scope="module")
def maker():
    return Maker()


def test_articles_are_the_same_every_time_and_whole(maker):
    made = maker.article(7)
    assert made == Maker().article(7) != maker.article(8)
    assert len(made.passages) == PER_ARTICLE
    for passage in made.passages:
        assert made.article.text[passage.start : passage.end] == passage.text
        assert PASSAGE_CHARS <= len(passage.text) < 3 * PASSAGE_CHARS


def test_filters_hold_the_share_that_they_are_named_for(maker):
    made = [m.article for m in maker.articles(DAYS * PER_ARTICLE)]
    assert Counter(a.language for a in made)[TENTH] == len(made) // 10
    for name, share in (("dates, 1 %", 0.01), ("dates, 30 %", 0.3)):
        days = FILTERS[name]
        held = [a for a in made if days.published_from <= a.published.date() <= days.published_to]
        assert len(held) == share * len(made)
        assert len({a.language for a in held}) > 3


def test_moved_vectors_are_unit_and_near():
    rng = np.random.default_rng(0)
    base = Base({"sq": np.eye(3, 384, dtype=np.float32)})
    made = base.perturb("sq", 50, rng)
    assert made.shape == (50, 384) and made.dtype == np.float32
    assert np.linalg.norm(made, axis=1) == pytest.approx(1, abs=1e-5)
    assert (made @ base.vectors["sq"].T).max(axis=1) == pytest.approx(0.96, abs=0.02)
    assert base.perturb("tr", 2, rng).shape == (2, 384)  # a language of which nothing was embedded


def test_the_systems_take_turns_and_ratios_say_how_many_times_better():
    asked = []
    times = take_turns(["a", "b"], lambda q: asked.append(("ours", q)), lambda q: asked.append(("theirs", q)))
    assert asked == [("ours", "a"), ("theirs", "a"), ("ours", "b"), ("theirs", "b")]
    assert len(times.telal) == len(times.reference) == 2
    assert Times([1, 2, 3]).figures("x")[0] == Figure("x, p50", "ms", 2.0, None)
    assert Figure("search", "ms", 2.0, 10.0).ratio == 5
    assert Figure("rate", "1/s", 2.0, 10.0, "higher").ratio == 0.2
    assert Figure("answer", "ms", 2.0).ratio is None
    assert [number(value) for value in (None, 1234.5, 12.34, 1.234)] == ["-", "1,234", "12.3", "1.23"]


def test_filters_in_the_words_of_chroma():
    assert where(Filters()) is None
    assert where(Filters(languages=("sq",))) == {"language": "sq"}
    days = Filters(published_from=date(1970, 1, 2), published_to=date(1970, 1, 4))
    assert where(days) == {"$and": [{"day": {"$gte": 1}}, {"day": {"$lte": 3}}]}


class Small:
    """Vectors of eight dimensions made of the letters; what Telal and LangChain each want of an embedder."""

    model_id, dimension, max_tokens = "small", 8, 512

    def embed_passages(self, texts):
        return np.stack([self.embed_query(t) for t in texts]) if texts else np.empty((0, 8), np.float32)

    def embed_query(self, text):
        counts = np.asarray([1 + text.count(c) for c in "aeioutns"], np.float32)
        return counts / np.linalg.norm(counts)

    def count_tokens(self, texts):
        return [len(t) // 4 for t in texts]


class Lists(Small):
    def embed_documents(self, texts):
        return self.embed_passages(texts).tolist()

    def embed_query(self, text):
        return super().embed_query(text).tolist()


def test_both_stores_hold_the_same_and_answer(tmp_path, maker):
    settings, small = Settings(data_dir=tmp_path / "telal", vectors=VectorsSettings(mode="exact")), Small()
    base = embed_base(settings, small, [maker.article(n) for n in range(12)])
    assert sum(map(len, base.vectors.values())) >= 12
    with (
        Reference(EmbeddingSettings(), directory=tmp_path / "reference", embeddings=Lists()) as reference,
        Archive.open(settings, identity=identity(settings, small)) as archive,
    ):
        assert all(seconds > 0 for seconds in write(200, maker, base, archive, reference))
        assert archive.stats().passages == 200
        index(archive, settings, 8)
        one = maker.article(3).passages[0]
        assert reference.search(one.text, 200)[0].score <= 0
        assert len(reference.search(one.text, 500, {"language": "sq"})) == 20
        indexes = Indexes(archive, settings, dimension=8)
        indexes.start()
        indexes.refresh()
        engine = Engine(archive, indexes, small, settings)
        figures = latencies(engine, reference, ["Who signed in Tirana?", "Kush nënshkroi?", "Tko je potpisao?"])
        engine.close()
    assert {f"search, {name}, p95" for name in FILTERS} <= {f.name for f in figures}
    assert all(f.telal and f.telal > 0 for f in figures)
    own = ("vectors alone", "words alone", "names alone", "answer with quotes")
    assert [f.name for f in figures if f.reference is None] == [f"{way}, p{p}" for way in own for p in (50, 95)]


def test_a_server_that_does_not_start_says_why(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotStarted, match="did not get ready: .+"):
        start_server(tmp_path / "file", "Who?")


def test_answers_want_an_archive_and_a_checkout(tmp_path):
    with pytest.raises(BadInput, match="--data"):
        compare(tmp_path, ["Who?"], ["When?"], against=None, rounds=1)
    (tmp_path / "archive.sqlite").touch()
    with pytest.raises(BadInput, match="no checkout"), _server(tmp_path / "elsewhere", tmp_path):
        pass


def test_a_made_up_outlet_is_the_same_each_time_is_taken_in_whole_and_its_copies_are_found():
    made = ingest_many(120)
    assert made.articles == 120 and made.passages >= 120 and made.copies > 5
    assert made.memory_mb <= made.index_memory_mb and made.archive_mb > 0.1
    assert made.seconds > made.embedding_s > 0
    assert list(records(20)) == list(records(20))
    assert (CheapEmbedder().embed_query("a") == CheapEmbedder().embed_query("a")).all()
