"""`telal ingest` in processes of its own: table, exit codes, rejected file, interruption, kills."""

import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rag.config import Settings
from rag.errors import ReadOnly
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

Lines = Callable[..., Path]

# The command alone, with the same end as `telal`; the fake embedder stands in where many processes are started.
RUN = """
import sys
import typer
import ingest.commands.main
import ingest.commands.terminal
from rag.errors import TelalError

app = typer.Typer(pretty_exceptions_enable=False)
app.callback()(lambda: None)
ingest.commands.main.register(app)
if sys.argv[1] != "real":
    import importlib.util
    spec = importlib.util.spec_from_file_location("fakes", sys.argv[1])
    fakes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fakes)
    ingest.commands.terminal.load_embedder = lambda settings, progress: fakes.WordsEmbedder()
sys.argv[1:] = sys.argv[2:]
try:
    app()
except TelalError as error:
    print(f"telal: {error.message} {error.hint}", file=sys.stderr)
    sys.exit(2)
"""
FAKES = str(Path(__file__).parents[1] / "conftest.py")
ROOT = Path(__file__).parents[3]


@contextmanager
def started(data: Path, *args: object, model: str = FAKES) -> "Iterator[subprocess.Popen[str]]":
    """The command running; killed if the test leaves it behind."""
    command = [sys.executable, "-c", RUN, model, "ingest", *map(str, args)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TELAL_")} | {
        "TELAL_DATA_DIR": str(data),
        "TELAL_INGEST__BATCH_ARTICLES": "8",
        "PYTHONPATH": str(ROOT),
    }
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def run(data: Path, *args: object, stdin: str = "", model: str = FAKES) -> "subprocess.CompletedProcess[str]":
    with started(data, *args, model=model) as process:
        out, err = process.communicate(stdin, timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def table(out: str) -> dict[str, int]:
    rows = (re.fullmatch(r"(\S.*?)\s+([\d,]+)", line.strip()) for line in out.splitlines())
    return {row[1]: int(row[2].replace(",", "")) for row in rows if row}


def news(numbers: Sequence[int]) -> list[dict[str, object]]:
    body = "Ministar broj {0} govorio je u Tirani. Sastanak je trajao {0} sati. "
    return [{"id": f"n:{n}", "title": f"Vest {n}", "text": body.format(n) * 3, "language": "sr-Latn"} for n in numbers]


def test_the_table_and_the_file_of_rejected_records(tmp_path: Path, lines: Lines) -> None:
    bad = [{"id": "x", "title": "Samo naslov", "text": None}, {**news([5])[0], "id": "f", "published": "2999-01-01"}]
    path = lines("a.jsonl", [*news(range(4)), *news([1]), *bad])
    rejected = tmp_path / "rejected.jsonl"
    first = run(tmp_path / "data", path, "--rejected", rejected)
    assert first.returncode == 2, first.stderr
    assert table(first.stdout) == {
        "read": 7,
        "new": 4,
        "changed": 0,
        "unchanged": 1,
        "rejected": 2,
        "no text (headline only)": 1,
        "published is in the future": 1,
    }
    assert str(rejected) in first.stderr
    held = [json.loads(line) for line in rejected.read_text(encoding="utf-8").splitlines()]
    assert [h["record"] for h in held] == bad
    assert [h["rejected"]["line"] for h in held] == [6, 7]

    held[0]["record"]["text"] = "Tekst koji je nedostajao sada je tu."
    held[1]["record"]["published"] = "2025-03-18"
    mended = lines("mended.jsonl", held)
    second = run(tmp_path / "data", mended)
    assert second.returncode == 0, second.stderr
    assert table(second.stdout)["new"] == 2


def test_gzip_and_standard_input(tmp_path: Path, lines: Lines) -> None:
    plain = lines("a.jsonl", news(range(3)))
    zipped = tmp_path / "a.jsonl.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    assert table(run(tmp_path / "data", zipped).stdout)["new"] == 3
    piped = run(tmp_path / "data", "-", stdin=plain.read_text() + json.dumps(news([9])[0]))
    assert piped.returncode == 0
    assert (table(piped.stdout)["new"], table(piped.stdout)["unchanged"]) == (1, 3)


@pytest.mark.parametrize("args", [[], ["--starter", "x"], ["missing.jsonl"], ["a.jsonl", "--rejected", "a.jsonl"]])
def test_wrong_use_says_what_to_do(
    tmp_path: Path, lines: Lines, args: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines("a.jsonl", news([1]))
    monkeypatch.chdir(tmp_path)
    wrong = run(tmp_path / "data", *args)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("telal: ")
    assert not (tmp_path / "data").exists()


def test_the_indexes_are_brought_up_to_the_archive(tmp_path: Path, lines: Lines) -> None:
    assert run(tmp_path / "data", lines("a.jsonl", news(range(20)))).returncode == 0
    settings = Settings(data_dir=tmp_path / "data")
    with Archive.open(settings) as archive:
        indexes = Indexes(archive, settings, dimension=16, own=False)
        try:
            indexes.start()
            assert indexes.status().keyword_change == archive.last_change() == 20
            assert indexes.keyword("ministar 7", limit=5)
        finally:
            indexes.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_after_a_whole_batch(tmp_path: Path, lines: Lines, number: signal.Signals) -> None:
    path = lines("a.jsonl", news(range(240)))
    with started(tmp_path / "data", path) as process:
        wait_for_articles(tmp_path / "data", 1)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    stored = table(out)["new"]
    assert 0 < stored < 240
    assert "Run the same command again" in err
    assert count_articles(tmp_path / "data") == stored
    again = table(run(tmp_path / "data", path).stdout)
    assert (again["new"], again["unchanged"]) == (240 - stored, stored)


def test_a_signal_while_standard_input_is_silent(tmp_path: Path) -> None:
    with started(tmp_path / "data", "-") as process:
        assert process.stdin
        process.stdin.write(json.dumps(news([1])[0]) + "\n")
        process.stdin.flush()
        wait_for_articles(tmp_path / "data", 0)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 130


@pytest.mark.slow
def test_a_killed_run_loses_nothing_and_doubles_nothing(tmp_path: Path, lines: Lines) -> None:
    data, path = tmp_path / "data", lines("a.jsonl", news(range(1500)))
    before = 0
    for kill in range(6):
        if before == 1500:  # a fast machine is done before the last kill
            break
        with started(data, path) as process:
            wait_for_articles(data, before + 1)
            time.sleep(random.Random(kill).uniform(0, 0.5))
            process.kill()
        with Archive.open(Settings(data_dir=data)) as archive:
            assert archive.check() == []
            now = archive.stats().articles
        assert now >= before
        before = now
    end = run(data, path)
    assert end.returncode == 0, end.stderr
    assert table(end.stdout)["new"] + table(end.stdout)["unchanged"] == 1500
    with Archive.open(Settings(data_dir=data)) as archive:
        stats = archive.stats()
        assert (stats.articles, stats.revisions, stats.last_change) == (1500, 1500, 1500)
        assert archive.check() == []


def test_two_runs_at_once_store_every_article_once(tmp_path: Path, lines: Lines) -> None:
    path = lines("a.jsonl", news(range(300)))
    with started(tmp_path / "data", path) as one, started(tmp_path / "data", path) as other:
        tables = [table(p.communicate(timeout=120)[0]) for p in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0)
    assert sum(t["new"] for t in tables) == 300
    with Archive.open(Settings(data_dir=tmp_path / "data")) as archive:
        assert (archive.stats().articles, archive.stats().revisions) == (300, 300)
        assert archive.check() == []


def test_the_starter_corpus_with_the_real_model(tmp_path: Path, lines: Lines) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    brief = next((ROOT / "ingest" / "starter").glob("en.jsonl")).read_text(encoding="utf-8").splitlines()[:3]
    path = lines("en.jsonl", [json.loads(line) for line in brief])
    assert run(settings.data_dir, path, model="real").returncode == 0
    embedder = load_embedder(settings.embedding)
    with Archive.open(settings) as archive:
        indexes = Indexes(archive, settings, dimension=embedder.dimension, own=False)
        try:
            indexes.start()
            question = embedder.embed_query("Who signed the defence agreement of Albania, Croatia and Kosovo?")
            best = archive.passages([indexes.dense(question, limit=1)[0].key])
        finally:
            indexes.close()
    assert [p.article_id for p in best.values()] == ["starter:tirana-agreement:en"]


def wait_for_articles(data: Path, least: int) -> None:
    """Until the archive is there and holds that many articles."""
    for _ in range(1200):
        with suppress(ReadOnly):  # not there yet
            if count_articles(data) >= least:
                return
        time.sleep(0.05)
    raise AssertionError("The run has not come so far within a minute.")


def count_articles(data: Path) -> int:
    with Archive.open(Settings(data_dir=data), read_only=True) as archive:
        return archive.stats().articles
