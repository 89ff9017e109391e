"""Records come into the archive once, revisions in order, nothing is embedded twice, nothing is lost."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.pipeline import CommittedArticle, IngestReport, Pipeline, RunCallbacks
from ingest.raw import RawRecord, RejectedRecord
from rag.config import Settings
from rag.errors import ClockBehind, DiskFull
from rag.store.archive.archive import Archive

pytestmark = pytest.mark.usefixtures("database")

Fields = Mapping[str, Any]


def news(number: int, text: str = "", **more: object) -> Fields:
    text = (
        text or f"Ministar broj {number} govorio je u Tirani. Sastanak je trajao {number} sati. Potpisali su sporazum."
    )
    return {"id": f"n:{number}", "title": f"Vest {number}", "text": text, "language": "sr-Latn", **more}


def counts(report: object) -> tuple[int, ...]:
    return tuple(getattr(report, name) for name in ("read", "new", "changed", "unchanged", "rejected"))


def test_articles_come_in_with_exact_passages(pipeline: Pipeline, archive: Archive) -> None:
    report = pipeline.run([news(n) for n in range(200)])
    assert counts(report) == (200, 200, 0, 0, 0)
    assert archive.stats().articles == 200
    assert archive.check() == []
    article = archive.article("n:7")
    for stored in archive.passages_of("n:7"):
        assert article.text[stored.passage.start : stored.passage.end] == stored.passage.text


def test_feeding_again_embeds_nothing(pipeline: Pipeline, embedder: Any) -> None:
    pipeline.run([news(n) for n in range(20)])
    before = len(embedder.embedded)
    assert counts(pipeline.run([news(n) for n in range(20)])) == (20, 0, 0, 20, 0)
    assert len(embedder.embedded) == before


def test_a_change_is_a_revision_and_embeds_only_itself(pipeline: Pipeline, archive: Archive, embedder: Any) -> None:
    pipeline.run([news(n) for n in range(5)])
    before = len(embedder.embedded)
    changed = news(3, "Ministar je otkazao dolazak u Tiranu. Sastanak je odložen.", modified="2025-03-20")
    assert counts(pipeline.run([*(news(n) for n in range(3)), changed])) == (4, 0, 1, 3, 0)
    assert len(embedder.embedded) == before + 1
    assert archive.article("n:3").revision == 2
    assert archive.article("n:3", revision=1).text.startswith("Ministar broj 3")
    assert [s.passage.revision for s in archive.passages_of("n:3")] == [2]


def test_a_correction_embeds_only_the_passages_that_it_touches(
    pipeline: Pipeline, archive: Archive, embedder: Any
) -> None:
    text = " ".join(f"Rečenica broj {n} govori o sastanku u Tirani." for n in range(100))
    pipeline.run([news(1, text)])
    before, vectors = len(embedder.embedded), stored_vectors(archive, "n:1")
    assert before > 3
    corrected = text.replace("broj 99", "broj 98")
    assert counts(pipeline.run([news(1, corrected, modified="2025-03-20")])) == (1, 0, 1, 0, 0)
    assert len(embedder.embedded) == before + 1
    assert (stored_vectors(archive, "n:1")[:-1] == vectors[:-1]).all()
    pipeline.run([news(1, corrected, modified="2025-03-21", outlet="Glas")])
    assert archive.article("n:1").outlet == "Glas"
    assert len(embedder.embedded) == before + 1
    assert archive.check() == []


def test_copies_in_a_batch_are_embedded_once(pipeline: Pipeline, archive: Archive, embedder: Any) -> None:
    text = "Agencijska vest o sastanku u Tirani. " * 20
    pipeline.run([{**news(1, text), "id": f"copy:{n}"} for n in range(10)])
    assert len(embedder.embedded) == 1
    assert archive.stats().passages == 10


def stored_vectors(archive: Archive, article_id: str) -> Any:
    return archive.vectors([s.key for s in archive.passages_of(article_id)]).vectors


def test_an_old_dump_does_not_turn_an_article_back(pipeline: Pipeline, archive: Archive) -> None:
    old = [news(n, modified="2025-03-18") for n in range(3)]
    pipeline.run(old)
    pipeline.run([news(1, "Novi tekst vesti je ovde.", modified="2025-03-20")])
    assert counts(pipeline.run(old)) == (3, 0, 0, 3, 0)
    assert archive.article("n:1").text == "Novi tekst vesti je ovde."


def test_revisions_in_one_file_keep_their_order_and_loading_twice_changes_nothing(
    pipeline: Pipeline, archive: Archive
) -> None:
    dump = [
        news(1, "Prvi izveštaj o broju žrtava.", modified="2025-03-18"),
        news(2),
        news(1, "Drugi izveštaj o broju žrtava.", modified="2025-03-19"),
        news(1, "Treći izveštaj o broju žrtava.", modified="2025-03-20"),
    ]
    assert counts(pipeline.run(dump)) == (4, 2, 2, 0, 0)
    assert archive.article("n:1").text.startswith("Treći")
    last = archive.last_change()
    assert counts(pipeline.run(dump)) == (4, 0, 0, 4, 0)
    assert archive.last_change() == last


def test_repetitions_within_a_run_are_one(pipeline: Pipeline, embedder: Any) -> None:
    assert counts(pipeline.run([news(1)] * 5 + [news(2)])) == (6, 2, 0, 4, 0)
    assert len(embedder.embedded) == 2


def test_an_erased_article_stays_erased(pipeline: Pipeline, archive: Archive, embedder: Any) -> None:
    pipeline.run([news(1)])
    archive.erase("n:1", reason="court")
    before = len(embedder.embedded)
    report = pipeline.run([news(1), news(2)])
    assert (report.erased, report.new) == (1, 1)
    assert len(embedder.embedded) == before + 1


def test_a_retracted_article_is_stored_and_not_embedded(pipeline: Pipeline, archive: Archive, embedder: Any) -> None:
    assert counts(pipeline.run([news(1, status="retracted")])) == (1, 1, 0, 0, 0)
    assert embedder.embedded == []
    assert archive.passages_of("n:1") == []
    assert counts(pipeline.run([news(1, status="live", modified="2025-01-01")])) == (1, 0, 1, 0, 0)
    assert len(archive.passages_of("n:1")) == 1


def test_rejected_records_are_handed_over_with_their_reason(pipeline: Pipeline, raw: Callable[..., RawRecord]) -> None:
    rejected: list[RejectedRecord] = []
    report = pipeline.run(
        [news(1), raw(text=None), raw(published="2999-01-01")], RunCallbacks(rejected=rejected.append)
    )
    assert counts(report) == (3, 1, 0, 0, 2)
    assert report.reasons == {"no text (headline only)": 1, "published is in the future": 1}
    assert rejected[0].record == raw(text=None).fields
    assert str(rejected[0].place) == "here.jsonl:1"


def test_by_a_clock_that_was_set_back_nothing_is_rejected(
    pipeline: Pipeline, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.run([news(1)])
    long_ago = datetime.now(UTC) - timedelta(days=900)

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return long_ago

    for module in ("ingest.pipeline", "ingest.records"):
        monkeypatch.setattr(f"{module}.datetime", SetBack)
    rejected: list[RejectedRecord] = []
    today = news(2, published=(long_ago + timedelta(days=899)).isoformat())
    with pytest.raises(ClockBehind, match="Set the clock"):
        pipeline.run([today], RunCallbacks(rejected=rejected.append))
    assert rejected == []
    monkeypatch.undo()
    assert counts(pipeline.run([today])) == (1, 1, 0, 0, 0)


def test_nothing_is_acknowledged_before_it_is_committed(
    pipeline: Pipeline, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged: list[str] = []

    def committed(batch: list[CommittedArticle]) -> None:
        acknowledged.extend(c.article_id for c in batch)
        assert all(archive.article(c.article_id) for c in batch)

    pipeline.run([news(n) for n in range(100)], RunCallbacks(committed=committed))
    assert len(acknowledged) == 100

    def full(batch: object) -> None:
        raise DiskFull("No room.")

    monkeypatch.setattr(archive, "write", full)
    with pytest.raises(DiskFull):
        pipeline.run([news(n) for n in range(100, 200)], RunCallbacks(committed=committed))
    assert len(acknowledged) == 100


def test_stopping_ends_after_the_batch_at_hand_and_the_next_run_goes_on(
    archive: Archive, embedder: Any, settings: Settings
) -> None:
    pipeline = Pipeline(archive, embedder, settings)
    records = [news(n) for n in range(400)]
    stored: list[str] = []
    watch = RunCallbacks(committed=lambda b: stored.extend(c.article_id for c in b), stopped=lambda: len(stored) > 100)
    report = pipeline.run(records, watch)
    assert report.interrupted
    assert 100 < report.new < 400  # a batch is as long as the clock lets it be
    assert archive.stats().articles == len(stored) == report.new
    assert counts(pipeline.run(records)) == (400, 400 - report.new, 0, report.new, 0)
    assert len(embedder.embedded) == 400


def test_no_more_is_held_than_a_window(pipeline: Pipeline, settings: Settings) -> None:
    read, held, settled = 0, 0, 0

    def records() -> Iterator[Fields]:
        nonlocal read, held
        for read in range(1, 401):
            held = max(held, read - settled)
            yield news(read)

    def progress(so_far: IngestReport) -> None:
        nonlocal settled
        settled = so_far.records

    pipeline.run(records(), RunCallbacks(progress=progress))
    assert (read, settled) == (400, 400)
    assert held <= 8 * settings.ingest.batch_articles + 1


def test_long_articles_make_smaller_windows(pipeline: Pipeline, embedder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.pipeline.WINDOW_CHARS", 3000)
    before: list[int] = []

    def records() -> Iterator[Fields]:
        for n in range(9):
            before.append(len(embedder.embedded))
            yield news(n, f"Članak broj {n} ima dugačak dodatak. " * 30)

    pipeline.run(records())
    assert before[4] > 0


class Ticking:
    """A clock that moves when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        # Not the module's own function: everything else that waits would wait for ever.
        monkeypatch.setattr("ingest.pipeline.time", SimpleNamespace(monotonic=lambda: self.now))


def test_what_comes_slowly_is_stored_within_seconds(
    pipeline: Pipeline, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, stored = Ticking(monkeypatch), list[int]()

    def pages() -> Iterator[Fields]:
        for number in range(10):
            stored.append(archive.stats().articles)
            clock.now += 1.0
            yield news(number)

    pipeline.run(pages())
    assert all(number - held <= 3 for number, held in enumerate(stored))


def test_a_transaction_takes_as_long_whatever_the_model(
    pipeline: Pipeline, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, embed = Ticking(monkeypatch), embedder.embed_passages

    def batches(seconds_a_passage: float, numbers: range) -> list[int]:
        sizes: list[int] = []

        def slow(texts: Any) -> Any:
            clock.now += seconds_a_passage * len(texts)
            return embed(texts)

        monkeypatch.setattr(embedder, "embed_passages", slow)
        pipeline.run(map(news, numbers), RunCallbacks(committed=lambda done: sizes.append(len(done))))
        assert sum(sizes) == len(numbers)
        return sizes

    assert max(batches(1.0, range(30))[1:]) == 3
    assert max(batches(0.0, range(1000, 1200))) > 64


def test_progress_reaches_the_end(pipeline: Pipeline, raw: Callable[..., RawRecord]) -> None:
    seen: list[int] = []
    pipeline.run(
        [news(1), raw(text=""), news(1), news(2)], RunCallbacks(progress=lambda report: seen.append(report.records))
    )
    assert seen[-1] == 4


def test_a_model_that_reads_little_gets_shorter_passages(archive: Archive, embedder: Any, settings: Settings) -> None:
    embedder.max_tokens = 110
    Pipeline(archive, embedder, settings).run([news(1, "Ministar je danas govorio u Tirani o svemu. " * 20)])
    assert all(embedder.count_tokens([s.passage.text])[0] <= 46 for s in archive.passages_of("n:1"))
