"""Examples from collections of questions that people wrote: SQuAD's development sets, Turkish questions, QAMR."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from eval.datasets.lines import Line
from rag.text.numbers import find_numbers
from rag.text.script import fold
from research.changes import names_of as names_in
from research.changes import near_miss
from research.train.reader.data.examples import (
    Example,
    Passage,
    best_sentences,
    overlapping,
    passage,
    places,
    sentences_of,
)

AT_ONCE = 512


def nearest(queries: Sequence[str], texts: Sequence[str], count: int) -> list[list[int]]:
    """For each query the numbers of the `count` texts of highest TF-IDF cosine, best first; words folded."""
    model = TfidfVectorizer(preprocessor=fold, token_pattern=r"\w+", sublinear_tf=True)
    held = model.fit_transform(texts)
    asked = model.transform(queries)
    found: list[list[int]] = []
    for start in range(0, len(queries), AT_ONCE):
        scores = (asked[start : start + AT_ONCE] @ held.T).toarray()
        found += np.argsort(-scores, axis=1, kind="stable")[:, :count].tolist()
    return found


# Held back for choosing: the titles nearest to news of politics among those with unanswerable questions.
HELD_TITLES = ("European_Union_law", "Kenya", "1973_oil_crisis", "Harvard_University", "Victoria_(Australia)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a collection, its passage, its answers; no answers where it is a near miss."""

    id: str
    question: str
    within: Passage
    answers: tuple[str, ...]
    title: str

    @property
    def pair(self) -> str:
        return f"{self.within.language}:{self.within.language}"


def read_asked(lines: Iterable[Line], *, titled: float, random: Random) -> list[Asked]:
    """Questions from lines of `id, language, question, context, answers`, and `title` and `doc` where they have them;
    some passages show their title.
    """
    passages: dict[str, Passage] = {}
    return [_asked(line, passages, titled, random) for line in lines]


def _asked(line: Line, passages: dict[str, Passage], titled: float, random: Random) -> Asked:
    context = line.text("context")
    doc = line.text("doc", default=context)
    title = line.text("title", default="")
    if context not in passages:
        shown = title.replace("_", " ").strip() if random.random() < titled else ""
        passages[context] = passage(context, language=line.text("language"), group=doc, title=shown)
    return Asked(line.text("id"), line.text("question"), passages[context], line.texts("answers"), title or doc)


def held(asked: Sequence[Asked]) -> tuple[list[Asked], list[Asked]]:
    """Splits questions into those to train on and those of the titles held back."""
    return [a for a in asked if a.title not in HELD_TITLES], [a for a in asked if a.title in HELD_TITLES]


def answered(asked: Asked, source: str, *, within: Passage | None = None) -> Example | None:
    """The question beside its passage (or a longer one that holds it)."""
    text = within or asked.within
    spans = tuple(dict.fromkeys(s for answer in asked.answers for s in places(answer, text)))
    right = best_sentences(asked.question, sentences_of(spans, text), text)
    if not right:
        return None
    spans = tuple(s for s in spans if set(overlapping(s.start, s.end, text)) & set(right))
    return Example(source, asked.question, text.text, text.sentences, right, spans, pair=asked.pair)


def not_here(asked: Asked, source: str, within: Passage) -> Example:
    return Example(source, asked.question, within.text, within.sentences, absent=True, stated=False, pair=asked.pair)


def answer_claims(asked: Sequence[Asked], source: str, random: Random) -> Iterator[Example]:
    """Question and answer together as a claim: the right answer, or another name or number of the same passage."""
    for a in asked:
        if not a.answers:
            continue
        right = random.choice(a.answers)
        spans = places(right, a.within)
        wrong = _like(right, a, random)
        claim = f"{a.question} {right}"
        true = Example(
            source, claim, a.within.text, a.within.sentences,
            best_sentences(a.question, sentences_of(spans, a.within), a.within), claim=True, pair=a.pair,
        )  # fmt: skip
        if true.right and random.random() < 0.5:
            yield true
        elif wrong:
            yield replace(true, question=f"{a.question} {wrong}", right=(), stated=False)


def _like(answer: str, asked: Asked, random: Random) -> str | None:
    """Another thing of the answer's kind in the passage."""
    text = asked.within.text
    found: Sequence[object] = find_numbers(text) if find_numbers(answer) else names_in(text)
    words = [text[n.start : n.end] for n in found]  # type: ignore[attr-defined]
    taken = " ".join([*asked.answers, asked.question]).casefold()
    fit = [w for w in words if w.casefold() not in taken and not any(t in w.casefold() for t in taken.split())]
    return random.choice(fit) if fit else None


def sentence_claims(passages: Sequence[Passage], source: str, random: Random) -> Iterator[Example]:
    """A sentence of a passage as a claim, shortened, true as it stands or with one thing changed."""
    for within in passages:
        number = random.randrange(len(within.sentences))
        span = within.sentences[number]
        yield from claims(within.text[span.start : span.end], within, (number,), within.language, source, random)


def claims(
    true: str, within: Passage, right: tuple[int, ...], language: str, source: str, random: Random, beside: str = ""
) -> Iterator[Example]:
    """The claim, or its false twin. `beside` is the passage in the claim's language, where names to swap come from."""
    pair = f"{language}:{within.language}"
    if len(true.split()) < 4:
        return
    example = Example(source, true, within.text, within.sentences, right, claim=True, pair=pair)
    if random.random() < 0.45:
        yield example
        return
    changed = near_miss(true, language, beside or within.text, random)
    if changed:
        yield replace(example, source=f"{source}-{changed[1]}", question=changed[0], right=(), stated=False)


def among_others(asked: Sequence[Asked], random: Random) -> dict[str, Passage]:
    """For questions on single sentences: a passage of that sentence and others, of the same article first.

    Keyed by the sentence; the others are its neighbours in words where the article has no more.
    """
    own = {a.within.text: a for a in asked}
    texts = sorted(own)
    by_title: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        by_title[own[text].title].append(text)
    near = nearest(texts, texts, 12)
    longer = {}
    for i, text in enumerate(texts):
        same = [t for t in by_title[own[text].title] if t != text]
        far = [texts[j] for j in near[i] if texts[j] != text and own[texts[j]].title != own[text].title]
        chosen = [*random.sample(same, min(len(same), random.randint(1, 4))), *far[: random.randint(0, 3)]]
        segments = random.sample([text, *chosen], len(chosen) + 1)
        longer[text] = passage(" ".join(segments), language="en", group=own[text].title)
    return longer
