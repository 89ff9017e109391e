"""`python -m research.follow`: what is told of followed questions while three weeks of posts are replayed.

Forty questions, written before an answer was seen, are followed while posts of 48 outlets come in, a batch at a time.
Beside the watcher, which asks only what a batch comes near, a second one asks every question after every batch: what
that one tells is what there was to tell. `cost` compares the processor's time for a thousand followed headlines with
that of taking the same posts in.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from api.auth.keys import KeyStore
from api.follow.followed import AskedAgain, FollowedQuestion, ask
from api.follow.sender import WebhookSender
from api.follow.store import Followed, Follows
from api.follow.told import ToldSoFar, change_of, told_with
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
from rag.types import Answer, AnswerStatus
from research.freshness import POSTS

QUESTIONS = Path(__file__).with_name("followed.txt")
Vectors = NDArray[np.float32]

app = typer.Typer(add_completion=False)
_out = Console()

Data = Annotated[Path, typer.Option(help="The folder with articles/.")]
Kept = Annotated[Path, typer.Option(help="Where the archive and the vectors of posts are kept between runs.")]
History = Annotated[int, typer.Option(help="Posts that are there before anything is followed.")]
Count = Annotated[int, typer.Option(help="The newest posts, which are replayed.")]


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
def prepare(data: Data = DATA, kept: Kept = Path("follow-data"), posts: Count = 6000) -> None:
    """Embeds the newest posts, so that a replay need not."""
    kept.mkdir(parents=True, exist_ok=True)
    settings = load_settings(data_dir=kept / "prepared")
    embedder = KeptVectors(load_embedder(settings.embedding), kept / "vectors.npz")
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        pipeline = Pipeline(archive, embedder, settings)
        for batch in _batches(_posts(data, posts), 100):
            pipeline.run(batch)
            embedder.save()
            _out.print(f"{archive.stats().articles:,} posts")


@app.command()
def replay(
    data: Data = DATA,
    kept: Kept = Path("follow-data"),
    history: History = 2500,
    posts: Count = 3500,
    batch: Annotated[int, typer.Option(help="Posts that come in at once.")] = 50,
    show: bool = True,
) -> None:
    """Changes told and missed, and the time until they are told."""
    questions = [FollowedQuestion(line.strip(), "bs") for line in QUESTIONS.read_text("utf-8").splitlines() if line]
    records = _posts(data, history + posts)
    with _Site(kept) as site:
        site.take_in(records[:history])
        watcher = site.watcher()
        watcher.look()
        for asked in questions:
            site.follows.begin(asked, ask(site.engine, asked), datetime.now(UTC))
        whole = _Whole(site.engine, site.follows.all())
        told: dict[str, list[str]] = {}
        expected = hit = extra = 0
        delays: list[float] = []
        for some in _batches(records[history:], batch):
            before = site.engine.archive.last_change()
            site.take_in(some)
            was = {one.id: site.newest(one.id) for one in whole.followed}
            began = time.perf_counter()
            watcher.look()
            delays.append(time.perf_counter() - began)
            now = {one.id: site.newest(one.id) for one in whole.followed}
            new = {name for name, entry in now.items() if entry is not None and entry != was[name]}
            due = whole.changes({change.article_id for change in site.engine.archive.changes(before)})
            expected, hit, extra = expected + len(due), hit + len(due & new), extra + len(new - due)
            _out.print(f"to tell {expected}, told {hit}, told besides {extra}; a round {delays[-1]:.2f} s", style="dim")
            for one in whole.followed:
                entry = now[one.id]
                if one.id in new and entry is not None:
                    quotes = " | ".join(s.quote[:160] for s in entry.sources[:2])
                    told.setdefault(one.asked.question, []).append(f"{entry.kind}: {entry.text[:120]} <- {quotes}")
        if show:
            for question, entries in told.items():
                _out.print(f"\n{question}", markup=False, highlight=False)
                for line in entries:
                    _out.print(f"  {line}", markup=False, highlight=False)
        days = _span_days(records[history:])
        many = sum(map(len, told.values()))
        _out.print(f"\n{len(records) - history:,} posts in {days:.1f} days; {len(questions)} questions; told {many}")
        _out.print(f"there was to tell {expected}, of these told {hit}, told besides {extra}")
        delays.sort()
        at = delays[int(0.95 * (len(delays) - 1))]
        _out.print(f"a round took {at:.2f} s (p95), and begins at most {ROUND_S:.0f} s after a batch")


@app.command()
def cost(
    data: Data = DATA,
    kept: Kept = Path("follow-data"),
    history: History = 2500,
    posts: Count = 600,
    batch: int = 50,
    many: Annotated[int, typer.Option(help="Followed questions: headlines of earlier posts.")] = 1000,
) -> None:
    """The processor's time of following beside that of ingestion, in turns with none."""
    records = _posts(data, history + posts)
    with _Site(kept) as site:
        site.take_in(records[:history])
        watcher = site.watcher()
        watcher.look()
        now = datetime.now(UTC)
        for record in records[:history][-many:]:
            asked = FollowedQuestion(str(record["title"])[:300] + "?", "bs")
            hits = site.engine.search(asked.question)
            cosines = sorted((h.dense_score or 0.0 for h in hits), reverse=True)
            nothing = Answer(asked.question, AnswerStatus.REFUSED, "bs")
            site.follows.begin(asked, AskedAgain(nothing, cosines[:5][-1] if cosines else 0.0), now)
        plain = Pipeline(site.archive, site.embedder.inner, site.settings)
        taking, following = 0.0, 0.0
        for number, some in enumerate(_batches(records[history:], batch)):
            began = time.process_time()
            plain.run(some)
            site.level()
            taking += time.process_time() - began
            if number % 2:
                began = time.process_time()
                watcher.look()
                following += time.process_time() - began
            else:
                site.follows.move(site.archive.last_change())  # a batch that nobody follows
        share = following / (taking / 2)
        _out.print(f"{len(site.follows.all()):,} followed; taking in {taking / 2:.1f} s, following {following:.1f} s")
        _out.print(f"following costs {share:.1%} of ingestion")


class _Site:
    """An engine over an archive that is made anew, with the vectors of earlier runs."""

    def __init__(self, kept: Path) -> None:
        name = f"replay-{datetime.now(UTC):%H%M%S}"
        self.settings: Settings = load_settings(data_dir=kept / name)
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

    def watcher(self) -> FollowWatcher:
        database = self.archive.database
        sender = WebhookSender(Webhooks(database), KeyStore(database), Poster(allow_private=False, connections=1))
        return FollowWatcher(self.engine, self.follows, sender)


class _WithInner(KeptVectors):
    """Also gives the model below, which embeds everything anew."""

    @property
    def inner(self) -> Embedder:
        return self._inner


class _Whole:
    """Asks every question after every batch, and knows what it would have told."""

    def __init__(self, engine: Newsroom, followed: Sequence[Followed]) -> None:
        self._engine, self.followed = engine, followed
        self._told: dict[str, ToldSoFar] = {one.id: one.told for one in followed}

    def changes(self, fresh: set[str]) -> set[str]:
        """Returns the questions whose answers state something else since the articles `fresh` came."""
        found = set()
        for one in self.followed:
            answer = ask(self._engine, one.asked).answer
            if change_of(self._told[one.id], answer, fresh) is not None:
                found.add(one.id)
                self._told[one.id] = told_with(answer, self._told[one.id])
        return found


def _posts(data: Path, count: int) -> list[dict[str, Any]]:
    """The newest posts, the oldest of them first."""
    names = {"source": "outlet"}
    rows = [{names.get(k, k): v for k, v in line.fields.items() if k != "kind"} for line in read_lines(data / POSTS)]
    return sorted(rows, key=lambda row: str(row["published"]))[-count:]


def _batches(records: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _span_days(records: Sequence[dict[str, Any]]) -> float:
    first, last = (datetime.fromisoformat(str(records[at]["published"])) for at in (0, -1))
    return (last - first).total_seconds() / 86_400


if __name__ == "__main__":
    app()
