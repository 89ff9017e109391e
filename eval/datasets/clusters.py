"""Reads clusters of near-duplicates: the text of one member must find the other members."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Line, first_record, read_lines
from eval.datasets.ours import read_documents
from eval.datasets.reader import Options, Reader, build_suite
from rag.errors import BadInput

QUERY_CHARS = 600  # what a reader would paste; the model reads little more
_LEAST_WORDS = 8  # shorter posts say too little to tell a story from another
_WORD = re.compile(r"[^\W_]+")


def recognises(path: Path) -> bool:
    record = first_record(path)
    return "cluster_id" in record and "article_ids" in record


def read(path: Path, options: Options) -> Suite:
    """One case a cluster, over all members of all clusters, headlines taken off: equal ones made the clusters.

    Clusters by an identical text that is no story ("This is a re-share of a post") are the file's to leave out.
    """
    if options.docs is None:
        raise BadInput(f"{path} needs its articles.", hint="Name them: --docs ARTICLES.jsonl.gz.")
    clusters = read_lines(path)
    members = {i for line in clusters for i in line.texts("article_ids")}
    documents = {d.id: _bare(d) for d in read_documents([options.docs]) if d.id in members}
    told = {i: d for i, d in documents.items() if len(_WORD.findall(str(d.fields["text"]))) >= _LEAST_WORDS}
    cases = [case for line in clusters for case in _case(line, told)]
    left_out = len(clusters) - len(cases)
    notes = [f"{left_out} clusters with fewer than two members of {_LEAST_WORDS} words are left out."]
    return build_suite(path.name, cases, list(told.values()), notes=notes if left_out else ())


def _case(line: Line, told: dict[str, Document]) -> Sequence[Case]:
    ids = line.texts("article_ids")
    held = [i for i in ids if i in told]
    if len(held) < 2 or line.text("title", default="").startswith("This is a re-share"):
        return ()
    asked = told[held[0]]
    case = Case(
        id=line.text("cluster_id"),
        question=str(asked.fields["text"])[:QUERY_CHARS],
        language=asked.language,
        gold_doc_ids=tuple(held[1:]),
        category="near-duplicate",
        exclude=(asked.id,),
        search_only=True,
        place=str(line.place),
    )
    return (case,)


def _bare(document: Document) -> Document:
    """Without the headline."""
    fields = {**document.fields, "title": None, "text": str(document.fields.get("text") or "")}
    return Document(document.id, fields, document.place)


READER = Reader("clusters", "CLUSTERS.jsonl --docs ARTICLES.jsonl.gz", "none stated", recognises, read)
