"""A cross-encoder of sentence-transformers as the reader: scores alone, and clear words where it does not fit."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.pipeline import Pipeline, identity
from rag.config import EmbeddingSettings, ReaderSettings, Settings
from rag.doctor import examine
from rag.engine import Engine, reader_of
from rag.errors import ModelBroken, ModelMissing, NotInstalled
from rag.models.embed import load_embedder
from rag.reader.cross_encoder import CrossEncoderReader
from rag.reader.reader import UNREAD, Reader
from rag.reader.weights import FOLDER
from rag.store.archive.archive import Archive
from rag.text.sentences import Span, split_sentences
from rag.types import AnswerStatus
from tests.support.tiny_models import save_cross_encoder

TEXT = "The bridge in Mostar opened on Monday. The school in Ohrid has three hundred pupils."
SENTENCES = split_sentences(TEXT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_cross_encoder(tmp_path_factory.mktemp("reader") / "tiny", bias=8.0)


@pytest.fixture(scope="module")
def reader(folder):
    return CrossEncoderReader(folder, threads=1)


def test_each_sentence_and_the_whole_text_get_a_score_and_no_answer(reader):
    (read,) = reader.read_each("When did the bridge open?", [(TEXT, SENTENCES)])
    assert read.answers == (None, None) and not reader.short_answers
    assert all(abs(score - 8.0) < 2 for score in (*read.sentences, read.stated)), "logits, not probabilities"
    alone = [reader.read_each("When did the bridge open?", [(TEXT[s.start : s.end], [])]) for s in SENTENCES]
    assert [one.stated for (one,) in alone] == [UNREAD, UNREAD], "a text without sentences is not read"


def test_what_holds_nothing_is_not_read(reader):
    blank, empty = reader.read_each("When?", [("A. \n\n", [Span(0, 2), Span(2, 5)]), ("", [])])
    assert blank.sentences[0] > 0 and blank.sentences[1] == UNREAD
    assert empty.sentences == () and empty.stated == UNREAD
    (unasked,) = reader.read_each("  ", [(TEXT, SENTENCES)])
    assert unasked.sentences == (UNREAD, UNREAD)
    (odd,) = reader.read_each("\ud800?", [("\ud800 opened.", [Span(0, 9)])])
    assert odd.sentences[0] > 0


def test_many_threads_read_the_same(reader):
    expected = reader.read_each("How many pupils?", [(TEXT, SENTENCES)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: reader.read_each("How many pupils?", [(TEXT, SENTENCES)]), range(12)))
    for (read,) in found:
        assert read.sentences == pytest.approx(expected[0].sentences, abs=1e-4)


def test_the_setting_names_it_and_answers_are_quotes_without_short_answers(folder, tmp_path):
    settings = Settings(data_dir=tmp_path / "data", reader=ReaderSettings(model=str(folder)))
    embedder = load_embedder(EmbeddingSettings())
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        Pipeline(archive, embedder, settings).run([{"id": "a", "title": "News", "text": TEXT, "language": "en"}])
    with Engine.open(settings) as engine:
        answer = engine.ask("How many pupils has the school in Ohrid?")
    assert answer.status is AnswerStatus.ANSWERED and answer.citations
    assert answer.short == () and not engine.short_answers
    (found,) = (finding for finding in examine(settings) if finding.part == "reader")
    assert found.ok and "short answers are not given" in found.text and str(folder) in found.text


def test_more_than_one_score_a_pair_is_refused(tmp_path):
    three = save_cross_encoder(tmp_path / "three", labels=3)
    with pytest.raises(ModelBroken, match="3 scores a pair, and one is expected"):
        CrossEncoderReader(three)


def test_a_damaged_model_and_a_folder_without_one(folder, tmp_path):
    embedder = load_embedder(EmbeddingSettings())
    for name in (str(tmp_path), str(tmp_path / "none")):
        with pytest.raises(ModelMissing, match="TELAL_READER__MODEL"):
            reader_of(Settings(reader=ReaderSettings(model=name)), embedder)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelBroken, match="cannot be opened"):
        reader_of(Settings(reader=ReaderSettings(model=str(tmp_path))), embedder)


def test_without_the_extra_it_says_what_to_install(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(NotInstalled) as told:
        CrossEncoderReader(folder)
    assert told.value.hint == "pip install 'telal[torch]'"


def test_a_directory_of_telals_form_is_read_by_telals_reader(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "own")
    settings = Settings(embedding=EmbeddingSettings(threads=1), reader=ReaderSettings(model=str(tmp_path / "own")))
    reader = reader_of(settings, load_embedder(settings.embedding))
    assert isinstance(reader, Reader) and reader.short_answers
    (read,) = reader.read_each("How many pupils has the school in Ohrid?", [(TEXT, SENTENCES)])
    assert read.sentences[1] > read.sentences[0]
    (tmp_path / "own" / "reader.onnx").write_bytes(b"?")
    with pytest.raises(ModelBroken, match="TELAL_READER__MODEL"):
        reader_of(settings, load_embedder(settings.embedding))
