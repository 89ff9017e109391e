"""What is known of the passages read for a question: features, and whether each holds the answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from eval.core.cases import Case, Suite
from eval.run.index import build, open_index
from rag.answer.judge import Evidence, ScoredSentence, WeighedPassage
from rag.answer.said import say
from rag.answer.short import propose
from rag.config import Settings
from rag.text.language import family
from rag.types import AnswerStatus

_AROUND = 2  # sentences before and after that are shown with one
_PLAIN = 6  # letters up to which an accepted answer may stand in another article by chance
Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A sentence: its features, whether it holds the answer, whether its paragraph does; the words that may answer,
    their features and their kind.
    """

    text: str
    values: Values
    holds: bool
    shown: bool
    words: Values | None = None
    told: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage: what of its features does not depend on the best sentence, and its sentences.

    `rank`: its place in the search, from 0. `counts`: an answer that stands in it is no chance: it is of a gold
    article, or the answer is long.
    """

    rank: int
    values: Values
    surely: Values
    article: str
    language: str
    foreign: bool
    gold: bool
    counts: bool
    sentences: tuple[SentenceRow, ...]


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question and the passages read for it, the first one first. `answerable` is False too where the gold
    articles were taken away; then nothing is `accepted`. `contradicted`: what it takes for granted is not so, by a gold
    article.
    """

    id: str
    split: str
    question: str
    language: str
    wants: str
    answerable: bool
    accepted: tuple[str, ...]
    contradicted: bool
    passages: tuple[PassageRow, ...]


def collect(suite: Suite, settings: Settings, *, taken_away: float = 0.5) -> Iterator[QuestionRow]:
    """Every case that stands alone; a share of the answerable a second time without its gold articles where the suite
    has hardly any that is unanswerable, unless another article answers it too.
    """
    cases = [c for c in suite.cases if not c.history and (c.unanswerable or c.answers)]
    few = sum(c.unanswerable for c in cases) * 8 < len(cases)
    with open_index(build(suite, settings)) as engine:
        for case in cases:
            yield from _row(case, engine.evidence(case.question, as_of=case.as_of), frozenset())
            if few and not case.unanswerable and Random(case.id).random() < taken_away:
                without = frozenset(case.gold_doc_ids)
                yield from _row(case, engine.evidence(case.question, as_of=case.as_of, without=without), without)


def _row(case: Case, evidence: Evidence | None, without: frozenset[str]) -> Iterator[QuestionRow]:
    if evidence is None or (without and _told_elsewhere(case, evidence)):
        return
    answerable = not case.unanswerable and not without
    passages = tuple(_passage(case, evidence, w, answerable) for w in evidence.passages)
    groups = case.accepted_answers
    accepted = [*groups.references, *(() if groups.groups else case.answers)] if answerable else []
    asked = evidence.question
    yield QuestionRow(
        f"{case.id}-" if without else case.id,
        case.split or "",
        case.question,
        asked.language,
        asked.wants.value,
        answerable,
        tuple(accepted),
        case.status == AnswerStatus.CONTRADICTED,
        passages,
    )


def _told_elsewhere(case: Case, evidence: Evidence) -> bool:
    """Whether a passage of another article holds the answer, and not by chance."""
    accepted = case.accepted_answers
    long = max(map(len, case.answers), default=0) > _PLAIN
    return long and any(accepted.all_in(f"{w.passage.title}\n{w.passage.text}") for w in evidence.passages)


def _passage(case: Case, evidence: Evidence, w: WeighedPassage, answerable: bool) -> PassageRow:
    gold = w.passage.article_id in case.gold_doc_ids
    return PassageRow(
        w.read.rank,
        dict(w.values),
        dict(w.confidence_features),
        w.passage.article_id,
        w.passage.language,
        family(w.passage.language) != family(evidence.question.language),
        gold,
        gold or not case.gold_doc_ids or max(map(len, case.answers), default=0) > _PLAIN,
        tuple(_sentence(case, evidence, w, s, answerable) for s in w.sentences),
    )


def _sentence(case: Case, evidence: Evidence, w: WeighedPassage, s: ScoredSentence, answerable: bool) -> SentenceRow:
    accepted = case.accepted_answers
    words = propose(evidence, w, s)
    spans = words.spans if words else ()
    asked, on = evidence.question, w.passage.published
    day = on.date() if on else None
    said = say(s.text, *spans[0], language=w.passage.language, published=day, question=asked) if spans else None
    return SentenceRow(
        s.text,
        dict(s.values),
        answerable and accepted.all_in(s.text),
        answerable and accepted.all_in(_around(w, s)),
        dict(words.values) if words else None,
        ", ".join(s.text[start:end] for start, end in spans),
        said.kind.value if said else "",
    )


def _around(w: WeighedPassage, s: ScoredSentence) -> str:
    """A sentence with its neighbours, or a headline."""
    if s.headline:
        return s.text
    number = [x.start for x in w.read.sentences].index(s.start)
    return " ".join(x.text for x in w.read.sentences[max(0, number - _AROUND) : number + _AROUND + 1])


def write(path: Path, rows: Iterable[QuestionRow]) -> None:
    """Writes rows as JSON lines."""
    path.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), encoding="utf-8")


def read(path: Path) -> list[QuestionRow]:
    """The rows of a file that `write` wrote."""
    return [_question(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _question(raw: dict[str, Any]) -> QuestionRow:
    passages = tuple(_of(p) for p in raw["passages"])
    return QuestionRow(**{**raw, "accepted": tuple(raw["accepted"]), "passages": passages})


def _of(raw: dict[str, Any]) -> PassageRow:
    sentences: Sequence[dict[str, Any]] = raw["sentences"]
    return PassageRow(**{**raw, "sentences": tuple(SentenceRow(**s) for s in sentences)})
