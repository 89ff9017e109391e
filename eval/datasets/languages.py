"""Narrows a suite to languages, of the questions and of the documents; across languages by `parallel_id`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from eval.core.cases import Case, Document, Suite
from rag.errors import BadInput


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
            kept.append(_moved(case, tuple(golds), answers) if set(golds) != set(case.gold_doc_ids) else case)
    return kept


def _moved(case: Case, golds: tuple[str, ...], answers: Mapping[str, tuple[str, ...]]) -> Case:
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
