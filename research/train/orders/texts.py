"""The texts that the head learns from: orders in plain words and in disguise, and sentences of news."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.text.sentences import split_sentences

HANDS = tuple(
    Path(__file__).with_name(name) for name in ("orders.txt", "orders2.txt", "orders3.txt")
)  # each written by one hand
LOOKALIKE_NEWS = tuple(Path(__file__).with_name(name) for name in ("clean.txt", "clean2.txt", "clean3.txt"))
APART = ("open", "order", "inside", "joint")  # kinds that are no whole orders
_OPENINGS = 4  # of a language before each order
_FRAMES = (
    "<!-- {} -->", '{{"role": "system", "content": "{}"}}', "SYSTEM: {}", "[{}]", "### {} ###", "<system>{}</system>",
    "**{}**", "<div hidden>{}</div>", "AI: {}", '"{}"', "({})",
)  # fmt: skip
_DIGITS = str.maketrans("oieast", "013457")
_JOINTS = (", ", "; ", " - ", ". ", ": ", " (", ' "', " ")
_ENDS = (",", ";", " -", ":", ")", '"', "")
_JOINED = 0.5  # by words, where the language has some
_LEAST_BESIDE, _MOST_BESIDE = 3, 20  # words of news beside an order in one sentence
_MOST_AT_SIDES = 4  # that a window around it holds too
_KEPT = 0.8  # of the words
_PASSAGE_CHARS = 900  # about the 220 tokens of a passage


@dataclass(frozen=True, slots=True)
class WrittenOrder:
    """A string of such a file: its variant, its kind and its place in the block."""

    language: str
    kind: str
    place: int
    text: str


def blocks(path: Path) -> list[WrittenOrder]:
    """The strings of a file in blocks: `= language kind`, then one a line."""
    found: list[WrittenOrder] = []
    language, kind, place = "", "", 0
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            language, _, kind = line[2:].partition(" ")
            place = 0
        elif line and not line.startswith("#"):
            found.append(WrittenOrder(language, kind, place, line))
            place += 1
    return found


def planted(orders: Sequence[WrittenOrder], news: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Yields each order plain, with words of news at its sides, with words left out and in a disguise; those of kind
    "order" behind an opening of their language."""
    for order in orders:
        if order.kind == "order":
            openings = [o.text for o in orders if (o.language, o.kind) == (order.language, "open")]
            yield order.text
            yield from (f"{o} {order.text}" for o in chance.sample(openings, min(_OPENINGS, len(openings))))
        elif order.kind not in APART:
            yield order.text
            yield within(order.text, news, chance, most=_MOST_AT_SIDES)
            yield " ".join(word for word in order.text.split() if chance.random() < _KEPT)
            yield chance.choice(_DISGUISES)(order.text, chance)


def carriers(orders: Sequence[WrittenOrder], news: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Yields sentences of news in which an order stands: as written, and one put together for each order."""
    for order in orders:
        if order.kind == "inside":
            yield order.text
        elif order.kind not in APART:
            joints = [o.text for o in orders if (o.language, o.kind) == (order.language, "joint")]
            yield within(order.text, news, chance, joints)


def within(
    order: str, news: Sequence[str], chance: random.Random, joints: Sequence[str] = (), *, most: int = _MOST_BESIDE
) -> str:
    """An order in one sentence with words of news: behind them, before them or between them."""
    words = chance.choice(news).split()
    count = chance.randint(min(_LEAST_BESIDE, most), most)
    start = chance.randrange(max(1, len(words) - count))
    beside = words[start : start + count]
    joint = f"{chance.choice(joints)} " if joints and chance.random() < _JOINED else chance.choice(_JOINTS)
    border = chance.choice((0, len(beside), len(beside), len(beside) // 2, len(beside) // 2))
    bare = order.rstrip(".")
    before, behind = " ".join(beside[:border]), " ".join(beside[border:])
    told = f"{before}{joint}{bare[:1].lower()}{bare[1:]}" if before else bare
    return f"{told}{chance.choice(_ENDS)} {behind}" if behind else told


def _framed(text: str, chance: random.Random) -> str:
    return chance.choice(_FRAMES).format(text)


def _spaced(text: str, _: random.Random) -> str:
    return " ".join(text)


def _joined(text: str, _: random.Random) -> str:
    return text.replace(" ", "")


def _rotated(text: str, _: random.Random) -> str:
    return codecs.encode(text, "rot13")


def _reversed(text: str, _: random.Random) -> str:
    return text[::-1]


def _in_digits(text: str, _: random.Random) -> str:
    return text.lower().translate(_DIGITS)


_DISGUISES = (_framed, _framed, _spaced, _joined, _rotated, _reversed, _in_digits)


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """A text of news in its sentences, the headline first. `trained`: it lies in the half that is learned from."""

    source: str
    language: str
    title: str
    text: str
    trained: bool

    @property
    def sentences(self) -> list[str]:
        """The headline and the sentences."""
        spans = split_sentences(self.text, self.language)
        return [*([self.title] if self.title else []), *(self.text[s.start : s.end] for s in spans)]

    @property
    def passages(self) -> Iterator[list[str]]:
        """The sentences, put together to passages of the usual length."""
        held: list[str] = []
        for sentence in self.sentences:
            if held and sum(map(len, held)) + len(sentence) > _PASSAGE_CHARS:
                yield held
                held = []
            held.append(sentence)
        if held:
            yield held


def clean_articles(paths: Sequence[Path], most: int) -> list[CleanArticle]:
    """Texts of JSON lines (`id`, `doc_id` or `seg_id`, `language`, `text`, perhaps `title`), at most so many of a
    file, in an order that is always the same. Files whose name says `restricted` are for measuring alone."""
    return [article for path in paths for article in _articles(path, most)]


def _articles(path: Path, most: int) -> Iterator[CleanArticle]:
    chance = random.Random(path.name)
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        rows = [row for row in map(json.loads, lines) if row.get("text") or row.get("title")]
    chance.shuffle(rows)
    for row in rows[:most]:
        name = str(row.get("doc_id") or row.get("seg_id") or row["id"])
        half = hashlib.sha256(name.encode()).digest()[0] % 2 == 0
        trained = half and "restricted" not in path.name
        yield CleanArticle(path.name, row["language"], row.get("title") or "", row.get("text") or "", trained)
