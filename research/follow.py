"""`python -m research.follow`: what is told of followed questions while three weeks of posts are replayed.

Forty questions, written before an answer was seen, are followed while posts of 48 outlets come in, a batch at a time.
Beside the watcher, which asks only what a batch comes near, every question is asked every few hundred posts: what
that tells is what there was to tell. `cost` compares the processor's time for a thousand followed headlines with
that of taking the same posts in.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from api.auth.keys import KeyStore
from api.follow.followed import AskedAgain, FollowedQuestion, ask, entry_of, nearness
from api.follow.sender import WebhookSender
from api.follow.store import Followed, Follows
from api.follow.told import ToldSoFar, change_of, told_with
from api.follow.waiting import SHARE, Allowance
from api.follow.watcher import ROUND_S, FollowWatcher
from api.follow.webhooks import Webhooks
from api.schemas.follow import FollowEntry
from eval.datasets.lines import read_lines
from eval.datasets.shared_data import DATA
from ingest.fetch.poster import Poster
from ingest.pipeline import Pipeline, identity
from rag.config import Settings, load_settings
from rag.models.embed import Embedder, WrappedEmbedder, load_embedder
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive
from rag.store.database.records import Change
from rag.types import Answer, AnswerStatus
from research.freshness import POSTS

QUESTIONS = Path(__file__).with_name("followed.txt")
Vectors = NDArray[np.float32]

app = typer.Typer(add_completion=False)
_out = Console()

Data = Annotated[Path, typer.Option(help="The folder with articles/.")]
Kept = Annotated[Path, typer.Option(help="Where the archive and the vectors of posts are kept between runs.")]
History = Annotated[int, typer.Option(help="Posts that are there before anything is followed.")]
First = Annotated[str, typer.Option(help="The day, or the hour, from which on posts are replayed.")]
Days = Annotated[int, typer.Option(help="Days that are replayed.")]


class KeptVectors(WrappedEmbedder):
    """Embeds each passage once, also over several runs."""

    def __init__(self, embedder: Embedder, file: Path) -> None:
        super().__init__(embedder)
        self._file = file
        self._known: dict[str, Vectors] = {}
        if file.exists():
            held = np.load(file, allow_pickle=False)
            self._known = dict(zip(held["texts"].tolist(), held["vectors"], strict=True))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(missing, self._inner.embed_passages(missing), strict=True))
        return np.stack([self._known[text] for text in texts]) if texts else np.empty((0, self.dimension), np.float32)

    def save(self) -> None:
        np.savez(self._file, texts=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))


@app.command()
def prepare(
    data: Data = DATA,
    kept: Kept = Path("follow-data"),
    first: First = "2022-10-01",
    days: Days = 2,
    history: History = 2000,
) -> None:
    """Embeds the posts of some days and those before them, so that a replay need not."""
    kept.mkdir(parents=True, exist_ok=True)
    settings = load_settings(data_dir=kept / "prepared")
    embedder = KeptVectors(load_embedder(settings.embedding), kept / "vectors.npz")
    before, during = _stretch(data, first, days, history)
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        pipeline = Pipeline(archive, embedder, settings)
        for batch in _batches([*before, *during], 100):
            pipeline.run(batch)
            embedder.save()
            _out.print(f"{archive.stats().articles:,} posts")


@app.command()
def replay(
    data: Data = DATA,
    kept: Kept = Path("follow-data"),
    first: First = "2022-10-01",
    days: Days = 2,
    history: History = 2000,
    batch: Annotated[int, typer.Option(help="Posts that come in at once.")] = 20,
    check: Annotated[int, typer.Option(help="Batches after which every question is asked.")] = 50,
) -> None:
    """Changes told and missed. What is told is written to `told.jsonl`; a replay that was broken off goes on."""
    questions = _questions()
    before, during = _stretch(data, first, days, history)
    folder = kept / f"replay-{first}"
    with _Site(kept, folder) as site:
        watcher = site.watcher(Allowance(1.0))
        state = _State.load(folder)
        if state is None:
            site.take_in(before)
            watcher.look()
            for asked in questions:
                site.follows.begin(asked, ask(site.engine, asked), datetime.now(UTC))
            told = {one.id: one.told for one in site.follows.all()}
            state = _State(told=told, checked=site.archive.last_change())
            state.save(folder)
        rounds = list(_batches(during, batch))
        for number in range(state.rounds, len(rounds)):
            was = {one.id: site.newest(one.id) for one in site.follows.all()}
            site.take_in(rounds[number])
            began = time.process_time()
            watcher.look()
            state.seconds.append(time.process_time() - began)
            for one in site.follows.all():
                entry = site.newest(one.id)
                if entry is not None and entry != was[one.id]:
                    _write(folder / "told.jsonl", number, one, was[one.id], entry, str(rounds[number][-1]["published"]))
            state.rounds = number + 1
            if state.rounds % check == 0 or state.rounds == len(rounds):
                state.check(site, folder)
                _out.print(f"{state.rounds * batch:,} posts; to tell {state.due}, told {state.hit}", style="dim")
            state.save(folder)
    span = _span_days(during)
    many = len((folder / "told.jsonl").read_text("utf-8").splitlines()) if (folder / "told.jsonl").exists() else 0
    _out.print(f"{len(during):,} posts in {span:.1f} days after {len(before):,}; {len(questions)} questions")
    _out.print(f"told {many}: {many / span:.1f} a day, {many / span / len(questions):.2f} a question and day")
    _out.print(f"at {len(rounds) // check + 1} checks {state.due} answers had changed, of these {state.hit} were told")
    slow = sorted(state.seconds)[int(0.95 * (len(state.seconds) - 1))]
    _out.print(
        f"a round took {slow:.2f} s of the processor's time (p95), and begins at most {ROUND_S:.0f} s after a batch"
    )


@app.command()
def delay(
    data: Data = DATA,
    kept: Kept = Path("follow-data"),
    first: First = "2022-10-02T20",
    history: History = 1000,
    posts: Annotated[int, typer.Option(help="Posts that are taken in.")] = 200,
    pace: Annotated[float, typer.Option(help="Seconds between two posts; in these three weeks it was 43.")] = 1.0,
) -> None:
    """The time from a post's arrival until it is told, by the watcher's own threads beside ingestion of the same
    process; nothing is embedded beforehand."""
    before, during = _stretch(data, first, 1, history)
    with _Site(kept, kept / f"delay-{datetime.now(UTC):%H%M%S}") as site:
        site.take_in(before)
        watcher = site.watcher()
        watcher.look()
        for asked in _questions():
            site.follows.begin(asked, ask(site.engine, asked), datetime.now(UTC))
        plain = Pipeline(site.archive, site.embedder.inner, site.settings)
        arrived: dict[str, datetime] = {}
        watcher.start()
        begun = time.monotonic()
        for number, post in enumerate(during[:posts]):
            time.sleep(max(0.0, begun + number * pace - time.monotonic()))
            arrived[str(post["id"])] = datetime.now(UTC)
            plain.run([post])
        time.sleep(2 * ROUND_S)
        while (site.follows.position() or 0) < site.archive.last_change():
            time.sleep(0.5)
        watcher.close()
        told = [e for one in site.follows.all() for e in site.follows.entries(one.id, datetime.now(UTC)) or ()]
    changes = [entry for entry in told if entry.kind != "begun"]
    delays = sorted(
        (entry.at - max(arrived[one.article_id] for one in entry.sources if one.article_id in arrived)).total_seconds()
        for entry in changes
    )
    p50, p95 = (delays[int(share * (len(delays) - 1))] for share in (0.5, 0.95))
    _out.print(f"{posts} posts, one in {pace:g} s; {len(delays)} changes were told")
    _out.print(f"from a post's arrival until it was told: {p50:.1f} s (p50), {p95:.1f} s (p95)")


@app.command()
def cost(
    data: Data = DATA,
    kept: Kept = Path("follow-data"),
    first: First = "2022-10-01",
    history: History = 1000,
    posts: Annotated[int, typer.Option(help="Posts that are taken in.")] = 600,
    batch: int = 20,
    many: Annotated[int, typer.Option(help="Followed questions: headlines of earlier posts.")] = 1000,
    share: Annotated[float, typer.Option(help="Of the time, that following may take; 1: all that it needs.")] = SHARE,
) -> None:
    """The processor's time of following beside that of ingestion, which never pauses; then what waits is asked."""
    before, during = _stretch(data, first, 1, history)
    with _Site(kept, kept / f"cost-{datetime.now(UTC):%H%M%S}") as site:
        site.take_in(before)
        allowance = Allowance(share)
        watcher = site.watcher(allowance)
        watcher.look()
        now = datetime.now(UTC)
        for record in before[-many:]:
            asked = FollowedQuestion(str(record["title"])[:300] + "?", "bs")
            nothing = Answer(asked.question, AnswerStatus.REFUSED, "bs")
            near = nearness(site.engine, asked, site.engine.search(asked.question), nothing.kind)
            site.follows.begin(asked, AskedAgain(nothing, near), now)
        plain = Pipeline(site.archive, site.embedder.inner, site.settings)
        plain.run(during[posts : posts + 1])
        site.level()
        watcher.look()  # after a start each question is embedded once
        allowance.left = 0.0
        taking = following = 0.0
        for some in _batches(during[:posts], batch):
            began = time.process_time()
            plain.run(some)
            site.level()
            taking += time.process_time() - began
            began = time.process_time()
            watcher.look()
            following += time.process_time() - began
        _out.print(f"{len(site.follows.all()):,} followed in an archive of {site.archive.stats().articles:,} posts")
        _out.print(
            f"taking in {posts} posts took {taking:.1f} s, following {following:.1f} s: {following / taking:.1%}"
        )
        began = time.monotonic()
        while (site.follows.position() or 0) < site.archive.last_change():
            time.sleep(0.5)
            watcher.look()
        _out.print(f"all were asked {time.monotonic() - began:.0f} s after the last came in")


class _Site:
    """An engine over an archive that is made anew, with the vectors of earlier runs."""

    def __init__(self, kept: Path, folder: Path) -> None:
        self.settings: Settings = load_settings(data_dir=folder)
        self.embedder = _WithInner(load_embedder(self.settings.embedding), kept / "vectors.npz")
        self.engine = Newsroom.open(self.settings, own=True, embedder=self.embedder)
        held = identity(self.settings, self.embedder)
        self.archive = Archive(self.engine.archive.database, held)
        self._pipeline = Pipeline(self.archive, self.embedder, self.settings)
        self.follows = Follows(self.archive.database, most=100_000)

    def __enter__(self) -> _Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def take_in(self, records: Sequence[dict[str, Any]]) -> None:
        self._pipeline.run(records)
        self.level()

    def level(self) -> None:
        """Waits until the indexes have followed."""
        while True:
            status = self.engine.indexes.status()
            if min(status.exact_change, status.keyword_change or 0) >= self.archive.last_change():
                return
            time.sleep(0.02)

    def newest(self, followed_id: str) -> FollowEntry | None:
        return next(iter(self.follows.entries(followed_id, datetime.now(UTC)) or ()), None)

    def watcher(self, allowance: Allowance | None = None) -> FollowWatcher:
        database = self.archive.database
        sender = WebhookSender(Webhooks(database), KeyStore(database), Poster(allow_private=False, connections=1))
        return FollowWatcher(self.engine, self.follows, sender, allowance)


class _WithInner(KeptVectors):
    """Also gives the model below, which embeds everything anew."""

    @property
    def inner(self) -> Embedder:
        return self._inner


@dataclass
class _State:
    """How far a replay is. Every question is asked now and then: `told` is what would have been told by that alone,
    `checked` the change of the archive up to which it was asked, `due` how many answers had changed, and `hit` those of
    which the watcher had told all by then."""

    told: dict[str, ToldSoFar]
    checked: int = 0
    rounds: int = 0
    due: int = 0
    hit: int = 0
    seconds: list[float] = field(default_factory=list)

    def check(self, site: _Site, folder: Path) -> None:
        """Asks every question, and counts those whose answers state something else since the last time. Those that
        were not told are written to `missed.jsonl`, to be read: what only tells again was rightly kept silent."""
        fresh = {change.article_id for change in _changes(site.archive, self.checked)}
        for one in site.follows.all():
            answer = ask(site.engine, one.asked).answer
            if change_of(self.told[one.id], answer, fresh) is not None:
                self.due += 1
                kind = change_of(one.told, answer, fresh)
                self.hit += kind is None
                if kind is not None:
                    entry = entry_of(answer, kind, datetime.now(UTC), before=one.told, fresh=fresh)
                    _write(folder / "missed.jsonl", self.rounds, one, site.newest(one.id), entry, "")
                self.told[one.id] = told_with(answer, self.told[one.id])
        self.checked = site.archive.last_change()

    def save(self, folder: Path) -> None:
        held = {**vars(self), "told": {name: told.dumped() for name, told in self.told.items()}}
        (folder / "state.json").write_text(json.dumps(held), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> _State | None:
        file = folder / "state.json"
        if not file.exists():
            return None
        held = json.loads(file.read_text("utf-8"))
        held["told"] = {name: ToldSoFar.loaded(told) for name, told in held["told"].items()}
        return cls(**held)


def _changes(archive: Archive, since: int) -> list[Change]:
    found: list[Change] = []
    while more := archive.changes(since, limit=5000):
        found.extend(more)
        since = more[-1].number
    return found


def _write(file: Path, number: int, one: Followed, was: FollowEntry | None, now: FollowEntry, at: str) -> None:
    """Writes down what was told, or ought to be, with what was told before it, to be read and labelled."""
    sources = [(s.outlet, str(s.published), s.title, s.quote, s.article_id) for s in now.sources]
    line = {"round": number, "at": at, "question": one.asked.question, "kind": now.kind, "text": now.text}
    line |= {"before": was.text if was else "", "sources": sources}
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")


def _questions() -> list[FollowedQuestion]:
    return [FollowedQuestion(line.strip(), "bs") for line in QUESTIONS.read_text("utf-8").splitlines() if line]


def _posts(data: Path) -> list[dict[str, Any]]:
    """All posts, the oldest first."""
    names = {"source": "outlet"}
    rows = [{names.get(k, k): v for k, v in line.fields.items() if k != "kind"} for line in read_lines(data / POSTS)]
    return sorted(rows, key=lambda row: str(row["published"]))


def _stretch(data: Path, first: str, days: int, history: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The posts of some days, and as many before them as are wanted."""
    rows = _posts(data)
    until = (datetime.fromisoformat(first) + timedelta(days=days)).isoformat()
    start = sum(str(row["published"]) < first for row in rows)
    end = sum(str(row["published"]) < until for row in rows)
    return rows[max(0, start - history) : start], rows[start:end]


def _batches(records: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _span_days(records: Sequence[dict[str, Any]]) -> float:
    first, last = (datetime.fromisoformat(str(records[at]["published"])) for at in (0, -1))
    return (last - first).total_seconds() / 86_400


if __name__ == "__main__":
    app()
