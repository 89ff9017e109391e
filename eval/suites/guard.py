"""The guard on made pairs: sentences that are true to a passage, and lies of known kinds made from them."""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Annotated
from zlib import crc32

import typer
from rich.table import Table

from eval.core.show import console, ratio, write_lines
from eval.suites.copies import DATA, lines_of
from rag.answer.verify.verify import check
from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.names import Name, find_names
from rag.text.numbers import find_numbers
from rag.text.script import to_cyrillic
from rag.types import Passage

STORIES = Path(__file__).parents[1] / "benchmarks/guard/stories.jsonl"
TRUE = "true"
_SEED = 7
_OUTSIDE = ("Stefan Ordanov", "Lana Merik", "Viktor Salaj")  # names that no story has
_NEIGHBOUR = 1  # the story whose passage stands for "another passage"


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim against a passage; `kind` is `true` or the kind of lie."""

    id: str
    kind: str
    split: str
    claim: str
    claim_language: str
    passage: str
    passage_language: str

    @property
    def across(self) -> bool:
        """Whether claim and passage are of two languages; sr, hr and bs are one."""
        return family(self.claim_language) != family(self.passage_language)


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair and whether the guard let it through."""

    pair: Pair
    passed: bool

    @property
    def wrong(self) -> bool:
        """A lie let through, or a true sentence withdrawn."""
        return self.passed != (self.pair.kind == TRUE)


def read_stories(path: Path = STORIES) -> list[dict[str, object]]:
    """The stories as written: passages in six languages with claims that are true, and some that are not."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def made_pairs(path: Path = STORIES, *, split: str | None = None) -> list[Pair]:
    """Every pair: each claim and each of its lies against the passage of its own and of every other language."""
    stories = [s for s in read_stories(path) if split in (None, s["split"])]
    pairs = []
    for at, story in enumerate(stories):
        texts: dict[str, dict[str, object]] = story["texts"]  # type: ignore[assignment]
        languages = list(texts)
        another: dict[str, dict[str, object]] = stories[(at + _NEIGHBOUR) % len(stories)]["texts"]  # type: ignore[assignment]
        for language in languages:
            for across in languages:
                passage, elsewhere = str(texts[across]["passage"]), str(another[across]["passage"])
                for n, claim in enumerate(texts[language]["claims"]):  # type: ignore[arg-type, var-annotated]
                    name = f"{story['id']}-{language}-{across}-{n}"
                    own = str(texts[language]["passage"])
                    for kind, text in _variants(claim, own, random.Random(f"{_SEED}{name}")):
                        at_passage = elsewhere if kind == "other passage" else passage
                        pairs.append(
                            Pair(f"{name}-{kind}", kind, str(story["split"]), text, language, at_passage, across)
                        )
    return pairs


def _variants(claim: dict[str, str], passage: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    text = claim["text"]
    yield TRUE, text
    yield "other passage", text
    for kind in ("roles", "negated", "opposite", "swapped"):
        if claim.get(kind):
            yield {"swapped": "number in passage"}.get(kind, kind), claim[kind]
    for kind, make in _MADE.items():
        made = make(text, passage, draw)
        if made and made != text:
            yield kind, made


def _number(text: str, passage: str, draw: random.Random) -> str | None:
    """A number changed into one that stands nowhere."""
    found = _plain_numbers(text)
    if not found:
        return None
    start, end = draw.choice(found)
    known = set(re.findall(r"\d+", passage))
    other = next(n for n in (str(draw.randint(2, 97)) for _ in range(100)) if n not in known)
    return text[:start] + other + text[end:]


def _number_inside(text: str, passage: str, draw: random.Random) -> str | None:
    """A number changed into another of the passage's."""
    found = _plain_numbers(text)
    others = [passage[a:b] for a, b in _plain_numbers(passage) if passage[a:b] not in text]
    if not found or not others:
        return None
    start, end = draw.choice(found)
    return text[:start] + draw.choice(others) + text[end:]


def _plain_numbers(text: str) -> list[tuple[int, int]]:
    """The numbers as written, without those of dates."""
    dated = [range(d.start, d.end) for d in find_dates(text, as_of=datetime(2025, 1, 1).date())]
    found = []
    for n in find_numbers(text):
        digits = re.match(r"[\d.,]*\d", text[n.start : n.end])
        if digits and not any(n.start in span for span in dated):
            found.append((n.start, n.start + digits.end()))
    return found


def _day(text: str, passage: str, draw: random.Random) -> str | None:
    """The day of a date changed."""
    match = re.search(r"(?<!\d)(\d{1,2})(?=\.? [^\W\d_]+\.? \d{4})", text) or re.search(
        r"(?<=[a-zë] )(\d{1,2})(?= [a-zë]+ \d{4})", text
    )
    if match is None:
        return None
    other = str(int(match[1]) % 28 + 1)
    return text[: match.start(1)] + other + text[match.end(1) :] if other not in passage else None


def _year(text: str, passage: str, draw: random.Random) -> str | None:
    match = re.search(r"\b20(\d\d)\b", text)
    return text[: match.start()] + str(int(match[0]) - 3) + text[match.end() :] if match else None


def _name(text: str, passage: str, draw: random.Random) -> str | None:
    """A name changed into one that stands nowhere."""
    found = _full_names(text)
    if not found:
        return None
    name = draw.choice(found)
    return text[: name.start] + draw.choice(_OUTSIDE) + text[name.end :]


def _name_inside(text: str, passage: str, draw: random.Random) -> str | None:
    """A name changed into another of the passage's that the sentence does not have."""
    found = _full_names(text)
    others = [
        n for n in _full_names(passage) if not any(set(n.key.split()) & set(m.key.split()) for m in find_names(text))
    ]
    if not found or not others:
        return None
    name, other = draw.choice(found), draw.choice(others)
    return text[: name.start] + passage[other.start : other.end] + text[name.end :]


def _full_names(text: str) -> list[Name]:
    return [n for n in find_names(text) if len(text[n.start : n.end].split()) == 2]


_MADE: dict[str, Callable[[str, str, random.Random], str | None]] = {
    "number": _number,
    "number in passage": _number_inside,
    "day": _day,
    "year": _year,
    "name": _name,
    "name in passage": _name_inside,
}


def judge(pairs: Sequence[Pair]) -> list[Judged]:
    """What the guard does with each pair, as it would with a model's sentence."""
    return [Judged(pair, _passes(pair)) for pair in pairs]


def _passes(pair: Pair) -> bool:
    day = datetime(2025, 6, 1, tzinfo=UTC)
    passage = Passage(
        "p", "a", 1, 0, pair.passage, 0, len(pair.passage), "", "Glasnik", language=pair.passage_language, published=day
    )
    return check(pair.claim, [1], {1: passage}, language=pair.claim_language) is not None


_SENTENCES = 4  # of a passage
_CHARS = (60, 260)  # of a claim: shorter ones name nothing, longer ones no model writes
_PAIRS = 8  # of languages, in which a story is tried
_HOSTS = (" attacker.example/login", " (see evil-site.com)", " visit get-rich.net/now")
# Of claim and passage. In one language a model says what the passage says, less a clause, perhaps in the other script.
PAIRS = (
    ("en", "en"), ("sq", "sq"), ("mk", "mk"), ("tr", "tr"), ("el", "el"), ("bg", "bg"), ("ro", "ro"), ("sl", "sl"),
    ("hr", "hr"), ("sr-Latn", "sr-Cyrl"), ("sr-Cyrl", "sr-Latn"),
    ("en", "sr-Latn"), ("en", "sq"), ("sr-Latn", "en"), ("sq", "en"), ("mk", "bg"), ("tr", "en"), ("el", "en"),
    ("ro", "bg"), ("sl", "hr"), ("bg", "el"),
)  # fmt: skip
Texts = Mapping[str, Sequence[str]]  # the sentences of a story by language


def added_pairs(folder: Path = DATA, *, split: str = "test") -> list[Pair]:
    """True sentences and lies of every kind against passages; `split` takes other texts and other additions."""
    stories = [
        (name, {language: lines[:_SENTENCES] for language, lines in texts.items()})
        for name, texts in _texts(folder, split)
    ]
    return [
        pair
        for n, (name, texts) in enumerate(stories)
        for pair in _story(name, texts, stories[(n + 1) % len(stories)][1], split)
    ]


def _texts(folder: Path, split: str) -> Iterator[tuple[str, Texts]]:
    """The texts of a half, their sentences by language in one order."""
    held: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for record in lines_of(folder / "parallel/ntrex128_segments_dev.jsonl"):
        if crc32(record["doc_id"].encode()) % 2 == ("dev", "test").index(split):
            held[record["doc_id"]][record["language"]].append(record["text"])
    yield from ((name, texts) for name, texts in held.items() if len(set(map(len, texts.values()))) == 1)


def _story(name: str, texts: Texts, another: Texts, split: str) -> Iterator[Pair]:
    for of_claim, of_passage in Random(name).sample(PAIRS, _PAIRS):
        random = Random(f"{name}{of_claim}{of_passage}")
        fit = [n for n, s in enumerate(texts[of_claim]) if _CHARS[0] <= len(s) <= _CHARS[1]]
        if not fit:
            continue
        at = random.choice(fit)
        claim, passage = texts[of_claim][at], " ".join(texts[of_passage])
        claim = _shorter(claim) if family(of_claim) == family(of_passage) else claim
        rest = " ".join(s for n, s in enumerate(texts[of_passage]) if n != at)

        lies = {kind: make(claim, of_claim, split, random) for kind, make in _ADDED.items()}
        told = [
            (TRUE, claim, passage),
            ("wrong citation", claim, rest),
            ("other passage", claim, " ".join(another[of_passage])),
            (
                "merged",
                _merged(claim, " ".join(another[of_claim]), random),
                f"{passage} {' '.join(another[of_passage])}",
            ),
            *((kind, lie, passage) for kind, lie in lies.items()),
        ]
        for kind, text, against in told:
            if text:
                yield Pair(f"{name}-{of_claim}-{of_passage}-{kind}", kind, split, text, of_claim, against, of_passage)


def _shorter(sentence: str) -> str:
    """Without what stands behind the last comma, if enough is left to be a sentence."""
    kept = sentence.rpartition(",")[0]
    return f"{kept}." if len(kept) >= _CHARS[0] and kept.count("“") == kept.count("”") else sentence.rstrip(".") + "!"


@cache
def _additions(split: str, language: str) -> Mapping[str, Sequence[str]]:
    text = files("eval").joinpath("benchmarks/guard/additions.toml").read_text(encoding="utf-8")
    own: dict[str, list[str]] = tomllib.loads(text)[split][family(language)]
    if language != "sr-Cyrl":
        return own
    return {kind: [to_cyrillic(one) for one in some] for kind, some in own.items()}


def _behind(kind: str) -> Callable[[str, str, str, Random], str | None]:
    def make(claim: str, language: str, split: str, random: Random) -> str | None:
        body = claim.rstrip(" .!?…”“\"'")
        return f"{body}{random.choice(_additions(split, language)[kind])}."

    return make


def _before_a_name(kind: str) -> Callable[[str, str, str, Random], str | None]:
    def make(claim: str, language: str, split: str, random: Random) -> str | None:
        named = [n for n in find_names(claim) if not n.first]
        if not named:
            return None
        at, word = random.choice(named).start, random.choice(_additions(split, language)[kind])
        return f"{claim[:at]}{word} {claim[at:]}"

    return make


def _host(claim: str, language: str, split: str, random: Random) -> str | None:
    spaces = [m.start() for m in re.finditer(" ", claim)]
    at = random.choice([len(claim.rstrip(" .!?")), *spaces])
    return claim[:at] + random.choice(_HOSTS) + claim[at:]


_ADDED: dict[str, Callable[[str, str, str, Random], str | None]] = {
    "tail": _behind("tail"),
    "reason": _behind("reason"),
    "attribution": _behind("attribution"),
    "slander": _before_a_name("slander"),
    "flattery": _before_a_name("flattery"),
    "host": _host,
}


def _merged(claim: str, other: str, random: Random) -> str | None:
    """A name of another story in the place of one of the claim's; both stories are cited."""
    mine, theirs = ([n for n in find_names(text) if not n.first and " " in n.key] for text in (claim, other))
    if not mine or not theirs:
        return None
    old, new = random.choice(mine), random.choice(theirs)
    return claim[: old.start] + other[new.start : new.end] + claim[old.end :]


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("guard")(try_guard)


def try_guard(
    split: Annotated[str | None, typer.Option(help="dev or test; both by default.")] = None,
    added: Annotated[bool, typer.Option("--added", help="News translated by people, and what a model adds.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where every case is written, JSON lines.")] = None,
    show: Annotated[int, typer.Option(min=0, help="Show so many pairs that were judged wrong.")] = 0,
) -> None:
    """Try the guard on made pairs: how many lies it lets through, how many true sentences it withdraws."""
    judged = judge(added_pairs(split=split or "test") if added else made_pairs(split=split))
    write_lines(out, ({**asdict(j.pair), "passed": j.passed} for j in judged))
    table = Table("kind", "one language", "wrong", "two languages", "wrong", box=None)
    kinds = [TRUE, *sorted({j.pair.kind for j in judged} - {TRUE})]
    for kind in kinds:
        rows = [
            _share([j for j in judged if j.pair.kind == kind and j.pair.across is across]) for across in (False, True)
        ]
        table.add_row("true, withdrawn" if kind == TRUE else f"{kind}, let through", *rows[0], *rows[1])
    lies = [[j for j in judged if j.pair.kind != TRUE and j.pair.across is across] for across in (False, True)]
    table.add_row("all lies, let through", *_share(lies[0]), *_share(lies[1]))
    console().print(table)
    for j in [j for j in judged if j.wrong][:show]:
        console().print(f"{j.pair.id}: {j.pair.claim}", markup=False, highlight=False)


def _share(judged: Sequence[Judged]) -> tuple[str, str]:
    return str(len(judged)), ratio(sum(j.wrong for j in judged), len(judged))
