"""The suites that answers are fitted on: questions of many hands, each over an archive of a bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

from eval.core.cases import Case, Document, Suite
from eval.datasets.lines import read_lines
from eval.datasets.load import load
from eval.datasets.ours import read_documents
from eval.datasets.premises import NAMES, PREMISES
from eval.datasets.shared_data import READERS, asked_over_articles
from ingest.raw import Place
from research.train.reader.data import written
from research.train.reader.data.questions import HELD_TITLES
from research.train.reader.data.suites import write_suites

LONGEST = 12_000  # characters of an article that is only in the way
CASES = 260  # of a suite at most


def suite(name: str, data: Path, work: Path) -> Suite:
    """The suite of that name from the collections in `data`; files that it needs are written to `work`."""
    return (SUITES | HELD)[name](data, work)


def _reader_dev(data: Path, _: Path, split: str = "calibrate") -> Suite:
    whole = load("reader_dev").of_split(split)
    near = [line.fields.get("near_doc_id") for line in read_lines(data / "qa/reader_dev.jsonl")]
    return _bounded(whole, near, 1_600_000)


def _reader_dev2(data: Path, _: Path, split: str = "calibrate") -> Suite:
    lines = read_lines(data / "qa/reader_dev2.jsonl")
    documents = read_documents([data / "qa/reader_dev2_docs.jsonl.gz"])
    whole = Suite("reader_dev2", tuple(asked_over_articles(line) for line in lines), tuple(documents))
    whole = whole.of_split(split)
    return _bounded(whole, [line.fields.get("near_doc_id") for line in lines], 1_200_000)


def _news_quiz(_: Path, __: Path) -> Suite:
    return _bounded(_drawn(load("news_quiz")), (), 600_000)


def _xquad(data: Path, work: Path) -> Suite:
    write_suites(data, work)
    return _drawn(replace(load(str(work / "xquad.jsonl")), name="xquad"))


def _clapnq(_: Path, __: Path) -> Suite:
    return load("clapnq")


def _squad(data: Path, _: Path) -> Suite:
    """Questions of the titles that the reader's training leaves out, those without an answer too."""
    documents: dict[str, Document] = {}
    cases = []
    for line in read_lines(data / "train/squad_dev.jsonl.gz"):
        title, text = line.text("title"), line.text("context")
        if title not in HELD_TITLES:
            continue
        name = f"squad:{len(documents)}"
        fields = {"title": title.replace("_", " "), "text": text, "language": "en"}
        held = documents.setdefault(text, Document(name, {"id": name, **fields}, line.place))
        answers = () if line.fields["unanswerable"] else line.texts("answers")
        gold = (held.id,) if answers else ()
        cases.append(Case(line.text("id"), line.text("question"), "en", answers, gold, unanswerable=not answers))
    return _drawn(Suite("squad", tuple(cases), tuple(documents.values())))


def _written(_: Path, __: Path) -> Suite:
    """Questions written for the reader's training and held back from it."""
    records = [r for r in written.records() if r.held and not r.elsewhere]
    documents, cases = [], []
    for record in records:
        for key, a in record.articles.items():
            name = f"{record.id}:{key}"
            fields = {"id": name, "title": a.title, "text": a.text, "language": a.language}
            day = {"published": a.day.isoformat()} if a.day else {}
            documents.append(Document(name, {**fields, **day}, Place(name, 1)))
        cases += list(_written_cases(record))
    return _drawn(Suite("written", tuple(cases), tuple(documents)))


def _written_cases(record: written.Record) -> Iterable[Case]:
    """Each question in two languages, each near miss in one."""
    for number, question in enumerate(record.questions):
        if question.key not in record.articles:
            continue
        drawn = Random(f"{record.id}{number}")
        missed = question.answer is None
        for language in drawn.sample(sorted(question.asked), min(len(question.asked), 1 if missed else 2)):
            yield Case(
                f"{record.id}:{number}:{language}",
                question.asked[language],
                language,
                () if question.answer is None else (question.answer,),
                () if missed else (f"{record.id}:{question.key}",),
                unanswerable=missed,
                letters=True,
            )


def _balkan(_: Path, __: Path) -> Suite:
    return _drawn(load("balkan").of_split("dev"))


def _readers(_: Path, __: Path, hand: str) -> Suite:
    """What one hand asked of real articles."""
    return _drawn(replace(load("readers").of_split(hand), name=f"readers_{hand}"))


def _hand(_: Path, __: Path, name: str, hand: str) -> Suite:
    """What one hand wrote of false premises, or of near names."""
    return _drawn(replace(load(name).of_split(hand), name=f"{name}_{hand}"))


SUITES: dict[str, Callable[[Path, Path], Suite]] = {
    "reader_dev": _reader_dev,
    "reader_dev2": _reader_dev2,
    "news_quiz": _news_quiz,
    "xquad": _xquad,
    "clapnq": _clapnq,
    "squad": _squad,
    "written": _written,
    "balkan": _balkan,
    "names_a": partial(_hand, name=NAMES, hand="a"),
    "names_b": partial(_hand, name=NAMES, hand="b"),
    "premises_a": partial(_hand, name=PREMISES, hand="a"),
    "premises_b": partial(_hand, name=PREMISES, hand="b"),
    **{f"readers_{path.stem}": partial(_readers, hand=path.stem) for path in sorted(READERS.glob("*.jsonl"))},
}
HELD: dict[str, Callable[[Path, Path], Suite]] = {  # the other halves, on which nothing is fitted
    "reader_dev.dev": partial(_reader_dev, split="dev"),
    "reader_dev2.dev": partial(_reader_dev2, split="dev"),
}


def _drawn(whole: Suite) -> Suite:
    return whole.sample(CASES, seed=0)


def _bounded(whole: Suite, near: Sequence[str | None], chars: int) -> Suite:
    """The documents that its cases name or nearly name, and others at random up to so many characters."""
    named = {*near, *(i for c in whole.cases for i in c.gold_doc_ids)}
    others = [d for d in whole.documents if d.id not in named and len(d.text) <= LONGEST]
    Random(2).shuffle(others)
    kept, size = set(), 0
    for document in others:
        if size < chars:
            kept.add(document.id)
            size += len(document.text)
    return replace(whole, documents=tuple(d for d in whole.documents if d.id in named or d.id in kept))
