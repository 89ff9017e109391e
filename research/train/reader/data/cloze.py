"""Questions made from a sentence by rules: the answer is cut out and a question word put in front.

After cloze translation without a translator (Lewis et al. 2019, Unsupervised Question Answering by Cloze Translation):
the wording is rough, the words are those of a reader who does not know the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from rag.text.numbers import find_numbers
from research.changes import names_of, words

REACH = 9  # words kept on either side of the answer
DROPPED = 0.12  # share of the words left out
_YEAR = re.compile(r"(?:19|20)\d\d")
_CLAUSE = re.compile(r"\s*[,;:—–(]\s+|\s+[—–]\s+")


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question and the answer that was cut out of its sentence."""

    question: str
    answer: str
    number: bool


def cloze(sentence: str, language: str, random: Random) -> Cloze | None:
    """A question whose answer is a name or a number of the sentence; None where it has none."""
    answers = [(n.start, n.end, False) for n in names_of(sentence)]
    answers += [(n.start, n.end, True) for n in find_numbers(sentence)]
    if not answers:
        return None
    start, end, number = random.choice(answers)
    left, right = sentence[:start].split(), sentence[end:].split()
    left, right = left[-random.randint(3, REACH) :], right[: random.randint(3, REACH)]
    if len(left) + len(right) < 4:
        return None
    return Cloze(
        _asked(_kind(sentence[start:end], number), [*left, *right], language, random), sentence[start:end], number
    )


def _kind(answer: str, number: bool) -> str:
    if number:
        return "when" if _YEAR.fullmatch(answer) else "how_many"
    return "who" if " " in answer else "what"


def _asked(kind: str, rest: list[str], language: str, random: Random) -> str:
    kept = thinned(rest, random)
    kept = [kept[0][:1].lower() + kept[0][1:], *kept[1:]] if random.random() < 0.5 else kept
    bare = " ".join(kept).strip(" .,;:!?\"'()„“”«»–—-")
    if random.random() < 0.15:
        return bare  # as some readers type: words, no question
    return f"{random.choice(words(language)[kind])} {bare}{';' if language == 'el' else '?'}"


def thinned(tokens: list[str], random: Random) -> list[str]:
    """The words without some of them, never fewer than three."""
    kept = [t for t in tokens if random.random() >= DROPPED]
    return kept if len(kept) >= 3 else tokens


def clause(sentence: str, random: Random) -> str:
    """A clause of the sentence of five words or more, or the whole of it."""
    parts = [p.strip(" .\"'„“”«»)") for p in _CLAUSE.split(sentence)]
    long = [p for p in parts if len(p.split()) >= 5]
    return random.choice(long) if long else sentence.strip()
