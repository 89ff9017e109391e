"""Suites by name over the development data beside the project: other people's questions, never copied here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import Line, read_lines
from eval.datasets.ours import read_cases, read_documents, to_case, to_document
from eval.datasets.reader import build_suite
from ingest.raw import Place
from rag.errors import BadInput

FIRST_DAY = Path(__file__).parent.parent / "benchmarks/first_day/cases/cases.jsonl"
NEWS_QUESTIONS = FIRST_DAY.parents[2] / "news_questions/cases.jsonl"
DATA = Path(__file__).resolve().parents[3] / "shared/data"
FOUNDING_ARTICLE = "articles/tirana_agreement.txt"
READER_DEV = "qa/reader_dev.jsonl"
_POSTS = "articles/bih_news_posts_2022.jsonl.gz"
_ARTICLES = (
    "articles/albanian_2020_dev.jsonl",
    "articles/b92_politika_2022.jsonl",
    "articles/lajmi_kosovo_2020.jsonl",
    "articles/realtimeqa_en_balkan.jsonl",
    "articles/rts_n1_headlines_2024_2026.jsonl",
    "articles/setimes_ud_sr_hr.jsonl",
)


class DataMissing(BadInput):
    """A suite's data lies beside the project, and is not there."""

    kind = "data-missing"


@dataclass(frozen=True, slots=True)
class SharedSuite:
    """One such suite: the files it reads and what is not measured where they are absent."""

    files: tuple[str, ...]
    measures: str
    read: Callable[[str, Path], Suite]

    def load(self, name: str, data: Path = DATA) -> Suite:
        """The suite; raises DataMissing that names the file."""
        for file in self.files:
            if not (data / file).is_file():
                raise DataMissing(
                    f"The suite {name} needs ../shared/data/{file}, which is not here.",
                    hint=f"Without it is not measured: {self.measures}.",
                )
        return self.read(name, data)


def _reader_dev(name: str, data: Path) -> Suite:
    lines = read_lines(data / READER_DEV)
    return _over_articles(name, lines, lines, data)


def _news_questions(name: str, data: Path) -> Suite:
    """Our own questions over the same articles."""
    lines = read_lines(NEWS_QUESTIONS)
    return _over_articles(name, lines, [*lines, *read_lines(data / READER_DEV)], data)


def _over_articles(name: str, asked: Sequence[Line], naming: Sequence[Line], data: Path) -> Suite:
    """Over all articles, of the many Bosnian posts those that a question names."""
    named = {i for line in naming for i in (*line.texts("gold_doc_ids"), line.fields.get("near_doc_id")) if i}
    posts = (line for line in read_lines(data / _POSTS) if line.fields["id"] in named)
    documents = [
        *read_documents([data / file for file in _ARTICLES]),
        *(to_document(line) for line in posts),
        founding_document(data),
    ]
    return build_suite(name, [asked_over_articles(line) for line in asked], documents)


def asked_over_articles(line: Line) -> Case:
    """Accepted answers may stand inside words ("Zagreb" in "Zagrebu"); where all are needed, in groups of spellings."""
    groups = line.fields.get("answer_groups")
    every = line.text("need", default="any") == "all"
    items = groups or ([[a] for a in line.texts("answers")] if every else [])
    more = {"category": line.text("kind"), "list_answers": items, "every": every, "letters": True}
    return to_case(Line({**line.fields, **more}, line.place))


def founding_document(data: Path = DATA) -> Document:
    """The article on the agreement of Tirana."""
    path = data / FOUNDING_ARTICLE
    title, _, text = path.read_text(encoding="utf-8").strip().partition("\n")
    fields = {"id": "tirana_agreement", "title": title, "text": text, "language": "en", "published": "2025-03-18"}
    return Document("tirana_agreement", fields, Place(str(path), 1))


def _founding(name: str, data: Path) -> Suite:
    """The founding question over the founding document alone."""
    cases = (c for c in read_cases([FIRST_DAY]) if c.category == name)
    document = founding_document(data)
    return build_suite(name, [replace(c, gold_doc_ids=(document.id,)) for c in cases], [document])


def _clapnq(name: str, data: Path) -> Suite:
    """Accepted is a sentence that the questions' authors marked as evidence: their answers are words of their own."""
    lines = read_lines(data / "qa/clapnq_dev.jsonl")
    cases = [to_case(Line({**line.fields, "answers": _evidence(line)}, line.place)) for line in lines]
    return build_suite(name, cases, read_documents([data / "qa/clapnq_dev_docs.jsonl"]))


def _evidence(line: Line) -> list[str]:
    return [] if line.flag("unanswerable") else list(line.texts("evidence_sentences"))


def _mtrag(name: str, data: Path) -> Suite:
    """Last turns of conversations; answers were written by models, so only finding and refusing is judged."""
    lines = read_lines(data / "qa/mtrag_un.jsonl")
    judged = [line for line in lines if line.text("answerability") != "underspecified"]
    cases = [to_case(Line(_turn(line), line.place)) for line in judged]
    note = f"{len(lines) - len(judged)} turns that want a question back are left out."
    return build_suite(name, cases, read_documents([data / "qa/mtrag_un_docs.jsonl"]), notes=(note,))


def _turn(line: Line) -> dict[str, object]:
    return {**line.fields, "answers": [], "category": line.text("answerability")}


SHARED_SUITES: dict[str, SharedSuite] = {
    "founding": SharedSuite(
        (FOUNDING_ARTICLE,), "whether the founding question is answered from its document alone", _founding
    ),
    "reader_dev": SharedSuite(
        (READER_DEV, *_ARTICLES, _POSTS, FOUNDING_ARTICLE),
        "whether questions of another hand over real articles are answered or refused",
        _reader_dev,
    ),
    "news_questions": SharedSuite(
        (READER_DEV, *_ARTICLES, _POSTS, FOUNDING_ARTICLE),
        "whether harder questions over the same articles are answered or refused",
        _news_questions,
    ),
    "clapnq": SharedSuite(
        ("qa/clapnq_dev.jsonl", "qa/clapnq_dev_docs.jsonl"),
        "refusal of search queries that a near passage does not answer",
        _clapnq,
    ),
    "mtrag": SharedSuite(
        ("qa/mtrag_un.jsonl", "qa/mtrag_un_docs.jsonl"), "refusal of the last turn of a conversation", _mtrag
    ),
}
