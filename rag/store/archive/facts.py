"""Tells whether two versions of one story contradict each other: in a number, a day, a name, a denial, or a single
word.

Sentences that both have are skipped. In the rest, words are aligned in their order. What one text says in the place of
the other's words is compared: numbers with numbers, days with days, names with names. Script, typing, cuts and
additions are no contradiction: what a text leaves out contradicts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from functools import cache, cached_property, lru_cache

from rag.text.dates import meanings
from rag.text.numbers import NUMBER_WORDS, number_keys
from rag.text.phrases import Phrases
from rag.text.polarity import denials
from rag.text.script import fold
from rag.text.tables import frequent_words, table

# Not the stop of "18. mart" and "U.S.": after a number a sentence ends only before a capital.
_STOP = re.compile(
    r"[.!?…](?:(?<!\d\.)(?<![\W_][A-ZА-Я]\.)[.!?…\"'”“»«)\]]*\s+|(?<=\d\.)\s+(?=[^\W\d_a-zа-яα-ωђ-џà-ž]))"
)
_TOKEN = re.compile(r"\d{1,3}(?:\.?[ \u00a0]\d{3})+(?!\d)|\d+(?:[.,]\d+)*|[^\W\d_]+|[%€$£]")
_SMALL = frequent_words()
_MOST = 5  # words in place of others; more is a cut or an addition
_EDITED = 8  # words gone and come in the whole text; beyond that it was edited, and a single word says nothing
_STEM, _ENDING = 4, 3  # letters that two forms of a word share, and may differ in
_SPELT = 0.85  # of the letters of two words that are one, mistyped
_VERBATIM = 0.9  # of the words of a quote that a text must hold


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or day: `key` is equal where two say the same, `kind` is number, day, name or "" for a word."""

    key: str
    kind: str = ""
    last: bool = False  # of its sentence


@dataclass(frozen=True)
class DatedText:
    """A text, its language, and the day of its publication, which dates "yesterday"."""

    text: str
    language: str = "und"
    published: date | None = None

    @cached_property
    def sentences(self) -> dict[str, str]:
        """Its sentences as written, by their folded form."""
        parts = (part for line in self.text.split("\n") for part in _STOP.split(line) if part.strip())
        return {fold(part).strip(" .!?…"): part for part in parts}

    def tokens(self, besides: DatedText | None = None) -> list[Token]:
        """The tokens of its sentences, without those that another text has too."""
        skipped = besides.sentences if besides else {}
        kept = (part for folded, part in self.sentences.items() if folded not in skipped)
        return [token for part in kept for token in _tokens(part, self.published)]


def contradict(one: DatedText, other: DatedText) -> bool:
    """Tells whether two similar texts say something different in one place."""
    mine, theirs = one.tokens(other), other.tokens(one)
    return bool(mine and theirs) and _contradict(mine, theirs, one.language)


def holds(report: DatedText, quote: str) -> bool:
    """Tells whether a text says what a quote says, up to script, typing and a few words."""
    text = report.tokens()
    words = [token.key for token in text]
    for part in DatedText(quote).sentences.values():
        asked = list(_tokens(part, report.published))
        keys = [token.key for token in asked]
        match = SequenceMatcher(None, keys, words, autojunk=False).find_longest_match()
        start = max(0, match.b - match.a)
        there = text[start : start + len(asked)]
        ratio = SequenceMatcher(None, keys, [token.key for token in there]).ratio()
        if ratio < _VERBATIM or _contradict(asked, there, report.language):
            return False
    return bool(quote.strip())


def _contradict(mine: Sequence[Token], theirs: Sequence[Token], language: str) -> bool:
    a, b = [t.key for t in mine], [t.key for t in theirs]
    steps = [step for step in SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if step[0] != "equal"]
    pairs = [(mine[i:j], theirs[k:end], i > 0 and mine[i - 1].kind == "number") for _, i, j, k, end in steps]
    edited = sum(len(left) + len(right) for left, right, _ in pairs)
    apart = _MOST if edited <= 2 * _EDITED else 0  # in a text that was edited only as many words stand for others
    for left, right, _ in pairs:
        if max(len(left), len(right)) > _MOST or abs(len(left) - len(right)) > apart:
            continue
        if any(_clash(kind, left, right) for kind in ("number", "day", "name")):
            return True
        if _denied(left, right, language):
            return True
    if edited > _EDITED:
        return False
    gone = {t.key: t.kind for left, _, _ in pairs for t in left}
    come = {t.key: t.kind for _, right, _ in pairs for t in right}
    moved = any(gone[key] or come[key] for key in gone.keys() & come.keys())
    return moved or any(_another(left, right, counted=counted) for left, right, counted in pairs)


def _clash(kind: str, left: Sequence[Token], right: Sequence[Token]) -> bool:
    """Tells whether both sides have tokens of a kind, and none that agree. A text may break off in the middle of a
    word."""
    a, b = ([t.key for t in side if t.kind == kind] for side in (left, right))
    if not a or not b or "".join(a) == "".join(b):
        return False
    if kind == "name":
        if "".join(w[0] for w in a) == "".join(b) or "".join(w[0] for w in b) == "".join(a):
            return False  # "RS" for "Republika Srpska"
        ends = any(t.last for t in (*left, *right))
        return not any(_one_word(x, y) or (ends and (x.startswith(y) or y.startswith(x))) for x in a for y in b)
    return not set(a) & set(b)


def _another(left: Sequence[Token], right: Sequence[Token], *, counted: bool) -> bool:
    """Tells whether one word or name stands for another. A small word counts only after a number."""
    if (
        not left
        or not right
        or max(len(left), len(right)) > 2
        or "".join(t.key for t in left) == "".join(t.key for t in right)
    ):
        return False
    if not {t.kind for t in left} & {t.kind for t in right}:
        return not any(_one_word(x.key, y.key) for x in left for y in right)
    if len(left) + len(right) > 2 or left[0].kind or right[0].kind:
        return False
    x, y = left[0].key, right[0].key
    content = all(len(word) >= _STEM and word not in _SMALL for word in (x, y))
    return (content or counted) and not _one_word(x, y) and not _are_synonyms(x, y)


def _one_word(one: str, other: str) -> bool:
    """Tells whether two words are one, inflected or mistyped."""
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if common >= _STEM and max(len(one), len(other)) - common <= _ENDING:
        return True
    return one[0] == other[0] and SequenceMatcher(None, one, other).ratio() >= _SPELT


@cache
def _synonym_lists() -> Phrases[int]:
    return Phrases((line, number) for number, line in enumerate(table("synonyms")["synonyms"]["sh"]))


def _are_synonyms(one: str, other: str) -> bool:
    """Tells whether two words of the South Slavic standards mean the same."""
    mine, theirs = ({m.tag for m in _synonym_lists().at((word,), 0)} for word in (one, other))
    return bool(mine & theirs)


def _denied(left: Sequence[Token], right: Sequence[Token], language: str) -> bool:
    """Tells whether one side denies what the other says: by a denial more, or in another form of the same word."""
    if len(left) + len(right) > _MOST:
        return False
    a, b = ([t.key for t in side if not t.kind] for side in (left, right))
    plain = [[word for word in side if not _denies(word, language)] for side in (a, b)]
    if len(a) - len(plain[0]) == len(b) - len(plain[1]):
        return False
    auxiliary = all(len(word) <= _STEM for side in plain for word in side)
    return auxiliary or any(x[:2] == y[:2] for x in a for y in b)


@lru_cache(maxsize=20_000)
def _denies(word: str, language: str) -> bool:
    return denials((word,), language) > 0


def _tokens(sentence: str, published: date | None) -> Iterator[Token]:
    """Yields the tokens of a sentence. A capital inside it begins a name; its first word does only before another
    capital."""
    found = _TOKEN.findall(sentence)
    for at, written in enumerate(found):
        word = fold(written)
        first = word not in _SMALL and len(found) > 1 and found[1][0].isupper()
        last = at == len(found) - 1
        yield _plain(word, written, published) or Token(
            word, "name" if written[0].isupper() and (at > 0 or first) else "", last
        )


@lru_cache(maxsize=100_000)
def _plain(word: str, written: str, published: date | None) -> Token | None:
    """Returns the token of a number or a day; None for another word."""
    if word[0].isdigit():
        digits = re.sub(r"\D", "", written)
        spaced = " " in written or "\u00a0" in written
        return Token(digits if spaced else next(iter(number_keys(written)), digits), "number")
    if word in NUMBER_WORDS and len(word) > 2:
        return Token(str(NUMBER_WORDS[word]), "number")
    for section in ("month", "weekday"):
        if (number := meanings(f"{section}s").get(word)) is not None:
            return Token(f"{section} {number}", "day")
    if published is not None and word in meanings("days"):
        return Token(f"weekday {(published + timedelta(days=meanings('days')[word])).weekday()}", "day")
    return None
