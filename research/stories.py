"""`python -m research.stories archive|grouping|doors|fit|headlines|days|differences`: stories, event days, differences.

`stories.jsonl` labels which articles tell one event, by hand: `same`, `near` (another event of the matter) and `other`,
ids alone; `dated.jsonl` are sentences of our own with their day.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated, Any
from zlib import crc32

import typer
from rich.table import Table

from eval.core.show import console
from eval.datasets.lines import read_lines
from eval.datasets.shared_data import DATA
from eval.datasets.stories import STORIES, WRITTEN, ToldVersion, read_story
from ingest.pipeline import Pipeline, identity
from rag.answer.tellings import compare
from rag.config import Settings, load_settings
from rag.engine import reader_of
from rag.models.embed import load_embedder
from rag.retrieve.matter import WEIGHTS, FoundStory, compared, find_story
from rag.retrieve.stories import read_openings
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from rag.text.event_day import event_day
from rag.text.numbers import find_numbers
from rag.types import Passage, Telling

HERE = Path(__file__).parent
LABELS, DATED = HERE / "stories.jsonl", HERE / "dated.jsonl"
ARTICLES = ("albanian_2020_dev", "lajmi_kosovo_2020", "b92_politika_2022", "realtimeqa_en_balkan")
POSTS, FROM, TO = "bih_news_posts_2022.jsonl.gz", "2022-09-12", "2022-09-14"
HEADLINES = "clusters/bih_posts_identical_headline_groups.jsonl"
CHARS = 1500  # of an article: its opening is what is compared
GROUPS, VERSIONS = 60, 4  # of differences; versions in a group
Folder = Annotated[Path, typer.Argument(help="a data directory that `archive` made")]

app = typer.Typer(no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was found of labelled pairs: right, wrong, of another event of the matter, and how many are right in all."""

    right: int
    wrong: int
    near: int
    every: int

    def row(self, name: str) -> tuple[str, ...]:
        """A line of the table."""
        precision = self.right / max(1, self.right + self.wrong)
        return name, f"{precision:.3f}", f"{self.right / max(1, self.every):.3f}", str(self.near), str(self.every)


def half(name: str) -> int:
    """Which half an item is of, by its name."""
    return crc32(name.encode()) % 2


def records(folder: Path = DATA) -> Iterator[dict[str, Any]]:
    """Three days of posts, and articles of four collections, as the archive takes them in."""
    for line in read_lines(folder / "articles" / POSTS):
        if FROM <= line.text("published")[:10] <= TO and line.fields["text"]:
            yield {**line.fields, "outlet": line.text("source")}
    for name in ARTICLES:
        for line in read_lines(folder / "articles" / f"{name}.jsonl"):
            if line.fields["text"]:
                published = (line.fields["published"] or "").replace("/", "-") or None
                text = line.text("text")[:CHARS]
                yield {**line.fields, "outlet": line.fields["source"] or "", "published": published, "text": text}


@app.command()
def archive(out: Folder) -> None:
    """Ingests what the labels are of: 8,996 articles, some ten minutes of one core."""
    settings = load_settings().model_copy(update={"data_dir": out})
    embedder = load_embedder(settings.embedding)
    fields = ("id", "title", "text", "outlet", "url", "language", "published")
    taken = ({name: one[name] for name in fields} for one in records())
    with Archive.open(settings, identity=identity(settings, embedder)) as opened:
        console().print(Pipeline(opened, embedder, settings).run(list(taken)))


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Archive, Indexes]]:
    settings = load_settings().model_copy(update={"data_dir": folder})
    with Archive.open(settings, read_only=True) as opened:
        held = opened.identity
        assert held is not None, "`python -m research.stories archive` makes one"
        indexes = Indexes(opened, settings, dimension=held.dimension, own=False)
        indexes.start()
        try:
            yield opened, indexes
        finally:
            indexes.close()


def labels() -> list[dict[str, Any]]:
    """The labelled stories."""
    return [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


@app.command()
def grouping(folder: Folder) -> None:
    """Pairwise precision and recall of a story's versions; another event of the same matter counts as neither."""
    found = [Counter[str](), Counter[str]()]
    with _opened(folder) as (opened, indexes):
        for row in labels():
            story = find_story(row["seed"], archive=opened, indexes=indexes)
            versions = {p.article_id for p in story.versions} if story else set[str]()
            for label in ("same", "near", "other"):
                found[half(row["seed"])][label] += len(versions & set(row[label]))
            found[half(row["seed"])]["every"] += len(row["same"])
    _table(
        {
            name: Pairs(*(sum(found[n][label] for n in parts) for label in ("same", "other", "near", "every")))
            for name, parts in (("half 0", (0,)), ("half 1", (1,)), ("all", (0, 1)))
        }
    )


def _table(pairs: Mapping[str, Pairs]) -> None:
    table = Table("", "precision", "recall", "of the matter", "pairs")
    for name, one in pairs.items():
        table.add_row(*one.row(name))
    console().print(table)


@app.command()
def fit(folder: Folder, sure: float = 0.8) -> None:
    """Fits the weights of `rag/retrieve/matter.py` on each half, judges on the other, prints those fitted on all."""
    from sklearn.linear_model import LogisticRegression

    rows, values, told, of = labels(), [], [], []
    with _opened(folder) as (opened, indexes):
        for row in rows:
            ids = [row["seed"], *row["same"], *row["near"], *row["other"]]
            passages = opened.openings(ids)
            openings = read_openings([passages[i] for i in ids if i in passages], archive=opened, means=indexes.means())
            reports = {one.opening.passage.article_id: one for one in compared(openings, indexes)}
            seed = reports.pop(row["seed"])
            for label in ("same", "near", "other"):
                for one in (reports[i] for i in row[label] if i in reports):
                    values.append([seed.signs(one)[name] for name in WEIGHTS])
                    told.append(label)
                    of.append(half(row["seed"]))
    judged = {}
    for part in (0, 1):
        kept = [n for n, label in enumerate(told) if label != "near" and of[n] != part]
        model = LogisticRegression(C=10, max_iter=5000)
        model.fit([values[n] for n in kept], [told[n] == "same" for n in kept])
        held = [n for n, where in enumerate(of) if where == part]
        taken = Counter(
            told[n]
            for n, p in zip(held, model.predict_proba([values[n] for n in held])[:, 1], strict=True)
            if p >= sure
        )
        every = sum(told[n] == "same" for n in held)
        judged[f"half {part}"] = Pairs(taken["same"], taken["other"], taken["near"], every)
    _table(judged)
    kept = [n for n, label in enumerate(told) if label != "near"]
    model = LogisticRegression(C=10, max_iter=5000)
    model.fit([values[n] for n in kept], [told[n] == "same" for n in kept])
    console().print(dict(zip(WEIGHTS, model.coef_[0].round(2), strict=True)), model.intercept_.round(2))


@app.command()
def headlines(folder: Folder, groups: int = 200, seed: int = 7) -> None:
    """Recall of posts that other outlets published under the same headline (silver, `../shared/data/clusters`)."""
    with _opened(folder) as (opened, indexes):
        held = {a.id for a in opened.articles(limit=20_000)}
        drawn = [
            [i for i in line.texts("article_ids") if i in held]
            for line in read_lines(DATA / HEADLINES)
            if not line.text("title").startswith("This is a re-share")
        ]
        drawn = [ids for ids in drawn if len(ids) > 1]
        found = every = 0
        for first, *rest in Random(seed).sample(drawn, min(groups, len(drawn))):
            story = find_story(first, archive=opened, indexes=indexes)
            found += len({p.article_id for p in story.versions} & set(rest)) if story else 0
            every += len(rest)
    console().print(f"{found} of {every} posts, {found / every:.3f}")


@app.command()
def doors(folder: Folder, versions: int = 4, seed: int = 7) -> None:
    """Whether a story is the same from each of its articles: the versions that two of them lead to, found by both."""
    random, shares, others = Random(seed), list[float](), list[int]()
    with _opened(folder) as (opened, indexes):
        for row in labels():
            story = find_story(row["seed"], archive=opened, indexes=indexes)
            own = {p.article_id for p in story.versions} if story else set[str]()
            others.append(len(story.others) if story else 0)
            further = sorted(own - {row["seed"]})
            for door in random.sample(further, min(versions, len(further))):
                other = find_story(door, archive=opened, indexes=indexes)
                found = {p.article_id for p in other.versions} if other else set[str]()
                shares.append(len(own & found) / len(own | found))
    same = sum(share == 1 for share in shares)
    console().print(
        f"{len(shares)} doors: {sum(shares) / len(shares):.3f} of the versions found by both; the same story {same}"
    )
    console().print(f"others of the matter: {sum(others)} in {len(others)} stories, at most {max(others)}")


@app.command()
def days(half_only: Annotated[int, typer.Option("--half", help="list what is wrong of this half")] = 0) -> None:
    """Event days of dated sentences: rules were made by looking at the wrong ones of half 0 alone."""
    right, every = Counter[str](), Counter[str]()
    for number, line in enumerate(read_lines(DATED)):
        published, wanted = date.fromisoformat(line.text("published")), date.fromisoformat(line.text("day"))
        got = event_day(line.text("text"), published, line.text("language")) or published
        for name in (line.text("language"), f"half {number % 2}", "all"):
            every[name] += 1
            right[name] += got == wanted
        if got != wanted and number % 2 == half_only:
            console().print(f"{line.text('language')}: {got}, not {wanted}: {line.text('text')}", markup=False)
    table = Table("", "right", "of", "share")
    for name, count in sorted(every.items()):
        table.add_row(name, str(right[name]), str(count), f"{right[name] / count:.3f}")
    console().print(table)


@dataclass(frozen=True, slots=True)
class Group:
    """Versions of one story as four outlets tell it; in one of them a number may have been changed."""

    name: str
    versions: tuple[tuple[str, ToldVersion, str], ...]  # language, version, its text
    changed: str  # the sentence that was changed; "" for none


def groups(seed: int = 40) -> list[Group]:
    """Draws groups from the region's stories; in every second one a number that answers a question is changed."""
    random, made = Random(seed), list[Group]()
    stories = [read_story(path) for path in sorted(STORIES.glob("*.toml"))]
    while len(made) < GROUPS:
        story = stories[len(made) % len(stories)]
        versions = [(tag, story.article[tag], story.article[tag].plain) for tag in random.sample(WRITTEN, VERSIONS)]
        changed = ""
        if len(made) % 2:
            counted = [q.number for q in story.questions if q.kind == "how_many"]
            tag, version, text = versions[0]
            changed, text = _change(version, tag, random.choice(counted), random) if counted else ("", text)
            versions[0] = tag, version, text
        made.append(Group(story.name, tuple(versions), changed))
    return made


def _change(version: ToldVersion, tag: str, number: int, random: Random) -> tuple[str, str]:
    """Returns the sentence of an answer with its number changed, and the text with it; "" where it has none."""
    start, end = version.answers[number]
    words = version.plain[start:end]
    found = [n for n in find_numbers(words) if any(c.isdigit() for c in words[n.start : n.end])]
    if not found:
        return "", version.plain
    one = found[0]
    written = version.plain[start + one.start : start + one.end]
    at = next(i for i, c in enumerate(written) if c.isdigit())
    other = written[:at] + random.choice("123456789".replace(written[at], "")) + written[at + 1 :]
    around = version.around(number, tag)
    text = version.plain[: start + one.start] + other + version.plain[start + one.end :]
    return around.replace(written, other, 1), text


@app.command()
def differences(show: bool = False, seed: int = 40) -> None:
    """What is called different is different; true differences found: 60 groups, a number changed in half of them.

    Rules were made by looking at seed 40: judge with another."""
    settings: Settings = load_settings()
    reader = reader_of(settings, load_embedder(settings.embedding))
    right = wrong = found = every = 0
    for number, group in enumerate(groups(seed)):
        told = _told(group, reader)
        borne = [one for one in told if group.changed and any(side.text in group.changed for side in one.sides)]
        every += bool(group.changed)
        found += bool(borne)
        right += len(borne)
        wrong += len(told) - len(borne)
        if show:
            for one in told:
                console().print(number, group.name, one.kind, one in borne, [s.text for s in one.sides], markup=False)
    console().print(f"called different {right + wrong}, rightly {right}; true differences {every}, found {found}")


def _told(group: Group, reader: Any) -> Sequence[Telling]:
    at, passages, texts = datetime(2026, 1, 1, tzinfo=UTC), list[Passage](), dict[str, str]()
    for n, (tag, version, text) in enumerate(group.versions):
        texts[tag] = text
        passages.append(
            Passage(tag, tag, 1, 0, text[:CHARS], 0, 0, version.title, tag, None, tag, at + timedelta(minutes=n))
        )
    told = compare(FoundStory(tuple(passages), (), {}), texts, "en", reader)
    return [one for one in told.tellings if one.kind not in ("most", "alone")]


if __name__ == "__main__":
    app()
