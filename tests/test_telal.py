"""The command line as a whole: what each command imports, and that nothing is missing for it."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import typer

import telal
from telal import cli

ROOT = Path(__file__).parents[1]


def shape(command):
    """Names all the way down, with the names of the options."""
    inner = getattr(command, "commands", {})
    return {name: shape(one) for name, one in inner.items()} or sorted(p.name for p in command.params)


def test_a_command_with_its_own_parts_is_the_same_as_with_all():
    whole = typer.main.get_command(telal.app)
    for parts in set(cli.NEEDS.values()):
        alone = typer.main.get_command(cli.command_line(parts)) if parts else None
        for word in [w for w, needed in cli.NEEDS.items() if needed == parts and alone]:
            assert shape(alone.commands[word]) == shape(whole.commands[word]), word


def test_searching_does_not_import_the_benchmarks_nor_the_server():
    done = imported("from telal import cli; cli.command_line(cli.NEEDS['search'])")
    assert "rag.engine" in done
    assert not [name for name in done if name.split(".")[0] in ("eval", "api", "ingest", "sklearn", "scipy", "fastapi")]


def test_a_server_is_asked_without_the_engine():
    done = imported("from telal import cli; cli.command_line(cli.NEEDS['ask'])")
    assert "rag.ask_command" in done and not {"rag.engine", "rag.config", "numpy"} & set(done)


def test_version():
    done = subprocess.run([sys.executable, "-m", "telal", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"telal {version('telal')}\n")


def test_what_telal_writes_is_for_its_user_alone(tmp_path):
    """The archive was 0644."""
    data, reader = tmp_path / "data", {**os.environ, "TELAL_DATA_DIR": str(tmp_path / "data")}
    record = {"title": "A headline", "text": "What happened, in whole sentences.", "language": "en"}
    (tmp_path / "some.jsonl").write_text("\n".join([json.dumps(record), "{"]))
    (data / "indexes").mkdir(parents=True)
    (data / "archive.sqlite").touch(mode=0o644)  # of an earlier version
    for words in (
        ("keys", "create", "Ana", "--scope", "admin"),
        ("ingest", str(tmp_path / "some.jsonl")),
        ("backup", str(tmp_path / "kept" / "copy.sqlite")),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "telal", *words], cwd=ROOT, env=reader, capture_output=True, text=True, umask=0o022
        )
        assert done.returncode in (0, 2), done.stderr  # 2: a record was rejected
    written = [path for folder in (data, tmp_path / "kept") for path in folder.rglob("*")]
    assert {"archive.sqlite", "copy.sqlite"} <= {path.name for path in written} and len(written) > 8
    assert [path for path in written if path.stat().st_mode & 0o077 and path != data / "indexes"] == []


def imported(code):
    command = [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def test_without_the_extra_for_evaluating_a_report_says_what_to_install(tmp_path):
    missing = "import sys; sys.modules.update(dict.fromkeys(('jinja2',)))"
    begin = f"{missing}; from telal.cli import main; main()"

    def telal_(*words):
        return subprocess.run(
            [sys.executable, "-c", begin, *words], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
        )

    page = telal_("eval", "report", str(tmp_path))
    assert page.returncode == 2 and "pip install 'telal[eval]'" in page.stderr
    assert telal_("eval", "--help").returncode == 0
