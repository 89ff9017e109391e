"""`telal doctor`: right about a plain installation, and each of its checks finds what it is there for."""

from __future__ import annotations

import os
import sqlite3
from collections import namedtuple
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as true_version
from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import Pipeline, identity
from rag import doctor
from rag.config import ChatSettings, Settings
from rag.doctor import examine
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive
from research.scripted_model import scripted

TEXT = "The bridge in Mostar opened on Monday. The school in Ohrid has three hundred pupils."
ARTICLES = [{"id": one, "title": f"News {one}", "text": TEXT, "language": "en"} for one in ("a", "b")]


@pytest.fixture
def settings(tmp_path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    embedder = load_embedder(made.embedding)
    with Archive.open(made, identity=identity(made, embedder)) as archive:
        Pipeline(archive, embedder, made).run(ARTICLES)
    assert all(finding.ok for finding in examine(made)), "healthy to begin with; the indexes are made"
    return made


@pytest.fixture
def without(monkeypatch):
    """Packages that seem not to be installed."""

    def hide(*names: str) -> None:
        def known(name: str) -> str:
            if name in names:
                raise PackageNotFoundError(name)
            return true_version(name)

        monkeypatch.setattr(doctor, "version", known)

    return hide


def of(settings: Settings, part: str, *, repair: bool = False) -> doctor.Finding:
    """The first finding about a part that is not well, or the only one."""
    found = [finding for finding in examine(settings, repair=repair) if finding.part == part]
    return min(found, key=lambda finding: finding.ok)


def invert(path: Path) -> None:
    """Every second byte, while the times of the file stay."""
    seen, data = path.stat(), bytearray(path.read_bytes())
    data[::2] = bytes(255 - byte for byte in data[::2])
    path.write_bytes(data)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def test_what_an_extra_would_bring_is_said_and_is_no_fault(settings, without):
    without("sentence-transformers", "langchain-openai", "psycopg", "redis")
    found = examine(settings)
    assert all(finding.ok for finding in found)
    (said,) = [finding.text for finding in found if finding.part == "extras"]
    assert "torch (" in said and "openai (" in said and "postgres (" in said


def test_a_missing_package_is_named(settings, without):
    without("tantivy")
    found = of(settings, "versions")
    assert not found.ok and found.text == "tantivy is not installed." and "make setup" in found.advice


def test_a_disk_without_room(settings, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage(1e10, 1e10, 5e8))
    found = of(settings, "disk")
    assert not found.ok and found.text.startswith("0.5 GB free") and found.advice


def test_a_model_that_is_not_there(settings):
    missing = settings.embedding.model_copy(update={"model": "/no/model"})
    found = of(settings.model_copy(update={"embedding": missing}), "model")
    assert not found.ok and "/no/model" in found.text and found.advice


def test_a_reader_that_is_not_there(settings):
    missing = settings.reader.model_copy(update={"model": "/no/reader"})
    found = of(settings.model_copy(update={"reader": missing}), "reader")
    assert not found.ok and "/no/reader" in found.text


@pytest.fixture(scope="module")
def provider():
    """The address of a language model by script, whose name is what it does."""
    with scripted() as address:
        yield f"{address}/v1"


def asked(base_url: str, way: str, part: str = "language model", **more: Any) -> doctor.Finding:
    chat = {"base_url": base_url, "api_key": "sk-kept-to-itself", "timeout_s": 5.0, "first_token_s": 4.0} | more
    found = doctor._language_models(ChatSettings(model=f"openai:{way}", **chat))
    return next(finding for finding in found if finding.part == part)


def test_without_a_language_model_one_line_says_so(settings):
    found = of(settings, "language model")
    assert found.ok and found.text == "none is set: quotes answer" and not found.advice


def test_a_language_model_is_named_without_secrets_and_its_answer_timed(provider):
    found = asked(provider.replace("//", "//editor:hidden@"), "follows")
    assert found.ok and found.text.startswith(f"openai:follows at {provider}: answered in the form that is read, in 0.")


@pytest.mark.parametrize(
    ("way", "said", "advice"),
    [
        ("empty", "its reply was empty", "TELAL_CHAT__MAX_TOKENS"),
        ("thinks", "all of its reply was thought", "TELAL_CHAT__MAX_TOKENS"),
        ("one-endless-sentence", "did not end", "TELAL_CHAT__MAX_TOKENS"),
        ("cut", "cut off at its 600 tokens", "TELAL_CHAT__MAX_TOKENS"),
        ("says-no", "NO ANSWER", "another model"),
        ("forgets-ids", "no sentence with the number", "another model"),
        ("invents-dates", "fails the checks (date)", "another model"),
        ("never", "said nothing for 4 s", "TELAL_CHAT__FIRST_TOKEN_S"),
        ("refuses-the-key", "401", "TELAL_CHAT__API_KEY"),
        ("unknown", "404", "TELAL_CHAT__MODEL"),
        ("error", "500", "the model server's"),
        ("wrong-json", "failed", "TELAL_CHAT__BASE_URL"),
    ],
)
def test_a_language_model_that_is_of_no_use_is_found_with_what_to_do(provider, way, said, advice):
    found = asked(provider, way)
    assert not found.ok and said in found.text and advice in found.advice
    assert "sk-kept-to-itself" not in found.text


def test_a_language_model_that_is_not_there_or_not_installed(provider):
    found = asked("http://127.0.0.1:1/v1", "follows")
    assert not found.ok and "http://127.0.0.1:1/v1" in found.text and "server runs" in found.advice
    (unknown,) = doctor._language_models(ChatSettings(model="nobody:knows"))
    assert not unknown.ok and "nobody:knows" in unknown.text and "TELAL_CHAT__MODEL" in unknown.advice
    (judge,) = doctor._language_models(ChatSettings(judge="same"))
    assert not judge.ok and "TELAL_CHAT__JUDGE" in judge.text


def test_a_judge_is_asked_as_a_judge(provider):
    judged = asked(provider, "follows", "judge", judge="openai:supports")
    assert judged.ok and "openai:supports" in judged.text
    silent = asked(provider, "follows", "judge", judge="same")
    assert not silent.ok and "contradicted" in silent.text and "left out" in silent.advice


def test_text_that_was_changed_in_the_archive(settings):
    with sqlite3.connect(settings.data_dir / "archive.sqlite") as file:
        file.execute("update documents set text = replace(text, 'Mostar', 'Moscow')")
    file.close()
    found = of(settings, "archive")
    assert not found.ok and "not those that were written" in found.text and "backup" in found.advice


def test_an_archive_that_cannot_be_opened(settings):
    invert(settings.data_dir / "archive.sqlite")
    found = of(settings, "archive")
    assert not found.ok and found.advice


def test_an_archive_of_another_model(settings):
    with sqlite3.connect(settings.data_dir / "archive.sqlite") as file:
        file.execute("update meta set value = 'another@00000000' where name = 'model_id'")
    file.close()
    found = of(settings, "archive")
    assert not found.ok and "another@00000000" in found.text and "reindex" in found.advice
