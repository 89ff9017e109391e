"""What docs/contributing.md shows of readers, embedding models and live sources runs, and so do its settings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telal import app
from tests.support.tiny_models import save_embedder

ROOT = Path(__file__).parents[1]
ARTICLES = [
    {"id": "a", "title": "Bridge", "text": "The bridge in Mostar opened on Monday.", "published": "2025-05-05"},
    {"id": "b", "title": "School", "text": "The school in Ohrid has three hundred pupils.", "published": "2025-05-06"},
]


@pytest.fixture
def shell(tmp_path):
    """Runs Python in a data directory of its own; gives what it printed, and on standard error where it failed."""

    def run(*arguments: str, **environment: str) -> str:
        env = os.environ | {"PYTHONPATH": str(ROOT), "TELAL_DATA_DIR": str(tmp_path / "data")} | environment
        done = subprocess.run([sys.executable, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else done.stderr

    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    return run


def example(heading: str) -> str:
    """The program in a section of the page."""
    page = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {heading}\n(.*?)^## ", page, re.DOTALL | re.MULTILINE)
    (program,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(program.splitlines()) <= 60
    return program


def test_the_reader_runs(shell, tmp_path):
    article = {"id": "c", "title": "Pact", "text": "Three ministers signed the Tirana agreement on Monday."}
    (tmp_path / "pact.jsonl").write_text(json.dumps(article))
    shell("-m", "telal", "ingest", "pact.jsonl", "articles.jsonl")
    assert shell("-c", example("Add a reader")).startswith("Three ministers signed the Tirana agreement on Monday.")


def test_the_embedding_model_runs(shell):
    report, answer, *_ = shell("-c", example("Add an embedding model")).splitlines()
    assert report.startswith("IngestReport(read=2, new=2")
    assert answer.startswith("The school in Ohrid has three hundred")


def test_the_live_source_is_one_file(shell):
    used = """
from datetime import UTC, datetime
from ingest.fetch.outcomes import FetchReply
from ingest.outlets import outlet_of
from ingest.sources.live import source_kinds

((kind, url),) = outlet_of({"name": "Most", "jsonfeeds": ["https://most.example/feed.json"]}).sources()
body = b'{"items": [{"url": "https://most.example/1", "date_published": "2026-11-30T10:00:00Z"}]}'
listing = source_kinds()[kind].open(url, False).read(FetchReply(url, 200, {}, body), datetime.now(UTC))
print(kind, *((entry.url, entry.published.hour) for entry in listing.entries))
"""
    assert shell("-c", example("Add a source") + used) == "jsonfeeds ('https://most.example/1', 10)\n"


def test_a_strangers_embedding_model_by_one_setting_and_reindex(tmp_path, monkeypatch):
    def telal(*words: str, data: str = "data", model: Path | None = None) -> str:
        """What a command prints, or why it fails."""
        monkeypatch.setenv("TELAL_DATA_DIR", str(tmp_path / data))
        monkeypatch.setenv("TELAL_EMBEDDING__MODEL", str(model or ""))
        done = CliRunner().invoke(app, words)
        return done.output + str(done.exception or "")

    other, asked = save_embedder(tmp_path / "tiny", dimension=64), "How many pupils has the school in Ohrid?"
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    telal("ingest", str(tmp_path / "articles.jsonl"))
    refused = telal("ask", asked, model=other)
    assert "this one is tiny@" in refused and "(64)" in refused and "`telal reindex NEW_DIR`" in refused
    assert "telal reindex NEW_DIR" in telal("reindex", model=other)
    assert "new        2" in telal("reindex", str(tmp_path / "moved"), model=other)
    assert "three hundred pupils" in telal("ask", asked, data="moved", model=other)
    assert "TELAL_EMBEDDING__MODEL" in telal("ask", asked, data="moved"), "who forgets the setting is told of it"
    assert "three hundred pupils" in telal("ask", asked), "the former archive is as it was"
