"""Questions in other languages and spellings: narrowed to some, paired by `parallel_id`, typed as readers type them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Line, first_record, read_lines
from eval.datasets.reader import Reader, build_suite
from eval.datasets.romanise import romanise
from rag.errors import BadInput
from rag.text.script import script_of, to_cyrillic


def narrow(suite: Suite, *, questions: str | None, documents: str | None) -> Suite:
    """Questions of one language over documents of another; `sr` takes sr-Latn and sr-Cyrl, None takes all.

    Where a gold document is not of the wanted language its translations (same `parallel_id`) take its place, and
    the answers of the parallel question in that language. Raises BadInput when nothing is left.
    """
    if questions is None and documents is None:
        return suite
    docs = tuple(d for d in suite.documents if _of(d.language, documents))
    asked = [c for c in suite.cases if _of(c.language, questions)]
    cases = _across(asked, docs, suite, documents)
    if not cases or not docs:
        raise BadInput(
            f"{suite.name}: no case in {questions or 'any language'} over documents in {documents or 'any language'}.",
            hint=f"Questions: {_tags(c.language for c in suite.cases)}. "
            f"Documents: {_tags(d.language for d in suite.documents)}.",
        )
    return replace(suite, cases=tuple(cases), documents=docs)


def _of(language: str, wanted: str | None) -> bool:
    return wanted is None or language == wanted or language.startswith(f"{wanted}-")


def _tags(languages: Iterable[str]) -> str:
    return ", ".join(sorted(set(languages)))


def _across(cases: Sequence[Case], docs: Sequence[Document], suite: Suite, language: str | None) -> list[Case]:
    held = {d.id for d in docs}
    parallel = {d.id: str(d.fields["parallel_id"]) for d in suite.documents if d.fields.get("parallel_id")}
    twins: dict[str, list[str]] = defaultdict(list)
    for d in docs:
        if d.id in parallel:
            twins[parallel[d.id]].append(d.id)
    answers = _answers(suite.cases, language)
    kept = []
    for case in cases:
        golds = dict.fromkeys(
            g for i in case.gold_doc_ids for g in ([i] if i in held else twins.get(parallel.get(i, ""), ()))
        )
        if golds or case.unanswerable:
            kept.append(_move(case, tuple(golds), answers) if set(golds) != set(case.gold_doc_ids) else case)
    return kept


def _move(case: Case, golds: tuple[str, ...], answers: Mapping[str, tuple[str, ...]]) -> Case:
    quotes = tuple(q for q in case.gold_quotes if q.doc_id in golds)
    known = answers.get(case.parallel_id or "", case.answers)
    grades = {i: g for i, g in case.grades.items() if i in golds}
    return replace(case, gold_doc_ids=golds, gold_quotes=quotes, answers=known, grades=grades)


def _answers(cases: Sequence[Case], language: str | None) -> dict[str, tuple[str, ...]]:
    """Accepted answers by `parallel_id`, of the questions in that language."""
    found: dict[str, tuple[str, ...]] = {}
    for c in cases:
        if c.parallel_id and language is not None and _of(c.language, language):
            found[c.parallel_id] = tuple(dict.fromkeys((*found.get(c.parallel_id, ()), *c.answers)))
    return found


_BARE = str.maketrans({"đ": "dj", "Đ": "Dj", "ı": "i", "ł": "l"})


def bare(text: str, language: str) -> str:
    """Rewrites a text as typed without the language's own letters, capitals and question mark."""
    plain = unicodedata.normalize("NFD", text.translate(_BARE))
    return "".join(c for c in plain if unicodedata.category(c) != "Mn").lower().rstrip("?; ")


def other_script(text: str, language: str) -> str:
    """Serbian in the other script, Macedonian, Bulgarian and Greek in Latin letters; other languages as they are."""
    if script_of(text) != "Latn":
        return romanise(text, language)
    return to_cyrillic(text) if language.startswith("sr") else text


WAYS: dict[str, Callable[[str, str], str]] = {
    "bare": bare,
    "other-script": other_script,
    "capitals": lambda text, language: text.upper(),
}


def retype_questions(suite: Suite, way: str | None) -> Suite:
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


PIVOT = "en"
_LEAST_WORDS = 3  # ingestion takes no shorter text
_WORD = re.compile(r"[^\W_]+")

Segments = Mapping[str, Mapping[str, Line]]  # by language and segment


def recognises(path: Path) -> bool:
    return "seg_id" in first_record(path)


def read(path: Path, docs: Path | None) -> Suite:
    """A case for each direction to English and back; where there is no English, for each pair of languages.

    Cases of articles that our models never trained on are of the split `held`.
    """
    segments = _segments(path)
    pairs = [(a, b) for a in segments for b in segments if a != b and (PIVOT in (a, b) or PIVOT not in segments)]
    documents = [_document(seg, line) for lines in segments.values() for seg, line in lines.items()]
    held = [d for d in documents if not _short(str(d.fields["text"]))]
    dropped = len(documents) - len(held)
    notes = [f"{dropped} segments of fewer than {_LEAST_WORDS} words are left out."] if dropped else []
    return build_suite(path.name, [case for pair in pairs for case in _cases(segments, *pair)], held, notes=notes)


def _segments(path: Path) -> Segments:
    found: dict[str, dict[str, Line]] = defaultdict(dict)
    for line in read_lines(path):
        language, seg = line.text("language"), line.text("seg_id")
        if seg in found[language]:
            raise line.wrong("seg_id", f"{seg!r} is a second time here in {language}")
        line.text("text")
        found[language][seg] = line
    return dict(found)


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
            split=("held" if held_back(doc_id) else "trained") if (doc_id := line.text("doc_id", default="")) else None,
            place=str(line.place),
        )


def held_back(doc_id: str) -> bool:
    """Whether an article is for measuring, and never trained on: half of them, by the digest of their name."""
    return int(hashlib.sha256(doc_id.encode()).hexdigest(), 16) % 2 == 0


def _document(seg: str, line: Line) -> Document:
    language = line.text("language")
    doc_id = _doc_id(seg, language)
    return Document(doc_id, {"id": doc_id, "text": line.text("text"), "language": language}, line.place)


def _doc_id(seg: str, language: str) -> str:
    return f"{seg}@{language}"


def _short(text: str) -> bool:
    return len(_WORD.findall(text)) < _LEAST_WORDS


READER = Reader("parallel", "SEGMENTS.jsonl", "NTREX, SETimes: CC BY-SA 4.0", recognises, read)
