"""`python -m research.follow replay|cost`: what is told of followed questions while posts come in, and what that costs.

Forty questions, written before an answer was seen, are followed while posts of 48 outlets come in, a batch at a time.
Beside the watcher, which asks only what a batch comes near, every question is asked every few hundred posts: what
that tells is what there was to tell. `cost` compares the processor's time for a thousand followed headlines with
that of taking the same posts in.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from api.auth.keys import KeyStore
from api.follow.allowance import SHARE, Allowance
from api.follow.followed import AskedAgain, FollowedQuestion, ask, entry_of, nearness
from api.follow.schemas import FollowEntry
from api.follow.sender import WebhookSender
from api.follow.store import Followed, Follows
from api.follow.told import change_of, told_with
from api.follow.watcher import ROUND_S, FollowWatcher
from api.follow.webhooks import Webhooks
from eval.datasets.lines import read_lines
from eval.datasets.shared_data import DATA
from ingest.fetch.poster import Poster
from ingest.pipeline import Pipeline, identity
from rag.config import load_settings
from rag.models.embed import load_embedder
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive
from rag.store.database.records import Change
from rag.types import Answer, AnswerStatus

POSTS = "articles/bih_news_posts_2022.jsonl.gz"
QUESTIONS = Path(__file__).with_name("followed.txt")

app = typer.Typer(add_completion=False)
_out = Console()

Data = Annotated[Path, typer.Option(help="The folder with articles/.")]
Folder = Annotated[Path, typer.Option(help="A folder that is new, for the archive, `told.jsonl` and `missed.jsonl`.")]
History = Annotated[int, typer.Option(help="Posts that are there before anything is followed.")]
First = Annotated[str, typer.Option(help="The day, or the hour, from which on posts are replayed.")]
Days = Annotated[int, typer.Option(help="Days that are replayed.")]


@app.command()
def replay(
    folder: Folder = Path("follow-data"),
    data: Data = DATA,
    first: First = "2022-10-01",
    days: Days = 2,
    history: History = 2000,
    batch: Annotated[int, typer.Option(help="Posts that come in at once.")] = 20,
    check: Annotated[int, typer.Option(help="Batches after which every question is asked.")] = 50,
) -> None:
    """Changes told and missed; `told.jsonl` and `missed.jsonl` are to be read and labelled."""
    questions = _questions()
    before, during = _stretch(data, first, days, history)
    rounds = [during[start : start + batch] for start in range(0, len(during), batch)]
    seconds: list[float] = []
    many = due = hit = 0
    with _Site(folder) as site:
        watcher = site.watcher(Allowance(1.0))
        site.take_in(before)
        watcher.look()
        for asked in questions:
            site.follows.begin(asked, ask(site.engine, asked), datetime.now(UTC))
        told = {one.id: one.told for one in site.follows.all()}  # what asking everything now and then would have told
        checked = site.archive.last_change()
        for number, posts in enumerate(rounds, 1):
            was = {one.id: site.newest(one.id) for one in site.follows.all()}
            site.take_in(posts)
            began = time.process_time()
            watcher.look()
            seconds.append(time.process_time() - began)
            for one in site.follows.all():
                entry = site.newest(one.id)
                if entry is not None and entry != was[one.id]:
                    many += 1
                    _write(folder / "told.jsonl", number, one, was[one.id], entry, str(posts[-1]["published"]))
            if number % check == 0 or number == len(rounds):
                fresh = {change.article_id for change in _changes(site.archive, checked)}
                for one in site.follows.all():
                    answer = ask(site.engine, one.asked).answer
                    if change_of(told[one.id], answer, fresh) is None:
                        continue
                    due += 1
                    kind = change_of(one.told, answer, fresh)
                    hit += kind is None
                    if kind is not None:
                        entry = entry_of(answer, kind, datetime.now(UTC), before=one.told, fresh=fresh)
                        _write(folder / "missed.jsonl", number, one, site.newest(one.id), entry, "")
                    told[one.id] = told_with(answer, told[one.id])
                checked = site.archive.last_change()
    start, end = (datetime.fromisoformat(str(during[at]["published"])) for at in (0, -1))
    span = (end - start).total_seconds() / 86_400
    _out.print(f"{len(during):,} posts in {span:.1f} days after {len(before):,}; {len(questions)} questions")
    _out.print(f"told {many}: {many / span:.1f} a day, {many / span / len(questions):.2f} a question and day")
    _out.print(f"when all were asked {due} answers had changed, of these {hit} were told")
    slow = sorted(seconds)[int(0.95 * (len(seconds) - 1))]
    _out.print(f"a round took {slow:.2f} s of the processor's time (p95), at most {ROUND_S:.0f} s after a batch")


@app.command()
def cost(
    folder: Folder = Path("follow-data"),
    data: Data = DATA,
    first: First = "2022-10-01",
    history: History = 1000,
    posts: Annotated[int, typer.Option(help="Posts that are taken in.")] = 600,
    batch: int = 20,
    many: Annotated[int, typer.Option(help="Followed questions: headlines of earlier posts.")] = 1000,
    share: Annotated[float, typer.Option(help="Of the time, that following may take; 1: all that it needs.")] = SHARE,
) -> None:
    """The processor's time of following beside that of ingestion, which never pauses; then what waits is asked."""
    before, during = _stretch(data, first, 1, history)
    with _Site(folder) as site:
        site.take_in(before)
        allowance = Allowance(share)
        watcher = site.watcher(allowance)
        watcher.look()
        for record in before[-many:]:
            asked = FollowedQuestion(str(record["title"])[:300] + "?", "bs")
            nothing = Answer(asked.question, AnswerStatus.REFUSED, "bs")
            near = nearness(site.engine, asked, site.engine.search(asked.question), nothing.kind)
            site.follows.begin(asked, AskedAgain(nothing, near), datetime.now(UTC))
        site.take_in(during[posts : posts + 1])
        watcher.look()  # after a start each question is embedded once
        allowance.left = 0.0
        taking = following = 0.0
        for start in range(0, posts, batch):
            began = time.process_time()
            site.take_in(during[start : start + batch])
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
    """An engine over an archive that is made anew."""

    def __init__(self, folder: Path) -> None:
        settings = load_settings(data_dir=folder / "data")
        embedder = load_embedder(settings.embedding)
        self.engine = Newsroom.open(settings, own=True, embedder=embedder)
        self.archive = Archive(self.engine.archive.database, identity(settings, embedder))
        self._pipeline = Pipeline(self.archive, embedder, settings)
        self.follows = Follows(self.archive.database, most=100_000)

    def __enter__(self) -> _Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def take_in(self, records: Sequence[dict[str, Any]]) -> None:
        """Stores articles and waits until the indexes have followed."""
        self._pipeline.run(records)
        while True:
            status = self.engine.indexes.status()
            if min(status.exact_change, status.keyword_change or 0) >= self.archive.last_change():
                return
            time.sleep(0.02)

    def newest(self, followed_id: str) -> FollowEntry | None:
        return next(iter(self.follows.entries(followed_id, datetime.now(UTC)) or ()), None)

    def watcher(self, allowance: Allowance) -> FollowWatcher:
        database = self.archive.database
        sender = WebhookSender(Webhooks(database), KeyStore(database), Poster(allow_private=False, connections=1))
        return FollowWatcher(self.engine, self.follows, sender, allowance)


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


def _stretch(data: Path, first: str, days: int, history: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The posts of some days, and as many before them as are wanted."""
    names = {"source": "outlet"}
    rows = [{names.get(k, k): v for k, v in line.fields.items() if k != "kind"} for line in read_lines(data / POSTS)]
    rows.sort(key=lambda row: str(row["published"]))
    until = (datetime.fromisoformat(first) + timedelta(days=days)).isoformat()
    start = sum(str(row["published"]) < first for row in rows)
    end = sum(str(row["published"]) < until for row in rows)
    return rows[max(0, start - history) : start], rows[start:end]


if __name__ == "__main__":
    app()
