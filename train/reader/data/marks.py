"""Which words of a question a text tells: marks for training, word by word.

A question that the text answers is told by it, whatever its words. Of a near miss what was put in is not told, and what
it shares with its question is. Of a question on something else the words that stand nowhere in the text are not told.
Words of which this is not known are not marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.text.language import family
from rag.text.script import terms
from train.reader.data.claims import stems
from train.reader.data.examples import Example

Flags = tuple[bool | None, ...]  # of each word of a question: told, not told, not known


def flags(members: Sequence[Example]) -> list[Flags]:
    """Those of each member of a group (a question and its near misses), or of one example."""
    own = members[0]
    return [_of_miss(e, own) if e.group and e.absent and own.right else _of_one(e) for e in members]


def mark(example: Example, known: Flags) -> Example:
    """The example with its marks, its question having as many words as there are flags, else as it is."""
    words = example.question.split()
    if example.claim or len(words) != len(known):
        return example
    found, at = [], 0
    for word, told in zip(words, known, strict=True):
        start = example.question.index(word, at)
        at = start + len(word)
        if told is not None:
            found.append((start, at, told))
    return replace(example, borne=tuple(found))


def _of_one(example: Example) -> Flags:
    words = example.question.split()
    asked, told = example.pair.split(":")
    if example.right:
        return tuple(True if terms(w) else None for w in words)
    if not example.absent or example.source == "squad-unanswerable":
        return (None,) * len(words)
    held, same = stems(example.text), family(asked) == family(told)
    return tuple(False if terms(w) and _strange(w, held) and (same or not _named(w)) else None for w in words)


def _of_miss(example: Example, own: Example) -> Flags:
    asked, held = stems(own.question), stems(example.text)
    found: list[bool | None] = []
    for word in example.question.split():
        shared = stems(word) <= asked
        found.append(None if not terms(word) else True if shared else False if _strange(word, held) else None)
    return tuple(found)


def _strange(word: str, held: set[str]) -> bool:
    return not stems(word) & held


def _named(word: str) -> bool:
    return word[:1].isupper() or any(c.isdigit() for c in word)
