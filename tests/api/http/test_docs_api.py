"""The examples of the pages for developers run; feedback is listed and erased; docs/api.md names every route."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.app import build_app
from api.commands import main
from api.reader_data.feedback import Feedback, FeedbackStore
from rag.store.database.shared_tables import StoredLines

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "api.md").read_text()
BLOCKS = {
    f"{name} {number}": block
    for name in ("api.md", "developers.md", "index.md")
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", (DOCS / name).read_text(), re.S))
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_examples_run(block, real, telal_engine, monkeypatch, capsys):
    monkeypatch.setenv("TELAL_DATA_DIR", str(telal_engine.settings.data_dir))
    address = str(real().base_url).rstrip("/")
    exec(compile(block.replace("http://127.0.0.1:8000", address), "docs/api.md", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out.strip()


def test_every_route_is_named(engine, settings):
    routes = build_app(engine, settings).openapi()["paths"]
    for path in routes:
        assert path.split("/{")[0] in PAGE, path


def test_feedback_is_listed_and_erased(settings, kept, monkeypatch):
    monkeypatch.setenv("TELAL_DATA_DIR", str(settings.data_dir))
    app = typer.Typer()
    main.register(app)
    file, said = FeedbackStore(kept), asdict(Feedback("0" * 32, "helpful", "хвала", at="1999-01-01"))
    StoredLines(kept, "feedback").add(said)
    for n in range(1, 3):
        file.add(Feedback(f"{n:032}", "helpful", "хвала"))
    assert [one.id for one in file.all()] == [f"{n:032}" for n in range(3)]
    assert CliRunner().invoke(app, ["feedback", "list", "--json"]).output.count("хвала") == 3
    assert "helpful" in CliRunner().invoke(app, ["feedback", "list"]).output
    assert "Erased 1" in CliRunner().invoke(app, ["feedback", "erase", "--before", "2000-01-01"]).output
    assert "Erased 2" in CliRunner().invoke(app, ["feedback", "erase", "--before", "2999-01-01"]).output
    assert list(file.all()) == []
