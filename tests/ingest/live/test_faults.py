"""What goes wrong at an outlet, on the way or on the disk leaves the archive true and the next visit working."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from faulty_server import Faulty, broken_off, endless_head, send, silent
from outlet_site import Site
from sqlalchemy import select

from ingest.outlets import OutletConfig
from ingest.pipeline import Pipeline
from ingest.watch.schema import PageState, from_row, items
from rag.config import Settings
from rag.errors import ArchiveBusy, DiskFull, ModelMismatch, TelalError

ARTICLE = """<html lang="en"><head><title>Bridge {n}</title></head><body><article><h1>Bridge {n}</h1>
<p>Bridge number {n} was opened yesterday in Mostar after two years of work on the river.</p>
<p>The mayor said that it had cost {n} million euros and that traffic will be let through at noon.</p></article></body>
</html>"""


def feed(faulty: Faulty, count: int, date: str = "", host: str = "127.0.0.1") -> str:
    """A feed of so many articles, whose pages are served, too."""
    base = faulty.base.replace("127.0.0.1", host)
    for n in range(count):
        faulty.on(f"/a{n}", send(ARTICLE.format(n=n)))
    listed = "".join(
        f"<item><title>{n}</title><link>{base}/a{n}</link><pubDate>{date}</pubDate></item>" for n in range(count)
    )
    body = f"<rss version='2.0'><channel><title>F</title>{listed}</channel></rss>"
    faulty.on("/feed", send(body, kind="application/rss+xml"))
    return f"{base}/feed"


def outlet(url: str, name: str = "Faulty") -> OutletConfig:
    return OutletConfig(name=name, language="en", feeds=(url,))


def changed(desk: Any, **ingest: Any) -> Settings:
    """The desk's settings with others for ingestion."""
    made: Settings = desk.settings.model_copy(update={"ingest": desk.settings.ingest.model_copy(update=ingest)})
    return made


def pages(desk: Any) -> dict[str, PageState]:
    with desk.state.reading() as connection:
        return {row.key: from_row(PageState, row) for row in connection.execute(select(items))}


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("not xml", "neither RSS nor Atom"),
        ("200 MB", "larger than"),
        ("endless head", "broke off"),
        ("broken off", "broke off"),
        ("429", "429"),
        ("silent", "too slow"),
    ],
)
def test_a_feed_that_cannot_be_read_is_told_and_asked_again_later(
    faulty: Faulty, desk: Any, what: str, told: str
) -> None:
    """A second outlet is served meanwhile: one that fails holds up nobody."""
    replies = {
        "not xml": send("<html>We have moved</html>"),
        "200 MB": send(b"", kind="application/xml", Content_Length=str(200_000_000)),
        "endless head": endless_head(faulty),
        "broken off": broken_off(b"<rss>", promised=9999, kind="application/xml"),
        "429": send(status=429, Retry_After="7200"),
        "silent": silent(faulty),
    }
    if what == "200 MB":
        replies[what] = lambda handler: huge(handler, 200_000_000)
    timeout_s = 4.0 if what == "silent" else 30.0
    bad = OutletConfig(name="Bad", feeds=(faulty.on("/bad", replies[what]),))
    with_good = outlet(feed(faulty, 2, host="localhost"), "Good")
    totals = desk.run(bad, with_good, settings=changed(desk, fetch_timeout_s=timeout_s, feed_max_bytes=1_000_000))
    assert (totals.errors, totals.stored) == (1, 2)
    source = next(s for s in desk.state.sources() if s.outlet == "Bad")
    assert told in source.error
    assert (source.failures, source.succeeded, source.lease_until) == (1, None, 0)
    wait_s = (source.due - (source.visited or 0)) / 1e6
    assert wait_s >= (7000 if what == "429" else 50)


def huge(handler: Any, size: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/xml")
    handler.send_header("Content-Length", str(size))
    handler.end_headers()
    handler.close_connection = True
    piece = b"<item>x</item>" * 10_000
    for _ in range(0, size, len(piece)):
        handler.wfile.write(piece)


@pytest.mark.parametrize("date", ["", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2099 00:00:00 GMT", "no date"])
def test_dates_that_cannot_be_do_not_cost_the_article(faulty: Faulty, desk: Any, date: str) -> None:
    assert desk.run(outlet(feed(faulty, 1, date))).stored == 1
    (article,) = desk.archive.articles()
    assert article.published is None


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        (send(b""), "refused", "empty"),
        (send("<html><body></body></html>"), "rejected", None),
        (send(b"%PDF-1.7", kind="application/pdf"), "refused", "content-type"),
        (send(b"a" * 3_000_000), "refused", "too-large"),
        (send(status=401), "refused", "password"),
        (send(status=410), "failed", "gone"),  # lists run ahead of pages: it is looked for some more times
        (send(status=404), "failed", "not-found"),
        (send(status=500), "failed", "server-error"),
        (send(ARTICLE.format(n=1), X_Robots_Tag="noindex"), "refused", "noindex"),
        (broken_off(ARTICLE[:200].encode(), promised=9000), "failed", "broken-off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_page_that_is_no_article_leaves_the_others_alone(
    faulty: Faulty, desk: Any, reply: Any, state: str, reason: str | None
) -> None:
    url = feed(faulty, 2)
    faulty.on("/a0", reply)
    small = changed(desk, page_max_bytes=10**6)
    assert desk.run(outlet(url), settings=small).stored == 1
    (item,) = [i for i in pages(desk).values() if i.state != "held"]
    assert item.state == state
    assert reason is None or item.reason == reason
    assert (item.due is None) == (state != "failed")


def test_a_page_that_failed_is_tried_again_although_the_feed_is_unchanged(faulty: Faulty, desk: Any) -> None:
    url = feed(faulty, 2)
    good = faulty.replies["/a0"]
    faulty.on("/a0", send(status=500))
    assert desk.run(outlet(url)).failed == 1
    faulty.on("/a0", good)
    assert desk.run(outlet(url)).stored == 0  # two minutes later at the earliest
    desk.state.settle([replace(i, due=i.due - 10**9) for i in pages(desk).values() if i.state == "failed"])
    assert desk.run(outlet(url)).stored == 1
    assert faulty.requests["/a1"] == 1


def test_a_page_that_goes_on_failing_is_given_up(faulty: Faulty, desk: Any) -> None:
    url = feed(faulty, 1)
    faulty.on("/a0", send(status=500))
    for _ in range(8):
        desk.run(outlet(url))
        desk.state.settle([replace(i, due=i.due and i.due - 10**12) for i in pages(desk).values()])
    (item,) = pages(desk).values()
    assert (item.state, item.tries, item.due) == ("refused", 6, None)
    assert faulty.requests["/a0"] == 6


def test_a_host_that_wants_to_be_left_alone_is_not_asked_for_the_rest(faulty: Faulty, desk: Any) -> None:
    url = feed(faulty, 6)
    for n in range(6):
        faulty.on(f"/a{n}", send(status=429, Retry_After="600"))
    assert desk.run(outlet(url)).errors == 1
    assert sum(faulty.requests[f"/a{n}"] for n in range(6)) == 1
    assert "429" in desk.source().error


def test_a_name_that_vanishes_or_turns_private(faulty: Faulty, desk: Any) -> None:
    url = feed(faulty, 1, host="news.example")
    public = changed(desk, allow_private=False)

    def gone(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    desk.run(outlet(url), resolve=gone)
    assert "not found" in desk.source().error
    desk.run(outlet(url), settings=public, resolve=lambda host, port: ["10.0.0.7"])
    assert "10.0.0.7, which is not an address of the public Internet" in desk.source().error
    assert sum(faulty.requests.values()) == 0
    assert desk.run(outlet(url), resolve=lambda host, port: ["127.0.0.1"]).stored == 1


class Failing(Pipeline):
    """A pipeline into an archive that fails so many times."""

    def __init__(self, desk: Any, errors: Sequence[Exception]) -> None:
        super().__init__(desk.archive, desk.embedder, desk.settings)
        self._errors = list(errors)
        self.archive_write = desk.archive.write

    def run(self, *args: Any, **more: Any) -> Any:
        if self._errors:
            raise self._errors.pop(0)
        return super().run(*args, **more)


@pytest.mark.parametrize("error", [DiskFull("No room left.", hint="Free some."), ArchiveBusy("Another writer.")])
def test_an_archive_that_cannot_be_written_costs_a_visit_and_no_article(
    site: Site, desk: Any, error: TelalError
) -> None:
    site.publish(5)
    the = OutletConfig(name="Most Daily", feeds=(f"{site.base}/feed",))
    first = desk.run(the, pipeline=Failing(desk, [error]))
    assert (first.errors, first.stored) == (1, 0)
    assert error.message in desk.source().error
    assert desk.source().etag == ""  # the feed is not taken for dealt with
    assert desk.run(the).stored == 5
    assert desk.archive.check() == []


def test_a_disk_that_fills_up_in_the_middle(site: Site, desk: Any, monkeypatch: Any) -> None:
    """The third transaction fails as SQLite does on a full disk; two are kept, and the next visit brings the rest."""
    site.publish(12)
    the = OutletConfig(name="Most Daily", feeds=(f"{site.base}/feed",))
    few = changed(desk, batch_articles=3)
    write, calls = desk.archive.write, []

    def filling(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise DiskFull("No room left for the archive; nothing stored is lost.")
        return write(*args)

    monkeypatch.setattr(desk.archive, "write", filling)
    assert desk.run(the, settings=few).errors == 1
    kept = desk.archive.stats().articles
    assert 0 < kept < 12
    assert desk.run(the, settings=few).errors == 0
    assert desk.archive.stats().articles == 12
    assert desk.archive.check() == []


def test_another_model_ends_the_run_with_the_reason(site: Site, desk: Any) -> None:
    site.publish(1)
    the = OutletConfig(name="Most Daily", feeds=(f"{site.base}/feed",))
    with pytest.raises(ModelMismatch):
        desk.run(the, pipeline=Failing(desk, [ModelMismatch("Another model.")]))


def test_a_page_that_breaks_the_reader_is_rejected_and_the_batch_goes_on(
    site: Site, desk: Any, monkeypatch: Any
) -> None:
    stories = site.publish(6)
    from ingest import pipeline

    real = pipeline.to_articles

    def fragile(raw: Any, *, max_bytes: int) -> Any:
        if raw.fields["url"] == site.url(stories[2]):
            raise RecursionError("too deep")
        return real(raw, max_bytes=max_bytes)

    monkeypatch.setattr(pipeline, "to_articles", fragile)
    totals = desk.run(OutletConfig(name="Most Daily", feeds=(f"{site.base}/feed",)))
    assert (totals.stored, totals.rejected) == (5, 1)
    assert "reading fails (RecursionError)" in {i.reason for i in pages(desk).values()}


def test_a_stop_comes_back_soon_and_gives_the_claims_back(faulty: Faulty, desk: Any) -> None:
    stop = threading.Event()
    url = feed(faulty, 3)
    faulty.on("/a1", silent(faulty))
    runner = desk.make(outlet(url), stopped=stop.is_set)
    threading.Timer(1.5, stop.set).start()
    started = time.monotonic()
    runner.run(once=False)
    assert time.monotonic() - started < 5
    assert all(s.lease_until == 0 for s in desk.state.sources())
    faulty.on("/a1", send(ARTICLE.format(n=1)))
    assert desk.run(outlet(url)).errors == 0
    assert desk.archive.stats().articles == 3


def test_a_watch_sees_what_is_published_while_it_runs(site: Site, desk: Any) -> None:
    site.publish(2)
    stop = threading.Event()
    the = OutletConfig(name="Most Daily", feeds=(f"{site.base}/feed",), every_s=0.5)
    runner = desk.make(the, stopped=stop.is_set)
    thread = threading.Thread(target=lambda: runner.run(once=False))
    thread.start()
    try:
        wait_for(lambda: desk.archive.stats().articles == 2)
        published = datetime.now(UTC)
        site.publish(1)
        wait_for(lambda: desk.archive.stats().articles == 3)
        assert (datetime.now(UTC) - published).total_seconds() < 10
    finally:
        stop.set()
        thread.join()


def wait_for(condition: Any, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)
