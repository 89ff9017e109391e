"""What the reader is measured on: questions beside passages, with the embedding model's cosines to compare with."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.core.cases import Case
from eval.datasets.lines import Line, read_lines
from eval.metrics.answers import contains_any
from rag.models.embed import Embedder
from rag.text.language import family
from rag.text.sentences import Span
from train.reader.data.build import Sets
from train.reader.data.examples import Example, Passage, passage
from train.reader.data.news import briefs, dev_cases

XQUAD, XQUAD_DOCS = "qa/xquad_en_ro.jsonl", "qa/xquad_en_ro_docs.jsonl"
NEWS, NEWS_DOCS = "qa/realtimeqa_2020_2023.jsonl", "qa/realtimeqa_2020_2023_docs.jsonl"
NEWS_TEST_FROM = "2022"  # earlier quizzes are for choosing
FOUND = 5  # passages of a walk through an archive

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shown:
    """One passage of a trial: which sentences answer, and cosines of passage and sentences to the question."""

    text: str
    sentences: tuple[Span, ...]
    right: tuple[int, ...]
    cosine: float
    cosines: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A question or claim beside one passage, or beside those found in an archive, best first.

    `here`: whether the passages answer it, or bear the claim out.
    """

    set: str
    question: str
    pair: str
    shown: tuple[Shown, ...]
    answers: tuple[str, ...]
    here: bool
    claim: bool = False
    source: str = ""


def trials(data: Path, sets: Sets, embedder: Embedder, sizes: Mapping[str, int]) -> Iterator[Trial]:
    """All sets: dev for choosing (`dev/...`), the rest for measuring; `sizes` bounds them by name."""
    measure = _Measured(embedder)
    for name, examples in sets.dev.items():
        for example in examples[: sizes.get(f"dev/{name}")]:
            yield measure.beside(f"dev/{name}", example)
    yield from _briefs(measure)
    yield from _xquad(data, measure, sizes)
    yield from _news(data, measure, sizes)


class _Measured:
    """Embeds questions, passages and sentences once each."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    def vectors(self, texts: Sequence[str]) -> Vectors:
        new = [t for t in dict.fromkeys(texts) if t not in self._known]
        self._known |= dict(zip(new, self._embedder.embed_passages(new), strict=True)) if new else {}
        return np.stack([self._known[t] for t in texts])

    def query(self, question: str) -> Vectors:
        return self._embedder.embed_query(question)

    def beside(self, name: str, example: Example) -> Trial:
        within = Passage(example.text, example.sentences, "und", "")
        answers = tuple(dict.fromkeys(example.text[s.start : s.end] for s in example.spans))
        shown = self._uncompared(within, example) if example.claim else self._compared(within, example)
        return Trial(
            name, example.question, example.pair, (shown,), answers, example.stated, example.claim, example.source
        )

    def _compared(self, within: Passage, example: Example) -> Shown:
        return self.shown(self.query(example.question), within, example.right)

    def _uncompared(self, within: Passage, example: Example) -> Shown:
        """For claims, whose cosine to a passage tells little: 0 for each."""
        return Shown(within.text, within.sentences, example.right, 0.0, (0.0,) * len(within.sentences))

    def shown(self, question: Vectors, within: Passage, right: tuple[int, ...]) -> Shown:
        sentences = [within.text[s.start : s.end] for s in within.sentences]
        cosines = self.vectors([within.text, *sentences]) @ question
        return Shown(within.text, within.sentences, right, float(cosines[0]), tuple(float(c) for c in cosines[1:]))

    def walk(
        self, name: str, asked: Sequence[_Asked], archive: Mapping[str, Passage], *, without_gold: bool = False
    ) -> Iterator[Trial]:
        """Each question beside the passages of the archive nearest to it, the gold one taken out or not."""
        ids = list(archive)
        held = self.vectors([archive[i].text for i in ids])
        for a in asked:
            vector = self.query(a.question)
            ranked = [ids[i] for i in np.argsort(-(held @ vector), kind="stable")]
            chosen = [i for i in ranked if not without_gold or i not in a.gold][:FOUND]
            shown = tuple(
                self.shown(vector, archive[i], right_sentences(archive[i], a.answers) if i in a.gold else ())
                for i in chosen
            )
            yield Trial(name, a.question, a.pair, shown, a.answers, not without_gold)


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    gold: tuple[str, ...]
    answers: tuple[str, ...]
    pair: str


def right_sentences(within: Passage, answers: Sequence[str]) -> tuple[int, ...]:
    """The sentences that contain an accepted answer, normalised."""
    held = enumerate(within.text[s.start : s.end] for s in within.sentences)
    return tuple(i for i, sentence in held if contains_any(sentence, answers))


def _passages(path: Path, language: str, *, id_field: str = "id") -> dict[str, Passage]:
    return {
        line.text(id_field): passage(line.text("text"), language=language, group=line.text("id"))
        for line in read_lines(path)
        if line.text("language") == language
    }


def _briefs(measure: _Measured) -> Iterator[Trial]:
    """The cases of dev that were held back, over the whole starter corpus; its articles taken out the second time."""
    archive = briefs()
    asked = [
        _Asked(c.question, c.gold_doc_ids, c.answers, f"{c.language}:{_told(c, archive)}")
        for c in dev_cases()[1]
        if c.answers and not c.unanswerable
    ]
    yield from measure.walk("dev/balkan/walk", asked, archive)
    yield from measure.walk("dev/balkan/absent", asked, archive, without_gold=True)


def _told(case: Case, archive: Mapping[str, Passage]) -> str:
    """The question's own language where an article that answers is in it, else the first article's."""
    told = [archive[i].language for i in case.gold_doc_ids]
    return next((t for t in told if family(t) == family(case.language)), told[0])


def _xquad(data: Path, measure: _Measured, sizes: Mapping[str, int]) -> Iterator[Trial]:
    archives = {la: _passages(data / XQUAD_DOCS, la, id_field="parallel_id") for la in ("en", "ro")}
    lines = read_lines(data / XQUAD)
    answers = {(line.text("parallel_id"), line.text("language")): line.texts("answers") for line in lines}
    for asked, told in (("en", "en"), ("ro", "ro"), ("ro", "en"), ("en", "ro")):
        pair = f"{asked}:{told}"
        name = f"xquad/{pair}"
        found = [
            _Asked(
                line.text("question"), (_parallel(line),), answers[line.text("parallel_id"), told], f"{asked}:{told}"
            )
            for line in lines
            if line.text("language") == asked
        ]
        for a in _every(found, sizes.get(name)):
            within = archives[told][a.gold[0]]
            shown = measure.shown(measure.query(a.question), within, right_sentences(within, a.answers))
            yield Trial(name, a.question, a.pair, (shown,), a.answers, True)
        if told == "en":
            few = _every(found, sizes.get(f"{name}/walk"))
            yield from measure.walk(f"{name}/walk", few, archives[told])
            yield from measure.walk(f"{name}/absent", few, archives[told], without_gold=True)


def _parallel(line: Line) -> str:
    return f"xquad:{line.texts('gold_doc_ids')[0].rsplit(':', 1)[1]}"


def _news(data: Path, measure: _Measured, sizes: Mapping[str, int]) -> Iterator[Trial]:
    archive = _passages(data / NEWS_DOCS, "en")
    parts: dict[str, list[_Asked]] = {"dev/news": [], "news": []}
    for line in read_lines(data / NEWS):
        gold = [i for i in line.texts("gold_doc_ids") if i in archive]
        answers = line.texts("answers")
        if gold and right_sentences(archive[gold[0]], answers):
            name = "news" if line.text("date") >= NEWS_TEST_FROM else "dev/news"
            parts[name].append(_Asked(line.text("question"), (gold[0],), answers, "en:en"))
    for name, asked in parts.items():
        few = _every(asked, sizes.get(name))
        yield from measure.walk(f"{name}/walk", few, archive)
        yield from measure.walk(f"{name}/absent", few, archive, without_gold=True)


def _every(found: Sequence[_Asked], count: int | None) -> list[_Asked]:
    """So many, evenly spread."""
    if not count or count >= len(found):
        return list(found)
    return [found[i * len(found) // count] for i in range(count)]


def write(path: Path, found: Iterable[Trial]) -> int:
    count = 0
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for trial in found:
            file.write(json.dumps(asdict(trial), ensure_ascii=False) + "\n")
            count += 1
    return count


def read(path: Path) -> list[Trial]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [_from_json(json.loads(line)) for line in file]


def _from_json(record: dict[str, Any]) -> Trial:
    shown = tuple(
        Shown(
            s["text"], tuple(Span(x["start"], x["end"]) for x in s["sentences"]), tuple(s["right"]), s["cosine"],
            tuple(s["cosines"]),
        )
        for s in record["shown"]
    )  # fmt: skip
    return Trial(**{**record, "shown": shown, "answers": tuple(record["answers"])})
