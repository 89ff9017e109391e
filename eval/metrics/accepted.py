"""Whether a text holds an accepted answer: one of several spellings, or every item of a list."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.metrics.normalise import contains

Contains = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Accepted:
    """One of `answers` must be held, or where there are `groups`, of each group one.

    `letters`: as a run of characters, letter case and Unicode form aside; else as whole words, normalised.
    """

    answers: Sequence[str]
    groups: Sequence[Sequence[str]] = ()
    letters: bool = False

    def held(self, text: str) -> bool:
        """Whether the text holds what is wanted, all of it."""
        if self.groups:
            return all(self._any(text, group) for group in self.groups)
        return self._any(text, self.answers)

    def touched(self, text: str) -> bool:
        """Whether the text holds at least one of the accepted strings."""
        return self._any(text, self.answers)

    @property
    def references(self) -> Sequence[str]:
        """What the short answer is compared with as a whole: each answer, or the first spellings of the list."""
        return [", ".join(group[0] for group in self.groups)] if self.groups else self.answers

    def _any(self, text: str, spellings: Sequence[str]) -> bool:
        holds: Contains = contains_letters if self.letters else contains
        return any(holds(text, spelling) for spelling in spellings)


def contains_letters(text: str, answer: str) -> bool:
    """Whether the answer stands in the text letter by letter: "16" is in "2016", "Zagreb" in "Zagrebu"."""
    return _plain(answer) in _plain(text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().replace("\u00a0", " ")
