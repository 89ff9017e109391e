"""Who did it and to whom: two names exchanged between a sentence and the one that it rests on, in one language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.answer.enumeration import rows
from rag.text.language import family
from rag.text.names import find_names
from rag.text.script import fold

# Languages whose names change with their role: Ana, Anu; Άνα, την Άνα. Elsewhere the order of names tells.
_CASED = frozenset({"sh", "sl", "el", "tr", "sq"})
# A passive turns the order round: "was sued by".
_PASSIVE = {
    "en": re.compile(r"\bby\b"),
    "mk": re.compile(r"\b(?:e|bese|se|bea) \w+ (?:od|ot)\b"),
    "bg": re.compile(r"\b(?:e|bese|beshe|bjaha|be) \w+ ot\b"),
    "ro": re.compile(r"\bde (?:catre )?"),
    "sq": re.compile(r"\bnga\b"),
}
# A doubled object tells which name is the object whatever the order: "го победи", "e paditi" do not say which.
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Named:
    """A name in a sentence: its keys, the written form, the word before it."""

    keys: frozenset[str]
    written: str
    before: str
    at: int


def exchanged(claim: str, said: str, language: str) -> bool:
    """Whether two names of the claim have each other's role in the sentence it rests on."""
    mine, theirs = _named(claim), _named(said)
    pairs = [(m, t) for m in mine for t in theirs if m.keys & t.keys]
    for i, (a, a_there) in enumerate(pairs):
        for b, b_there in pairs[i + 1 :]:
            if a.at == b.at or a_there.at == b_there.at or _in_a_row(claim, a, b) or _in_a_row(said, a_there, b_there):
                continue
            if _turned((a, b), (a_there, b_there), claim, said, language):
                return True
    return False


def _turned(mine: tuple[_Named, _Named], theirs: tuple[_Named, _Named], claim: str, said: str, language: str) -> bool:
    kin = family(language)
    order = (mine[0].at < mine[1].at) != (theirs[0].at < theirs[1].at)
    if kin in _CASED:
        cases = [_case_differs(m, t, kin) for m, t in zip(mine, theirs, strict=True)]
        if all(c is not None for c in cases):
            return all(cases) if any(cases) else order and kin == "sq" and False
    passive = _PASSIVE.get(kin)
    if passive and bool(passive.search(fold(claim))) != bool(passive.search(fold(said))):
        return False
    return order


def _case_differs(mine: _Named, theirs: _Named, kin: str) -> bool | None:
    """Whether a name stands in another case; None where the forms cannot tell."""
    a, b = _last(mine, theirs)
    if not a or not b:
        return None
    if kin == "el":
        return _article(mine.before) != _article(theirs.before)
    if kin == "tr":
        return ("'" in mine.written) != ("'" in theirs.written)
    return a != b


def _article(word: str) -> bool:
    """Whether a Greek article is not a nominative's."""
    return fold(word) in ("ton", "tin", "ti", "to", "tou", "tis", "tous")


def _last(mine: _Named, theirs: _Named) -> tuple[str, str]:
    """The last words of both names that are one name's: `Lisak` and `Lisaka`."""
    return fold(mine.written).split()[-1], fold(theirs.written).split()[-1]


def _named(text: str) -> list[_Named]:
    found = []
    for name in find_names(text):
        before = _WORD.findall(text[max(0, name.start - 12) : name.start])
        keys = frozenset(k for k in name.key.split())
        found.append(_Named(keys, text[name.start : name.end], before[-1] if before else "", name.start))
    return found


def _in_a_row(text: str, one: _Named, other: _Named) -> bool:
    for row in rows(text, frozenset()):
        ats = {i.start for i in row.items}
        if one.at in ats and other.at in ats:
            return True
    return False
