"""Finds both sides of a dispute inside one article: what one party says and what another says against it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from rag.answer.evidence.candidate import Candidate
from rag.answer.lexicon.amounts import Amount, amounts, compatible
from rag.question.question_type import Aim, Form, Wants, wants
from rag.text.names import find_names
from rag.text.phrases import expressions, find, tokens
from rag.text.sentences import split_sentences

_FORMS = frozenset({Form.FACT, Form.YESNO, Form.COMPARISON})
# Kinds of things that may have two sides; a person, a day or a place only where the question offers two.
_THINGS = frozenset({Wants.CAUSE, Wants.NUMBER, Wants.OTHER})
_NEAR = 2  # sentences behind the best one in which a speaker of the other side may say so
_COUNTED = 2  # words of what is counted: "heavy tankers"
_STEM = 4  # letters by which forms of a word meet
_REACH = 4  # sentences behind the best one among which those are that a summary says do not agree


def sides(question: str, best: Candidate, aim: Aim, language: str) -> tuple[Candidate, ...]:
    """The sentences of the best passage that tell both sides, the earlier first; one sentence that tells both; or
    nothing."""
    either = _has(question, "either", language)
    if aim.form not in _FORMS or not (either or aim.thing in _THINGS) or _has(question, "official", language):
        return ()
    told = _sentences(best)
    at = next((i for i, c in enumerate(told) if c.start == best.start), -1)
    if at < 0 or best.headline:
        return ()
    offered = _offered(question, language)
    if offered or aim.thing is Wants.NUMBER:
        found = _offered_by(offered, told, at) if offered else _counted_apart(told, at)
    else:
        found = (best,) if either and _both_sides(best) else _announced(told, at, either=either)
    found = found or _apart(question, told, at, aim, language)
    if either and aim.form is not Form.COMPARISON:
        found = found or _each_told(question, told)
    return found if either or not _asks_a_speaker(question, found) else ()


def _asks_a_speaker(question: str, found: Sequence[Candidate]) -> bool:
    """Whether the question names a person of one of the sides: then it asks for what that one says or does."""
    asked = {key for name in find_names(question) for key in name.key.split()}
    persons = [set(n.key.split()) for c in found for n in find_names(c.text) if " " in n.key]
    return any(asked & keys for keys in persons)


def _offered(question: str, language: str) -> frozenset[Decimal]:
    """The two numbers of a question that asks "83 or 86"; none otherwise."""
    found = amounts(question, language=language)
    for one, other in pairwise(found):
        if (
            _has(question[one.end : other.start], "either", language)
            and len(question[one.end : other.start].split()) == 1
        ):
            return frozenset((one.value, other.value))
    return frozenset()


def _sentences(best: Candidate) -> list[Candidate]:
    passage = best.passage
    spans = split_sentences(passage.text, passage.language)
    made = [(passage.start + s.start, passage.start + s.end, passage.text[s.start : s.end]) for s in spans]
    return [best if a == best.start else Candidate(passage, best.rank, a, b, text) for a, b, text in made]


def _has(text: str, section: str, language: str) -> bool:
    return find(tokens(text), expressions("disagree", section, language)) is not None


def _announces(c: Candidate, section: str) -> bool:
    return _has(c.text, section, c.passage.language)


def _both_sides(c: Candidate) -> bool:
    """Whether a sentence tells what one says, but what another says."""
    words, language = tokens(c.text), c.passage.language
    says, but = (expressions("disagree", section, language) for section in ("says", "but"))
    for at in range(1, len(words)):
        if any(e.at(words, at) > at for e in but) and find(words[:at], says) and find(words[at:], says):
            return True
    return False


def _announced(told: Sequence[Candidate], at: int, *, either: bool) -> tuple[Candidate, ...]:
    """The best sentence and the one that contradicts it, or that it contradicts, right beside it."""
    best = told[at]
    for one, other in pairwise(told[max(0, at - 1) : at + 2]):
        if _announces(one, "says") and _contradicts(other):
            return (one, other)
    behind = told[at + 1 : at + 1 + _REACH]
    if _announces(best, "apart"):
        return next(((best, c) for c in behind if _announces(c, "against") or _announces(c, "but")), ())
    if either:
        return next(((best, behind[i - 1]) for i, c in enumerate(behind) if i and _announces(c, "apart")), ())
    return ()


def _contradicts(c: Candidate) -> bool:
    return _announces(c, "against") or (_announces(c, "unlike") and _announces(c, "says"))


def _apart(question: str, told: Sequence[Candidate], at: int, aim: Aim, language: str) -> tuple[Candidate, ...]:
    """The best sentence and one close behind that tells the other side and says that the two do not agree.

    What a question wants counted stands behind "how many": where the best one names it, the other must too.
    """
    if aim.thing is Wants.NUMBER:
        asked = [w[:_STEM] for w in tokens(question) if len(w) >= _STEM and wants(w, language) is Wants.OTHER]
        mine, others = (
            {w[:_STEM] for c in part for w in tokens(c.text)} & set(asked[:_COUNTED])
            for part in (told[at : at + 1], told[at + 1 : at + 1 + _NEAR])
        )
        if mine - others:
            return ()
    behind = told[at + 1 : at + 1 + _NEAR]
    return next(((told[at], c) for c in behind if _announces(c, "apart") and _announces(c, "says")), ())


def _each_told(question: str, told: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Two sentences that tell the same of each of two names which the question offers: "X leads", "Y led"."""
    offered = [n.key for n in find_names(question) if not n.first or n.key[0] == "@"]
    words = {w[:_STEM] for w in tokens(question) if len(w) >= _STEM}
    if len(offered) != 2:
        return ()
    held = [{key for key in offered if _beside(c.text, key, words)} for c in told]
    first = next((i for i, keys in enumerate(held) if len(keys) == 1), None)
    if first is None:
        return ()
    other = next((i for i in range(first + 1, len(told)) if len(held[i]) == 1 and held[i] != held[first]), None)
    return (told[first], told[other]) if other is not None else ()


def _beside(text: str, key: str, words: set[str]) -> bool:
    """Whether a name stands right behind or before one of some words (cut)."""
    for name in find_names(text):
        if key in (name.key, name.key.split()[-1]):
            around = (*tokens(text[: name.start])[-1:], *tokens(text[name.end :])[:1])
            if words & {w[:_STEM] for w in around}:
                return True
    return False


def _offered_by(offered: frozenset[Decimal], told: Sequence[Candidate], at: int) -> tuple[Candidate, ...]:
    """The best sentence, alone or with a neighbour, that gives both numbers which the question offers."""
    for pair in (told[at : at + 1], told[max(0, at - 1) : at + 1], told[at : at + 2]):
        if len(pair) == 1 and _offered(pair[0].text, pair[0].passage.language) == offered:
            return ()  # "13 or 15,000 men" is one account
        if offered <= {a.value for c in pair for a in _counted(c)}:
            return tuple(pair)
    return ()


def _counted_apart(told: Sequence[Candidate], at: int) -> tuple[Candidate, ...]:
    """The best sentence and its neighbour where two speakers give numbers that cannot both be true."""
    for first, second in pairwise(told[max(0, at - 1) : at + 2]):
        opened = any(_announces(second, section) for section in ("against", "unlike", "apart")) or _opens_with_but(
            second
        )
        said = _announces(first, "says") and _announces(second, "says")
        if opened and said and _differ(first, second):
            return (first, second)
    return ()


def _opens_with_but(c: Candidate) -> bool:
    words = tokens(c.text)[:3]
    return find(words, expressions("disagree", "but", c.passage.language)) is not None


def _differ(one: Candidate, other: Candidate) -> bool:
    """Whether each has a number that the other cannot mean."""
    mine, theirs = _counted(one), _counted(other)
    return bool(mine and theirs) and any(all(not compatible(a, b) for b in mine) for a in theirs)


def _counted(c: Candidate) -> list[Amount]:
    return amounts(c.text, language=c.passage.language)
