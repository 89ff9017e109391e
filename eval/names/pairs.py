"""Pairs of names that are and are not of one bearer, made from linked names: SlavicNER's ids join bg and sl.

Same: a name and its inflected forms, and one id's names in two languages. As many are not the same: the nearest other
id's name by spelling, or the nearest ordinary word of the sentences.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from eval.datasets.lines import Line, read_lines
from rag.text.bearers import is_of_people
from rag.text.script import fold

_KINDS = ("PER", "LOC", "ORG")
_LANGUAGES = ("bg", "sl")
_WORD = re.compile(r"(?<=[\w,]) ([^\W\d_]{4,})")


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

    def names(self) -> Iterator[str]:
        """All that it is called."""
        for (_, lemma), forms in self.forms.items():
            yield from (lemma, *forms)


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


def _others(
    same: Sequence[Pair], bearers: Sequence[_Bearer], words: Sequence[str], rng: random.Random
) -> Iterator[Pair]:
    """For some names that another id bears the nearest in spelling, and the nearest ordinary word: half and half."""
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
