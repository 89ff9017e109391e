"""The same event, but another one won it, or it was in another place, than a question takes for granted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from difflib import SequenceMatcher

from rag.answer.amounts import amounts
from rag.answer.deeds import deeds
from rag.answer.extract import Candidate, terms
from rag.answer.premise_parts import STEM, Asked, one_family, sentences
from rag.answer.roles import exchanged
from rag.text.language import family
from rag.text.names import Name, find_names, name_keys
from rag.text.numbers import number_keys
from rag.text.script import fold

_BEHIND = 60  # characters behind a name within which its place in a contest may stand, no other name between
_BETWEEN = 3  # letters of small words between the two: "Srbija je osvojila"
_PER_CENT = ("per", "posto", "odst", "proc", "perq")
_ALIKE = 0.75  # from which two names of places may be one, mistyped
_BY_ORDER = frozenset({"en", "mk", "bg", "ro", "sq"})  # the winner's name stands before the verb, the loser's behind
_WORD = re.compile(r"[^\W_]+")
# A place behind what happened there: "the fire in Kočani", "пожарот во Кочани".
_IN = re.compile(
    r"(?<!\w)([^\W\d_]{4,})\s+(?:in|at|near|na|u|v|vo|vav|kod|kraj|pri|ne|te|la|in|din|sti|sto|ston|stin)\s+\Z"
)


def won_by_another(about: Asked, chosen: Sequence[Candidate]) -> Candidate | None:
    """A sentence that puts somebody second or lower, or beaten, of whom the question says that they won."""
    if ("win", 1) not in {(d.name, d.side) for d in about.deeds} or not about.names:
        return None
    told = list(sentences(chosen))
    if len(about.names) > 1:
        for c in told:
            if one_family(c.passage.language, about.language) and _beaten(about, c):
                return c
    winner = about.names[0]
    if not _acts(about):
        return None
    held = set(name_keys("\n".join(f"{c.passage.title}\n{c.passage.text}" for c in chosen)))
    others = [c for c in told if _tells(c, "win", 1)]
    if not others or any(winner in name_keys(c.text) for c in others) or not set(about.names) <= held:
        return None
    return next((c for c in told if _behind(winner, c)), None)


def _acts(about: Asked) -> bool:
    """Whether a name stands right beside the question's "won", small words between: not "which NFL team won"."""
    words = [m.span() for m in _WORD.finditer(about.text)]
    named = [n for n in find_names(about.text) if about.names[0] in n.key.split()]
    for deed in (d for d in about.deeds if d.name == "win" and d.end <= len(words)):
        start, end = words[deed.start][0], words[deed.end - 1][1]
        gaps = [about.text[n.end : start] if n.end <= start else about.text[end : n.start] for n in named]
        if family(about.language) == "tr" or any(len(gap.strip()) <= _BETWEEN for gap in gaps):
            return True
    return False


def _tells(c: Candidate, name: str, side: int) -> bool:
    return any(d.name == name and d.side == side for d in deeds(c.text, c.passage.language))


def _behind(key: str, c: Candidate) -> bool:
    """Whether a place behind the first, or a loss, stands right behind a name."""
    named = find_names(c.text)
    for i, name in enumerate(named):
        if key not in name.key.split():
            continue
        end = min(name.end + _BEHIND, named[i + 1].start if i + 1 < len(named) else len(c.text))
        told = deeds(c.text[name.end : end], c.passage.language)
        if any((d.name, d.side) in (("behind", 1), ("win", -1)) for d in told):
            return True
    return False


def _beaten(about: Asked, c: Candidate) -> bool:
    """Whether of the question's "X beat Y" the sentence has Y beat X, or Y ahead of X in votes."""
    pair = _beat(about)
    if pair is None:
        return False
    winner, loser = (
        next((n for n in find_names(c.text) if asked.key.split()[-1] in n.key.split()), None) for asked in pair
    )
    if winner is None or loser is None:
        return False
    if _tells(c, "win", 1) and exchanged(about.text, c.text, about.language, c.passage.language):
        return True
    mine, theirs = (_votes(n, c) for n in (winner, loser))
    return mine is not None and theirs is not None and mine < theirs


def _beat(about: Asked) -> tuple[Name, Name] | None:
    """The winner and the loser of "X beat Y", as the question has them; by the order of words."""
    named = [n for n in find_names(about.text) if not n.first or n.key[0] == "@"]
    words = [m.span() for m in _WORD.finditer(about.text)]
    won = next(d for d in about.deeds if d.name == "win")
    if family(about.language) not in _BY_ORDER or won.end > len(words):
        return None
    start, end = words[won.start][0], words[won.end - 1][1]
    before = [n for n in named if n.end <= start and len(about.text[n.end : start].strip()) <= _BETWEEN]
    behind = [n for n in named if 0 <= n.start - end <= 1]
    return (before[-1], behind[0]) if before and behind else None


def _votes(name: Name, c: Candidate) -> Decimal | None:
    """The first share of votes behind a name and before the next one."""
    following = min((n.start for n in find_names(c.text) if n.start > name.start), default=len(c.text))
    found = [a for a in amounts(c.text, language=c.passage.language) if name.end <= a.start < following]
    shares = [a for a in found if a.unit and (a.unit[0] == "%" or a.unit[0].startswith(_PER_CENT))]
    return shares[0].value if shares else None


def elsewhere(about: Asked, chosen: Sequence[Candidate]) -> Candidate | None:
    """A sentence with the event of the question, of the same day or month, in another place than the question's."""
    event = _placed(about.text, about.names)
    if event is None or not number_keys(about.text):
        return None
    word, place = event
    for c in chosen:
        p = c.passage
        if place in name_keys(f"{p.title}\n{p.text}"):
            return None
    for c in chosen:
        if not one_family(c.passage.language, about.language) or not _same_day(about, c):
            continue
        for name in find_names(c.text):
            beside = _IN.search(fold(c.text[: name.start]))
            if beside and beside.group(1)[: STEM + 1] == word and _another(name.key, place):
                return c
    return None


def _another(key: str, place: str) -> bool:
    return SequenceMatcher(None, key, place).ratio() < _ALIKE


def _placed(text: str, names: Sequence[str]) -> tuple[str, str] | None:
    """What happened and where: the word before "in" and the place's key; no country, which holds many places."""
    for name in find_names(text):
        beside = _IN.search(fold(text[: name.start]))
        if beside and name.key in names and not (name.key[0] == "@" and len(name.key) == 3):
            return beside.group(1)[: STEM + 1], name.key
    return None


def _same_day(about: Asked, c: Candidate) -> bool:
    """Whether the passage holds all the question's numbers and its month, if it names one."""
    article = f"{c.passage.title}\n{c.passage.published or ''}\n{c.passage.text}"
    if not set(number_keys(about.text)) <= set(number_keys(article)):
        return False
    words = {w[:STEM] for w in terms(article)}
    return len(about.words & words) >= len(about.words) / 2
