"""Readers side by side on questions that none was trained on: which passage answers, which sentence, which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np

from eval.core.cases import Document
from eval.datasets.lines import Line, read_lines
from eval.datasets.ours import read_documents
from eval.datasets.shared_data import SHARED_SUITES
from eval.metrics.answers import contains_any, token_f1
from eval.metrics.refusal import auroc
from rag.reader.reader import Reader
from rag.text.language import family
from rag.text.sentences import Span
from research.train.reader.data import parallel_questions
from research.train.reader.data.build import SQUAD
from research.train.reader.data.examples import Example, Passage, passage
from research.train.reader.data.open_sets import QUESTIONS
from research.train.reader.data.questions import held, nearest, read_asked

XQUAD, NEWS = "qa/xquad_en_ro", "qa/realtimeqa_2020_2023"
NEWS_FROM = "2022"  # earlier quizzes were for choosing
MOST = 450  # trials of a kind in a suite
DRAWS = 1000  # of the trials, for the interval of a difference
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Trial:
    """A question beside a text; without `right` sentences the text does not answer it."""

    suite: str
    question: str
    text: str
    sentences: tuple[Span, ...]
    right: tuple[int, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reader made of a trial: its best sentence's margin, whether that answers, and the F1 of the short answer
    (None where no short one is known).
    """

    here: bool
    right: bool
    margin: float
    stated: float
    f1: float | None


def trials(data: Path) -> list[Trial]:
    """Every suite in `data`; raises BadInput where one is missing."""
    return [
        *_squad(data),
        *_articles(data),
        *_clapnq(data),
        *_xquad(data),
        *_news(data),
        *_turkish(data),
        *_parallel(data),
    ]


def kept_back(examples: Iterable[Example]) -> list[Trial]:
    """Trials of examples that were kept from training."""
    return [
        Trial("kept back", e.question, e.text, e.sentences, e.right, tuple(e.text[s.start : s.end] for s in e.spans))
        for e in examples
    ]


def outcome(trial: Trial, reader: Reader) -> Outcome:
    found = reader.read(trial.question, trial.text, trial.sentences)
    best = max(range(len(found.sentences)), key=found.sentences.__getitem__)
    short = found.answers[best]
    said = trial.text[short.start : short.end] if short else ""
    f1 = token_f1(said, trial.answers) if trial.answers else None
    return Outcome(bool(trial.right), best in trial.right, found.sentences[best], found.stated, f1)


def _squad(data: Path) -> Iterator[Trial]:
    """The titles held back, whose unanswerable questions are asked of their own paragraph."""
    asked = held(read_asked(read_lines(data / SQUAD), titled=0.0, random=Random(0)))[1]
    for kind in (True, False):
        for a in _every([a for a in asked if bool(a.answers) is kind]):
            yield _trial("SQuAD, titles held back", a.question, a.within, a.answers)


def _articles(data: Path) -> Iterator[Trial]:
    """Questions of other hands on real articles, read whole: those that they answer, and those that they nearly do."""
    archives = {
        "reader_dev": SHARED_SUITES["reader_dev"].load("reader_dev", data).documents,
        "reader_dev2": read_documents([data / "qa/reader_dev2_docs.jsonl.gz"]),
    }
    for name, documents in archives.items():
        texts = {d.id: _headed(d) for d in documents}
        for line in read_lines(data / f"qa/{name}.jsonl"):
            answers = line.texts("answers", required=False) if not line.flag("unanswerable") else ()
            within = texts.get((line.texts("gold_doc_ids") or (line.text("near_doc_id", default=""),))[0])
            if line.text("split") == "dev" and within:
                one = family(line.text("language")) == family(within.language)
                suite = f"{name}, {'one language' if one else 'two languages'}"
                made = _trial(suite, line.text("question"), within, answers)
                if made.right or not answers:
                    yield made


def _headed(document: Document) -> Passage:
    """An article with its headline as a sentence, as it is read for an answer."""
    title, text = str(document.fields.get("title") or ""), str(document.fields["text"])
    made = passage(text, language=document.language, group=document.id, title=title)
    return Passage(made.text, ((Span(0, len(title)),) if title else ()) + made.sentences, made.language, made.group)


def _clapnq(data: Path) -> Iterator[Trial]:
    suite = SHARED_SUITES["clapnq"].load("clapnq", data)
    texts = {d.id: passage(str(d.fields["text"]), language="en", group=d.id) for d in suite.documents}
    near = {line.text("id"): line.texts("near_doc_ids") for line in read_lines(data / "qa/clapnq_dev.jsonl")}
    for case in suite.cases:
        within = texts[(case.gold_doc_ids or near[case.id])[0]]
        found = [i for i, s in enumerate(within.sentences) if _among(within.text[s.start : s.end], case.answers)]
        if case.unanswerable or found:
            yield Trial("ClapNQ", case.question, within.text, within.sentences, tuple(found))


def _among(sentence: str, evidence: Iterable[str]) -> bool:
    return any(e.strip() in sentence or sentence in e for e in evidence)


def _xquad(data: Path) -> Iterator[Trial]:
    texts = {
        line.text("id"): passage(line.text("text"), language=line.text("language"), group=line.text("parallel_id"))
        for line in read_lines(data / f"{XQUAD}_docs.jsonl")
    }
    lines = read_lines(data / f"{XQUAD}.jsonl")
    answers = {(line.text("parallel_id"), line.text("language")): line.texts("answers") for line in lines}
    for kind, crossing in (("one language", False), ("two languages", True)):
        for line in _every(lines):
            asked, gold = line.text("language"), line.texts("gold_doc_ids")[0]
            told = asked if not crossing else "ro" if asked == "en" else "en"
            within = texts[gold.replace(f":{asked}:", f":{told}:")]
            yield _trial(f"XQuAD, {kind}", line.text("question"), within, answers[line.text("parallel_id"), told])


def _news(data: Path) -> Iterator[Trial]:
    """Quizzes on the news beside their evidence, and beside the nearest other one."""
    texts = {
        line.text("id"): passage(line.text("text"), language="en", group=line.text("id"))
        for line in read_lines(data / f"{NEWS}_docs.jsonl")
    }
    lines = [line for line in read_lines(data / f"{NEWS}.jsonl") if line.text("date") >= NEWS_FROM]
    asked = _every([line for line in lines if _evidence(line, texts)])
    ids = sorted(texts)
    near = nearest([line.text("question") for line in asked], [texts[i].text for i in ids], 6)
    for line, row in zip(asked, near, strict=True):
        question, answers = line.text("question"), line.texts("answers")
        own = texts[_evidence(line, texts)]
        yield _trial("news quiz", question, own, answers)
        other = next((texts[ids[i]] for i in row if not contains_any(texts[ids[i]].text, answers)), None)
        if other:
            yield _trial("news quiz", question, other, ())


def _turkish(data: Path) -> Iterator[Trial]:
    """Turkish news of M2QA with near misses by people. Its licence forbids derivatives: it is measured on alone."""
    lines = [line for line in read_lines(data / QUESTIONS) if line.text("dataset") == "m2qa-train"]
    for a in _every(read_asked(lines, titled=0.0, random=Random(0))):
        made = _trial("M2QA, Turkish news", a.question, a.within, a.answers)
        if made.right or not a.answers:
            yield made


def _parallel(data: Path) -> Iterator[Trial]:
    """Yields the parallel questions that are kept to choose by, and their near misses."""
    every, documents = parallel_questions.read_questions(), parallel_questions.texts(data)
    for kind, own in (("one language", True), ("two languages", False)):
        kept = parallel_questions.kept(every, documents, Random(1), own=own)
        for e in _every([e for members in kept for e in members if e.source != "parallel-null"]):
            words = tuple(e.text[s.start : s.end] for s in e.spans)
            yield Trial(f"parallel questions, {kind}", e.question, e.text, e.sentences, e.right, words)


def _evidence(line: Line, texts: Mapping[str, Passage]) -> str:
    """The id of the first document that holds the answer, or nothing."""
    answers = line.texts("answers")
    return next((i for i in line.texts("gold_doc_ids") if i in texts and contains_any(texts[i].text, answers)), "")


def _trial(suite: str, question: str, within: Passage, answers: Sequence[str]) -> Trial:
    texts = enumerate(within.text[s.start : s.end] for s in within.sentences)
    right = tuple(i for i, sentence in texts if _holds(sentence, answers))
    return Trial(suite, question, within.text, within.sentences, right, tuple(answers))


def _holds(sentence: str, answers: Sequence[str]) -> bool:
    """Looks for an answer as words of its own, or for a longer one inside words: "Zagreb" in "Zagrebu"."""
    inside = (a.casefold() in sentence.casefold() for a in answers if len(a) > 3)
    return bool(answers) and (contains_any(sentence, answers) or any(inside))


def _every(found: Sequence[_T]) -> list[_T]:
    """At most `MOST`, evenly spread."""
    return [found[i * len(found) // MOST] for i in range(MOST)] if len(found) > MOST else list(found)


def _right(found: Sequence[Outcome]) -> float | None:
    hits = [o.right for o in found if o.here]
    return sum(hits) / len(hits) if hits else None


def _short(found: Sequence[Outcome]) -> float | None:
    scores = [o.f1 for o in found if o.f1 is not None]
    return sum(scores) / len(scores) if scores else None


FIGURES: Mapping[str, Callable[[Sequence[Outcome]], float | None]] = {
    "right sentence": _right,
    "answers or not, AUROC of the margin": lambda found: auroc([o.margin for o in found], [o.here for o in found]),
    "answers or not, AUROC of stated": lambda found: auroc([o.stated for o in found], [o.here for o in found]),
    "short answer, F1": _short,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of each reader in the order that they were given; `apart`: 95 % interval of last less first."""

    suite: str
    name: str
    count: int
    values: tuple[float, ...]
    apart: tuple[float, float] | None


def figures(asked: Sequence[Trial], found: Sequence[Sequence[Outcome]]) -> list[Figure]:
    """`found`: for each reader its outcomes, in the order of the trials."""
    table = []
    for suite in dict.fromkeys(t.suite for t in asked):
        rows = [i for i, t in enumerate(asked) if t.suite == suite]
        for name, figure in FIGURES.items():
            values = [figure([of[i] for i in rows]) for of in found]
            if all(v is not None for v in values):
                apart = _apart(figure, [found[0][i] for i in rows], [found[-1][i] for i in rows])
                told = tuple(v for v in values if v is not None)
                table.append(Figure(suite, name, len(rows), told, apart if len(found) > 1 else None))
    return table


def _apart(
    figure: Callable[[Sequence[Outcome]], float | None], first: Sequence[Outcome], last: Sequence[Outcome]
) -> tuple[float, float] | None:
    """Bootstraps the difference by drawing the same trials anew for both."""
    draws = np.random.default_rng(0).integers(0, len(first), (DRAWS, len(first)))
    pairs = [(figure([last[i] for i in row]), figure([first[i] for i in row])) for row in draws]
    differences = [b - a for b, a in pairs if a is not None and b is not None]
    low, high = np.percentile(differences, [2.5, 97.5]) if differences else (0.0, 0.0)
    return float(low), float(high)


def markdown(table: Sequence[Figure], names: Sequence[str]) -> str:
    rows = [f"| suite | figure | n | {' | '.join(names)} | last less first, 95 % |"]
    rows.append("|---" * (len(names) + 4) + "|")
    for f in table:
        apart = f"{f.apart[0]:+.3f} to {f.apart[1]:+.3f}" if f.apart else ""
        rows.append(f"| {f.suite} | {f.name} | {f.count} | {' | '.join(f'{v:.3f}' for v in f.values)} | {apart} |")
    return "\n".join(rows)
