"""Finds the ordinary words that are spelt like a known bearer's name: what rag/text/data/ordinary.toml holds.

By rule, from running text whose licence allows it: NTREX-128 (CC BY-SA 4.0), Tatoeba (CC BY 2.0 FR), Universal NER's
Croatian and Serbian and Turkish-Wiki-NER (CC BY-SA 4.0), RONEC (MIT).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.datasets.lines import read_lines
from rag.text.bearers import bearer_of_word, is_of_people
from rag.text.language import family
from rag.text.script import fold

_OPEN = re.compile(r"MIT|CC BY(?:-SA)? ")
_CORPORA = ("parallel/ntrex128_segments_dev.jsonl", "parallel/tatoeba.jsonl.gz", "train/names.jsonl.gz")
_NTREX = "CC BY-SA 4.0"  # its lines name no licence
_INSIDE = re.compile(r"(?<=[\w,;])\s+([^\W\d_]+)")
_OFTEN = 0.05  # share written small from which a word typed small may well be no name
_HEAD = """\
# Ordinary words, folded, that are spelt like the name of a known bearer and are written small one time in 20 and
# more, by family of languages; adjectives of states are left out. Written by `telal eval ordinary`.

"""


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of running text."""

    language: str
    text: str


def open_texts(data: Path) -> Iterator[Text]:
    """The texts of the corpora whose licence lets a table be made of them. Raises BadInput for a missing file."""
    for name in _CORPORA:
        for line in read_lines(data / name):
            if _OPEN.match(line.text("licence", default=_NTREX)):
                yield Text(line.text("language"), line.text("text"))
                if english := line.text("en", default=""):
                    yield Text("en", english)


def ordinary(texts: Iterable[Text]) -> dict[str, list[str]]:
    """The folded words of each family that read as a bearer and are often written small inside a sentence."""
    small: dict[str, Counter[str]] = defaultdict(Counter)
    every: dict[str, Counter[str]] = defaultdict(Counter)
    for one in texts:
        for word in _INSIDE.findall(one.text):
            if _collides(word.casefold()):
                every[family(one.language)][fold(word)] += 1
                small[family(one.language)][fold(word)] += word[0].islower()
    return {
        kin: sorted(word for word, count in counts.items() if small[kin][word] >= _OFTEN * count)
        for kin, counts in sorted(every.items())
    }


def _collides(word: str) -> bool:
    return bool(bearer_of_word(word)) and not is_of_people(word)


def write(found: Mapping[str, list[str]], path: Path) -> None:
    """The table as TOML, one line a family."""
    lines = [f'{kin} = "{" ".join(words)}"\n' for kin, words in found.items() if words]
    path.write_text(_HEAD + "".join(lines), encoding="utf-8")


def register(app: typer.Typer) -> None:
    """Adds this command to `telal eval`."""
    app.command("ordinary")(ordinary_words)


def ordinary_words(
    data: Annotated[Path, typer.Argument(help="The folder with the data, e.g. ../shared/data.")],
    out: Annotated[Path, typer.Option(help="Where the table is written; Telal reads rag/text/data/ordinary.toml.")],
) -> None:
    """Find the ordinary words that are spelt like a known bearer, in corpora whose licence allows it."""
    write(ordinary(open_texts(data)), out)
