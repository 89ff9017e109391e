"""Suites by name over the development data beside the project: other people's questions, never copied here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.core.cases import Case, Document, Suite
from eval.datasets import realtimeqa
from eval.datasets.lines import Line, read_lines
from eval.datasets.ours import read_cases, read_documents, to_case, to_document
from eval.datasets.reader import build_suite
from ingest.raw import Place
from rag.errors import BadInput

FIRST_DAY = Path(__file__).parent.parent / "benchmarks/first_day/cases/cases.jsonl"
NEWS_QUESTIONS = FIRST_DAY.parents[2] / "news_questions/cases.jsonl"
READERS = FIRST_DAY.parents[2] / "readers"
DATA = Path(__file__).resolve().parents[3] / "shared/data"
FOUNDING_ARTICLE = "articles/tirana_agreement.txt"
READER_DEV = "qa/reader_dev.jsonl"
READER_DEV2, READER_DEV2_DOCS = "qa/reader_dev2.jsonl", "qa/reader_dev2_docs.jsonl.gz"
XQUAD, XQUAD_DOCS = "qa/xquad_en_ro.jsonl", "qa/xquad_en_ro_docs.jsonl"
NEWS_QUIZ, NEWS_QUIZ_DOCS = "qa/realtimeqa_2020_2023.jsonl", "qa/realtimeqa_2020_2023_docs.jsonl"
SQUAD_DEV = "train/squad_dev.jsonl.gz"
# Titles that the reader's training keeps out (research/train/reader/data/questions.py).
SQUAD_HELD = frozenset({"European_Union_law", "Kenya", "1973_oil_crisis", "Harvard_University", "Victoria_(Australia)"})
_POSTS = "articles/bih_news_posts_2022.jsonl.gz"
_REGION = "articles/region_ro_tr_dev.jsonl"
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
    """One such suite: the files it reads."""

    files: tuple[str, ...]
    read: Callable[[str, Path], Suite]

    def load(self, name: str, data: Path = DATA) -> Suite:
        """The suite; raises DataMissing that names the file."""
        for file in self.files:
            if not (data / file).is_file():
                raise DataMissing(
                    f"The suite {name} needs ../shared/data/{file}, which is not here.",
                    hint="docs/evaluation.md says what it measures.",
                )
        return self.read(name, data)


def _reader_dev(name: str, data: Path) -> Suite:
    lines = read_lines(data / READER_DEV)
    return _over_articles(name, lines, lines, data)


def _news_questions(name: str, data: Path) -> Suite:
    """Our own questions over the same articles."""
    lines = read_lines(NEWS_QUESTIONS)
    return _over_articles(name, lines, [*lines, *read_lines(data / READER_DEV)], data)


def _readers(name: str, data: Path) -> Suite:
    """Questions of ten hands, each a split, in the words of ordinary readers, each in its article's language and three
    others. Answers are spans of the articles, which are their outlets'."""
    documents = read_documents([data / file for file in (*_ARTICLES, _REGION)])
    texts = {d.id: str(d.fields["text"]) for d in documents}
    cases = []
    for path in sorted(READERS.glob("*.jsonl")):
        for line in read_lines(path):
            article, spans = line.text("article"), line.fields["spans"]
            found = [texts[article][start:end] for start, end in spans]
            gold = {"answers": found, "gold_doc_ids": [article]} if found else {"unanswerable": True}
            need = "all" if line.flag("every") else "any"
            for language, question in line.fields["asked"].items():
                asked = {"id": f"{line.text('id')}-{language}", "language": language, "question": question}
                fields = {"kind": line.text("kind"), "need": need, "split": path.stem, **gold, **asked}
                cases.append(asked_over_articles(Line({"answers": [], **fields}, line.place)))
    return build_suite(name, cases, documents)


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
    answers = ([] if line.flag("unanswerable") else list(line.texts("evidence_sentences")) for line in lines)
    cases = [to_case(Line({**line.fields, "answers": a}, line.place)) for line, a in zip(lines, answers, strict=True)]
    return build_suite(name, cases, read_documents([data / "qa/clapnq_dev_docs.jsonl"]))


def _reader_dev2(name: str, data: Path) -> Suite:
    """Over the archive that comes with the questions."""
    cases = [asked_over_articles(line) for line in read_lines(data / READER_DEV2)]
    return build_suite(name, cases, read_documents([data / READER_DEV2_DOCS]))


def _squad_dev(name: str, data: Path) -> Suite:
    """Each paragraph a document; the split `held` are titles that no reader was trained on."""
    lines = read_lines(data / SQUAD_DEV)
    paragraphs = {line.text("context"): line for line in lines}
    documents = {text: _paragraph(f"squad:{n}", line) for n, (text, line) in enumerate(paragraphs.items())}
    cases = [_squad_case(line, documents[line.text("context")].id) for line in lines]
    return build_suite(name, cases, list(documents.values()))


def _paragraph(doc_id: str, line: Line) -> Document:
    title = line.text("title").replace("_", " ")
    return Document(doc_id, {"id": doc_id, "title": title, "text": line.text("context"), "language": "en"}, line.place)


def _squad_case(line: Line, doc_id: str) -> Case:
    golds = [] if line.flag("unanswerable") else [doc_id]
    split = "held" if line.text("title") in SQUAD_HELD else "trained"
    return to_case(Line({**line.fields, "gold_doc_ids": golds, "category": "squad", "split": split}, line.place))


def _mtrag(name: str, data: Path) -> Suite:
    """Last turns of conversations; answers were written by models, so only finding and refusing is judged."""
    lines = read_lines(data / "qa/mtrag_un.jsonl")
    judged = [line for line in lines if line.text("answerability") != "underspecified"]
    turns = ({**line.fields, "answers": [], "category": line.text("answerability")} for line in judged)
    cases = [to_case(Line(turn, line.place)) for turn, line in zip(turns, judged, strict=True)]
    note = f"{len(lines) - len(judged)} turns that want a question back are left out."
    return build_suite(name, cases, read_documents([data / "qa/mtrag_un_docs.jsonl"]), notes=(note,))


def _xquad(name: str, data: Path) -> Suite:
    """Reads XQuAD in English and Romanian; `--language ro --docs-language en` asks across."""
    cases = [to_case(line) for line in read_lines(data / XQUAD)]
    return build_suite(name, cases, read_documents([data / XQUAD_DOCS]))


def _news_quiz(name: str, data: Path) -> Suite:
    """The questions whose evidence says the answer word for word."""
    made = realtimeqa.read(data / NEWS_QUIZ, data / NEWS_QUIZ_DOCS)
    return replace(made, name=name, cases=tuple(c for c in made.cases if c.answers), notes=made.notes[:1])


SHARED_SUITES: dict[str, SharedSuite] = {
    "founding": SharedSuite((FOUNDING_ARTICLE,), _founding),
    "reader_dev": SharedSuite((READER_DEV, *_ARTICLES, _POSTS, FOUNDING_ARTICLE), _reader_dev),
    "reader_dev2": SharedSuite((READER_DEV2, READER_DEV2_DOCS), _reader_dev2),
    "xquad": SharedSuite((XQUAD, XQUAD_DOCS), _xquad),
    "news_quiz": SharedSuite((NEWS_QUIZ, NEWS_QUIZ_DOCS), _news_quiz),
    "squad_dev": SharedSuite((SQUAD_DEV,), _squad_dev),
    "news_questions": SharedSuite((READER_DEV, *_ARTICLES, _POSTS, FOUNDING_ARTICLE), _news_questions),
    "readers": SharedSuite((*_ARTICLES, _REGION), _readers),
    "clapnq": SharedSuite(("qa/clapnq_dev.jsonl", "qa/clapnq_dev_docs.jsonl"), _clapnq),
    "mtrag": SharedSuite(("qa/mtrag_un.jsonl", "qa/mtrag_un_docs.jsonl"), _mtrag),
}
