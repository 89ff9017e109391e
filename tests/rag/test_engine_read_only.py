"""A data directory that may not be written answers and says so; nothing in it changes."""

import os
import sys

import pytest

from ingest.pipeline import Pipeline, identity
from rag.config import load_settings
from rag.engine import Engine
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive
from telal.cli import main

TEXT = "The bridge at Lisec was opened on Monday by the minister of transport. It took four years to build."
RECORD = {"id": "b", "title": "Bridge at Lisec opened", "language": "en", "outlet": "Glas", "text": TEXT}


def test_what_may_not_be_written_answers_and_says_so(tmp_path, monkeypatch, capsys):
    settings = load_settings().model_copy(update={"data_dir": tmp_path})
    embedder = load_embedder(settings.embedding)
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        assert Pipeline(archive, embedder, settings).run([RECORD]).new == 1
    with Engine.open(settings) as engine:  # makes the indexes
        assert engine.search("bridge at Lisec")
    before = _files(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everything
    monkeypatch.setenv("TELAL_DATA_DIR", str(tmp_path))
    told = []
    with Engine.open(settings, progress=told.append) as engine:
        assert engine.ask("Who opened the bridge at Lisec?").citations
    assert any("may not be written" in line for line in told)
    for command in (["status"], ["search", "bridge at Lisec"], ["ask", "Who opened the bridge at Lisec?"]):
        monkeypatch.setattr(sys, "argv", ["telal", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        assert "1 article" in capsys.readouterr().out or command[0] != "status"
    assert _files(tmp_path) == before


def _files(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
