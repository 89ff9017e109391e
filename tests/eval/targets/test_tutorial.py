"""The tutorial's pipeline splits, stores, finds and filters; a given vector is stored as it is."""

import importlib
import sys

import numpy as np
import pytest

from eval.targets.tutorial import Reference, Text, day_of
from rag.config import EmbeddingSettings
from rag.errors import NotInstalled

WORDS = ("fire", "tirana", "budget", "school")


class Looking:
    """Embeddings that look for a few words: texts of like words are near."""

    def embed_documents(self, texts):
        return [self.embed_query(t) for t in texts]

    def embed_query(self, text):
        return [float(w in text.lower()) for w in WORDS]


DOCS = [
    Text("a", "Fire in a school. " * 100, "en", 10),
    Text("b", "Tirana: the budget. " * 3, "sq", 20),
    Text("c", "A fire.", "en", None),
]


@pytest.fixture
def reference(tmp_path):
    with Reference(EmbeddingSettings(), directory=tmp_path, embeddings=Looking()) as made:
        yield made


def test_long_documents_are_split_and_found_best_first(reference):
    assert reference.build(DOCS) == 5  # 1,800 characters in three chunks of at most 1,000
    found = reference.search("budget tirana", 3)
    assert (found[0].doc_id, len(found)) == ("b", 3)
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)
    assert all(len(f.passage) <= 1000 for f in found)


def test_a_filter_narrows_by_metadata(reference):
    reference.build(DOCS)
    assert {f.doc_id for f in reference.search("fire", 9, {"language": "sq"})} == {"b"}
    days = {"$and": [{"day": {"$gte": 5}}, {"day": {"$lte": 15}}]}
    assert {f.doc_id for f in reference.search("budget", 9, days)} == {"a"}


def test_given_vectors_are_not_made_again(reference):
    reference.fill([Text("x", "fire"), Text("y", "fire")], np.asarray([[0, 0, 1, 0], [1, 0, 0, 0]], np.float32))
    assert [f.doc_id for f in reference.search("budget", 2)] == ["x", "y"]


def test_a_temporary_directory_goes_with_the_pipeline():
    with Reference(EmbeddingSettings(), embeddings=Looking()) as made:
        made.build(DOCS)
        assert made.directory.is_dir()
    assert not made.directory.exists()


@pytest.mark.parametrize(
    "published, day",
    [("1970-01-03", 2), ("1970-01-02T23:30:00-01:00", 2), (None, None), ("soon", None)],
)
def test_days_are_counted_in_utc(published, day):
    assert day_of(published) == day


@pytest.mark.parametrize("missing", ["langchain_chroma", "safetensors.numpy"])
def test_without_the_extra_it_says_what_to_install(monkeypatch, missing):
    for own in ("eval.targets.tutorial", "eval.targets.torch_model"):
        monkeypatch.delitem(sys.modules, own)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(NotInstalled) as told:
        importlib.import_module("eval.targets.tutorial")
    assert told.value.hint == "pip install 'telal[bench]'"
