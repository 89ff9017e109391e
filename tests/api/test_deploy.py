"""The files for operators name only what exists. (They cannot be run here: that takes Docker and Kubernetes.)"""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

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
    assert services["telal"]["read_only"] is True and services["watcher"]["image"] == "telal"
    kinds = [part["kind"] for part in yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text())]
    assert kinds == ["StatefulSet", "Service", "NetworkPolicy"]
    assert "USER 10001" in (ROOT / "Dockerfile").read_text()


def test_the_dashboard_asks_for_figures_that_there_are(telal_engine):
    from api.metrics import Metrics

    text = Metrics(telal_engine).text().decode()
    board = json.loads((ROOT / "deploy/grafana.json").read_text())
    asked = {name for p in board["panels"] for t in p["targets"] for name in re.findall(r"telal_\w+", t["expr"])}
    for name in asked:
        assert re.search(rf"^# TYPE {name.removesuffix('_bucket')} ", text, re.M), name
