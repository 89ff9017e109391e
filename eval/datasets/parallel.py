"""Reads parallel segments: a segment in one language must find its translation among all segments of the other."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Line, first_record, read_lines
from eval.datasets.reader import Options, Reader, checked
from rag.errors import BadInput

PIVOT = "en"
_LEAST_WORDS = 3  # ingestion takes no shorter text
_WORD = re.compile(r"[^\W_]+")

Segments = Mapping[str, Mapping[str, Line]]  # by language and segment


def recognises(path: Path) -> bool:
    return "seg_id" in first_record(path)


def read(path: Path, options: Options) -> Suite:
    """Cases for each direction of `options.pairs`: `en` (to it and back), `all`, or `sq:en,en:sq`.

    Without it: to English and back where there is English, else all directions. Cases of articles that our models
    never trained on are of the split `held`.
    """
    segments = _segments(path)
    directions = _directions(options.pairs, list(segments))
    used = {language for pair in directions for language in pair}
    documents = [_document(seg, line) for name in segments if name in used for seg, line in segments[name].items()]
    cases = [case for source, target in directions for case in _cases(segments, source, target)]
    dropped = sum(_short(line.text("text")) for name in used for line in segments[name].values())
    held = [d for d in documents if not _short(str(d.fields["text"]))]
    notes = [f"{dropped} segments of fewer than {_LEAST_WORDS} words are left out."] if dropped else []
    return checked(path.name, cases, held, notes=notes)


def _segments(path: Path) -> Segments:
    found: dict[str, dict[str, Line]] = defaultdict(dict)
    for line in read_lines(path):
        language, seg = line.text("language"), line.text("seg_id")
        if seg in found[language]:
            raise line.wrong("seg_id", f"{seg!r} is a second time here in {language}")
        line.text("text")
        found[language][seg] = line
    return dict(found)


def _directions(pairs: str | None, languages: Sequence[str]) -> list[tuple[str, str]]:
    every = [(a, b) for a in languages for b in languages if a != b]
    if pairs is None:
        pairs = PIVOT if PIVOT in languages else "all"
    if pairs == "all":
        return every
    if ":" not in pairs:
        chosen = [(a, b) for a, b in every if pairs in (a, b)]
    else:
        wanted = {tuple(p.strip() for p in pair.split(":")) for pair in pairs.split(",")}
        chosen = [pair for pair in every if pair in wanted]
    if not chosen:
        raise BadInput(
            f"--pairs {pairs!r} fits none of the languages {', '.join(languages)}.",
            hint="Give one language (to it and back), `all`, or pairs: sq:en,en:sq.",
        )
    return chosen


def _cases(segments: Segments, source: str, target: str) -> Iterator[Case]:
    for seg, line in segments[source].items():
        other = segments[target].get(seg)
        if other is None or _short(line.text("text")) or _short(other.text("text")):
            continue
        yield Case(
            id=f"{seg} {source}:{target}",
            question=line.text("text"),
            language=source,
            gold_doc_ids=(_doc_id(seg, target),),
            category="parallel",
            search_in=(target,),
            search_only=True,
            split=_split(line),
            place=str(line.place),
        )


def held_back(doc_id: str) -> bool:
    """Whether an article is for measuring, and never trained on: half of them, by the digest of their name."""
    return int(hashlib.sha256(doc_id.encode()).hexdigest(), 16) % 2 == 0


def _split(line: Line) -> str | None:
    doc_id = line.text("doc_id", default="")
    return ("held" if held_back(doc_id) else "trained") if doc_id else None


def _document(seg: str, line: Line) -> Document:
    language = line.text("language")
    doc_id = _doc_id(seg, language)
    return Document(doc_id, {"id": doc_id, "text": line.text("text"), "language": language}, line.place)


def _doc_id(seg: str, language: str) -> str:
    return f"{seg}@{language}"


def _short(text: str) -> bool:
    return len(_WORD.findall(text)) < _LEAST_WORDS


READER = Reader(
    "parallel", "SEGMENTS.jsonl [--pairs en|all|sq:en,...]", "NTREX, SETimes: CC BY-SA 4.0", recognises, read
)
