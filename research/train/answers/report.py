"""What the models do by kind of answer and pair of languages, and where they err most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from rag.answer.judge import Thresholds
from research.train.answers.fit import Chosen, LeftOut, share

Line = dict[str, float | str]
SENTENCES = "clapnq"  # the suite whose answers are whole sentences
PAIRS = {False: "one language", True: "two languages"}


SHARES = (0.10, 0.20, 0.35, 0.50, 0.70)


def curve(found: LeftOut) -> list[Line]:
    """The share of right words among the surest, for some shares of a suite's answerable questions; unanswerable
    questions count among them."""
    made = []
    for suite, some in found.items():
        if suite != SENTENCES:
            wanted = sum(c.row.answerable for c, _ in some)
            order = [c for c, p in sorted(some, key=lambda one: -one[1]) if c.words]
            line: Line = {"suite": suite}
            for part in SHARES:
                reached = list(accumulate(c.row.answerable for c in order))
                until = next((n for n, answerable in enumerate(reached, 1) if answerable >= part * wanted), len(order))
                line[f"{part:.2f}"] = share([c.words_right for c in order[:until]])
            made.append(line)
    return made


def by_kind(found: LeftOut, at: Thresholds, bare: LeftOut, bare_at: Thresholds) -> list[Line]:
    """The likely words of all suites by what they name and by pair of languages: how many answerable questions get them
    in bold and alone, and how many of these are right; `bare`: the same without the verifier.
    """
    made = []
    for naming in (_kind, _pair):
        groups, bare_groups = _grouped(found, naming), _grouped(bare, naming)
        for name in sorted(groups):
            some, others = groups[name], bare_groups[name]
            line: Line = {"words": name, "proposed": len(some), "right": share([c.words_right for c, _ in some])}
            for told, least, bare_least in (("bold", at.mark, bare_at.mark), ("alone", at.short, bare_at.short)):
                line |= _shown(told, some, least) | _shown(f"{told} without", others, bare_least)
            made.append(line)
    return made


def _kind(c: Chosen) -> str:
    return c.sentence.kind


def _pair(c: Chosen) -> str:
    return PAIRS[c.passage.foreign]


def _grouped(found: LeftOut, naming: Callable[[Chosen], str]) -> dict[str, list[tuple[Chosen, float]]]:
    groups: dict[str, list[tuple[Chosen, float]]] = defaultdict(list)
    for suite, some in found.items():
        for c, probability in some:
            if c.words and suite != SENTENCES:
                groups[naming(c)].append((c, probability))
    return groups


def _shown(told: str, some: Sequence[tuple[Chosen, float]], least: float) -> Line:
    """The share of answerable questions that get words, and the share of all words given that are right."""
    answerable = [probability for c, probability in some if c.row.answerable]
    right = share([c.words_right for c, probability in some if probability >= least])
    return {told: sum(p >= least for p in answerable) / max(1, len(answerable)), f"{told}, right": right}


def worst(found: LeftOut, count: int) -> Iterator[str]:
    """The surest of the wrong words."""
    few = {suite: some for suite, some in found.items() if suite != SENTENCES}
    wrong = [(p, suite, c) for suite, some in few.items() for c, p in some if c.words and not c.words_right]
    for probability, suite, c in sorted(wrong, key=lambda one: -one[0])[:count]:
        accepted = " / ".join(dict.fromkeys(c.row.accepted)) or "no answer"
        yield f"{probability:.2f} {suite}: {c.row.question} -> {c.sentence.told} ({accepted}) | {c.sentence.text}"
