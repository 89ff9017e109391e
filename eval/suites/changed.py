"""Makes copies of articles with one fact changed, or only the frame, and measures which are joined with the
original."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated
from zlib import crc32

import typer
from rich.console import Console
from rich.table import Table

from eval.core.changes import names_of, negate, swap_name, swap_number, swap_roles
from eval.suites.copies import DATA, LEAST_CHARS, cluster_articles, lines_of
from ingest.checks import clean_text
from ingest.copies import print_of
from rag.store.archive.copies import alike
from rag.text.language import family
from rag.text.numbers import find_numbers
from rag.text.script import fold, to_cyrillic
from rag.text.sentences import split_sentences
from rag.text.when import lexicon
from rag.types import Article

# Speakers that can stand for each other: of one case and gender where the language has these.
SPEAKERS = {
    "en": "police prosecutors doctors rescuers witnesses ministry hospital court",
    "sh": "policija opština vlada opozicija skupština komisija bolnica stranka",
    "sl": "policija občina vlada opozicija komisija bolnišnica stranka",
    "mk": "полицијата општината владата опозицијата комисијата болницата партијата",
    "bg": "полицията общината прокуратурата опозицията комисията болницата партията",
    "sq": "policia prokuroria qeveria opozita komisioni spitali partia",
    "ro": "poliția primăria guvernul opoziția comisia spitalul partidul",
    "el": "αστυνομία κυβέρνηση αντιπολίτευση επιτροπή εταιρεία εισαγγελία",
    "tr": "polis belediye hükümet muhalefet savcılık bakanlık hastane",
}
_MOST_CHARS = 6000  # of an article: what news takes; the change stands somewhere in it
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Trial:
    """A copy of an article; `kind` is the fact that was changed, or the frame where none was."""

    kind: str
    article: Article
    copy: Article
    changed: bool


@dataclass(frozen=True, slots=True)
class JoinCounts:
    """Of the copies of one kind: how many there were, how many would be joined by similarity alone, how many were
    joined."""

    kind: str
    language: str
    changed: bool
    trials: int
    alike: int
    joined: int


@dataclass(frozen=True, slots=True)
class Originals:
    """Articles of one language to change, and what others of them hold that may stand in a changed place."""

    articles: tuple[Article, ...]
    names: tuple[str, ...]
    counted: tuple[str, ...]
    times: Mapping[str, tuple[str, ...]]


def originals(folder: Path = DATA, *, split: str = "test", most: int = 60) -> list[Originals]:
    """Articles of the training news and of the parallel texts, by language; rules were made by looking at dev."""
    by_language: dict[str, list[Article]] = defaultdict(list)
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in lines_of(folder / "train/news.jsonl.gz"):
        if record["text"]:
            texts[record["language"], record["id"]].append(record["text"])
    for record in lines_of(folder / "parallel/ntrex128_segments_dev.jsonl"):
        texts[record["language"], record["doc_id"]].append(record["text"])
    day = datetime(2025, 3, 18, tzinfo=UTC)
    for (language, name), parts in texts.items():
        text = clean_text("\n".join(parts), name="text")
        if len(text) >= LEAST_CHARS and crc32(name.encode()) % 2 == ("dev", "test").index(split):
            cut = text[: text.find(". ", _MOST_CHARS) + 1 or _MOST_CHARS] if len(text) > _MOST_CHARS else text
            by_language[language].append(Article(f"{language}/{name}", "", cut, language=language, published=day))
    chosen = (Random(3).sample(found, min(most, len(found))) for found in by_language.values())
    return [_originals(articles) for articles in chosen]


def _originals(articles: Sequence[Article]) -> Originals:
    names = [a.text[n.start : n.end] for a in articles for n in names_of(a.text)]
    behind = [_WORD.search(a.text, n.end, n.end + 20) for a in articles for n in find_numbers(a.text)]
    counted = [m.group() for m in behind if m and len(m.group()) > 3 and m.group().islower()]
    times: dict[str, list[str]] = defaultdict(list)
    for word in {w for a in articles for w in _WORD.findall(a.text)}:
        for name, table in (("month", lexicon().months), ("weekday", lexicon().weekdays)):
            if fold(word) in table and len(word) > 3:
                times[name].append(word)
    held = {name: tuple(sorted(words)) for name, words in times.items()}
    return Originals(tuple(articles), tuple(dict.fromkeys(names)), tuple(dict.fromkeys(counted)), held)


def trials(sources: Sequence[Originals], *, seed: int = 1) -> Iterator[Trial]:
    """Every article with one fact changed in each way that it allows, and its copies in each frame."""
    for own in sources:
        for article in own.articles:
            random = Random(f"{seed}{article.id}")
            for kind, change in CHANGES.items():
                text = _changed(article, own, change, random)
                if text is not None:
                    yield Trial(kind, article, replace(article, id=f"{article.id}/{kind}", text=text), True)
            for kind, frame in FRAMES.items():
                text = frame(article)
                yield Trial(kind, article, replace(article, id=f"{article.id}/{kind}", text=text), False)


Change = Callable[[str, Article, Originals, Random], str | None]


def _changed(article: Article, own: Originals, change: Change, random: Random) -> str | None:
    """The article with one sentence changed; None where no sentence can be."""
    spans = split_sentences(article.text, article.language)
    for span in random.sample(spans, len(spans)):
        old = article.text[span.start : span.end]
        new = change(old, article, own, random) if len(old.split()) > 5 else None
        if new is not None and fold(new) != fold(old):
            return article.text[: span.start] + new + article.text[span.end :]
    return None


def _unit(text: str, article: Article, own: Originals, random: Random) -> str | None:
    """What a number counts is another thing."""
    for number in find_numbers(text):
        word = _WORD.search(text, number.end, number.end + 20)
        if word and word.group() in own.counted and not text[number.end : word.start()].strip():
            other = random.choice(own.counted)
            return text[: word.start()] + other + text[word.end() :] if other[:3] != word.group()[:3] else None
    return None


def _place(text: str, article: Article, own: Originals, random: Random) -> str | None:
    known = [n for n in names_of(text) if n.key.startswith("@")]
    others = [n for n in own.names if " " not in n and n[0].isupper()]
    if not known:
        return None
    name, other = random.choice(known), random.choice(others)
    return text[: name.start] + other + text[name.end :] if other not in text else None


def _day(text: str, article: Article, own: Originals, random: Random) -> str | None:
    for word in _WORD.finditer(text):
        for name, table in (("month", lexicon().months), ("weekday", lexicon().weekdays)):
            fit = [w for w in own.times.get(name, ()) if table[fold(w)] != table.get(fold(word.group()))]
            if word.group() in own.times.get(name, ()) and fit:
                return text[: word.start()] + random.choice(fit) + text[word.end() :]
    return None


def _attribution(text: str, article: Article, own: Originals, random: Random) -> str | None:
    speakers = SPEAKERS[family(article.language)].split()
    written = to_cyrillic(" ".join(speakers)).split() if article.language == "sr-Cyrl" else speakers
    found = [m for m in _WORD.finditer(text) if m.group().lower() in written]
    if not found:
        return None
    word = random.choice(found)
    other = random.choice([w for w in written if w != word.group().lower()])
    return text[: word.start()] + (other.capitalize() if word.group()[0].isupper() else other) + text[word.end() :]


CHANGES: dict[str, Change] = {
    "number": lambda text, article, own, random: swap_number(text, (), random),
    "unit": _unit,
    "name": lambda text, article, own, random: swap_name(text, [n for n in own.names if " " in n], random),
    "role": lambda text, article, own, random: swap_roles(text, random),
    "place": _place,
    "day": _day,
    "negation": lambda text, article, own, random: negate(text, article.language, random),
    "attribution": _attribution,
}


def _cut(article: Article) -> str:
    """The last third left out, on the border of a sentence."""
    spans = split_sentences(article.text, article.language)
    return article.text[: spans[max(0, len(spans) * 2 // 3 - 1)].end]


FRAMES: dict[str, Callable[[Article], str]] = {
    "the other script": lambda a: to_cyrillic(a.text) if a.language in ("sr-Latn", "hr", "bs") else a.text,
    "bare letters": lambda a: fold(a.text) if a.language in ("sl", "tr", "ro", "sq") else a.text.replace("„", '"'),
    "cut": _cut,
    "dateline and furniture": lambda a: f"AGENCY, Tuesday –\n{a.text}\nRead also: ten photographs of the week",
    "lines joined": lambda a: " ".join(a.text.split()),
    "first sentence left out": lambda a: a.text[split_sentences(a.text, a.language)[0].end :],
}


def measure(made: Sequence[Trial]) -> tuple[list[JoinCounts], float]:
    """How many were joined, by kind and language; milliseconds of CPU that an article cost."""
    counts: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    spent, stored = 0.0, 0
    kinds: dict[str, list[Trial]] = defaultdict(list)
    for trial in made:
        kinds[trial.kind].append(trial)
    for own in kinds.values():
        started = time.process_time()
        members = {
            one: at for at, c in enumerate(cluster_articles([a for t in own for a in (t.article, t.copy)])) for one in c
        }
        spent, stored = spent + time.process_time() - started, stored + 2 * len(own)
        for t in own:
            count = counts[t.kind, t.article.language, t.changed]
            count["trials"] += 1
            count["alike"] += alike(print_of(t.article), print_of(t.copy), one_outlet=False)
            count["joined"] += t.article.id in members and members[t.article.id] == members.get(t.copy.id)
    rows = [
        JoinCounts(kind, language, changed, c["trials"], c["alike"], c["joined"])
        for (kind, language, changed), c in counts.items()
    ]
    return rows, spent / max(stored, 1) * 1000


_out = Console()


def register(app: typer.Typer) -> None:
    """Adds this command to `telal eval`."""
    app.command("changed")(try_changed)


def try_changed(
    data: Annotated[Path, typer.Option(help="The folder of the shared development data.")] = DATA,
    split: Annotated[str, typer.Option(help="dev or test: stories that rules were made on, or not.")] = "test",
    most: Annotated[int, typer.Option(min=1, help="Articles of each language.")] = 20,
) -> None:
    """Change one fact in copies of articles, or only their frame, and look which are joined."""
    rows, cost = measure(list(trials(originals(data, split=split, most=most))))
    table = Table("copies", "changed", "of", "alike", "joined", "languages in which any was, or was not")
    for kind in dict.fromkeys(r.kind for r in rows):
        own = [r for r in rows if r.kind == kind]
        of, alike, joined = (sum(getattr(r, name) for r in own) for name in ("trials", "alike", "joined"))
        odd = " ".join(r.language for r in own if (r.joined > 0 if r.changed else r.joined < r.trials))
        share = (f"{n / of:.3f}" for n in (alike, joined))
        table.add_row(kind, "yes" if own[0].changed else "no", str(of), *share, odd)
    table.caption = f"{cost:.1f} ms of one core an article"
    _out.print(table)
