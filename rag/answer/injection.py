"""Recognises prompt injection. A sentence that gives orders to a machine is neither quoted nor sent to a model."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from rag.text.phrases import Phrases
from rag.text.tables import table

# Characters that hide text or reverse it; the languages of the region need none of them.
HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
# Marks of a prompt or of a machine's speech, whatever the language: <|im_start|>, [INST], "system:", code in base64.
_MARKS = re.compile(
    r"<\|?\w+\|?>|</?\w+>|\[/?(?:INST|SYS)\]|(?:^|[\n.!?]\s*)(?:system|assistant|user)\s*:|[A-Za-z0-9+/]{32,}={0,2}|<!--|-->",
    re.IGNORECASE,
)
_BACKWARDS = re.compile("[\u202d\u202e]")


@lru_cache(maxsize=4096)
def is_injection(sentence: str) -> bool:
    """Tells whether a sentence addresses a machine, in any language of the region. Hidden characters are ignored."""
    if _BACKWARDS.search(sentence) or _MARKS.search(sentence):
        return True
    return _expressions().stand_in(HIDDEN.sub("", sentence))


@cache
def _expressions() -> Phrases[str]:
    return Phrases((written, "") for written in table("injection")["injection"].values())
