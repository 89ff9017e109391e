"""The files for operators name only what exists. (They cannot be run here: that takes Docker and Kubernetes.)

What can be tried of an image without Docker is: the wheel that its build makes from what is copied into it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import typer
import yaml

import telal
from rag.config import setting_names

ROOT = Path(__file__).parents[2]
FILES = ["Dockerfile", "compose.yaml", "deploy/kubernetes.yaml", "docs/operations.md", "docs/api.md", "docs/privacy.md"]


def test_settings_that_are_named_exist():
    known = set(setting_names())
    for name in FILES:
        named = set(re.findall(r"\bTELAL_[A-Z_]+[A-Z]\b", (ROOT / name).read_text()))
        assert named <= known, (name, named - known)


def test_yaml_is_well_formed():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert services["telal"]["read_only"] is True
    assert services["watcher"]["image"] == "telal" and services["watcher"]["command"] == ["ingest", "watch"]
    kinds = [part["kind"] for part in yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text())]
    assert kinds == ["StatefulSet", "Service", "NetworkPolicy"]
    assert "USER 10001" in (ROOT / "Dockerfile").read_text()


def test_commands_that_are_named_exist():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    started = [s["command"] for s in services.values() if s.get("command", [""])[0] == "ingest"]
    docker = (ROOT / "Dockerfile").read_text()
    started += [json.loads(found) for found in re.findall(r"^CMD (\[.*\])$", docker, re.M)]
    started += [re.findall(r"bin/telal ([\w ]+)", docker)[0].split()]
    assert len(started) == 3
    for words in started:
        at = typer.main.get_command(telal.app)
        for word in words:
            assert word in at.commands, words
            at = at.commands[word]


def test_the_image_is_built_from_what_there_is(tmp_path):
    docker = (ROOT / "Dockerfile").read_text()
    copied = [n for line in re.findall(r"^COPY (?!--)(.*)$", docker, re.M) for n in line.split()[:-1]]
    for name in copied:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"'\.\[([\w,]+)\]'", docker)[0].split(",")) <= set(extras)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "out", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "out").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("rag", "ingest", "api/static", "api/reference", "eval"):
        there = {str(p.relative_to(tmp_path)) for p in (tmp_path / folder).rglob("*") if p.is_file()}
        assert there and there <= held, there - held


def test_the_dashboard_asks_for_figures_that_there_are(telal_engine):
    from api.metrics import Metrics

    text = Metrics(telal_engine).text().decode()
    board = json.loads((ROOT / "deploy/grafana.json").read_text())
    asked = {name for p in board["panels"] for t in p["targets"] for name in re.findall(r"telal_\w+", t["expr"])}
    for name in asked:
        assert re.search(rf"^# TYPE {name.removesuffix('_bucket')} ", text, re.M), name
