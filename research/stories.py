"""`python -m research.stories archive DIR`, then `fit DIR`: the weights by which two reports tell one event.

`stories.jsonl` labels which articles tell one event, by hand: `same`, `near` (another event of the matter) and `other`,
ids alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zlib import crc32

import typer
from rich.table import Table

from eval.core.show import console
from eval.datasets.lines import read_lines
from eval.datasets.shared_data import DATA
from ingest.pipeline import Pipeline, identity
from rag.config import load_settings
from rag.models.embed import load_embedder
from rag.retrieve.matter import WEIGHTS, compared
from rag.retrieve.stories import read_openings
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

LABELS = Path(__file__).with_name("stories.jsonl")
ARTICLES = ("albanian_2020_dev", "lajmi_kosovo_2020", "b92_politika_2022", "realtimeqa_en_balkan")
POSTS, FROM, TO = "bih_news_posts_2022.jsonl.gz", "2022-09-12", "2022-09-14"
CHARS = 1500  # of an article: its opening is what is compared
Folder = Annotated[Path, typer.Argument(help="a data directory that `archive` made")]

app = typer.Typer(no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Counts of labelled pairs: found rightly, wrongly, of another event of the matter, and all that are right."""

    right: int
    wrong: int
    near: int
    every: int

    def row(self, name: str) -> tuple[str, ...]:
        """A line of the table."""
        precision = self.right / max(1, self.right + self.wrong)
        return name, f"{precision:.3f}", f"{self.right / max(1, self.every):.3f}", str(self.near), str(self.every)


def half(name: str) -> int:
    """Puts an item into one of two halves by its name."""
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


if __name__ == "__main__":
    app()
