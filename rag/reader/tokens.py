"""Lays a question and a text out as the tokens that the reader sees: `<s> question </s> head and sentences </s>`.

The same in training and in use. The head is what stands before the first sentence, a headline as a rule: it is seen
beside every window of a long text and is never an answer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.text.sentences import Span

START, END = 0, 2  # the ids of <s> and </s> in XLM-RoBERTa's vocabulary
QUESTION_TOKENS = 64  # of a question or claim; 99.9 % of those in training are shorter
HEAD_TOKENS = 110  # a headline with its day, and some 260 characters of an opening
NOWHERE = -1  # the sentence number of a token that lies in none


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens: id, place in the text (code points, end exclusive), number of the sentence each lies in."""

    ids: Sequence[int]
    places: Sequence[tuple[int, int]]
    sentences: Sequence[int]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is read at once: ids, the sentence of each, and which of the text's tokens each is (-1: none)."""

    ids: list[int]
    sentences: list[int]
    origins: list[int]


def locate(ids: Sequence[int], places: Sequence[tuple[int, int]], sentences: Sequence[Span]) -> Tokens:
    """Finds each token's sentence by its last character, for a token begins with the space before its word."""
    starts = [s.start for s in sentences]
    found = []
    for _, end in places:
        number = bisect_right(starts, end - 1) - 1
        found.append(number if number >= 0 and end <= sentences[number].end else NOWHERE)
    return Tokens(ids, places, found)


def lay_out(question: Sequence[int], text: Tokens, chosen: Sequence[int]) -> Layout:
    """The question beside the head and the chosen tokens of the text, given by their numbers in reading order."""
    asked = list(question[:QUESTION_TOKENS])
    origins = [*head(text), *chosen]
    front, back = [START, *asked, END], [END]
    return Layout(
        [*front, *(text.ids[i] for i in origins), *back],
        [NOWHERE] * len(front) + [text.sentences[i] for i in origins] + [NOWHERE],
        [NOWHERE] * len(front) + origins + [NOWHERE],
    )


def head(text: Tokens) -> range:
    """The tokens before the first sentence that are shown, the first ones of a long head."""
    first = next((i for i, s in enumerate(text.sentences) if s >= 0), 0)
    return range(min(first, HEAD_TOKENS))


def body(text: Tokens) -> list[int]:
    """The numbers of the tokens from the first sentence on."""
    first = next((i for i, s in enumerate(text.sentences) if s >= 0), len(text.ids))
    return list(range(first, len(text.ids)))


def windows(text: Tokens, room: int) -> Iterator[list[int]]:
    """The text's tokens in stretches of at most `room`, cut between sentences where they allow it.

    Each stretch begins with the last sentence of the one before, when it is shorter than a quarter of the room: a
    pronoun at the seam finds its name.
    """
    runs = _runs(text)
    window: list[int] = []
    for run in runs:
        for piece in (run[i : i + room] for i in range(0, len(run), room)):
            if window and len(window) + len(piece) > room:
                yield window
                last = _last_run(window, text)
                window = last if len(last) * 4 <= room and len(last) + len(piece) <= room else []
            window = [*window, *piece]
    if window:
        yield window


def _runs(text: Tokens) -> list[list[int]]:
    """The tokens sentence by sentence; tokens between two sentences go with the one before."""
    runs: list[list[int]] = []
    current = NOWHERE
    for i in body(text):
        number = text.sentences[i]
        if not runs or (number >= 0 and number != current):
            runs.append([])
            current = number
        runs[-1].append(i)
    return runs


def _last_run(window: list[int], text: Tokens) -> list[int]:
    number = next((text.sentences[i] for i in reversed(window) if text.sentences[i] >= 0), NOWHERE)
    start = next((k for k, i in enumerate(window) if text.sentences[i] == number), len(window))
    return window[start:]
