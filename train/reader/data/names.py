"""Names to put in a question in place of its own, by language and kind, and which kind a name is of."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

from eval.core.changes import names_of
from eval.datasets.lines import read_lines
from rag.text.names import name_key
from rag.text.script import to_cyrillic

LISTS, SENTENCES = "train/entity_lists.json", "train/names.jsonl.gz"
# Weights are shipped, so rows whose licence forbids that or is not told stay out.
LICENCES = frozenset({"CC BY-SA 4.0", "MIT"})
_KINDS = {"PER": "person", "LOC": "place", "ORG": "body"}
_NEAR = {"cnr": "bs", "sr": "sr-Latn"}


class Kind(StrEnum):
    """What a name is of, as far as its letters tell."""

    PERSON = "person"
    PLACE = "place"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class NamePools:
    """Names by language and kind; a language without its own borrows the English ones."""

    names: Mapping[tuple[str, Kind], Sequence[str]]
    places: frozenset[str]  # keys of places in any language

    def kind(self, name: str) -> Kind:
        if name_key(name) in self.places:
            return Kind.PLACE
        return Kind.PERSON if " " in name.strip() else Kind.BODY

    def other(self, name: str, language: str, random: Random, *, not_in: str = "") -> str | None:
        """Another name of the same kind that `not_in` does not hold; None where the language has none."""
        kind = self.kind(name)
        language = _NEAR.get(language, language)
        fit = self.names.get((language, kind)) or self.names.get(("en", kind), ())
        held = {*name_key(name).split(), *name_key(" ".join(n for n in _words(not_in))).split()}
        for _ in range(8):
            chosen = random.choice(fit) if fit else ""
            if chosen and not held & set(name_key(chosen).split()):
                return chosen
        return None


def _words(text: str) -> Iterable[str]:
    return (text[n.start : n.end] for n in names_of(text))


def read_pools(data: Path, texts: Iterable[tuple[str, str]]) -> NamePools:
    """From CLDR's places, annotated sentences, and the names in `texts` (language, text)."""
    found: dict[tuple[str, Kind], set[str]] = defaultdict(set)
    lists = json.loads((data / LISTS).read_text(encoding="utf-8"))
    for by_language in lists["places"].values():
        for language, name in by_language.items():
            found[language, Kind.PLACE].add(name)
    places = frozenset(name_key(n) for (_, kind), names in found.items() if kind is Kind.PLACE for n in names)
    for line in read_lines(data / SENTENCES):
        if line.fields["licence"] in LICENCES and not line.fields.get("in_articles"):
            for entity in line.fields["entities"]:
                if entity["type"] in _KINDS:
                    name = line.fields["text"][entity["start"] : entity["end"]]
                    found[line.fields["language"], Kind(_KINDS[entity["type"]])].add(name)
    plain = NamePools({}, places)
    for language, text in texts:
        for name in _words(text):
            found[language, plain.kind(name)].add(name)
    for kind in Kind:
        found["sr-Cyrl", kind] |= {to_cyrillic(n) for n in found["sr-Latn", kind]}
    return NamePools({k: sorted(n for n in names if len(n) > 2) for k, names in found.items()}, places)
