"""The trained weights beside the packaged ones: what is written is read, what is damaged is told."""

import json

import numpy as np
import pytest

from rag.errors import ModelBroken, ModelMissing
from rag.models import packaged, tuned
from rag.models.embed import load_embedder
from rag.models.files import prepare_model
from rag.models.packaged import read_packed
from research.train.embedder.write import write_tuned


@pytest.fixture
def trained(tiny_source, tmp_path, monkeypatch):
    """Weights for one layer of the tiny model, taken for the ones that come along."""
    random, packed = np.random.default_rng(1), read_packed(packaged.source_path())
    matrices = {"l1.q.w": random.normal(size=packed.matrices["l1.q.w"].levels.shape).astype(np.float32)}
    vectors = {"l1.q.b": random.normal(size=packed.vectors["l1.q.b"].shape).astype(np.float32)}
    monkeypatch.setattr(tuned, "FOLDER", tmp_path / "weights")
    write_tuned(matrices, vectors, tuned.FOLDER, data={"asked": "digest"})
    return matrices, vectors


def test_trained_weights_stand_in_their_places_and_all_others_are_the_package_s(trained):
    matrices, vectors = trained
    base = read_packed(packaged.source_path())
    found = tuned.read_tuned(base)
    expected = matrices["l1.q.w"]
    assert np.abs(found.matrices["l1.q.w"].floats() - expected).max() < np.abs(expected).max() / 100
    assert np.allclose(found.vectors["l1.q.b"], vectors["l1.q.b"], atol=1e-2)
    assert found.matrices["l0.q.w"] is base.matrices["l0.q.w"]
    assert tuned.about()["data"] == {"asked": "digest"}


def test_the_two_models_have_ids_and_directories_of_their_own(trained, tiny_settings):
    own = tiny_settings.model_copy(update={"model": tuned.NAME})
    one, other = load_embedder(tiny_settings), load_embedder(own)
    assert one.model_id.startswith(f"{packaged.NAME}@") and other.model_id.startswith(f"{tuned.NAME}@")
    assert prepare_model(own).path != prepare_model(tiny_settings).path
    assert not np.allclose(one.embed_query("the cat"), other.embed_query("the cat"))


def test_without_a_name_the_trained_model_is_taken(trained, tiny_settings):
    assert prepare_model(tiny_settings.model_copy(update={"model": "auto"})).name == tuned.NAME


def test_a_flipped_byte_is_told_with_what_to_do(trained):
    path = tuned.FOLDER / f"{tuned.NAME}.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelBroken, match="damaged"):
        tuned.read_tuned(read_packed(packaged.source_path()))


def test_weights_for_another_base_are_refused(trained):
    path = tuned.FOLDER / f"{tuned.NAME}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"base": "0" * 64}))
    with pytest.raises(ModelBroken, match="another version"):
        tuned.about()


@pytest.mark.parametrize("name", [f"{tuned.NAME}.npz", f"{tuned.NAME}.json"])
def test_missing_weights_are_told(trained, name):
    (tuned.FOLDER / name).unlink()
    with pytest.raises(ModelMissing):
        tuned.read_tuned(read_packed(packaged.source_path()))
