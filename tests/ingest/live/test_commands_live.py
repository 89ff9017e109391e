"""The commands as an editor uses them: add, check, run, status, watch; urls and exports beside them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from faulty_server import Faulty, send
from killed_watcher import words_embedder
from outlet_site import Site

import ingest.commands.main
import ingest.commands.terminal
from ingest.outlets import parse_outlets
from rag.config import load_settings
from rag.errors import BadInput, TelalError
from rag.store.archive.archive import Archive

Telal = Callable[..., Any]


@pytest.fixture
def telal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Telal:
    """Runs `telal ingest ...` in this process with the tests' embedder."""
    app = typer.Typer()
    app.callback()(lambda: None)
    ingest.commands.main.register(app)
    monkeypatch.setattr(ingest.commands.terminal, "load_embedder", lambda settings, progress: words_embedder())
    for name, value in {
        "TELAL_DATA_DIR": str(tmp_path / "data"),
        "TELAL_INGEST__ALLOW_PRIVATE": "true",
        "TELAL_INGEST__HOST_DELAY_S": "0",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, value)

    def run(*args: str) -> Any:
        done = typer.testing.CliRunner().invoke(app, ["ingest", *args])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def test_an_outlet_from_adding_to_status(telal: Telal, site: Site, tmp_path: Path) -> None:
    site.publish(8)
    added = telal("add", "Most Daily", "--feed", f"{site.base}/feed", "--sitemap", f"{site.base}/sitemap.xml",
                  "--wordpress", site.base, "--language", "sr-Latn")  # fmt: skip
    assert (added.exit_code, "3 sources" in added.stdout) == (0, True)
    (outlet,) = parse_outlets((tmp_path / "data" / "outlets.toml").read_text(), "x")
    assert (outlet.language, len(outlet.sources())) == ("sr-Latn", 3)
    checked = telal("check")
    assert checked.exit_code == 0
    assert checked.stdout.count(" ok ") == 3 and "8 articles" in checked.stdout
    ran = telal("run")
    assert ran.exit_code == 0
    assert "articles stored" in ran.stdout and " 8" in ran.stdout
    shown = telal("status")
    assert "Most Daily" in shown.stdout and "never" not in shown.stdout
    (figures,) = json.loads(telal("status", "--json").stdout)
    assert (figures["held"], figures["failing"]) == (8, 0)


def test_check_and_run_tell_of_what_does_not_respond(telal: Telal, faulty: Faulty) -> None:
    telal("add", "Broken", "--feed", f"{faulty.base}/nowhere")
    checked = telal("check")
    assert checked.exit_code == 2
    assert "not-found: The server says 404." in checked.stdout
    assert telal("run").exit_code == 2
    assert "404" in telal("status").stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("add", "A"), "A has no source"),
        (("add", "A", "--feed", "ftp://a.example"), "is not an http address"),
        (("add", "Nobody", "--starter"), "no outlet 'Nobody'"),
        (("run",), "There are no outlets"),
        (("watch",), "There are no outlets"),
        (("check", "A"), "There are no outlets"),
        (("urls", "missing.txt"), "There is no file"),
        (("wordpress-export", "missing.xml"), "There is no file"),
        (("missing.jsonl",), "There is no file or folder"),
        ((), "Name what to ingest"),
    ],
)
def test_what_cannot_be_done_is_told(telal: Telal, args: tuple[str, ...], told: str) -> None:
    with pytest.raises(TelalError) as caught:
        telal(*args)
    assert told in str(caught.value)
    assert isinstance(caught.value, BadInput) and caught.value.hint


def test_an_outlet_of_the_starter_list(telal: Telal, tmp_path: Path) -> None:
    assert telal("add", "balkan insight", "--starter").exit_code == 0
    (outlet,) = parse_outlets((tmp_path / "data" / "outlets.toml").read_text(), "x")
    assert (outlet.name, bool(outlet.found)) == ("Balkan Insight", True)


def test_a_list_of_addresses(telal: Telal, site: Site, faulty: Faulty, tmp_path: Path) -> None:
    stories = site.publish(3)
    noted = faulty.on("/closed", send("<p>x</p>", X_Robots_Tag="noindex"))
    path = tmp_path / "list.txt"
    path.write_text("\n".join([*(site.url(s) for s in stories), f"{site.base}/gone", noted]))
    done = telal("urls", str(path), "--outlet", "Most", "--language", "sr")
    assert done.exit_code == 2
    with Archive.open(load_settings()) as archive:
        assert {(a.outlet, a.language) for a in archive.articles()} >= {("Most", "sr-Latn")}
    assert "could not be fetched (not-found)" in done.stdout
    assert "reserved by its owner (noindex)" in done.stdout


def test_a_list_tells_what_it_drops_and_fetches_no_page_twice(telal: Telal, site: Site, tmp_path: Path) -> None:
    first, second = (site.url(story) for story in site.publish(2))
    path = tmp_path / "list.txt"
    path.write_text(f"# pages\n{first}\n\n{first}\nwww.no-scheme.example/a\n")
    done = telal("urls", str(path))
    assert done.exit_code == 2
    assert "1 lines repeat an address" in done.stderr
    assert "line is no http address" in done.stdout
    (rejected,) = (tmp_path / "data" / "rejected").iterdir()
    about = json.loads(rejected.read_text())["rejected"]
    assert (about["line"], about["detail"]) == (5, "www.no-scheme.example/a")

    path.write_text(f"{first}\n{second}\n")
    done = telal("urls", str(path))
    assert done.exit_code == 0
    assert "1 pages are in the archive and are not fetched" in done.stderr
    assert read_counts(done.stdout) == {"read": 1, "new": 1, "changed": 0, "unchanged": 0, "rejected": 0}
    assert read_counts(telal("urls", str(path), "--again").stdout)["unchanged"] == 2


def read_counts(out: str) -> dict[str, int]:
    rows = (line.split() for line in out.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2}


def test_files_are_read_as_before(telal: Telal, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"title": "Most", "text": "Most je otvoren juče u Čačku."}) + "\n")
    assert telal(str(path)).exit_code == 0
    assert telal("files", str(path)).exit_code == 0


def test_a_watch_ends_on_sigterm_within_ten_seconds(site: Site, tmp_path: Path) -> None:
    """A process of its own, killed as a supervisor would while it waits for a source that says nothing."""
    site.publish(3)
    script = Path(__file__).with_name("killed_watcher.py")
    code = f"""
import sys; sys.path.insert(0, {str(script.parent)!r}); sys.argv = ["telal"]
import killed_watcher
from ingest.commands import live, terminal
terminal.load_embedder = lambda settings, progress: killed_watcher.words_embedder()
live.watch(log="json")
"""
    data = tmp_path / "data"
    data.mkdir()
    (data / "outlets.toml").write_text(f'[[outlet]]\nname = "M"\nfeeds = ["{site.base}/feed"]\nevery_s = 0.5\n')
    environment = {
        "TELAL_DATA_DIR": str(data),
        "TELAL_INGEST__ALLOW_PRIVATE": "true",
        "TELAL_INGEST__HOST_DELAY_S": "0",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PATH": "/usr/bin:/bin",
    }
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if '"visit"' in line:
                break
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        rest = process.stderr.read()
        assert process.wait(20) == 0
        assert time.monotonic() - asked < 10
    assert '"event": "end"' in rest
    assert "TELAL_INGEST__CONTACT" in "".join(lines)


def test_a_page_is_read_anew_and_what_editors_added_is_visited(telal: Telal, site: Site, tmp_path: Path) -> None:
    from ingest.outlets import OutletChange, OutletChanges

    site.publish(3)
    story = site.newest()[0]
    assert telal("again", f"{site.base}/nothing").exit_code == 2
    assert "Taken in." in telal("again", site.url(story)).stdout
    assert "the archive has this version" in telal("again", site.url(story)).stdout
    site.correct(story.number)
    assert "a new revision" in telal("again", site.url(story)).stdout
    with Archive.open(load_settings()) as archive:
        fields = {"name": "Most Daily", "feeds": [f"{site.base}/feed"]}
        OutletChanges(archive.database).set("Most Daily", OutletChange(fields))
    assert telal("run").exit_code == 0
    assert "Most Daily" in telal("status").stdout
    with Archive.open(load_settings()) as archive:
        assert archive.stats().articles == 3
        OutletChanges(archive.database).set("Most Daily", OutletChange({**fields, "enabled": False}))
    site.publish(1)
    telal("run")
    with Archive.open(load_settings()) as archive:
        assert archive.stats().articles == 3
