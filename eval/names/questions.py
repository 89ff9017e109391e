"""Names in questions as readers type them: how many of the true ones are known, and what is taken for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.lines import Line, read_lines
from rag.question.parsed import parse
from rag.text.names import NO_NAMES, SeenNames, is_common, name_key, seen_names

_READ = 6000  # characters of an article in which its names are gathered


@dataclass(frozen=True, slots=True)
class Spotted:
    """Over questions typed small: true names, those found for sure, and sure finds that are no true names."""

    true: int
    found: int
    false: int


def spotted(data: Path, split: str, *, with_archive: bool) -> Spotted:
    """The figures on the answerable questions of reader_dev.

    A true name is a word whose key the gold article writes with a capital and never small. `with_archive`: the
    question's gold article is among what its names are gathered from.
    """
    asked = [line for line in read_lines(data / "qa" / "reader_dev.jsonl") if line.text("split") == split]
    asked = [line for line in asked if line.texts("gold_doc_ids")]
    texts = _articles(data / "articles", {one for line in asked for one in line.texts("gold_doc_ids")})
    counts = [_counted(line, texts, with_archive=with_archive) for line in asked]
    return Spotted(sum(c.true for c in counts), sum(c.found for c in counts), sum(c.false for c in counts))


def _counted(line: Line, texts: Mapping[str, str], *, with_archive: bool) -> Spotted:
    gold = seen_names([texts[one] for one in line.texts("gold_doc_ids") if one in texts])
    question = line.text("question").lower()
    parsed = parse(question, line.text("language"), known=gold if with_archive else NO_NAMES)
    words = _words(question)
    true = {word for word in words if _is_true(word, gold)}
    sure = {word for name in parsed.names if name.sure for word in _words(name.surface)}
    return Spotted(len(true), len(true & sure), len(sure - true))


def _words(text: str) -> set[str]:
    return {bare for word in text.split() if (bare := word.strip("?!.,;:()«»„“”\"'"))}


def _is_true(word: str, gold: SeenNames) -> bool:
    return name_key(word) in gold.alone and not is_common(word)


def _articles(folder: Path, wanted: set[str]) -> dict[str, str]:
    lines: Sequence[Line] = [line for path in sorted(folder.glob("*.jsonl*")) for line in read_lines(path)]
    return {
        line.text("id"): f"{line.text('title', default='')}\n{line.text('text', default='')[:_READ]}"
        for line in lines
        if line.text("id", default="") in wanted
    }
