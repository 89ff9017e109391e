"""Measures how well names are matched, on pairs of names, and found in questions that are typed small."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.datasets.lines import Line, read_lines
from rag.question.parse import parse
from rag.text.bearers import is_of_people
from rag.text.names import NO_NAMES, SeenNames, is_common, name_key, same_name, seen_names
from rag.text.script import fold

_KINDS = ("PER", "LOC", "ORG")
_LANGUAGES = ("bg", "sl")
_WORD = re.compile(r"(?<=[\w,]) ([^\W\d_]{4,})")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two written names; `group` says how the pair was drawn (`PER bg`, `PER bg-sl`, `other name`, `ordinary word`)."""

    one: str
    other: str
    same: bool
    group: str


@dataclass(frozen=True, slots=True)
class _Bearer:
    """One linked id: its lemmas by language with their inflected forms."""

    id: str
    kind: str
    lemmas: Mapping[str, Counter[str]]
    forms: Mapping[tuple[str, str], frozenset[str]]

    def names(self) -> Iterator[str]:
        """All that it is called."""
        for (_, lemma), forms in self.forms.items():
            yield from (lemma, *forms)


def held_out(link: str) -> bool:
    """Whether a linked id is reserved for measuring (half of them, by digest). Rules may be made on the others."""
    return hashlib.sha256(link.encode()).digest()[0] % 2 == 1


def pairs(data: Path, *, measuring: bool = True, seed: int = 1) -> list[Pair]:
    """The pairs from `names.jsonl.gz`; raises BadInput where the file is missing."""
    lines = [line for line in read_lines(data / "names.jsonl.gz") if line.text("language") in _LANGUAGES]
    bearers = [b for b in _bearers(lines) if held_out(b.id) is measuring]
    same = sorted({pair for bearer in bearers for pair in _same(bearer)}, key=lambda p: (p.group, p.one, p.other))
    words = sorted({word for line in lines for word in _WORD.findall(line.text("text")) if word.islower()})
    return [*same, *_others(same, bearers, words, random.Random(seed))]


def _bearers(lines: Sequence[Line]) -> Iterator[_Bearer]:
    lemmas: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    forms: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    kinds: dict[str, str] = {}
    for line in lines:
        language, text = line.text("language"), line.text("text")
        for entity in line.objects("entities"):
            link, lemma = entity.text("xid", default=""), entity.text("lemma", default="")
            if link and lemma[:1].isupper() and entity.text("type") in _KINDS:
                form = text[entity.fields["start"] : entity.fields["end"]]
                lemmas[link][language][lemma] += 1
                forms[link][language, lemma].add(form)
                kinds[link] = entity.text("type")
    for link, kind in sorted(kinds.items()):
        yield _Bearer(link, kind, lemmas[link], {at: frozenset(f) for at, f in forms[link].items()})


def _same(bearer: _Bearer) -> Iterator[Pair]:
    """Forms with their lemma; across languages the commonest lemmas of as many words."""
    for (language, lemma), forms in bearer.forms.items():
        for form in forms - {lemma}:
            if len(form.split()) == len(lemma.split()):
                yield Pair(lemma, form, True, f"{bearer.kind} {language}")
    if len(bearer.lemmas) == len(_LANGUAGES):
        bg, sl = (counts.most_common(1)[0][0] for _, counts in sorted(bearer.lemmas.items()))
        if len(bg.split()) == len(sl.split()):
            yield Pair(bg, sl, True, f"{bearer.kind} bg-sl")


def _others(
    same: Sequence[Pair], bearers: Sequence[_Bearer], words: Sequence[str], rng: random.Random
) -> Iterator[Pair]:
    """For some names, the most similar name of another id and the most similar ordinary word, half of each."""
    owners: dict[str, set[str]] = defaultdict(set)
    for bearer in bearers:
        for name in bearer.names():
            owners[fold(name)].add(bearer.id)
    names = _Nearest(sorted({name for bearer in bearers for name in bearer.names()}))
    ordinary = _Nearest([word for word in words if fold(word) not in owners and not is_of_people(word)])
    for at, pair in enumerate(rng.sample(list(same), k=len(same))):
        among, group = (ordinary, "ordinary word") if at % 2 else (names, "other name")
        if other := among.to(pair.one, without=owners[fold(pair.one)], owners=owners):
            yield Pair(pair.one, other, False, group)


class _Nearest:
    """The most alike of many words by spelling, among those that begin with the same two letters."""

    def __init__(self, words: Sequence[str]) -> None:
        self._by_beginning: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for word in words:
            self._by_beginning[fold(word)[:2]].append((fold(word), word))

    def to(self, name: str, *, without: Set[str], owners: Mapping[str, Set[str]]) -> str:
        """The nearest that none of these ids bears and that is not made of the name, or nothing."""
        folded = fold(name)
        begins = [
            (other, word)
            for other, word in self._by_beginning[folded[:2]]
            if not owners.get(other, frozenset()) & without and (word[0].isupper() or not other.startswith(folded[:-2]))
        ]
        return max(begins, key=lambda one: _likeness(folded, one[0]), default=("", ""))[1]


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


_READ = 6000  # characters of an article in which its names are gathered


@dataclass(frozen=True, slots=True)
class SpottingScores:
    """Over questions typed small: true names, how many were found for sure, and sure finds that are no names."""

    true: int
    found: int
    false: int


def measure_spotting(data: Path, split: str, *, with_archive: bool) -> SpottingScores:
    """The figures on the answerable questions of reader_dev.

    A true name is a word whose key the gold article always writes with a capital. `with_archive`: names are collected
    from articles that include the question's gold article.
    """
    asked = [line for line in read_lines(data / "qa" / "reader_dev.jsonl") if line.text("split") == split]
    asked = [line for line in asked if line.texts("gold_doc_ids")]
    texts = _articles(data / "articles", {one for line in asked for one in line.texts("gold_doc_ids")})
    counts = [_counted(line, texts, with_archive=with_archive) for line in asked]
    return SpottingScores(sum(c.true for c in counts), sum(c.found for c in counts), sum(c.false for c in counts))


def _counted(line: Line, texts: Mapping[str, str], *, with_archive: bool) -> SpottingScores:
    gold = seen_names([texts[one] for one in line.texts("gold_doc_ids") if one in texts])
    question = line.text("question").lower()
    parsed = parse(question, line.text("language"), known=gold if with_archive else NO_NAMES)
    words = _words(question)
    true = {word for word in words if _is_true(word, gold)}
    sure = {word for name in parsed.names if name.sure for word in _words(name.surface)}
    return SpottingScores(len(true), len(true & sure), len(sure - true))


def _words(text: str) -> set[str]:
    return {bare for word in text.split() if (bare := word.strip("?!.,;:()«»„“”\"'"))}


def _is_true(word: str, gold: SeenNames) -> bool:
    return name_key(word) in gold.alone and not is_common(word)


def _articles(folder: Path, wanted: set[str]) -> dict[str, str]:
    lines: Sequence[Line] = [line for path in sorted(folder.glob("*.jsonl*")) for line in read_lines(path)]
    return {
        line.text("id"): f"{line.text('title', default='')}\n{line.text('text', default='')[:_READ]}"
        for line in lines
        if line.text("id", default="") in wanted
    }


@dataclass(frozen=True, slots=True)
class Row:
    """Pairs of one group: how many there are and how many are taken for one name."""

    group: str
    same: bool
    pairs: int
    matched: int

    @property
    def share(self) -> float:
        """The share taken for one name: recall for pairs of one name, false alarms for pairs of two."""
        return self.matched / self.pairs


@dataclass(frozen=True, slots=True)
class MatchScores:
    """Precision and recall over all pairs, and each group."""

    precision: float
    recall: float
    rows: tuple[Row, ...]


def measure_matching(pairs: Iterable[Pair]) -> MatchScores:
    """The figures. Precision is meaningful because there are as many pairs of one name as of two."""
    counts: dict[tuple[str, bool], list[bool]] = {}
    for pair in pairs:
        counts.setdefault((pair.group, pair.same), []).append(same_name(pair.one, pair.other))
    rows = tuple(Row(group, same, len(found), sum(found)) for (group, same), found in sorted(counts.items()))
    right = sum(row.matched for row in rows if row.same)
    return MatchScores(
        right / max(1, sum(row.matched for row in rows)),
        right / max(1, sum(row.pairs for row in rows if row.same)),
        rows,
    )


_out = Console()
Data = Annotated[Path, typer.Argument(help="The folder with the data, e.g. ../shared/data.")]


def register(app: typer.Typer) -> None:
    """Adds this command to `telal eval`."""
    app.command("names")(names)


def names(
    data: Data,
    fitting: Annotated[bool, typer.Option(help="The half of the linked names that rules may be made on.")] = False,
    wrong: Annotated[bool, typer.Option(help="Name the pairs that are judged wrong; of --fitting only.")] = False,
) -> None:
    """Match pairs of linked names, of one bearer and the nearest of others; find names in questions typed small."""
    drawn = pairs(data / "train", measuring=not fitting)
    found = measure_matching(drawn)
    table = Table("pairs", "of one bearer", "count", "taken for one name", box=None)
    for row in found.rows:
        table.add_row(row.group, "yes" if row.same else "no", str(row.pairs), f"{row.share:.3f}")
    _out.print(table)
    _out.print(f"precision {found.precision:.3f}, recall {found.recall:.3f}")
    split = "calibrate" if fitting else "dev"
    for with_archive in (False, True):
        seen = measure_spotting(data, split, with_archive=with_archive)
        told = "tables and the gold article" if with_archive else "tables alone"
        _out.print(f"typed small, {split}, {told}: {seen.found} of {seen.true} names found, {seen.false} false")
    if wrong and fitting:
        for pair in drawn:
            if measure_matching([pair]).rows[0].matched != pair.same:
                _out.print(pair.group, pair.one, pair.other, sep=" | ")
