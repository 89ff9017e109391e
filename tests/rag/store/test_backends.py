"""A vector store and a keyword index of one's own: used from the archive to the answer, or refused at the start."""

from __future__ import annotations

import sys
import types

import pytest

from rag.config import SearchSettings
from rag.errors import BadSettings
from rag.store.indexes import Indexes
from rag.store.upkeep.catchup import ScoredKey
from rag.types import Filters
from support.numpy_store import NumpyStore

NUMPY, PLAIN = "support.numpy_store:NumpyStore", "support.plain_index:PlainIndex"
HERE = "rag_test_backends"  # pytest imports this file under a name of its own


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """The classes below by a name that settings can give."""
    module = types.ModuleType(HERE)
    module.NoSearch = NoSearch
    module.function = lambda: None
    monkeypatch.setitem(sys.modules, HERE, module)


def test_a_vector_store_of_ones_own(follow, archive, made, settings, eventually):
    write = made()
    archive.write([write, *(made(f"a{n}") for n in range(2, 9))])
    indexes = follow(mode=NUMPY)
    eventually(lambda: indexes.status().vector_store_state == "ready")
    archive.write([made("new")])
    archive.erase("a3", reason="asked")
    eventually(lambda: indexes.status().vector_store_change == archive.last_change())
    assert indexes.dense(write.vectors[1], limit=1)[0].score == pytest.approx(1, abs=1e-3)
    assert indexes.check() == []
    indexes.close()
    again = follow(mode=NUMPY)
    eventually(lambda: again.status().vector_store_state == "ready")
    assert again.check() == []
    assert isinstance(again._store.index, NumpyStore)


def test_another_store_does_not_open_what_chroma_left(follow, archive, made, eventually):
    archive.write([made()])
    for mode in ("chroma", NUMPY):
        indexes = follow(mode=mode)
        eventually(lambda indexes=indexes: indexes.status().vector_store_state == "ready")
        assert indexes.check() == []
        indexes.close()


def raises(self, vector, *, limit):
    raise ZeroDivisionError


def knows_others(self, vector, *, limit):
    return [ScoredKey(key, 1.0) for key in range(9001, 9001 + limit)]


@pytest.mark.parametrize("fails", [raises, knows_others])
def test_a_store_that_fails_is_filled_anew(follow, archive, made, monkeypatch, eventually, fails):
    write = made()
    archive.write([write])
    indexes = follow(mode=NUMPY)
    eventually(lambda: indexes.status().vector_store_state == "ready")

    monkeypatch.setattr(NumpyStore, "search", fails)
    assert indexes.dense(write.vectors[1], limit=1)[0].score == pytest.approx(1, abs=1e-3)
    assert indexes.status().vector_store_state == "broken"
    monkeypatch.undo()
    eventually(lambda: indexes.status().vector_store_state == "ready")
    assert indexes.check() == []


def test_a_keyword_index_of_ones_own(archive, made, settings):
    archive.write([made("a1", text="Prva stvar ovde"), made("a2", text="Druga stvar", language="hr")])
    own = settings.model_copy(update={"search": SearchSettings(keyword=PLAIN)})
    for _ in range(2):
        indexes = Indexes(archive, own, dimension=8)
        indexes.start()
        indexes.refresh()
        found = indexes.keyword("prva stvar", limit=5)
        assert [p.article_id for p in (archive.passages([hit.key])[hit.key] for hit in found)] == ["a1", "a2"]
        assert len(indexes.keyword("stvar", limit=5, filters=Filters(languages=("hr",)))) == 1
        assert indexes.reachable("prva stvar") >= found[0].score
        assert indexes.rarity(["prva"])["prva"] > indexes.rarity(["stvar"])["stvar"]
        assert indexes.check() == []
        reader = Indexes(archive, own, dimension=8, own=False)
        reader.start()
        assert reader.keyword("prva stvar", limit=5) == found
        reader.close()
        indexes.close()


# refused


class NoSearch:
    apply = state = count = close = lambda self: None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("chrom", r"no 'chrom'. Use chroma, or package.module:Class"),
        ("no.such.module:Store", r"cannot be imported: No module named 'no'"),
        ("support.numpy_store:Nothing", r"cannot be imported: .*no attribute 'Nothing'"),
        (f"{HERE}:function", r"is no class"),
        (f"{HERE}:NoSearch", r"has no search. A VectorStore is a class with apply, state, count, search, close"),
    ],
)
def test_a_store_that_cannot_be_used_is_refused_at_the_start(follow, name, said):
    with pytest.raises(BadSettings, match=f"TELAL_VECTORS__MODE: .*({said})"):
        follow(mode=name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lucene", r"no 'lucene'. Use tantivy, or package.module:Class"),
        (NUMPY, r"has no weigh"),
    ],
)
def test_a_keyword_index_that_cannot_be_used_is_refused_at_the_start(archive, settings, name, said):
    own = settings.model_copy(update={"search": SearchSettings(keyword=name)})
    with pytest.raises(BadSettings, match=f"TELAL_SEARCH__KEYWORD: .*({said})"):
        Indexes(archive, own, dimension=8).start()
