"""The verifier: which words are right, what it learns from, and that it is shipped as it was trained."""

from dataclasses import fields

import numpy as np
import pytest

from eval.metrics.refusal import auroc
from rag.reader.verify import Verifier
from research.train.verifier.labels import agreement, is_right


@pytest.mark.parametrize(
    ("words", "accepted", "right"),
    [
        ("direktor kancelarije za Kosovo Petar Petković", ["Petar Petković"], True),
        ("Petković signed what the office wrote on the day before", ["Petković"], False),
        ("ministri Ivan Anušić", ["Иван Анушић"], True),
        ("2 million euros", ["2.000.000 euros"], True),
        ("30 kilometres", ["30 hours"], False),
        ("at least 50 people were killed", ["50"], True),
        ("half of 60 people", ["50"], False),
        ("Ramos", ["Modrić", "Perišić"], False),
        ("", ["Modrić"], False),
        ("Modrić", [], False),
    ],
)
def test_words_are_right_where_they_agree_with_an_accepted_answer(words, accepted, right):
    assert is_right(words, accepted) is right


@pytest.mark.parametrize(
    ("words", "accepted", "right"),
    [
        ("Kostovski", ["Kostovski read it"], True),
        ("Лидија Бакраческа", ["професорката по хемија Лидија Бакраческа"], True),
        ("Lekića", ["Miodrag Lekić"], True),  # in another case
        ("Liz Cheney", ["Dick Cheney"], False),
        ("150", ["150 novih benzinskih crpki"], True),
        ("2019", ["Тужбу је 2019. поднела Чајетина"], False),  # who sued
        ("Чајетина", ["Тужбу је 2019. поднела Чајетина"], True),  # its only name
        ("red tape", ["red tape and high taxes in every second town"], False),  # nothing that is named or counted
        ("Marko Ilić, Ana Horvat and Petar Petrov", ["Marko Ilić", "Ana Horvat", "Petar Petrov"], True),
    ],
)
def test_words_are_right_that_are_what_an_accepted_answer_names_or_counts(words, accepted, right):
    assert is_right(words, accepted) is right


def test_overlap_counts_words_both_ways():
    assert agreement("x c b d", ["x b"]) == pytest.approx(2 * 2 / 6)


def proposals(count=3000, hidden=32):
    """Words whose mean has a high first value are right."""
    from research.train.verifier.shards import Proposals

    drawn = np.random.default_rng(1)
    features = drawn.normal(size=(count, 6, hidden)).astype(np.float16)
    right = drawn.random(count) < 0.5
    features[:, 3, 0] = np.where(right, 6, -6)
    numbers = np.arange(count, dtype=np.int32)
    return Proposals(features, numbers // 2, numbers % 2, right.astype(np.float32))


def test_it_learns_and_is_shipped_as_it_was_trained(tmp_path):
    from research.train.verifier.export import write_verifier
    from research.train.verifier.network import EPSILON
    from research.train.verifier.train import Recipe, scored, train

    found, said = proposals(), []
    network = train(found, Recipe(passes=6, warm_up=5, batch=64), said.append)
    odds = scored(network, found.features[:200])
    assert auroc(odds, (found.agreement[:200] > 0.5).tolist()) > 0.95
    assert len(said) == 6 and "75 proposals" in said[0]
    write_verifier(network.weights(), tmp_path / "verifier.onnx", epsilon=EPSILON)
    shipped = Verifier(tmp_path / "verifier.onnx")(found.features[:200].astype(np.float32))
    assert np.abs(np.array(shipped) - odds).max() < 0.05


def test_the_next_proposals_of_a_sentence_are_other_words():
    from research.train.verifier.states import proposals as proposed_spans

    start, end = np.array([5.0, 1, 0, 3]), np.array([0.0, 5, 1, 3])
    found = proposed_spans(start, end, 3)
    assert found[0] == (0, 1, 10.0)
    assert all(first <= last for first, last, _ in found)
    assert (3, 3, 6.0) in found and (1, 1, 6.0) not in found[:1]


def test_what_was_read_before_is_not_read_again(tmp_path):
    from research.train.verifier.shards import load

    one, other = proposals(10), proposals(6)
    for name, p in (("a", one), ("b", other)):
        np.savez(tmp_path / f"{name}.npz", **{f.name: getattr(p, f.name) for f in fields(p)})
    whole = load([tmp_path / "a.npz", tmp_path / "b.npz"])
    assert whole.features.shape == (16, 6, 32) and whole.rank.tolist() == [*one.rank, *other.rank]
