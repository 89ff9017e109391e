"""Questions that take for granted what the articles deny: "Why did X turn down Y?" where X accepted."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.extract import Candidate, terms
from rag.answer.kinds import Aim, Form
from rag.answer.polarity import Stand, denied, opposed, stand
from rag.answer.wants import Wants
from rag.text.language import family
from rag.text.names import find_names, name_keys, question_keys

# Opposites by which a verb decides; more and less, before and after, won and lost stand in many sentences side by side.
_DECIDING = frozenset({"accept", "join", "confirm", "arrest", "open"})
_PRESUMING = frozenset({Wants.CAUSE, Wants.TIME})  # "why did X", "when did X" take X for granted
_READ = 2  # sentences, the best first
_NAMES = 0.5  # of the question's names that the sentence or its headline holds
_STEM = 4  # letters by which forms of a word meet
_WORDS = 0.5  # of the question's content words that the sentence holds, where it denies them


def contradicted(question: str, chosen: Sequence[Candidate], aim: Aim, language: str) -> Candidate | None:
    """The sentence that says the opposite of what the question takes for granted; None for one that asks whether.

    One language only: words are compared.
    """
    if aim.form is not Form.FACT or aim.thing not in _PRESUMING:
        return None
    asked, names = stand(question, language), frozenset(question_keys(question))
    for c in chosen[:_READ]:
        held = set(name_keys(f"{c.passage.title}\n{c.text}"))
        if family(c.passage.language) != family(language) or len(names & held) < _NAMES * len(names):
            continue
        said = stand(c.text, c.passage.language)
        if opposed(asked, said) & _DECIDING and asked.denies == said.denies:
            return c
        if _denies(said) and not _denies(asked) and _same_words(question, c):
            return c
    return None


def _denies(said: Stand) -> bool:
    """Whether it denies once, or says that someone refused to."""
    return said.denies == 1 or (said.denies == 0 and said.sides.get("accept") == frozenset({-1}))


def _same_words(question: str, c: Candidate) -> bool:
    """Whether the sentence holds half of the question's words, and one of them right behind what denies."""
    asked = {w[:_STEM] for w in terms(question) if len(w) >= _STEM}
    names = {w[:_STEM] for n in find_names(question) if not n.first for w in terms(question[n.start : n.end])}
    held = {w[:_STEM] for w in terms(c.text)}
    behind = {w[:_STEM] for w in denied(c.text, c.passage.language)}
    return len(asked & held) >= _WORDS * len(asked) and bool((asked - names) & behind)
