"""Pairs of names that are and are not of one bearer, made from linked names: SlavicNER's ids join bg and sl.

Same: a name and its inflected forms, and one id's names in two languages. Not the same, as many again: the nearest other
id's name by spelling, and the nearest ordinary word of the sentences.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from eval.datasets.lines import Line, read_lines
from rag.text.script import fold

_KINDS = ("PER", "LOC", "ORG")
_LANGUAGES = ("bg", "sl")
_WORD = re.compile(r"(?<=[\w,]) ([^\W\d_]{4,})")
_NEAR = 40  # candidates of like length and beginning that are compared


@dataclass(frozen=True, slots=True)
class Pair:
    """Two written names; `group` says how they were drawn (`PER bg`, `PER bg-sl`, `other name`, `ordinary word`)."""

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


def held_out(link: str) -> bool:
    """Whether a linked id is for measuring (half of them, by digest); rules may be made on the others."""
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


def _others(same: Sequence[Pair], bearers: Sequence[_Bearer], words: Sequence[str], rng: random.Random) -> Iterator[Pair]:
    """For each pair the name nearest in spelling that another id bears, and the nearest ordinary word."""
    names = {lemma: bearer.id for bearer in bearers for counts in bearer.lemmas.values() for lemma in counts}
    every = {name for bearer in bearers for forms in bearer.forms.values() for name in forms} | names.keys()
    owners: dict[str, set[str]] = defaultdict(set)
    for bearer in bearers:
        for forms in bearer.forms.values():
            for form in (*forms, *(lemma for counts in bearer.lemmas.values() for lemma in counts)):
                owners[fold(form)].add(bearer.id)
    ordinary = [word for word in words if fold(word) not in owners]
    for pair in rng.sample(list(same), k=len(same)):
        other = _nearest(pair.one, [n for n in every if not owners[fold(n)] & owners[fold(pair.one)]])
        yield Pair(pair.one, other, False, "other name")
        yield Pair(pair.one, _nearest(pair.one, ordinary), False, "ordinary word")


def _nearest(name: str, among: Sequence[str]) -> str:
    """The most alike by spelling, of those that begin alike where there are such."""
    folded = fold(name)
    begins = [one for one in among if fold(one)[:2] == folded[:2]] or list(among)
    near = sorted(begins, key=lambda one: abs(len(one) - len(name)))[: _NEAR * 5]
    return max(sorted(near), key=lambda one: SequenceMatcher(None, folded, fold(one)).quick_ratio())
