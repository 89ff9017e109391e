"""The samples of every route run as they stand in the OpenAPI description: in the shell, in Python, in JavaScript."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from api.app import build_app
from api.auth.keys import KeyStore
from api.http.openapi import _CLIENTS, ADDRESS, EXAMPLES, KEY
from telal.client import Telal

CLIENT = Path(__file__).parents[3] / "api/web/client"


def operations(app):
    """Every operation by its id, those that erase last."""
    found = {one["operationId"]: one for methods in app.openapi()["paths"].values() for one in methods.values()}
    return dict(sorted(found.items(), key=lambda pair: pair[0].startswith("erase")))


def runnable(app):
    """Those that need no language model."""
    return {name: one for name, one in operations(app).items() if name != "translation"}


@pytest.fixture
def ready(real, telal_engine):
    """Makes a sample's text runnable: the address of a server, and a key that may do everything."""
    address = str(real().base_url).rstrip("/")
    key = KeyStore(telal_engine.archive.database).create(
        "samples", kind="secret", scopes=("ask", "search", "follow", "ingest", "admin")
    )
    with Telal(address, key=key.token) as telal:

        def text(operation, label):
            if operation["operationId"].startswith("erase"):
                telal.push([{"id": "outlet-1", "title": "A headline", "text": "What happened, in whole sentences."}])
            share, follow = EXAMPLES["share"], EXAMPLES["follow"]
            if operation["operationId"] == "unfollow":
                follow = telal.follow("Who signed the Tirana agreement?", "https://news.example/telal").id
            if operation["operationId"] == "shared":
                asked = {"question": "Who signed the Tirana agreement?"}
                share = httpx.post(f"{address}/v1/shares", json=asked, timeout=60).json()["id"]
            (source,) = [one["source"] for one in operation["x-codeSamples"] if one["label"] == label]
            if operation["operationId"] == "feedback":
                asked = httpx.post(f"{address}/v1/ask", json={"question": "Who?"}, timeout=60)
                source = source.replace("0" * 32, asked.json()["id"])
            return (
                source.replace(ADDRESS, address)
                .replace(f"/follows/{EXAMPLES['follow']}", f"/follows/{follow}")
                .replace(KEY, key.token)
                .replace(f"/shares/{EXAMPLES['share']}'", f"/shares/{share}'")
                .replace(f'/shares/{EXAMPLES["share"]}"', f'/shares/{share}"')
            )

        yield text


def test_every_route_has_all_three_and_every_entry_a_route(engine, settings):
    found = operations(build_app(engine, settings))
    assert set(_CLIENTS) <= set(found)
    for name, operation in found.items():
        assert [one["label"] for one in operation["x-codeSamples"]] == ["curl", "Python", "JavaScript"], name


def test_curl(ready, telal_engine):
    for name, operation in runnable(build_app(telal_engine, telal_engine.settings)).items():
        command = ready(operation, "curl").replace("curl -s", "curl -sS --fail-with-body")
        done = subprocess.run(command, shell=True, capture_output=True, text=True)
        assert done.returncode == 0, f"{name}: {command}\n{done.stdout}{done.stderr}"


def test_python(ready, telal_engine, capsys):
    for name, operation in runnable(build_app(telal_engine, telal_engine.settings)).items():
        exec(compile(ready(operation, "Python"), name, "exec"), {"__name__": "sample"})
        assert capsys.readouterr().out.strip() or "204" in operation["responses"], name


def test_javascript(ready, telal_engine, tmp_path):
    if not shutil.which("node"):
        pytest.skip("node is missing: the samples in JavaScript are not tested")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/telal-client").symlink_to(CLIENT)
    done = []
    for name, operation in runnable(build_app(telal_engine, telal_engine.settings)).items():
        (tmp_path / f"{name}.mjs").write_text(ready(operation, "JavaScript"))
        if name.startswith("erase"):
            done.append(subprocess.run(["node", f"{name}.mjs"], cwd=tmp_path, capture_output=True, text=True))
    rest = [path.name for path in sorted(tmp_path.glob("*.mjs")) if not path.name.startswith("erase")]
    together = "".join(f"await import('./{name}');\n" for name in rest)
    (tmp_path / "all.mjs").write_text(together)
    done.append(subprocess.run(["node", "all.mjs"], cwd=tmp_path, capture_output=True, text=True))
    for one in done:
        assert one.returncode == 0, one.stderr
