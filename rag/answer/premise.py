"""Questions that take for granted what the articles deny: "Why did X turn down Y?" where X accepted."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.deeds import deeds, turned, without_names
from rag.answer.extract import Candidate, terms
from rag.answer.premise_events import elsewhere, won_by_another
from rag.answer.premise_parts import STEM, Asked, asked, one_family, sentences
from rag.answer.rules import applies
from rag.question.kinds import Aim, Form
from rag.question.wants import Wants
from rag.text.language import family
from rag.text.names import find_names, name_keys, question_keys
from rag.text.polarity import Stand, denied, opposed, stand

# Opposites by which a verb decides; more and less, before and after, won and lost stand in many sentences side by side.
_DECIDING = frozenset({"accept", "join", "confirm", "arrest", "open"})
_NOT_BY_SIDE = frozenset({"win", "behind"})  # of the table of deeds: both sides did, only each its own
_PRESUMING = frozenset({Wants.CAUSE, Wants.TIME})  # "why did X", "when did X" take X for granted
_FORMS = frozenset({Form.FACT, Form.LIST})
_READ = 2  # sentences, the best first
_NAMES = 0.6  # of the question's names that the article holds; one of them, the one who acts, the sentence itself
_DENIED_NAMES = 0.5
_WORDS = 0.5  # of the question's content words that the sentence, or the passage, holds


def contradicted(question: str, chosen: Sequence[Candidate], aim: Aim, language: str) -> Candidate | None:
    """The sentence that says the opposite of what the question takes for granted; None for one that asks whether.

    It is one of the chosen or another of their passages. Words are compared within a language, deeds across.
    """
    if aim.form not in _FORMS or not chosen:
        return None
    about = asked(question, language)
    presumes = aim.thing in _PRESUMING
    if (
        presumes
        and aim.form is Form.FACT
        and (c := _denied_in(question, chosen, language))
        and applies("premise_denied")
    ):
        return c
    if presumes and (c := _opposite(about, chosen)) and applies("premise_opposite"):
        return c
    if aim.thing is not Wants.PERSON and (c := won_by_another(about, chosen)) and applies("premise_winner"):
        return c
    return c if (c := elsewhere(about, chosen)) and applies("premise_elsewhere") else None


def _denied_in(question: str, chosen: Sequence[Candidate], language: str) -> Candidate | None:
    """One language only: words are compared."""
    told, names = stand(question, language), frozenset(question_keys(question))
    for c in chosen[:_READ]:
        held = set(name_keys(f"{c.passage.title}\n{c.text}"))
        if family(c.passage.language) != family(language) or len(names & held) < _DENIED_NAMES * len(names):
            continue
        said = stand(c.text, c.passage.language)
        if opposed(told, said) & _DECIDING and told.denies == said.denies:
            return c
        if _denies(said) and not _denies(told) and _same_words(question, c):
            return c
    return None


def _denies(said: Stand) -> bool:
    """Whether it denies once, or says that someone refused to."""
    return said.denies == 1 or (said.denies == 0 and said.sides.get("accept") == frozenset({-1}))


def _same_words(question: str, c: Candidate) -> bool:
    """Whether the sentence holds half of the question's words, and one of them right behind what denies."""
    words = {w[:STEM] for w in terms(question) if len(w) >= STEM}
    names = {w[:STEM] for n in find_names(question) if not n.first for w in terms(question[n.start : n.end])}
    held = {w[:STEM] for w in terms(c.text)}
    behind = {w[:STEM] for w in denied(c.text, c.passage.language)}
    return len(words & held) >= _WORDS * len(words) and bool((words - names) & behind)


def _opposite(about: Asked, chosen: Sequence[Candidate]) -> Candidate | None:
    """A sentence on the one who acts with the other side of the question's deed, where none has the question's."""
    sides = {(d.name, d.side) for d in about.deeds if d.name not in _NOT_BY_SIDE}
    sides = {(name, side) for name, side in sides if (name, -side) not in sides}
    if not sides or not about.names or stand(without_names(about.text), about.language).denies:
        return None  # what did not happen at one time may have at another: "why was the second contract not signed"
    # A headline is no sentence to be shown, but it may bear the question out.
    if any(_told(c.passage.title, c.passage.language) & sides for c in chosen):
        return None
    against: Candidate | None = None
    for c in sentences(chosen):
        if about.names[0] not in name_keys(c.text):
            continue
        told = _told(c.text, c.passage.language)
        if told & sides:
            return None
        opposite = any((name, -side) in told for name, side in sides) or _turned_down(about, c)
        if against is None and opposite and _on_it(about, c, chosen):
            against = c
    return against


def _told(text: str, language: str) -> set[tuple[str, int]]:
    return {(d.name, d.side) for d in deeds(text, language)}


def _turned_down(about: Asked, c: Candidate) -> bool:
    """Whether a sentence condemns or refuses what the question, which does neither, takes for done; by its words."""
    if turned(about.text, about.language) or not one_family(c.passage.language, about.language):
        return False
    return bool(about.words & {word[:STEM] for word in turned(c.text, c.passage.language)})


def _on_it(about: Asked, c: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether a sentence's article tells of what the question does; in another language if the sentence was chosen."""
    article = f"{c.passage.title}\n{c.passage.text}"
    held = set(name_keys(article))
    if sum(name in held for name in about.names) < _NAMES * len(about.names):
        return False
    if not one_family(c.passage.language, about.language):
        return any((o.passage.id, o.start) == (c.passage.id, c.start) for o in chosen)
    words = {w[:STEM] for w in terms(article)}
    return len(about.words & words) >= _WORDS * len(about.words)
