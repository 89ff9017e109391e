"""Both stores filled with the same, and asked, with a small embedder; a server that does not start."""

import numpy as np
import pytest

from eval.targets.tutorial import Reference
from ingest.pipeline import identity
from rag.config import EmbeddingSettings, Settings, VectorsSettings
from rag.engine import Engine
from rag.errors import BadInput
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from research.speed.answers import _server, compare
from research.speed.cold import NotStarted, memory_mb, start_server
from research.speed.measure import Documents, fill, index, latencies
from research.speed.texts import FILTERS, PER_ARTICLE, Maker, embed_base


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


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "telal", vectors=VectorsSettings(mode="exact"))


@pytest.fixture
def reference(tmp_path):
    with Reference(EmbeddingSettings(), directory=tmp_path / "reference", embeddings=Lists()) as made:
        yield made


def test_both_stores_hold_the_same_and_answer(settings, reference):
    maker, small = Maker(), Small()
    base = embed_base(settings, small, [maker.article(n) for n in range(12)], None, other_articles=5)
    assert base.count >= 12
    assert [(f.name, f.reference) for f in base.figures] == [
        ("ingest with embedding", None),
        ("passages of these", None),
    ]
    with Archive.open(settings, identity=identity(settings, small)) as archive:
        filled = fill(200, maker, base, archive, reference)
        assert filled.passages == archive.stats().passages == 200
        whole = filled.figures(indexing=index(archive, settings, 8))[1]
        assert whole.ratio == pytest.approx(whole.telal / whole.reference)
        assert whole.telal < filled.passages / filled.ours.wall_s
        one = maker.article(3).passages[0]
        assert reference.search(one.text, 200)[0].score <= 0
        assert len(reference.search(one.text, 500, {"language": "sq"})) == 20
        indexes = Indexes(archive, settings, dimension=8)
        indexes.start()
        indexes.refresh()
        engine = Engine(archive, indexes, small, settings)
        figures = latencies(engine, reference, ["Who signed in Tirana?", "Kush nënshkroi?", "Tko je potpisao?"])
        engine.close()
    names = [f.name for f in figures]
    assert {f"search, {name}, p95" for name in FILTERS} <= set(names)
    assert all(f.telal and f.telal > 0 for f in figures)
    own = [f"{way} alone, p{p}" for way in ("vectors", "words", "names") for p in (50, 95)]
    own += [f"answer with quotes, p{p}" for p in (50, 95, 99)]
    assert [f.name for f in figures if f.reference is None] == own


def test_the_tutorial_takes_in_whole_articles(settings, reference):
    made = [Maker().article(n) for n in range(3)]
    base = embed_base(settings, Small(), made, Documents(reference), other_articles=2)
    assert all(f.reference and f.ratio for f in base.figures)
    assert {f.doc_id for f in reference.search("a", 50)} == {"made-0", "made-1"}
    assert len(reference.search("a", 50)) >= 2 * PER_ARTICLE


def test_a_server_that_does_not_start_says_why(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotStarted, match="did not get ready: .+"):
        start_server(tmp_path / "file", "Who?")


def test_memory_of_a_process_that_is_gone():
    assert memory_mb(2**30) is None


def test_answers_want_an_archive_and_a_checkout(tmp_path):
    with pytest.raises(BadInput, match="--data"):
        compare(tmp_path, ["Who?"], ["When?"], against=None, rounds=1)
    (tmp_path / "archive.sqlite").touch()
    with pytest.raises(BadInput, match="no checkout"), _server(tmp_path / "elsewhere", tmp_path):
        pass
