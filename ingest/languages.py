"""Which language an article is in: what it declares, unless its own words plainly say another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest import checks
from rag.text.language import SUPPORTED, family, identify
from rag.text.script import script_of

SAMPLE_CHARS = 600
ENOUGH_CHARS = 200  # of a text that may overrule what is declared
SURE = 0.95  # a WordPress site of the region often declares en-US, whatever it is written in
SOUTH_SLAVIC = "sh"


@dataclass(frozen=True, slots=True)
class Told:
    """A BCP 47 tag with its script where it has two, and a remark on how sure that is ("" when it was declared)."""

    tag: str
    remark: str = ""


def told(declared: Any, text: str) -> Told:
    """Declared first. Of Serbian, Croatian, Bosnian and Montenegrin only a declaration tells for certain which it is;

    found in the words of a text they are a guess, and the remark says so.
    """
    language = checks.clean_language(declared)
    if not language or _contradicted(language, text):
        return _found(text, declared=language)
    return Told(_with_script(language, text))


def _found(text: str, *, declared: str) -> Told:
    found = identify(text)
    remark = f"declared {declared}, but the words are {found.language}" if declared else ""
    if not declared and family(found.language) == SOUTH_SLAVIC:
        remark = "not declared; told from sr, hr, bs and cnr by its words, which is a guess"
    return Told(found.language, remark)


def _contradicted(language: str, text: str) -> bool:
    """Do the words belong to another language of the region, beyond doubt? The four South Slavic ones count as one."""
    if len(text) < ENOUGH_CHARS:
        return False
    found = identify(text)
    other = family(found.language) != family(language)
    return other and found.confidence >= SURE and (found.language in SUPPORTED)


def _with_script(language: str, text: str) -> str:
    """Serbian always gets its script, the others of its family when it is Cyrillic."""
    if language in ("sr", "bs", "cnr", "sh"):
        script = script_of(text[:SAMPLE_CHARS])
        if script == "Cyrl" or (language == "sr" and script == "Latn"):
            return f"{language}-{script}"
    return language
