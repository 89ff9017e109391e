"""The README's own examples, as they stand there, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", README, re.S)
PYTHON = [text for language, text in BLOCKS if language == "python"]
CURL = [text for language, text in BLOCKS if language == "sh" and text.startswith("curl")]
SERVER = "http://127.0.0.1:8000"


@pytest.fixture
def environment(telal_engine) -> dict[str, str]:
    """Where a newcomer stands: `telal` on the path, the archive named."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TELAL_DATA_DIR": str(telal_engine.settings.data_dir)}


def test_every_way_is_shown():
    shown = "\n".join(PYTHON)
    for way in ("from openai", "from langchain_openai", "from mcp", "/mcp", "StdioServerParameters", "Engine.open"):
        assert way in shown, way
    assert len(CURL) == 1
    assert all(SERVER in text or "Engine.open" in text for text in PYTHON)


@pytest.mark.parametrize("block", PYTHON, ids=[re.findall(r"(?:from|import) (\w+)", b)[-1] for b in PYTHON])
def test_python(block, real, environment, monkeypatch, capfd):
    for name in ("PATH", "TELAL_DATA_DIR"):
        monkeypatch.setenv(name, environment[name])
    address = str(real().base_url).rstrip("/")
    exec(compile(block.replace(SERVER, address), "README.md", "exec"), {"__name__": "example"})
    said = capfd.readouterr().out
    assert "Pirro Vengu" in said or "Пиро Венгу" in said
    if "mcp" in block:
        assert len(said.strip().splitlines()) == 2  # once by HTTP, once by standard input and output


def test_curl(real, environment):
    address = str(real().base_url).rstrip("/")
    done = subprocess.run(CURL[0].replace(SERVER, address), shell=True, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["citations"] and "Pirro Vengu" in answer["text"]
