"""Is the answer right? Containment, exact match, token F1, lists, language."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text.language import family
from rag.text.numbers import find_figures, number_keys
from rag.text.script import fold

# A plain space does not part thousands here: "in 2020 150 people" would become one number.
_THOUSANDS = re.compile(r"(?<=\d)[.,'’\u00a0\u202f](?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")
_ARTICLES = frozenset({"a", "an", "the"})
_MARK = "\ue000"  # stands for the decimal mark while punctuation is taken out


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, folded; "1.200,5" and "1,200.5" both give `1200.5`."""
    folded = fold(_DECIMAL.sub(_MARK, _THOUSANDS.sub("", text)))
    kept = "".join(c if c == _MARK or unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return tuple(kept.replace(_MARK, ".").split())


def answer_tokens(text: str) -> tuple[str, ...]:
    """Splits into tokens without English articles, unless nothing else is left."""
    found = tokens(text)
    return tuple(t for t in found if t not in _ARTICLES) or found


def contains(text: str, answer: str) -> bool:
    """Whether the answer's words stand in the text side by side: "50" is not in "150 people"."""
    wanted = answer_tokens(answer)
    if not wanted:  # an answer of signs alone
        return fold(answer) in fold(text)
    held = tokens(text) if set(wanted) <= _ARTICLES else answer_tokens(text)
    return any(held[i : i + len(wanted)] == wanted for i in range(len(held) - len(wanted) + 1))


def contains_any(text: str, answers: Sequence[str]) -> bool:
    return any(contains(text, answer) for answer in answers)


CLOSE_F1 = 0.6  # two words of three: "minister Anušić" is close to "Ivan Anušić, minister"


def close_to(text: str, answer: str) -> bool:
    """Whether a short answer says what the accepted one does, in fewer, more or other words.

    It contains the accepted answer, or shares most of its words with it (`token_f1` of 0.6). Numbers are compared by
    value, and another number is another answer: "nine people" is close to "9 persons", "18 March 2024" is not to
    "18 March 2025".
    """
    if contains(text, answer):
        return True
    wanted, given = _values(answer), _values(text)
    if wanted and not (given and (wanted <= given or given <= wanted)):
        return False
    if wanted and wanted <= given and len(_words_beside_figures(answer)) <= 1:  # a number and its unit
        return True
    return token_f1(text, [answer]) >= CLOSE_F1


def _values(text: str) -> frozenset[str]:
    """The values of numbers in digits and words; of a date like 18.3.2025, which is no number, its parts."""
    return frozenset(n.key for n in find_figures(text)) or frozenset(number_keys(text))


def _words_beside_figures(text: str) -> Sequence[str]:
    figures = find_figures(text)
    starts, ends = (0, *(n.end for n in figures)), (*(n.start for n in figures), len(text))
    return tokens(" ".join(text[start:end] for start, end in zip(starts, ends, strict=True)))


Contains = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class AcceptedAnswers:
    """What counts as a right answer: one of `answers`, or where there are `groups`, one of each group.

    `letters`: compared as a run of characters, ignoring case and Unicode form; else as whole words, normalised.
    """

    answers: Sequence[str]
    groups: Sequence[Sequence[str]] = ()
    letters: bool = False

    def all_in(self, text: str) -> bool:
        """Whether the text contains everything that is wanted."""
        if self.groups:
            return all(self._any(text, group) for group in self.groups)
        return self._any(text, self.answers)

    def any_in(self, text: str) -> bool:
        """Whether the text contains at least one of the accepted strings."""
        return self._any(text, self.answers)

    def close_in(self, text: str) -> bool:
        """Whether a short answer contains everything that is wanted or, where one answer is enough, is close to one."""
        return self.all_in(text) or (not self.groups and any(close_to(text, answer) for answer in self.answers))

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


def exact_match(text: str, answers: Sequence[str]) -> float:
    """1 when the whole answer is an accepted one, normalised (SQuAD)."""
    given = answer_tokens(text)
    return float(any(given == answer_tokens(a) for a in answers))


def token_f1(text: str, answers: Sequence[str]) -> float:
    """The best overlap of words with an accepted answer, harmonic mean of precision and recall (SQuAD)."""
    return max((_f1(answer_tokens(text), answer_tokens(a)) for a in answers), default=0.0)


def _f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    common = (Counter(given) & Counter(wanted)).total()
    return 2 * common / (len(given) + len(wanted)) if common else 0.0


def list_recall(text: str, items: Sequence[Sequence[str]]) -> float:
    """The share of wanted items of which the answer gives one of the accepted writings."""
    return sum(contains_any(text, writings) for writings in items) / len(items)


def language_right(language: str, wanted: str) -> float:
    """1 when an answer in `language` is in the wanted one; sr, hr, bs and cnr count as one."""
    return float(family(language) == family(wanted))
