"""Turns examples into token windows with targets, cropped to lengths drawn per example."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from tokenizers import Tokenizer

from rag.reader.tokens import QUESTION_TOKENS, Layout, Tokens, body, head, lay_out, locate
from research.train.reader.data.examples import Example

LENGTHS, SHARES = (112, 176, 272), (0.4, 0.3, 0.3)  # tokens of a training window
LONG = (112, 176, 272, 400), (0.3, 0.25, 0.25, 0.2)  # the same with windows as long as at reading
HEADLINE = 24  # tokens of a head that such a window has room for
LONGEST = 384  # tokens of a window when measuring
POOL = 1536  # examples sorted by length together
BATCH_TOKENS, BATCH_EXAMPLES = 3200, 32


@dataclass(frozen=True, slots=True)
class Features:
    """A window with its targets; sentence numbers count from the window's first."""

    layout: Layout
    count: int  # sentences in the window
    right: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    absent: bool
    stated: bool
    claim: bool
    group: str = ""
    teaches: bool = False
    first: int = 0  # number of its first sentence in the text


class Encoder:
    """Encodes questions and texts with the embedding model's tokenizer; keeps what it has encoded."""

    def __init__(self, model: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self.question = lru_cache(100_000)(self._question)
        self._text = lru_cache(20_000)(self._encode)

    def _question(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _encode(self, text: str) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return tuple(encoding.ids), tuple(encoding.offsets)

    def places(self, text: str) -> tuple[tuple[int, int], ...]:
        """Where each token of a text stands in it."""
        return self._text(text)[1]

    def features(self, example: Example, longest: int, random: Random, around: Sequence[int] = ()) -> Features | None:
        """The example cropped around one of its right sentences, or of those given; None where nothing is left."""
        question = self.question(example.question)[:QUESTION_TOKENS]
        text = locate(*self._text(example.text), example.sentences)
        room = longest - len(question) - 3 - len(head(text))
        near = [i for i in example.right or around if i < len(example.sentences)]
        chosen, first = _crop(near, len(example.sentences), text, room, random)
        if not chosen:
            return None
        return _with_targets(example, text, lay_out(question, text, chosen), first)

    def beyond(self, example: Example) -> int:
        """Tokens by which its head is longer than a headline: a window of training has so many more."""
        return max(0, len(head(locate(*self._text(example.text), example.sentences))) - HEADLINE)


def _crop(near: Sequence[int], count: int, text: Tokens, room: int, random: Random) -> tuple[list[int], int]:
    """Tokens of a run of whole sentences around one that matters, as many as there is room for."""
    counts = [0] * count
    number, owner = -1, {}
    for i in body(text):
        number = text.sentences[i] if text.sentences[i] >= 0 else number
        owner[i] = number
        counts[number] += 1
    low = random.choice(near) if near else random.randrange(len(counts))
    high, total = low + 1, counts[low]
    while True:
        ways = [low > 0 and total + counts[low - 1] <= room, high < len(counts) and total + counts[high] <= room]
        if not any(ways):
            break
        if random.choice([i for i, open_ in enumerate(ways) if open_]) == 0:
            low -= 1
            total += counts[low]
        else:
            total += counts[high]
            high += 1
    return [i for i, n in owner.items() if low <= n < high][:room], low


def _with_targets(example: Example, text: Tokens, layout: Layout, first: int) -> Features | None:
    numbers = [n - first if n >= 0 else n for n in layout.sentences]
    count = max(numbers) + 1
    right = tuple(n - first for n in example.right if 0 <= n - first < count)
    if example.right and not right:
        return None
    starts, ends = [], []
    for span in example.spans:
        inside = [
            k for k, i in enumerate(layout.origins)
            if i >= 0 and numbers[k] in right and text.places[i][1] > span.start and text.places[i][0] < span.end
        ]  # fmt: skip
        if inside:
            starts.append(inside[0])
            ends.append(inside[-1])
    return Features(
        Layout(layout.ids, numbers, layout.origins), count, right, tuple(sorted(set(starts))), tuple(sorted(set(ends))),
        example.absent, example.stated, example.claim, example.group, example.teaches, first,
    )  # fmt: skip


def batches(
    examples: Sequence[Example], encoder: Encoder, seed: int, pool: int, *, long: bool = False
) -> Iterator[list[Features]]:
    """The batches of one pool of examples, the same ones whenever it is asked for again."""
    random = Random(f"{seed}:{pool}")
    units = [_unit(unit, encoder, random, long) for unit in _units(examples[pool * POOL : (pool + 1) * POOL])]
    found = sorted((u for u in units if u), key=lambda u: max(len(f.layout.ids) for f in u))
    groups: list[list[Features]] = []
    for unit in found:
        longest = max(len(f.layout.ids) for f in unit)
        many = len(groups[-1]) + len(unit) if groups else 0
        if not groups or many * longest > BATCH_TOKENS or many > BATCH_EXAMPLES:
            groups.append([])
        groups[-1] += unit
    random.shuffle(groups)
    yield from groups


def _units(examples: Sequence[Example]) -> list[list[Example]]:
    """What is trained on together: the members of a group, which stand in a row, or one example."""
    units: list[list[Example]] = []
    for example in examples:
        if units and example.group and units[-1][0].group == example.group:
            units[-1].append(example)
        else:
            units.append([example])
    return units


def _unit(unit: Sequence[Example], encoder: Encoder, random: Random, long: bool) -> list[Features]:
    """Their features, cropped alike: a near miss is seen beside the sentences that tempt."""
    longest, seed = random.choices(*(LONG if long else (LENGTHS, SHARES)))[0], random.random()
    if any(e.teaches for e in unit):
        longest = LONG[0][-1]  # cut alike in two languages only where nothing is cut
    made = [encoder.features(e, longest + encoder.beyond(e), Random(seed), around=unit[0].right) for e in unit]
    return [f for f in made if f]
