"""How well copies are found: on pairs made from articles, and on posts of different outlets with the same headline."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.suites.extraction import ROOT
from ingest.checks import clean_text, parse_date
from ingest.copies import print_of
from rag.config import Settings
from rag.errors import BadInput
from rag.store.archive.archive import Archive, Identity, Write
from rag.store.archive.copies import LEAST_CONTAINMENT, LEAST_RESEMBLANCE
from rag.text.fingerprint import LEAST_SHINGLES, shingles
from rag.text.script import to_cyrillic
from rag.types import Article

DATA = ROOT.parent / "shared" / "data"
RESHARE_TEXT = "This is a re-share of a post"  # a group of unrelated posts
BATCH = 200
LEAST_CHARS = 600  # of an article from which variants are made
_NONE = np.empty((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How many pairs were to be found, how many of them were found, and how many others were found."""

    name: str
    wanted: int
    found: int
    strange: int = 0
    seconds_an_article: float = 0.0

    @property
    def recall(self) -> float:
        return self.found / max(self.wanted, 1)

    @property
    def precision(self) -> float:
        return self.found / max(self.found + self.strange, 1)


def made_pairs(articles: Sequence[Article], spare: Sequence[Article], *, seed: int = 1) -> list[PairCounts]:
    """Each article with a variant of it beside all others: was the variant found, and was any other taken for it?

    `spare`: articles whose paragraphs are put into others; they are not among those compared.
    """
    chance = random.Random(seed)
    return [_variants(name, make, articles, chance.choices(spare, k=len(articles))) for name, make in VARIANTS.items()]


def _variants(
    name: str, make: Callable[[Article, Article], Article], articles: Sequence[Article], others: Sequence[Article]
) -> PairCounts:
    pairs = [(a, replace(make(a, o), id=f"{a.id}/copy")) for a, o in zip(articles, others, strict=True)]
    started = time.process_time()
    clusters = cluster_articles([*articles, *(copy for _, copy in pairs)])
    took = time.process_time() - started
    wanted = {frozenset((a.id, copy.id)) for a, copy in pairs}
    made = set(pairs_of(clusters))
    base = set(pairs_of(cluster_articles(articles)))  # the collection's own copies are no mistakes
    kin = {frozenset((f"{x}{e}", f"{y}{f}")) for x, y in map(tuple, base) for e in ("", "/copy") for f in ("", "/copy")}
    return PairCounts(name, len(wanted), len(made & wanted), len(made - wanted - kin), took / (2 * len(articles)))


def headline_groups(folder: Path = DATA) -> tuple[list[PairCounts], list[frozenset[str]]]:
    """Recall on pairs of posts with the same headline, the headline taken out of the text; and the other pairs found.

    The pairs are silver: many posts under one headline say different things, so those are counted apart of which the
    shorter one's word groups are three quarters, or half of all are, in both. Precision is to be judged by reading.
    """
    lines = lines_of(folder / "clusters/bih_posts_identical_headline_groups.jsonl")
    groups = [group["article_ids"] for group in lines if group["title"] != RESHARE_TEXT]
    grouped = {one for group in groups for one in group}
    posts = [post for post in bih_posts(folder) if post.id in grouped]
    started = time.process_time()
    clusters = cluster_articles(posts)
    took = time.process_time() - started
    held = {p.id for p in posts}
    wanted = {frozenset((x, y)) for group in groups for x in group for y in group if x < y and {x, y} <= held}
    made = set(pairs_of(clusters))
    cost = took / max(len(posts), 1)
    groups_of = {post.id: shingles(post.text) for post in posts}
    alike = {pair for pair in wanted if _alike(*(groups_of[one] for one in pair))}
    found = [
        PairCounts("same headline", len(wanted), len(made & wanted), seconds_an_article=cost),
        PairCounts("same headline, text alike", len(alike), len(made & alike), seconds_an_article=cost),
    ]
    return found, sorted(made - wanted, key=sorted)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Exactly, what fingerprints estimate."""
    both, least = len(one & other), min(len(one), len(other))
    if least < LEAST_SHINGLES:
        return False
    return both / len(one | other) >= LEAST_RESEMBLANCE or both / least >= LEAST_CONTAINMENT


def cluster_articles(articles: Iterable[Article]) -> list[tuple[str, ...]]:
    """The clusters of two articles and more, as ingestion makes them in an archive of their own."""
    ids: list[str] = []
    with tempfile.TemporaryDirectory(prefix="telal-copies-") as folder:
        settings = Settings(data_dir=Path(folder))
        with Archive.open(settings, identity=Identity("none", 0, "none")) as archive:
            batch: list[Write] = []
            for article in articles:
                ids.append(article.id)
                batch.append(Write(article, (), _NONE, fingerprint=print_of(article)))
                if len(batch) == BATCH:
                    archive.write(batch)
                    batch = []
            archive.write(batch)
            return list({c.articles for c in archive.clusters(ids).values()})


def pairs_of(clusters: Iterable[Sequence[str]]) -> Iterator[frozenset[str]]:
    for members in clusters:
        yield from (frozenset((x, y)) for at, x in enumerate(members) for y in members[at + 1 :])


def bih_posts(folder: Path = DATA) -> Iterator[Article]:
    """The posts with their text, the headline taken out of it."""
    for record in lines_of(folder / "articles/bih_news_posts_2022.jsonl.gz"):
        text = clean_text(record.get("text"), name="text").replace(record.get("title") or "\0", " ").strip()
        yield Article(
            record["id"], "", text, record.get("source") or "", language="bs", published=parse_date(record["published"])
        )


def long_articles(folder: Path = DATA) -> list[Article]:
    """Articles of some length in several languages, from which variants are made."""
    names = ("b92_politika_2022", "setimes_ud_sr_hr", "realtimeqa_en_balkan", "lajmi_kosovo_2020")
    found = []
    for record in (r for name in names for r in lines_of(folder / f"articles/{name}.jsonl")):
        text = clean_text(record.get("text"), name="text")
        if len(text) >= LEAST_CHARS:
            day = datetime(2025, 3, 18, tzinfo=UTC)  # one day for all: dates shall not help
            found.append(Article(record["id"], "", text, language=record.get("language") or "und", published=day))
    return found


def lines_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """The records of a file of JSON lines, gzipped or not. Raises BadInput where there is none."""
    if not path.exists():
        raise BadInput(
            f"There is no file {path}.", hint="The shared development data is needed: --data names its folder."
        )
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        for line in lines:
            yield json.loads(line)


def _sentences(text: str) -> list[str]:
    return [part for part in text.replace("\n", " ").split(". ") if part]


def _trimmed(article: Article, other: Article) -> Article:
    sentences = _sentences(article.text)
    return replace(article, text=". ".join(sentences[: max(3, int(len(sentences) * 0.6))]))


def _halved(article: Article, other: Article) -> Article:
    sentences = _sentences(article.text)
    return replace(article, text=". ".join(sentences[: max(3, len(sentences) // 2)]))


def _added(article: Article, other: Article) -> Article:
    """Two paragraphs of another article in the middle, each some 300 characters."""
    at = len(article.text) // 2
    parts = (article.text[:at], other.text[:300], other.text[300:600], article.text[at:])
    return replace(article, text="\n".join(parts))


def _edited(article: Article, other: Article) -> Article:
    """Every seventh sentence left out, every fifth word of every fourth sentence changed."""
    kept = [s for n, s in enumerate(_sentences(article.text)) if n % 7 != 6]
    words = ([w if n % 4 or m % 5 else "drugačije" for m, w in enumerate(s.split())] for n, s in enumerate(kept))
    return replace(article, text=". ".join(map(" ".join, words)))


VARIANTS: dict[str, Callable[[Article, Article], Article]] = {
    "new headline": lambda article, other: replace(article, title="Sasvim drugi naslov"),
    "Cyrillic twin": lambda article, other: replace(article, text=to_cyrillic(article.text)),
    "trimmed to 60 %": _trimmed,
    "trimmed to half": _halved,
    "two paragraphs added": _added,
    "edited": _edited,
}


ARTICLES = 600  # from which variants are made; paragraphs put into them are those of the others
_out = Console()


def register(app: typer.Typer) -> None:
    """Adds this command to `telal eval`."""
    app.command("copies")(copies)


def copies(
    data: Annotated[Path, typer.Option(help="The folder of the shared development data.")] = DATA,
    posts: Annotated[bool, typer.Option("--posts", help="Also the posts with one headline: two minutes.")] = False,
) -> None:
    """Make copies of articles (Cyrillic twin, trimmed, edited, ...) and look which are found, and what else is."""
    articles = long_articles(data)
    if len(articles) <= ARTICLES:
        raise BadInput(f"{data} holds too few articles.", hint="Name the folder of the shared data: --data.")
    table = Table("copies", "pairs", "recall", "precision", "ms an article")
    for found in made_pairs(articles[:ARTICLES], articles[ARTICLES:]):
        table.add_row(*_row(found))
    if posts:
        groups, beyond = headline_groups(data)
        for found in groups:
            table.add_row(*_row(found)[:3], "-", f"{found.seconds_an_article * 1000:.1f}")
        table.caption = f"{len(beyond)} pairs of posts with different headlines were found besides."
    _out.print(table)


def _row(found: PairCounts) -> tuple[str, ...]:
    cost = f"{found.seconds_an_article * 1000:.1f}"
    return found.name, str(found.wanted), f"{found.recall:.3f}", f"{found.precision:.3f}", cost
