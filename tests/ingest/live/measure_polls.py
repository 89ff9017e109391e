"""What visits to unchanged feeds cost: `python tests/ingest/live/measure_polls.py [VISITS]`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from killed_watcher import settings, words_embedder  # noqa: E402
from outlet_site import Site, serve  # noqa: E402

from ingest.outlets import OutletConfig  # noqa: E402
from ingest.pipeline import Pipeline, identity  # noqa: E402
from ingest.watch.runner import Runner  # noqa: E402
from ingest.watch.show import visit_log  # noqa: E402
from rag.store.archive.archive import Archive  # noqa: E402

OUTLETS = 10


def measure(visits: int) -> dict[str, float]:
    """Ten outlets of twenty articles each are taken in; then so many visits find nothing new."""
    embedder, log = words_embedder(), visit_log("critical", as_json=True)
    with tempfile.TemporaryDirectory() as name, serve(Site(feed_length=20)) as site:
        used = settings(Path(name))
        site.publish(20)
        feeds = [OutletConfig(name=f"Most {n}", feeds=(f"{site.base}/feed",), every_s=0.01) for n in range(OUTLETS)]
        with Archive.open(used, identity=identity(used, embedder)) as archive:
            pipeline = Pipeline(archive, embedder, used)
            Runner(used, pipeline, feeds, log=log).run(once=True)
            embedded, replies = len(embedder.embedded), sum(site.requests.values())
            runner = Runner(used, pipeline, feeds, log=log, stopped=lambda: enough())

            def enough() -> bool:
                return runner.totals.visits >= visits

            cpu, wall = time.process_time(), time.monotonic()
            totals = runner.run(once=False)
            return {
                "visits": totals.visits,
                "unchanged": totals.unchanged,
                "errors": totals.errors,
                "replies parsed": runner.visitor.parsed,
                "passages embedded": len(embedder.embedded) - embedded,
                "requests": sum(site.requests.values()) - replies,
                "CPU ms a visit, the test's server included": 1000 * (time.process_time() - cpu) / totals.visits,
                "seconds": time.monotonic() - wall,
            }


if __name__ == "__main__":
    for name, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000).items():
        print(f"{name}: {value:g}")  # noqa: T201
