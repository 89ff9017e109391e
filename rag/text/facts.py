"""The differences in fact between two versions of one story: numbers, days, names, denials.

Sentences that both texts have word for word are skipped. The others are paired by the words that they share. Within a
pair, numbers are compared with numbers and names with names where the words around them are the same. Typing, script,
cuts and additions are no difference in fact: what one text does not mention contradicts nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache

from rag.text.phrases import Expression, compile_expressions, table
from rag.text.polarity import denials
from rag.text.units import SMALL_WORDS, Fact, Report, TextUnit, Unit, folded_word, words_of

__all__ = ["Difference", "Fact", "Report", "difference", "holds"]

_LEAST_WORDS = 3  # of a sentence that is compared: a shorter one tells no story
_SHARED = 0.5  # of the shorter sentence's words, from which two tell of the same
_IN_PLACE = 0.6  # of the words of both, in one order, from which two sentences between the same neighbours are one
_ANYWHERE, _LONG = 0.8, 8  # the same wherever they stand, and the least words of these
_FREQUENT = 24  # sentences that hold a word, beyond which it pairs none
_MOVED = 4  # units: where more stand against others, or others at an end, it is a cut or an addition, not a change
_EDITED = 3  # words replaced in the whole text, beyond which it was edited and a word tells nothing
_FEW = 2  # words replaced in a sentence, beyond which it is told in other words
_LISTED = 4  # names or numbers of a sentence from which it is a list, where what was left out shifts the others
_CONTENT = 4  # letters of a content word
_STEM = 4
_INFLECTED = 3  # letters that an ending may have
_SPELT = 6  # letters of a name from which one letter more, less or exchanged is a slip
_SPELT_ALIKE = 0.7  # of two words with one first letter: "mleko" and "mlijeko", not "policija" and "opozicija"
_VERBATIM = 0.9  # of the words of a quote, from which a sentence is the quote with slips


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that two texts tell differently, with the sentences that tell it."""

    fact: Fact
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class _Change:
    """What stands in one sentence, and in its place in the other."""

    mine: tuple[Unit, ...]
    theirs: tuple[Unit, ...]
    counted: bool = False  # it stands right behind a number

    @property
    def words(self) -> tuple[list[str], list[str]]:
        mine, theirs = ([u.frame for u in part if not u.kind] for part in (self.mine, self.theirs))
        return mine, theirs


def difference(one: Report, other: Report) -> Difference | None:
    """The first fact in which two texts differ; None where what both tell agrees."""
    mine, theirs = _unlike(one, other), _unlike(other, one)
    replaced: list[Difference] = []
    edited = 0
    for a, b in _pairs(mine, theirs):
        changes = _changes(a, b)
        fact = _differs(a, b, changes)
        if fact is not None:
            return Difference(fact, a.text.strip(), b.text.strip())
        edited += sum(len(c.words[0]) for c in changes if c.theirs)
        replaced += [Difference(Fact.WORD, a.text.strip(), b.text.strip())] * _another_word(changes)
    return replaced[0] if replaced and edited <= _EDITED else None


def _unlike(one: Report, other: Report) -> list[TextUnit]:
    """The sentences of a text that the other does not have word for word."""
    left = [s for s in one.sentences if s.text not in other.texts]
    return [s for s in left if s.folded not in other.sentence_texts] if left else []


def holds(report: Report, quote: str) -> bool:
    """Whether a text says what a quote says, up to script, typing and what was cut off: every sentence of it."""
    asked = Report(quote, report.language, report.published).sentences
    missing = [s for s in asked if s.words and s.folded not in report.sentence_texts]
    told = f" {' '.join(folded_word(word) for word in words_of(report.text))} " if missing else ""
    missing = [s for s in missing if f" {' '.join(s.words)} " not in told]
    near = dict(_pairs(missing, report.sentences)) if missing else {}
    return bool(asked) and all(s in near and _verbatim(s, near[s]) for s in missing)


def _verbatim(one: TextUnit, other: TextUnit) -> bool:
    ratio = SequenceMatcher(None, one.words, other.words).ratio()
    changes = _changes(one, other)
    return ratio >= _VERBATIM and _differs(one, other, changes) is None and not _another_word(changes)


def _pairs(mine: Sequence[TextUnit], theirs: Sequence[TextUnit]) -> Iterator[tuple[TextUnit, TextUnit]]:
    """Each sentence with the one of the other text that shares most of its words, if that is most of the shorter."""
    holding: dict[str, list[int]] = defaultdict(list)
    for at, s in enumerate(theirs):
        for word in set(s.words):
            holding[word].append(at)
    for s in mine:
        shared: Counter[int] = Counter()
        for word in set(s.words):
            if len(holding[word]) <= _FREQUENT:
                shared.update(holding[word])
        found = [(n / min(len(set(s.words)), len(set(theirs[at].words))), at) for at, n in shared.most_common(3)]
        share, best = max(found, default=(0.0, 0))
        if share >= _SHARED and min(len(s.words), len(theirs[best].words)) >= _LEAST_WORDS:
            yield s, theirs[best]


def _changes(one: TextUnit, other: TextUnit) -> list[_Change]:
    """What differs between two sentences that are one; nothing where they are two."""
    a, b = one.units, other.units
    # With as many names on both sides, a name may replace a name; where names were added or cut, only equal ones match.
    counts = [Counter(u.kind for u in units) for units in (a, b)]
    loose = {kind for kind in Fact if abs(len(a) - len(b)) <= 1 and counts[0][kind] == counts[1][kind]}
    mine, theirs = ([u.frame if not u.kind or u.kind in loose else u.exact for u in units] for units in (a, b))
    matched = SequenceMatcher(None, mine, theirs)
    between = any(one.beside(i) == other.beside(i) for i in (-1, 1))
    if matched.ratio() < (_IN_PLACE if between else _ANYWHERE):
        return []
    if not between and (min(len(a), len(b)) < _LONG or one.repeated or other.repeated):
        return []
    found: list[_Change] = []
    for step, i, j, k, end in matched.get_opcodes():
        if step == "equal":
            facts = [(x, y) for x, y in zip(a[i:j], b[k:end], strict=True) if x.kind]
            found += [_Change((x,), (y,)) for x, y in facts if not _agree(x, y)]
        elif j - i == end - k or abs(j - i - end + k) == 1 or (0 < i and j < len(a) and 0 < k and end < len(b)):
            found.append(_Change(a[i:j], b[k:end], i > 0 and a[i - 1].kind == Fact.NUMBER))
    return found if not found or not _broken_off(found[-1], one, other) else found[:-1]


def _broken_off(change: _Change, one: TextUnit, other: TextUnit) -> bool:
    """Whether one of two sentences breaks off in the midst of the other's word: "a visit to New Y"."""
    ends = ((one, change.mine, change.theirs), (other, change.theirs, change.mine))
    return any(
        s.units[-1] is own[-1] and any(_breaks_off(w, s.words[-1]) for u in others for w in u.spellings)
        for s, own, others in ends
        if own
    )


def _breaks_off(word: str, start: str) -> bool:
    return word != start and word.startswith(start)


def _differs(one: TextUnit, other: TextUnit, changes: Sequence[_Change]) -> Fact | None:
    for c in changes:
        for kind in (Fact.NUMBER, Fact.DAY, Fact.NAME) if max(len(c.mine), len(c.theirs)) <= _MOVED else ():
            left, right = (_of(kind, part) for part in (c.mine, c.theirs))
            if left and right and not any(_agree(x, y) for x in left for y in right) and not _cut(kind, one, other):
                return kind
    return Fact.DENIAL if _denial(one, other, changes) else None


def _of(kind: Fact, units: Iterable[Unit]) -> list[Unit]:
    return [u for u in units if u.kind == kind]


def _cut(kind: Fact, one: TextUnit, other: TextUnit) -> bool:
    """Whether one sentence has the names or numbers of the other in their order, less some: a list that was cut."""
    few, many = sorted((_of(kind, one.units), _of(kind, other.units)), key=len)
    left = iter(many)
    return len(many) >= _LISTED and all(any(_agree(u, other) for other in left) for u in few)


def _agree(one: Unit, other: Unit) -> bool:
    if one.names & other.names or one.initials in other.names or other.initials in one.names:
        return True
    if one.kind == Fact.NAME:  # "Kolar" is "Ana Kolar", but "Ana Perić" is not
        few, many = sorted((one.keys, other.keys), key=len)
        return all(any(_one_name(a, b) for b in many) for a in few)
    return bool(one.keys & other.keys)


def _one_name(one: str, other: str) -> bool:
    """Whether two words of names are one, by key or as folded: inflected, mistyped or cut off."""
    (key, a), (other_key, b) = one.split(), other.split()
    return key == other_key or _one_word(a, b)


def _one_word(one: str, other: str) -> bool:
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if common >= _STEM and (common == min(len(one), len(other)) or max(len(one), len(other)) - common <= _INFLECTED):
        return True
    return min(len(one), len(other)) >= _SPELT and _slip(one[common:], other[common:])


def _slip(one: str, other: str) -> bool:
    """Whether a letter is missing, doubled or exchanged with its neighbour, from where two words part."""
    return one[1:] == other or one == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])


def _denial(one: TextUnit, other: TextUnit, changes: Sequence[_Change]) -> bool:
    """Whether one of two sentences denies what the other says, by a word more or another form of the same word."""
    language = one.report.language
    counts = [sum(_denies(u.frame, language) for u in s.units if not u.kind) for s in (one, other)]
    return counts[0] != counts[1] and any(_denied(c, language) for c in changes)


def _denied(c: _Change, language: str) -> bool:
    left, right = ([w for w in words if not _denies(w, language)] for words in c.words)
    if len(left) + len(right) == len(c.words[0]) + len(c.words[1]) or max(len(c.mine), len(c.theirs)) > _MOVED:
        return False
    auxiliary = all(len(w) <= _CONTENT for w in (*left, *right))
    return auxiliary or any(a[:2] == b[:2] for a in c.words[0] for b in c.words[1])


def _another_word(changes: Sequence[_Change]) -> bool:
    """Whether all that differs is a word or two: who says it, what is counted, what was done."""
    if len(changes) > _FEW or any(len(c.mine) != 1 or len(c.theirs) != 1 for c in changes):
        return False
    return any(_another(c.mine[0], c.theirs[0], counted=c.counted) for c in changes)


def _another(one: Unit, other: Unit, *, counted: bool) -> bool:
    """Whether one word tells something else than another; a small word only right behind a number."""
    words = [u.frame for u in (one, other) if not u.kind]
    if len(words) == 1 and words[0] in one.spellings & other.spellings:
        return False  # "Miners" behind a full stop is a word, behind "MAGLAJ" a name's
    told = counted or all(len(w) >= _CONTENT and w not in SMALL_WORDS for w in words)
    return told and (one.kind != other.kind if len(words) < 2 else not _related(*words))


@cache
def _twins() -> tuple[tuple[Expression, ...], ...]:
    """Words of the four South Slavic standards that say the same."""
    return tuple(compile_expressions(line) for line in table("twins")["twins"]["sh"])


def _stands(word: str, twins: Sequence[Expression]) -> bool:
    return any(twin.at((word,), 0) == 1 for twin in twins)


def _related(one: str, other: str) -> bool:
    if any(_stands(one, twins) and _stands(other, twins) for twins in _twins()):
        return True
    return (
        one[:_STEM] == other[:_STEM]
        or _one_word(one, other)
        or (one[0] == other[0] and SequenceMatcher(None, one, other).ratio() >= _SPELT_ALIKE)
    )


@lru_cache(maxsize=20_000)
def _denies(word: str, language: str) -> bool:
    return denials((word,), language) > 0
