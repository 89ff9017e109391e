"""Is the answer right? Containment, exact match, token F1, lists, language and script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eval.metrics.normalise import answer_tokens, contains_any
from rag.text.language import family
from rag.text.script import script_of

_SCRIPTS = {"mk": "Cyrl", "bg": "Cyrl", "el": "Grek"}


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


def script_right(text: str, language: str) -> float:
    """1 when the answer is mostly in the script of the question's language."""
    return float(script_of(text) == script_for(language))


def script_for(language: str) -> str:
    """The ISO 15924 code of the script that a language tag says or is written in."""
    primary, _, script = language.partition("-")
    return script if len(script) == 4 else _SCRIPTS.get(primary, "Latn")
