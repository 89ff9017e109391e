"""The files for operators name only what exists, and start what they name. (There is no Docker and no Kubernetes here.)

What can be tried without them is: the wheel that the image's build makes from what is copied into it, and the command,
the environment, the user, the read-only root and the limits of the manifest.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest
import typer
import yaml

import telal
from rag.config import EmbeddingSettings, setting_names
from rag.models.files import cache_dir, prepare_model

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PATIENCE_S = 240.0  # some 6 s of work, on a machine that may have much other
FILES = ["Dockerfile", "compose.yaml", "deploy/kubernetes.yaml", "docs/operations.md", "docs/api.md", "docs/rights.md"]


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
    assert kinds.count("StatefulSet") == kinds.count("Deployment") == 2 and "PodDisruptionBudget" in kinds
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


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """What the image's build copies, and the wheel that it makes of it in `out`."""
    tmp_path = tmp_path_factory.mktemp("image")
    docker = (ROOT / "Dockerfile").read_text()
    copied = [n for line in re.findall(r"^COPY (?!--)(.*)$", docker, re.M) for n in line.split()[:-1]]
    for name in copied:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "out", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_the_wheel_holds_what_is_needed(copied):
    (wheel,) = (copied / "out").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("rag", "ingest", "api/static", "api/reference", "eval"):
        there = {str(p.relative_to(copied)) for p in (copied / folder).rglob("*") if p.is_file()}
        assert there and there <= held, there - held
    meta = BytesParser().parsebytes(zipfile.ZipFile(wheel).read(next(n for n in held if n.endswith("/METADATA"))))
    assert meta["License-Expression"] == "Apache-2.0" and meta["Description-Content-Type"] == "text/markdown"
    assert {"Programming Language :: Python :: 3.11", "Typing :: Typed"} <= set(meta.get_all("Classifier"))


def test_the_installed_wheel_answers(copied, starter, tmp_path):
    """In an environment of its own; what Telal needs is borrowed, `.ci/wheel` installs that too."""
    (wheel,) = (copied / "out").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (packages,) = (tmp_path / "venv/lib").glob("python3*/site-packages")
    words = ["-m", "pip", "install", "-q", "--no-deps", "--target", packages, wheel]
    subprocess.run([sys.executable, *words], check=True)
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))  # without the .pth files in it
    shutil.copytree(starter.data_dir, tmp_path / "data")
    code = "import rag, telal; print(telal.__file__); telal.main()"
    done = subprocess.run(
        [tmp_path / "venv/bin/python", "-c", code, "ask", "Who signed the Tirana agreement?"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "TELAL_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(packages)) and "Pirro Vengu" in done.stdout


def test_the_dashboard_asks_for_figures_that_there_are(telal_engine):
    from api.freshness import Freshness
    from api.metrics import Metrics

    text = Metrics(telal_engine, Freshness(telal_engine.archive)).text().decode()
    board = json.loads((ROOT / "deploy/grafana.json").read_text())
    asked = {name for p in board["panels"] for t in p["targets"] for name in re.findall(r"telal_\w+", t["expr"])}
    for name in asked:
        assert re.search(rf"^# TYPE {name.removesuffix('_bucket')} ", text, re.M), name


def of_kubernetes(service) -> dict[str, str]:
    """What Kubernetes tells every container of a namespace about a service in it."""
    name = service["metadata"]["name"].upper().replace("-", "_")
    host, ports = "10.96.4.7", service["spec"]["ports"]
    told = {f"{name}_SERVICE_HOST": host, f"{name}_SERVICE_PORT": str(ports[0]["port"])}
    told[f"{name}_PORT"] = f"tcp://{host}:{ports[0]['port']}"
    for port in ports:
        at = f"{name}_PORT_{port['port']}_TCP"
        told |= {at: f"tcp://{host}:{port['port']}", f"{at}_PROTO": "tcp", f"{at}_ADDR": host}
        told |= {f"{at}_PORT": str(port["port"])}
        if "name" in port:
            told[f"{name}_SERVICE_PORT_{port['name'].upper()}"] = str(port["port"])
    return told


def environment(parts, container) -> dict[str, str]:
    """The container's own: of the image, of the manifest, of the services."""
    docker = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1].replace("\\\n", "")
    image = dict(word.split("=", 1) for word in re.findall(r"^ENV (.*)$", docker, re.M)[0].split())
    image["PATH"] = image["PATH"].replace("$PATH", "/usr/local/bin:/usr/bin:/bin")
    told = {k: v for part in parts if part["kind"] == "Service" for k, v in of_kubernetes(part).items()}
    given = {item["name"]: item["value"] for item in container["env"] if "value" in item}
    assert {item["name"] for item in container["env"]} - set(given) == {"TELAL_ARCHIVE__URL"}  # a secret
    return image | given | told


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root: a container is imitated")
def test_the_container_of_the_manifest_starts(tmp_path):
    prepare_model(EmbeddingSettings())  # what the image has inside
    parts = list(yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text()))
    pod = parts[0]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    held = environment(parts, container)
    assert {"TELAL_SERVICE_HOST", "TELAL_PORT", "TELAL_PORT_80_TCP_ADDR", "TELAL_REDIS_PORT"} <= set(held)
    assert container["securityContext"]["readOnlyRootFilesystem"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"/data", "/tmp"}  # all that contained.sh lets be written
    root, data = tmp_path / "root", tmp_path / "data"
    root.mkdir()
    data.mkdir()
    os.chown(data, 0, pod["securityContext"]["fsGroup"])
    data.chmod(0o2770)  # as Kubernetes gives a volume to a group
    user = str(pod["securityContext"]["runAsUser"])
    places = [root, data, cache_dir(EmbeddingSettings()), sys.prefix, ROOT, user]
    words = ["unshare", "--mount", "--net", "sh", str(Path(__file__).with_name("contained.sh")), *map(str, places)]
    docker = (ROOT / "Dockerfile").read_text()
    entry, command, check = (
        json.loads(re.findall(rf"^ *{kind} (\[.*\])$", docker, re.M)[-1])
        for kind in ("ENTRYPOINT", "CMD", r"(?:HEALTHCHECK.*\\\n *)CMD")
    )
    given = [f"{name}={value}" for name, value in held.items()]
    said = tmp_path / "said"
    with said.open("wb") as file:
        started = [*words, "PYTHONPATH=/src", *given, *entry, *command]
        process = subprocess.Popen(started, stdout=file, stderr=subprocess.STDOUT)
    inside = ["nsenter", "-t", str(process.pid), "--net", sys.executable, *check[1:]]
    end = time.monotonic() + PATIENCE_S
    try:
        while subprocess.run(inside, stderr=subprocess.DEVNULL).returncode:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < end, "it is not ready"
            time.sleep(0.5)
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.findall(r"^Uid:\s+(\d+)", status, re.M) == [user]
        assert re.findall(r"^CapBnd:\s+0*(\d)$", status, re.M) == ["0"]
        most = int(re.findall(r"^VmHWM:\s+(\d+)", status, re.M)[0]) * 1024
        assert most < 2**30 * int(container["resources"]["limits"]["memory"].removesuffix("Gi"))
        assert (data / "archive.sqlite").stat().st_uid == int(user)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
