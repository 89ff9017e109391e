"""`python -m research.copies`: copies in another frame must join their original, those with a fact changed must not."""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated
from zlib import crc32

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.datasets.lines import read_lines
from eval.datasets.shared_data import DATA
from ingest.checks import clean_text, parse_date
from rag.config import Settings
from rag.store.archive.archive import Archive, Identity, Write
from rag.store.archive.copies import LEAST_CONTAINMENT, LEAST_RESEMBLANCE
from rag.text.dates import meanings
from rag.text.fingerprint import LEAST_SHINGLES, fingerprint, shingles
from rag.text.script import fold, to_cyrillic
from rag.text.sentences import split_sentences
from rag.types import Article
from research.changes import names_of, negate, swap_name, swap_number, swap_roles

RESHARE_TEXT = "This is a re-share of a post"  # a group of unrelated posts
BATCH = 200
LEAST_CHARS, MOST_CHARS = 600, 6000  # of an article that is copied: what news takes
_DAY = datetime(2025, 3, 18, tzinfo=UTC)  # of all articles: dates shall not help
_WORD = re.compile(r"[^\W\d_]+")
_NONE = np.empty((0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class Trial:
    """A copy of an article; `kind` is the fact that was changed, or the frame where none was."""

    kind: str
    article: Article
    copy: Article
    changed: bool


@dataclass(frozen=True, slots=True)
class JoinCounts:
    """Of the copies of one kind in one language: how many there were, how many were joined with their original."""

    kind: str
    language: str
    changed: bool
    trials: int
    joined: int


def originals(folder: Path = DATA, *, split: str = "test", most: int = 60) -> list[list[Article]]:
    """Articles of the training news and of the parallel texts, by language; rules were made by looking at dev."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in read_lines(folder / "train/news.jsonl.gz"):
        if line.fields["text"]:
            texts[line.text("language"), line.text("id")].append(line.text("text"))
    for line in read_lines(folder / "parallel/ntrex128_segments_dev.jsonl"):
        texts[line.text("language"), line.text("doc_id")].append(line.text("text"))
    by_language: dict[str, list[Article]] = defaultdict(list)
    for (language, name), parts in texts.items():
        text = clean_text("\n".join(parts), name="text")
        if len(text) >= LEAST_CHARS and crc32(name.encode()) % 2 == ("dev", "test").index(split):
            cut = text[: text.find(". ", MOST_CHARS) + 1 or MOST_CHARS] if len(text) > MOST_CHARS else text
            by_language[language].append(Article(f"{language}/{name}", "", cut, language=language, published=_DAY))
    return [Random(3).sample(found, min(most, len(found))) for found in by_language.values()]


def trials(sources: Sequence[Sequence[Article]], *, seed: int = 1) -> Iterator[Trial]:
    """Every article with one fact changed in each way that it allows, and its copies in each frame."""
    for articles in sources:
        names = sorted({a.text[n.start : n.end] for a in articles for n in names_of(a.text)})
        for at, article in enumerate(articles):
            random = Random(f"{seed}{article.id}")
            for kind, change in CHANGES.items():
                text = _changed(article, change, names, random)
                if text is not None:
                    yield Trial(kind, article, replace(article, id=f"{article.id}/{kind}", text=text), True)
            other = articles[(at + 1) % len(articles)]
            for kind, frame in FRAMES.items():
                copy = replace(article, id=f"{article.id}/{kind}", title="Another headline", text=frame(article, other))
                yield Trial(kind, article, copy, False)


Change = Callable[[str, str, Sequence[str], Random], str | None]  # sentence, its language, other names


def _changed(article: Article, change: Change, names: Sequence[str], random: Random) -> str | None:
    """The article with one sentence changed; None where no sentence can be."""
    spans = split_sentences(article.text, article.language)
    for span in random.sample(spans, len(spans)):
        old = article.text[span.start : span.end]
        new = change(old, article.language, names, random) if len(old.split()) > 5 else None
        if new is not None and fold(new) != fold(old):
            return article.text[: span.start] + new + article.text[span.end :]
    return None


def _day(text: str, language: str, names: Sequence[str], random: Random) -> str | None:
    """Another month or weekday: the next one that the same word list writes in as many letters, or any."""
    for word in _WORD.finditer(text):
        for table in (meanings("months"), meanings("weekdays")):
            key = fold(word.group())
            fit = [w for w in table if table[w] != table.get(key) and len(w) > 3 and w[-2:] == key[-2:]]
            if key in table and len(key) > 3 and fit:
                return text[: word.start()] + random.choice(fit) + text[word.end() :]
    return None


CHANGES: Mapping[str, Change] = {
    "number": lambda text, language, names, random: swap_number(text, (), random),
    "name": lambda text, language, names, random: swap_name(text, [n for n in names if " " in n], random),
    "role": lambda text, language, names, random: swap_roles(text, random),
    "day": _day,
    "negation": lambda text, language, names, random: negate(text, language, random),
}


def _cut(article: Article, share: float) -> str:
    """The end left out, on the border of a sentence."""
    spans = split_sentences(article.text, article.language)
    return article.text[: spans[max(0, round(len(spans) * share) - 1)].end]


def _added(article: Article, other: Article) -> str:
    """Two paragraphs of another article in the middle, each some 300 characters."""
    at = len(article.text) // 2
    return "\n".join((article.text[:at], other.text[:300], other.text[300:600], article.text[at:]))


def _bare(article: Article, other: Article) -> str:
    return fold(article.text) if article.language in ("sl", "tr", "ro", "sq") else article.text.replace("„", '"')


FRAMES: Mapping[str, Callable[[Article, Article], str]] = {
    "the other script": lambda a, o: to_cyrillic(a.text) if a.language in ("sr-Latn", "hr", "bs") else a.text,
    "bare letters": _bare,
    "cut to two thirds": lambda a, o: _cut(a, 2 / 3),
    "cut to half": lambda a, o: _cut(a, 1 / 2),
    "two paragraphs added": _added,
    "dateline and furniture": lambda a, o: f"AGENCY, Tuesday –\n{a.text}\nRead also: ten photographs of the week",
    "lines joined": lambda a, o: " ".join(a.text.split()),
    "first sentence left out": lambda a, o: a.text[split_sentences(a.text, a.language)[0].end :],
}


def measure(made: Sequence[Trial]) -> tuple[list[JoinCounts], float]:
    """How many were joined, by kind and language; milliseconds of CPU that an article cost."""
    counts: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    kinds: dict[str, list[Trial]] = defaultdict(list)
    for trial in made:
        kinds[trial.kind].append(trial)
    started = time.process_time()
    for own in kinds.values():
        clusters = cluster_articles([a for t in own for a in (t.article, t.copy)])
        members = {one: at for at, cluster in enumerate(clusters) for one in cluster}
        for t in own:
            count = counts[t.kind, t.article.language, t.changed]
            count["trials"] += 1
            count["joined"] += t.article.id in members and members[t.article.id] == members.get(t.copy.id)
    spent = (time.process_time() - started) / max(2 * len(made), 1) * 1000
    return [JoinCounts(*key, c["trials"], c["joined"]) for key, c in counts.items()], spent


def cluster_articles(articles: Iterable[Article]) -> list[tuple[str, ...]]:
    """The clusters of two articles and more, as ingestion makes them in an archive of their own."""
    ids: list[str] = []
    with tempfile.TemporaryDirectory(prefix="telal-copies-") as folder:
        settings = Settings(data_dir=Path(folder))
        with Archive.open(settings, identity=Identity("none", 0, "none")) as archive:
            batch: list[Write] = []
            for article in articles:
                ids.append(article.id)
                batch.append(Write(article, (), _NONE, fingerprint=fingerprint(article.text)))
                if len(batch) == BATCH:
                    archive.write(batch)
                    batch = []
            archive.write(batch)
            return list({c.articles for c in archive.clusters(ids).values()})


@dataclass(frozen=True, slots=True)
class PostCounts:
    """Pairs of posts with one headline, how many of them were joined; `alike`: of those whose texts are; and others."""

    wanted: int
    found: int
    alike: int
    alike_found: int
    others: int


def headline_groups(folder: Path = DATA) -> PostCounts:
    """Posts of different outlets with the same headline, which is taken out of their text.

    The pairs are silver: many posts under one headline say different things, so those are counted apart of which the
    shorter one's word groups are three quarters, or half of all are, in both. The others are to be judged by reading.
    """
    lines = read_lines(folder / "clusters/bih_posts_identical_headline_groups.jsonl")
    groups = [line.texts("article_ids") for line in lines if line.text("title") != RESHARE_TEXT]
    grouped = {one for group in groups for one in group}
    posts = {p.id: p for p in _posts(folder) if p.id in grouped}
    wanted = {frozenset((x, y)) for group in groups for x in group for y in group if x < y and {x, y} <= set(posts)}
    made = {
        frozenset((x, y))
        for members in cluster_articles(posts.values())
        for at, x in enumerate(members)
        for y in members[at + 1 :]
    }
    groups_of = {post.id: shingles(post.text) for post in posts.values()}
    alike = {pair for pair in wanted if _alike(*(groups_of[one] for one in pair))}
    return PostCounts(len(wanted), len(made & wanted), len(alike), len(made & alike), len(made - wanted))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Exactly, what fingerprints estimate."""
    both, least = len(one & other), min(len(one), len(other))
    if least < LEAST_SHINGLES:
        return False
    return both / len(one | other) >= LEAST_RESEMBLANCE or both / least >= LEAST_CONTAINMENT


def _posts(folder: Path) -> Iterator[Article]:
    for line in read_lines(folder / "articles/bih_news_posts_2022.jsonl.gz"):
        post = line.fields
        text = clean_text(post.get("text"), name="text").replace(post.get("title") or "\0", " ").strip()
        day = parse_date(post["published"])
        yield Article(post["id"], "", text, post.get("source") or "", language="bs", published=day)


_out = Console()


def copies(
    data: Annotated[Path, typer.Option(help="The folder of the shared development data.")] = DATA,
    split: Annotated[str, typer.Option(help="dev or test: stories that rules were made on, or not.")] = "test",
    most: Annotated[int, typer.Option(min=1, help="Articles of each language.")] = 20,
    posts: Annotated[bool, typer.Option("--posts", help="Also the posts with one headline: two minutes.")] = False,
) -> None:
    """Make copies of articles, in another frame or with one fact changed, and look which are joined."""
    rows, cost = measure(list(trials(originals(data, split=split, most=most))))
    table = Table("copies", "fact changed", "of", "joined", "languages in which any was, or was not")
    for kind in dict.fromkeys(r.kind for r in rows):
        own = [r for r in rows if r.kind == kind]
        of, joined = sum(r.trials for r in own), sum(r.joined for r in own)
        odd = " ".join(r.language for r in own if (r.joined > 0 if r.changed else r.joined < r.trials))
        table.add_row(kind, "yes" if own[0].changed else "no", str(of), f"{joined / of:.3f}", odd)
    table.caption = f"{cost:.1f} ms of one core an article"
    _out.print(table)
    if posts:
        found = headline_groups(data)
        _out.print(
            f"Posts with one headline: {found.found} of {found.wanted} pairs joined; of those whose texts are alike "
            f"{found.alike_found} of {found.alike}; {found.others} pairs with different headlines besides."
        )


if __name__ == "__main__":
    typer.run(copies)
