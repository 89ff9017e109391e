"""The same questions as other readers type them: without diacritics, in the other script, in capitals."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace

from eval.core.cases import Suite
from rag.errors import BadInput
from rag.text.script import script_of, to_cyrillic, to_latin

_BARE = str.maketrans({"đ": "dj", "Đ": "Dj", "ı": "i", "ł": "l"})


def bare(text: str, language: str) -> str:
    """As on a keyboard without the language's own letters, in lower case and without the question mark."""
    plain = unicodedata.normalize("NFD", text.translate(_BARE))
    return "".join(c for c in plain if unicodedata.category(c) != "Mn").lower().rstrip("?; ")


def other_script(text: str, language: str) -> str:
    """Serbian in the other script, Macedonian, Bulgarian and Greek in Latin letters; other languages as they are."""
    if script_of(text) != "Latn":
        return to_latin(text, language)
    return to_cyrillic(text) if language.startswith("sr") else text


WAYS: dict[str, Callable[[str, str], str]] = {
    "bare": bare,
    "other-script": other_script,
    "capitals": lambda text, language: text.upper(),
}


def typed(suite: Suite, way: str | None) -> Suite:
    """The cases that a way of typing changes, changed; with "plain:WAY" the same cases as they are, to compare with.

    Raises BadInput for an unknown way.
    """
    if way is None:
        return suite
    plain, name = way.startswith("plain:"), way.removeprefix("plain:")
    if name not in WAYS:
        raise BadInput(f"There is no way of typing {name!r}.", hint=f"One of: {', '.join(WAYS)}; or plain:{name}.")
    changed = [(c, WAYS[name](c.question, c.language)) for c in suite.cases if not c.unanswerable]
    kept = tuple(c if plain else replace(c, question=text) for c, text in changed if text != c.question)
    if not kept:
        raise BadInput(f"{suite.name}: typing it {name} changes no question.")
    return replace(suite, name=f"{suite.name} typed {way}", cases=kept)
