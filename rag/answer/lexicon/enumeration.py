"""Names in a row ("Bugarsku, Srbiju i Grčku"), and names that stand alone; without those that the question names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.names import Name, find_names
from rag.text.tables import table

# What stands between two members of a row: words that end a long name ("Socijalistička narodna partija"), a bracket,
# a comma, "and", or both, and an article.
_ROWS = {name: "|".join(some.split()).replace("_", " ") for name, some in table("words/joining")["rows"].items()}
_AND, _SMALL = f"(?:{_ROWS['and']})", f"(?:{_ROWS['before']})"
_TAIL = r"(?P<tail>(?:[ \u00a0][^\W\d_]+){0,3}?(?:\s*\([^()]{1,60}\))?)"
_GAP = re.compile(rf"{_TAIL}(?:\s*,\s*(?:{_AND}\s+)?|\s+{_AND}\s+)(?:{_SMALL}\s+)?")
_ASIDE = re.compile(r"\([^()]{1,60}\)")
_BRACKET = re.compile(r"\s*\([^()]*\)\Z")
_SIDE_BY_SIDE = re.compile(r"[ \u00a0-]")


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a row: `sentence[start:end]` and its keys."""

    start: int
    end: int
    keys: tuple[str, ...]
    first: bool = False  # it opens the sentence, so its first word may be no name

    @property
    def place(self) -> bool:
        """Whether it is nothing but a known place or body."""
        return all(key.startswith("@") for key in self.keys)


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Items that stand in a row, in reading order."""

    items: tuple[Item, ...]

    @property
    def start(self) -> int:
        return self.items[0].start

    @property
    def end(self) -> int:
        return self.items[-1].end


def rows(sentence: str, asked: frozenset[str]) -> list[Enumeration]:
    """The names of a sentence without those that the question asks about (`asked`, keys); names in a row are
    grouped."""
    made: list[list[Item]] = []
    aside = [range(m.start(), m.end()) for m in _ASIDE.finditer(sentence)]
    for item in _items(sentence):
        if made and any(item.start in span for span in aside):
            continue  # "Ivan Anušić (Croatia)": what is said of the one before
        if set(item.keys) <= asked or (item.first and len(item.keys) == 1 and not item.place):
            continue
        gap = _GAP.fullmatch(sentence[made[-1][-1].end : item.start]) if made else None
        if gap and not any(c.isupper() for c in gap["tail"].split("(")[0]):
            before = made[-1][-1]
            tail = _BRACKET.sub("", gap["tail"])
            made[-1][-1] = Item(before.start, before.end + len(tail), before.keys, before.first)
            made[-1].append(item)
        else:
            made.append([item])
    return [Enumeration(tuple(row)) for row in made]


def _items(sentence: str) -> list[Item]:
    """The names of a sentence; those that stand side by side ("Demokratska" and "Crna Gora") are one."""
    items: list[Item] = []
    for name in find_names(sentence):
        item = _item(name)
        if items and _SIDE_BY_SIDE.fullmatch(sentence[items[-1].end : item.start]):
            before = items.pop()
            item = Item(before.start, item.end, (*before.keys, *item.keys), before.first)
        items.append(item)
    return items


def _item(name: Name) -> Item:
    return Item(name.start, name.end, tuple(name.key.split()), name.first)
