"""Word embeddings are read from the package's file row by row, and stay on disk."""

import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken
from rag.models import packaged
from rag.models.files import open_words, prepare_model
from rag.models.packaged import Table
from rag.models.word_vectors import WordVectors


def test_word_vectors_are_those_of_the_whole_file(tiny_settings, tiny_source):
    packed = packaged.read_packed(tiny_source)
    vectors = open_words(prepare_model(tiny_settings))
    everything = packed.matrices["emb.word"].floats()
    assert asdict(packed.words)["rows"] == len(everything)
    assert (vectors(np.arange(len(everything))) == everything).all()
    assert (vectors(np.array([7, 9, 7])) == everything[[7, 9, 7]]).all()


def test_the_table_of_words_does_not_creep_into_the_process():
    """Mapped into memory, every row that is touched would bring its neighbours in the file."""
    vectors, rng = open_words(prepare_model(EmbeddingSettings())), np.random.default_rng(0)
    status = Path("/proc/self/status")

    def mapped() -> int:
        found = re.search(r"RssFile:\s+(\d+)", status.read_text())
        return int(found[1]) // 1024 if found else 0

    packaged.source_path().read_bytes()  # in the page cache, as after a start
    before = mapped()
    assert vectors(rng.integers(0, 250_000, 3000)).shape == (3000, 384)
    assert mapped() - before < 30


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64])
def test_a_file_without_the_table_is_refused(tmp_path, content):
    path = tmp_path / "words"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelBroken, match="pip install"):
        WordVectors(path, Table(0, 100, 32))
