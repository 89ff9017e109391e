"""Model directories: made once, checked at every start, made anew when damaged."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.config import EmbeddingSettings
from rag.errors import DiskFull, ModelBroken, ModelMissing, ReadOnly
from rag.models import packaged
from rag.models.embed import load_embedder
from rag.models.files import ONNX_FILE, TOKENIZER_FILE, cache_dir, prepare_model, verify_model


def test_is_made_once(tiny_settings):
    said: list[str] = []
    first = prepare_model(tiny_settings, progress=said.append)
    made = (first.path / "telal.json").stat()
    assert len(said) == 2 and "Preparing" in said[0] and str(first.path) in said[0]
    again = prepare_model(tiny_settings, progress=said.append)
    assert again == first and len(said) == 2
    assert (again.path / "telal.json").stat() == made


def test_holds_graph_tokenizer_and_their_digests(tiny_settings):
    model = prepare_model(tiny_settings)
    names = {p.relative_to(model.path).as_posix() for p in model.path.rglob("*") if p.is_file()}
    assert names == {ONNX_FILE, TOKENIZER_FILE, "telal.json"} and model.ours
    manifest = json.loads((model.path / "telal.json").read_text())
    assert manifest["source"]["sha256"] == packaged.SOURCE_SHA256
    assert set(manifest["files"]) == names - {"telal.json"}


def _truncate(folder):
    with (folder / ONNX_FILE).open("r+b") as file:
        file.truncate(100)


def _change_manifest(folder):
    manifest = json.loads((folder / "telal.json").read_text())
    manifest["files"][TOKENIZER_FILE]["sha256"] = "0" * 64
    (folder / "telal.json").write_text(json.dumps(manifest))


def _replace_by_a_file(folder):
    shutil.rmtree(folder)
    folder.write_text("not a directory")


DAMAGES = {
    "truncated": _truncate,
    "file gone": lambda folder: (folder / TOKENIZER_FILE).unlink(),
    "manifest gone": lambda folder: (folder / "telal.json").unlink(),
    "manifest is no JSON": lambda folder: (folder / "telal.json").write_text("{"),
    "manifest is no object": lambda folder: (folder / "telal.json").write_text("[1]"),
    "manifest changed": _change_manifest,
    "empty": lambda folder: [shutil.rmtree(folder), folder.mkdir()],
    "a file": _replace_by_a_file,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_is_made_anew_and_says_so(tiny_settings, damage):
    model = prepare_model(tiny_settings)
    DAMAGES[damage](model.path)
    said: list[str] = []
    assert prepare_model(tiny_settings, progress=said.append) == model
    assert "damaged" in said[0] and "Making it anew" in said[0]
    verify_model(model)
    assert load_embedder(tiny_settings).embed_query("the").shape == (32,)
    assert [p.name for p in model.path.parent.iterdir()] == [model.path.name]


def test_a_flipped_byte_is_found_and_the_model_made_anew(tiny_settings):
    model = prepare_model(tiny_settings)
    weights = model.path / ONNX_FILE
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelBroken, match=r"model_qint8\.onnx.*doctor --repair"):
        verify_model(model)
    said: list[str] = []
    verify_model(prepare_model(tiny_settings, progress=said.append))
    assert "damaged" in said[0] and "Making it anew" in said[0]


def test_a_flipped_byte_in_the_packages_file_is_refused(tiny_settings, tiny_source):
    model = prepare_model(tiny_settings)
    data = bytearray(tiny_source.read_bytes())
    data[-1] ^= 1
    tiny_source.write_bytes(data)
    for opened in (lambda: verify_model(model), lambda: load_embedder(tiny_settings)):
        with pytest.raises(ModelBroken, match="damaged, or of another version"):
            opened()


def test_another_source_file_is_refused(tiny_settings, tiny_source):
    tiny_source.write_bytes(tiny_source.read_bytes()[:-1])
    with pytest.raises(ModelBroken, match="pip install"):
        prepare_model(tiny_settings)


def test_missing_package(tiny_settings, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(packaged, "SOURCE_PACKAGE", "no_such_package_of_models")
    with pytest.raises(ModelMissing, match="pip install"):
        prepare_model(tiny_settings)


def test_cache_that_cannot_be_written(tiny_settings, tmp_path):
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    with pytest.raises(ReadOnly, match="TELAL_EMBEDDING__CACHE_DIR"):
        prepare_model(tiny_settings.model_copy(update={"cache_dir": blocked}))


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_cache(tiny_settings, tmp_path):
    model = prepare_model(tiny_settings)
    folders = [model.path, model.path.parent]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert prepare_model(tiny_settings) == model
        with pytest.raises(ReadOnly, match="TELAL_EMBEDDING__CACHE_DIR"):
            prepare_model(tiny_settings, rebuild=True)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_full_disk_leaves_nothing_behind(tiny_settings, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rag.models.graph.write_graph", full)
    with pytest.raises(DiskFull, match="60 MB"):
        prepare_model(tiny_settings)
    assert list((tiny_settings.cache_dir / "models").iterdir()) == []


def test_eight_at_once_agree_on_one_directory(tiny_settings):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: prepare_model(tiny_settings), range(8)))
    assert set(found) == {found[0]}
    verify_model(found[0])
    assert [p.name for p in found[0].path.parent.iterdir()] == [found[0].path.name]


def test_what_a_killed_process_left_is_swept(tiny_settings):
    models = tiny_settings.cache_dir / "models"
    old, young = models / ".making-old", models / ".making-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "half").write_text("x")
    os.utime(old, (time.time() - 7200,) * 2)
    prepare_model(tiny_settings)
    assert not old.exists() and young.exists()


def test_cache_directory(tmp_path, monkeypatch):
    assert cache_dir(EmbeddingSettings(cache_dir=tmp_path)) == tmp_path
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir(EmbeddingSettings()) == tmp_path / "xdg" / "telal"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir(EmbeddingSettings()) == tmp_path / ".cache" / "telal"


def test_local_directory_is_another_model_once_its_weights_change(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"one")
    settings = EmbeddingSettings(model=str(tmp_path))
    before = prepare_model(settings)
    assert before.name == tmp_path.name and not before.ours
    assert prepare_model(settings) == before
    (tmp_path / "README.md").write_text("no weight")
    assert prepare_model(settings) == before
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert prepare_model(settings).digest != before.digest
    assert before.identify("passage: ") != before.identify("")


@pytest.mark.parametrize("name", ["./no-such-model", "/no/such/model"])
def test_no_model_there(name):
    with pytest.raises(ModelMissing, match=r"modules\.json"):
        prepare_model(EmbeddingSettings(model=name))


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model", "not a name/at all/\x00"])
def test_hub_name_without_a_network(name, monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelMissing, match="TELAL_EMBEDDING__MODEL"):
        prepare_model(EmbeddingSettings(model=name))


def test_hub_that_does_not_answer(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    said: list[str] = []
    with pytest.raises(ModelMissing, match=r"cannot be downloaded.*TELAL_EMBEDDING__MODEL"):
        prepare_model(EmbeddingSettings(model="nobody/no-such-model"), progress=said.append)
    assert said == ["Downloading nobody/no-such-model from the Hugging Face hub."]


def test_hub_model_in_the_cache_needs_no_network(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    cached = tmp_path / "models--sentence-transformers--tiny"
    snapshot = cached / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("a" * 40)
    (snapshot / "config.json").write_text("{}")
    with pytest.raises(ModelMissing):  # the configuration alone is no model
        prepare_model(EmbeddingSettings(model="tiny"))
    (snapshot / "model.safetensors").write_bytes(b"weights")
    model = prepare_model(EmbeddingSettings(model="tiny"))
    assert (model.name, model.path) == ("tiny", snapshot)
