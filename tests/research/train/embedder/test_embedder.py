"""Training the embedding model on a tiny one: it learns, goes on where it was, and what is shipped says the same."""

import json
import warnings
from random import Random

import numpy as np
import pytest

from eval.targets.torch_model import torch_model
from rag.models import tuned
from rag.models.embed import load_embedder
from research.train.embedder.build import Sets
from research.train.embedder.pairs import Pair, read_pairs, write_pairs
from tests.rag.models.conftest import tiny_settings, tiny_source  # noqa: F401

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(random):
    return "".join(random.choices(LETTERS, k=4))


@pytest.fixture
def sets():
    """A query is a word, its passage holds it, its negative another."""
    random = Random(1)
    words = [word(random) for _ in range(48)]
    asked = [
        Pair("made", "en:el" if n % 2 else "en:en", w, f"the {w}", f"the {words[n - 1]}") for n, w in enumerate(words)
    ]
    return Sets(tuple(asked), tuple(Pair("sentences", "en:tr", f"the {w}", w) for w in words))


@pytest.fixture
def data(tmp_path):
    """Translated news of ten documents in two languages, where the training reads it."""
    random, path = Random(2), tmp_path / "data" / "parallel" / "ntrex128_segments_dev.jsonl"
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8") as file:
        for doc in range(10):
            for segment in range(4):
                for language in ("en", "el"):
                    text = " ".join(word(random) for _ in range(5))
                    row = {"doc_id": f"d{doc}", "seg_id": f"{doc}-{segment}", "language": language, "text": text}
                    file.write(json.dumps(row) + "\n")
    return tmp_path / "data"


def test_pairs_are_read_as_they_were_written(tmp_path, sets):
    digest = write_pairs(tmp_path / "pairs.jsonl.gz", sets.asked)
    assert read_pairs(tmp_path / "pairs.jsonl.gz") == list(sets.asked)
    assert write_pairs(tmp_path / "again.jsonl.gz", sets.asked) == digest


def test_the_control_makes_as_many_steps_without_a_pair_across_languages(sets):
    control = sets.without_crossing()
    assert (len(control.asked), len(control.sentences)) == (len(sets.asked), len(sets.sentences))
    assert not any(p.crossing for p in (*control.asked, *control.sentences))
    assert sets.counts()["crossing"] == 24 + 48


def test_serbian_in_two_scripts_is_one_language():
    assert not Pair("x", "sr-Latn:sr-Cyrl", "a", "b").crossing and Pair("x", "sr-Latn:hr", "a", "b").crossing


@pytest.mark.slow
def test_it_learns_goes_on_and_ships_what_it_learned(sets, data, tmp_path, tiny_settings, monkeypatch):  # noqa: F811
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from research.train.embedder import dev, train

        monkeypatch.setattr(train, "FROZEN", 1)
        monkeypatch.setattr(
            train, "evaluators", lambda folder, **_: dev._evaluator("mixed", dev.mixed(folder, Random(1)))
        )
        base = torch_model(tiny_settings, tiny_settings.model)
        recipe = train.Recipe(rate=3e-3, batch=16, at_once=8, warm_up=1, evaluations=1, hold=1.0)
        made = train.train(base, sets, data, tmp_path / "out", recipe)
        steps = [json.loads(line) for line in (tmp_path / "out" / train.LOG).read_text().splitlines()]
        again = train.train(base, sets, data, tmp_path / "out", recipe)  # all was done: nothing is trained anew
        train.export(made, tmp_path / "weights", data={"asked": "digest"}, pairs=96)
        from sentence_transformers import SentenceTransformer

        trained = SentenceTransformer(str(again), device="cpu")
        expected = trained.encode([p.query for p in sets.asked], prompt_name="query")
    assert any("loss" in step for step in steps) and any("eval_mixed_cosine_recall@1" in step for step in steps)
    with np.load(tmp_path / "weights" / f"{tuned.NAME}.npz") as held:
        assert {name.split(".")[0] for name in held.files} == {"l1"}  # layer 0 was frozen and is not shipped
    monkeypatch.setattr(tuned, "FOLDER", tmp_path / "weights")
    shipped = load_embedder(tiny_settings.model_copy(update={"model": tuned.NAME}))
    found = np.stack([shipped.embed_query(p.query) for p in sets.asked])
    assert float(np.mean(np.sum(found * expected, axis=1))) > 0.98  # int8 says nearly the same
    assert margin(found, shipped, sets) > margin_of(load_embedder(tiny_settings), sets)


def margin_of(embedder, sets):
    return margin(np.stack([embedder.embed_query(p.query) for p in sets.asked]), embedder, sets)


def margin(queries, embedder, sets):
    """How far a query's own passage is nearer than the others, by cosine; the mean over the queries."""
    cosines = queries @ embedder.embed_passages([p.passage for p in sets.asked]).T
    own = np.diag(cosines)
    return float(np.mean(own - (cosines.sum(axis=1) - own) / (len(own) - 1)))
