"""Watches a made-up outlet until it is killed. Forks a fresh watcher for each line `DIRECTORY ADDRESS` it reads."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from ingest.outlets import OutletConfig
from ingest.pipeline import Pipeline, identity
from ingest.raw import Place, RawRecord
from ingest.records import to_articles
from ingest.watch.runner import Runner
from ingest.watch.show import visit_log
from rag.config import IngestSettings, Settings
from rag.store.archive.archive import Archive


def outlet(base: str) -> OutletConfig:
    return OutletConfig(
        name="Most", feeds=(f"{base}/feed",), sitemaps=(f"{base}/sitemap.xml",), wordpress=(base,), every_s=0.1
    )


def settings(directory: Path) -> Settings:
    ingest = IngestSettings(allow_private=True, host_delay_s=0.0, batch_articles=4)
    return Settings(data_dir=directory, ingest=ingest)


def words_embedder() -> Any:
    """The embedder of the tests beside this file's folder."""
    spec = importlib.util.spec_from_file_location("ingest_conftest", Path(__file__).parents[1] / "conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.WordsEmbedder()


def watch(directory: Path, base: str, embedder: Any) -> None:
    used = settings(directory)
    log = visit_log("info", as_json=True, stream=sys.stdout)
    with Archive.open(used, identity=identity(used, embedder)) as archive:
        Runner(used, Pipeline(archive, embedder, used), [outlet(base)], log=log).run(once=False)


def main() -> None:
    embedder = words_embedder()
    page = {"html": "<html><body><article><p>A bridge was opened in Mostar yesterday.</p></article></body></html>"}
    to_articles(RawRecord(page, Place("warm")), max_bytes=10**6)[
        0
    ]  # what is loaded at the first page is loaded before the fork
    for line in sys.stdin:
        directory, base = line.split()
        pid = os.fork()
        if pid == 0:
            os.close(0)
            watch(Path(directory), base, embedder)
            os._exit(0)
        print(f"pid {pid}", flush=True)  # noqa: T201
        os.waitpid(pid, 0)
        print("ended", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
