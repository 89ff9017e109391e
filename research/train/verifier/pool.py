"""Questions that the reader was not trained on, with texts that answer them and texts that do not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

from eval.datasets.lines import read_lines
from rag.text.script import fold
from research.train.reader.data import news, open_sets, parallel, stories, written
from research.train.reader.data.build import NTREX, QAMR, TURKISH, as_typed, told_names
from research.train.reader.data.examples import Example
from research.train.reader.data.questions import among_others, read_asked
from research.train.reader.data.swaps import NamePools, read_pools

SEED = 20261130
# Answered questions drawn of each collection; each comes with one or two that its text does not answer.
DRAWN = {
    "squadshifts-new": 2600, "squadshifts-reddit": 1500, "nq-oracle": 1000, "tydiqa-goldp": 1800, "mlqa": 700,
    "tweetqa": 1000, "selqa": 300, "qadiscourse-wikinews": 700,
}  # fmt: skip
SQUAD, TURKISH_QUESTIONS, QAMR_QUESTIONS, STORIES, TRANSLATED, TEXTS, WRITTEN = (
    6000, 2600, 1200, 2600, 3600, 1800, 9000,
)  # fmt: skip


def build(data: Path, seen: Iterable[Example], *, seed: int = SEED) -> list[Example]:
    """Every example, in random order; those whose question is in `seen`, the reader's training, are left out."""
    known = {_key(e.question) for e in seen}
    pools = read_pools(data, told_names(data))
    random = Random(seed)
    found: list[Example] = []
    for part in (_squad, _open, _turkish, _qamr, _stories, _translated, _texts, _written):
        drawn = Random(f"{seed}:{part.__name__}")
        found += [e for e in part(data, drawn, pools) if not e.claim and e.sentences and _key(e.question) not in known]
    random.shuffle(found)
    return [e if e.source.startswith("stories") else as_typed(e, random) for e in found]


def _key(question: str) -> str:
    """Alike for a question however it is typed."""
    return re.sub(r"\W", "", fold(question))


def _squad(data: Path, random: Random, _: NamePools) -> Iterator[Example]:
    yield from _flat(open_sets.squad_pairs(data / open_sets.SQUAD, random, lone=SQUAD))


def _open(data: Path, random: Random, _: NamePools) -> Iterator[Example]:
    yield from _flat(open_sets.collected(data / open_sets.QUESTIONS, random, DRAWN))


def _turkish(data: Path, random: Random, _: NamePools) -> Iterator[Example]:
    asked = read_asked(read_lines(data / TURKISH), titled=0.3, random=random)
    yield from _flat(open_sets.partnered(asked, "turkish", random, most=TURKISH_QUESTIONS))


def _qamr(data: Path, random: Random, _: NamePools) -> Iterator[Example]:
    asked = read_asked(read_lines(data / QAMR), titled=0.0, random=random)
    longer = among_others(asked, random)
    asked = [replace(a, within=longer[a.within.text]) for a in random.sample(asked, 6000)]
    yield from _flat(open_sets.partnered(asked, "qamr", random, most=QAMR_QUESTIONS))


def _stories(_: Path, random: Random, __: NamePools) -> Iterator[Example]:
    yield from _flat(stories.groups(STORIES, random))


def _translated(data: Path, random: Random, pools: NamePools) -> Iterator[Example]:
    for documents in (
        parallel.held(parallel.documents(data / NTREX))[0],
        open_sets.flores(data / open_sets.TRANSLATED),
    ):
        yield from _flat(open_sets.translated(documents, TRANSLATED, pools, random))


def _texts(data: Path, random: Random, pools: NamePools) -> Iterator[Example]:
    measured = {line.text("id") for line in read_lines(data / "qa/reader_dev2_docs.jsonl.gz")}
    texts = [t for t in news.texts(data) if t.group not in measured]
    yield from _flat(news.groups(texts, TEXTS, pools, random))


def _written(_: Path, random: Random, __: NamePools) -> Iterator[Example]:
    """Questions of the written records in the languages in which the last training did not ask them."""
    records = [r for r in written.records() if not r.held and not r.elsewhere]
    by_question: dict[str, list[Example]] = defaultdict(list)
    for members in written.groups(records, random):
        by_question[members[0].text].append(members[0])
        by_question[members[0].text] += random.sample(members[1:], min(len(members) - 1, 2))
    some = list(by_question.values())
    random.shuffle(some)
    yield from islice((e for members in some for e in members), WRITTEN)


def _flat(groups: Iterable[Sequence[Example]]) -> Iterator[Example]:
    return (e for members in groups for e in members)
