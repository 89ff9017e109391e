"""Who did it and to whom: two names exchanged between a sentence and the one that it rests on, in one language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.answer.lexicon.enumeration import rows
from rag.text.language import family
from rag.text.names import find_names
from rag.text.script import fold
from rag.text.when import lexicon

# Languages whose names change with their role: Ana, Anu; Άνα, την Άνα. Elsewhere the order of names tells.
_CASED = frozenset({"sh", "sl", "el", "tr", "sq"})
_OFTEN_BARE = frozenset({"sq"})  # whose names stand without an ending where a title has it: then order tells
# A passive turns the order round: "was sued by".
_TURKISH_OBJECT = re.compile("['’](?:y?[ıiuü]|n[ıiuü]|y?[ae])\\Z")
# Before a place: a name behind one of these, or with a Turkish ending of place, does nothing to anybody.
_PLACE = re.compile(
    r"(?:^|\W)(?:in|at|near|from|over|na|u|iz|kod|v|vo|kaj|vaf|kraj|ne|te|nga|la|in|langa|din|se|sti|stin|sto|ston|apo|tou|mbi|preko"
    r"|prek)\s+\Z"
)
_TURKISH_PLACE = re.compile("['’](?:n?d[ae]|n?t[ae]|n?d[ae]ki|t[ae]ki|n?d[ae]n|t[ae]n|n?[ıiuü]n)\\Z")
_PASSIVE = {
    "en": re.compile(r"\b(?:was|were|been|being|is|are|be|got)\b.*\bby\b"),
    "mk": re.compile(r"\b(?:e|bese|se|bea) \w+(?:en|an|et|at|n)[aoi]? (?:od|ot)\b"),
    "bg": re.compile(r"\b(?:e|bese|beshe|bjaha|be) \w+(?:en|an|et|at|n)[aoi]? ot\b"),
    "ro": re.compile(r"\bde (?:catre )?"),
    "sq": re.compile(r"\bnga\b"),
}
_PARTED = re.compile(r"[;:–—]|,(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Named:
    """A name in a sentence: its keys, the written form, the case that a Greek article tells, where it stands."""

    keys: frozenset[str]
    written: str
    case: str
    at: int


def exchanged(claim: str, said: str, language: str, said_language: str) -> bool:
    """Whether two names of the claim have each other's role in the sentence it rests on.

    In one language forms are compared. Across languages the one who acts is told in each by article (Greek), by
    ending (Turkish) or by order, with passives turned round.
    """
    mine, theirs = _named(claim), _named(said)
    across = family(language) != family(said_language)
    pairs = [(m, t) for m in mine for t in theirs if m.keys & t.keys]
    for i, (a, a_there) in enumerate(pairs):
        for b, b_there in pairs[i + 1 :]:
            if a.at == b.at or a_there.at == b_there.at or _in_a_row(claim, a, b) or _in_a_row(said, a_there, b_there):
                continue
            if family(said_language) != "tr" and _apart(said, a_there, b_there):
                continue
            if across:
                first, second = _first_acts(a, b, claim, language), _first_acts(a_there, b_there, said, said_language)
                turned = first is not None and second is not None and first != second
            else:
                turned = _turned((a, b), (a_there, b_there), claim, said, language)
            if turned:
                return True
    return False


def _apart(text: str, one: _Named, other: _Named) -> bool:
    """Whether a comma or the like stands between two names, each of which may then have a verb of its own."""
    first, second = sorted((one, other), key=lambda n: n.at)
    return bool(_PARTED.search(text[first.at + len(first.written) : second.at]))


def _turned(mine: tuple[_Named, _Named], theirs: tuple[_Named, _Named], claim: str, said: str, language: str) -> bool:
    kin = family(language)
    order = (mine[0].at < mine[1].at) != (theirs[0].at < theirs[1].at)
    passive = _PASSIVE.get(kin)
    if passive and bool(passive.search(fold(claim))) != bool(passive.search(fold(said))):
        return False
    if kin in _CASED:
        cases = [(m.case, t.case) for m, t in zip(mine, theirs, strict=True)]
        if cases[0][0] != cases[0][1] and cases[0] == cases[1][::-1] and all(cases[0]):
            return True
        if [t.case for t in theirs] == ["subject", "subject"]:
            return False  # each did something
        changed = [_case_differs(m, t, kin) for m, t in zip(mine, theirs, strict=True)]
        if any(changed):
            return all(changed) or order
        return order and kin in _OFTEN_BARE
    return order


def _first_acts(one: _Named, other: _Named, text: str, language: str) -> bool | None:
    """Whether the first of two names is the one who acts; None where that cannot be told."""
    kin = family(language)
    if kin == "el" and one.case and other.case:
        subjects = [n.case == "subject" for n in (one, other)]
        return None if subjects[0] == subjects[1] else subjects[0]
    if kin == "tr":
        endings = ["'" in n.written or "’" in n.written for n in (one, other)]
        return None if endings[0] == endings[1] else endings[1]
    passive = _PASSIVE.get(kin)
    turned = bool(passive and passive.search(fold(text)))
    return (one.at < other.at) != turned


def _case_differs(mine: _Named, theirs: _Named, kin: str) -> bool:
    """Whether a name stands in another case, as far as its form or its article tells."""
    if kin == "el":
        return {mine.case, theirs.case} == {"subject", "object"}
    if kin == "tr":
        return ("'" in mine.written or "’" in mine.written) != ("'" in theirs.written or "’" in theirs.written)
    a, b = fold(mine.written).split(), fold(theirs.written).split()
    return a != b if len(a) == len(b) else a[-1] != b[-1]


def _greek_case(before: str) -> str:
    """The case that the nearest article before a name tells; "of" where it belongs to something."""
    for written in reversed(_WORD.findall(before)[-4:]):
        word = fold(written)
        if written.lower() in ("του", "της", "των"):
            return "of"
        if word in ("o", "i", "oi"):
            return "subject"
        if word in ("ton", "tin", "ti", "tous", "tis"):
            return "object"
    return ""


def _named(text: str) -> list[_Named]:
    """The names that may act; of "In Zelengrad Goran Tesić" without the place that stands before the name."""
    found: list[_Named] = []
    for name in find_names(text):
        start, keys = name.start, name.key.split()
        if len(keys) == 1 and fold(text[start : name.end]) in lexicon().months:
            continue
        if _place(text, start, name.end):
            words = text[start : name.end].split(" ", 1)
            if len(words) < 2 or len(keys) < 2:
                continue
            start, keys = start + len(words[0]) + 1, keys[1:]
        if found and text[found[-1].at + len(found[-1].written) : start] == " ":  # "Filip" and "Arsov" are one
            before = found.pop()
            start, keys = before.at, [*before.keys, *keys]
        case = _greek_case(text[max(0, start - 40) : start])
        found.append(_Named(frozenset(keys), text[start : name.end], case, start))
    return found


def _place(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 12) : start].replace("të ", "  ")  # no "te" of place: "fermën e të Zoranit"
    return bool(_PLACE.search(fold(before)) or _TURKISH_PLACE.search(text[start:end]))


def _in_a_row(text: str, one: _Named, other: _Named) -> bool:
    for row in rows(text, frozenset()):
        ats = {i.start for i in row.items}
        if bool(_TURKISH_OBJECT.search(one.written)) != bool(_TURKISH_OBJECT.search(other.written)):
            continue  # "Lipnik, Vardena'yı yendi": one did it to the other
        if one.at in ats and other.at in ats:
            return True
    return False
