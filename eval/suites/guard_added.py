"""The guard on what a model adds to a true sentence, on news in twelve languages that the rules were not made on.

A story is four sentences of a news text that people translated. In one language a true claim is one of them without its
last clause, across languages its translation by somebody else; a lie is made of that.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from zlib import crc32

from eval.suites.copies import DATA, lines_of
from eval.suites.guard import TRUE, Pair
from rag.text.language import family
from rag.text.names import find_names
from rag.text.script import to_cyrillic

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
