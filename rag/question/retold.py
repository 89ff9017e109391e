"""Tells whether a question asks how outlets tell a story ("how do Croatian papers report it?"), and of which outlets.

A logistic model over the question's vector decides, so that no words are listed for it: `python -m research.retold`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.question.question import Question, Retold
from rag.text.gazetteer import entity_of, entity_of_small_word, is_demonym
from rag.text.names import is_common
from rag.text.phrases import phrases, tokens
from rag.text.tables import table

HEAD_FILE = "retold.npz"
_WORD = re.compile(r"[^\W_]+")
_ARTICLE = re.compile(r"(?<=[а-ш]{4})(?:от|та|то|те|ът|ят)$")  # of Macedonian and Bulgarian adjectives
_STATE = 3  # characters of the key of a state: @al
_BETWEEN = 2  # small words between two countries of a list: "in Serbia and in Croatia"


@dataclass(frozen=True, slots=True)
class RetoldHead:
    """The weights (d,) of a question's vector by the embedding model `model`, less the mean of its language."""

    weights: NDArray[np.float32]
    bias: float
    model: str

    def asks(self, vector: NDArray[np.float32]) -> bool:
        """Tells whether the question of a vector (d,), less the mean of its language, asks how outlets tell a story."""
        return float(self.weights @ vector) + self.bias > 0


@cache
def load_retold_head() -> RetoldHead:
    """Returns the head that comes with Telal."""
    with files("rag.question").joinpath(HEAD_FILE).open("rb") as file, np.load(file) as held:
        return RetoldHead(held["weights"], float(held["bias"]), str(held["model"]))


def read_retold(question: Question, outlets: Iterable[str]) -> Retold:
    """Returns of which countries' outlets, or of which of these outlets, a story is asked for, and what is left of the
    question: its subject."""
    text, words = question.text, question.words
    spans = [m.span() for m in _WORD.finditer(text)]
    if len(spans) != len(words):
        return Retold(subject=text)
    told, taken = _press(text, words, spans, question.language)
    named = []
    for outlet in outlets:
        for at in _standing(outlet, text, words, spans):
            named.append(outlet)
            taken |= set(range(at, at + len(tokens(outlet))))
    rest = " ".join(text[slice(*spans[i])] for i in range(len(words)) if i not in taken)
    return Retold(tuple(dict.fromkeys(named)), tuple(dict.fromkeys(told)), rest)


def _press(
    text: str, words: Sequence[str], spans: Sequence[tuple[int, int]], language: str
) -> tuple[list[str], set[int]]:
    """Returns the countries beside the words for outlets, and the places of both."""
    press, inside = phrases("browse", "press", language), phrases("browse", "press_in", language)
    surfaces = [text[start:end] for start, end in spans]
    found, taken = list[str](), set[int]()
    for at in range(len(words)):
        end = press.longest(words, at)
        if end == at:
            continue
        taken |= set(range(at, end))
        before, behind = at - 1 - (at > 1 and words[at - 1] == "s"), end  # Kosovo's
        if behind < len(words) and inside.matches((words[behind],)):
            behind += 1
        for place, step in ((before, -1), (behind, 1)):
            linked = behind > end and step > 0
            for i in _row(words, surfaces, place, step):
                state = _state(surfaces[i])
                if is_demonym(_ARTICLE.sub("", surfaces[i])) or linked or step < 0 or i == end:
                    found += [state[1:].upper()]
                    taken.add(i)
    return found, taken


def _row(words: Sequence[str], surfaces: Sequence[str], at: int, step: int) -> Iterator[int]:
    """Yields the places of the countries of a list that begins at a place: "Serbian and Croatian"."""
    ands = table("joining")["questions"]["and"].split()
    while 0 <= at < len(words) and _state(surfaces[at]):
        yield at
        at += step
        skipped = 0
        while 0 <= at < len(words) and skipped < _BETWEEN and not _state(surfaces[at]) and is_common(words[at]):
            at, skipped = at + step, skipped + 1
        between = range(at - skipped * step, at, step)
        if skipped and not any(surfaces[i].casefold() in ands for i in between):
            return


def _state(word: str) -> str:
    bare = _ARTICLE.sub("", word)
    key = next(filter(None, (known(one) for one in (word, bare) for known in (entity_of_small_word, entity_of))), "")
    return key if len(key) == _STATE and key[0] == "@" else ""


def _standing(outlet: str, text: str, words: Sequence[str], spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Yields the places at which an outlet is named, with a capital inside the sentence."""
    name = tokens(outlet)
    for at in range(len(words) - len(name) + 1 if name else 0):
        if tuple(words[at : at + len(name)]) == name and (at or len(name) > 1) and text[spans[at][0]].isupper():
            yield at
