"""News stories and questions that were written for training: what a story answers, and what it only seems to.

`written/*.txt` hold them as plain text:

    === ID                       a record: articles on like events, or a document of NTREX, and the questions on them
    @ KEY LANGUAGE DAY | TITLE   an article; its text follows, a paragraph a line
    @ KEY ID                     or an article of the collection of news, which is read from there
    ? KEY ANSWER                 what an article answers, as it says it; then the question, `LANGUAGE QUESTION` a line
    - KEY KIND                   a near miss of the question above: `aspect`, `entity`, `premise` or `time`

In a document of NTREX `?` has the number of a sentence for KEY, and `-` none. All that happens in the stories is
invented, and so are the persons in them; towns, offices and clubs are real ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random

from eval.datasets.lines import read_lines
from rag.errors import BadInput
from rag.text.cldr import day_name
from rag.text.sentences import Span
from research.train.reader.data.examples import (
    Example,
    Passage,
    best_sentences,
    joined,
    overlapping,
    passage,
    places,
    sentences_of,
)
from research.train.reader.data.parallel import Document
from research.train.reader.data.questions import nearest
from research.train.reader.data.swaps import Group

FOLDER = Path(__file__).with_name("written")
_WANTED = "The collection of news that docs/reader.md names has them."
UNDATED = 0.3  # share of the headlines that are read without their day
QUOTED = 0.5  # share of the headlines that are a sentence to choose, before those of the text
_AROUND = 6  # sentences of a document of NTREX before and after that are read at most


@dataclass(frozen=True, slots=True)
class WrittenArticle:
    """An article as it was written."""

    language: str
    day: date | None
    title: str
    text: str


@dataclass(slots=True)
class WrittenQuestion:
    """A question in several languages, asked of the article `key`; `answer` is None where it is a near miss."""

    key: str
    answer: str | None
    kind: str
    asked: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Record:
    """Articles of like events by key, and in the order of the file their questions, near misses behind their own."""

    id: str
    articles: dict[str, WrittenArticle] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)  # ids of articles of the collection of news, by key
    questions: list[WrittenQuestion] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether it is kept from training, to choose by."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 16 == 0

    def units(self) -> Iterator[tuple[WrittenQuestion, list[WrittenQuestion]]]:
        """Each question that is answered, with its near misses."""
        found: list[tuple[WrittenQuestion, list[WrittenQuestion]]] = []
        for question in self.questions:
            if question.answer is not None:
                found.append((question, []))
            else:
                found[-1][1].append(question)
        yield from found


def records(folder: Path = FOLDER) -> list[Record]:
    """All that was written, in the order of the files."""
    return [r for path in sorted(folder.glob("*.txt")) for r in parse(path.read_text(encoding="utf-8").splitlines())]


def parse(lines: Iterable[str]) -> list[Record]:
    """The records of a file."""
    found: list[Record] = []
    into: str | WrittenQuestion = ""
    for line in lines:
        mark, _, rest = line.partition(" ")
        if not line.strip():
            continue
        if mark == "===":
            found.append(Record(rest.strip()))
        elif mark == "@":
            head, here, title = rest.partition(" | ")
            into, *about = head.split()
            if here:
                found[-1].articles[into] = WrittenArticle(about[0], date.fromisoformat(about[1]), title, "")
            else:
                found[-1].elsewhere[into] = about[0]
        elif mark in ("?", "-"):
            key, _, told = rest.partition(" ") if mark == "?" else rest.rpartition(" ")
            into = WrittenQuestion(key, told, "") if mark == "?" else WrittenQuestion(key, None, told)
            found[-1].questions.append(into)
        elif isinstance(into, WrittenQuestion):
            into.asked[mark] = rest.strip()
        else:
            article = found[-1].articles[into]
            found[-1].articles[into] = replace(article, text=f"{article.text}\n{line.strip()}".lstrip())
    return found


def fetch(found: Iterable[Record], news: Path) -> None:
    """Puts articles of the collection of news into their records; raises BadInput where one is missing."""
    needed = {id for record in found for id in record.elsewhere.values()}
    at = {line.text("id"): line for line in read_lines(news) if line.text("id") in needed} if needed else {}
    if lost := needed - at.keys():
        raise BadInput(f"{news} lacks articles that are asked about: {', '.join(sorted(lost)[:3])}.", hint=_WANTED)
    for record in found:
        for key, id in record.elsewhere.items():
            line = at[id]
            title = line.text("title", default="")
            record.articles[key] = WrittenArticle(line.text("language"), None, title, line.text("text"))


def groups(found: Sequence[Record], random: Random, *, others: int = 1) -> Iterator[Group]:
    """Each question in each language with its near misses, and beside the article's twins.

    `others`: beside how many articles of other records, the nearest in words, it is read besides.
    """
    made = {(r.id, key): _passage(a, random, f"{r.id}:{key}") for r in found for key, a in r.articles.items()}
    near = _near(found, made) if others else {}
    for record in found:
        for question, misses in record.units():
            own = made.get((record.id, question.key))
            if own is None:
                continue
            twins = [made[record.id, key] for key in record.articles if key != question.key]
            for language, text in question.asked.items():
                example = _answered(text, language, question.answer or "", own)
                if example is None:
                    continue
                nulls = [*twins, *random.sample(near.get(own.group, []), min(others, len(near.get(own.group, []))))]
                yield _group(
                    example,
                    [(_asked(m, language, random), made[record.id, m.key]) for m in misses if m.asked],
                    [((language, text), null) for null in nulls],
                    random,
                )


def translated(found: Sequence[Record], documents: Sequence[Document], random: Random) -> Iterator[Group]:
    """The questions on documents of NTREX, each beside a part of the document in another language."""
    by_id = {d.id: d for d in documents}
    for record in found:
        document = by_id.get(record.id)
        if document is None:
            continue
        for question, misses in record.units():
            at = int(question.key)
            for language, text in question.asked.items():
                told = random.choice([n for n in sorted(document.segments[at]) if n != language])
                within, number = _window(document, at, told, random)
                spans = tuple(
                    s for s in places(question.answer or "", within) if number in overlapping(s.start, s.end, within)
                )
                example = Example(
                    "written-ntrex", text, within.text, within.sentences, (number,), spans, pair=f"{language}:{told}"
                )
                beside = [(_asked(m, language, random), within) for m in misses if m.asked]
                yield _group(example, beside, [], random)


def _window(document: Document, at: int, language: str, random: Random) -> tuple[Passage, int]:
    """The sentences around one in a language, and which of them it is."""
    first = max(0, at - random.randint(1, _AROUND))
    window = range(first, min(len(document.segments), at + 1 + random.randint(1, _AROUND)))
    segments = [document.segments[i].get(language, "") for i in window]
    return joined(segments, language=language, group=document.id), at - first


def _passage(article: WrittenArticle, random: Random, group: str) -> Passage:
    title = article.title
    if article.day and random.random() >= UNDATED:  # as `rag/answer/read.py` reads it
        title = f"{title} ({day_name(article.day, article.language)})"
    made = passage(article.text, language=article.language, group=group, title=title)
    if not article.title or random.random() >= QUOTED:
        return made
    return replace(made, sentences=(Span(0, len(article.title)), *made.sentences))


def _answered(question: str, language: str, answer: str, within: Passage) -> Example | None:
    spans = places(answer, within)
    right = best_sentences(question, sentences_of(spans, within), within)
    spans = tuple(s for s in spans if set(overlapping(s.start, s.end, within)) & set(right))
    pair = f"{language}:{within.language}"
    return Example("written", question, within.text, within.sentences, right, spans, pair=pair) if right else None


def _asked(question: WrittenQuestion, language: str, random: Random) -> tuple[str, str]:
    """The near miss in a language, or in another where it was not written in it."""
    chosen = language if language in question.asked else random.choice(sorted(question.asked))
    return chosen, question.asked[chosen]


def _group(
    example: Example,
    misses: Sequence[tuple[tuple[str, str], Passage]],
    nulls: Sequence[tuple[tuple[str, str], Passage]],
    random: Random,
) -> Group:
    mark = f"{random.getrandbits(48):012x}"
    beside = [
        Example(
            f"{example.source}-{name}", text, within.text, within.sentences, absent=True, stated=False,
            pair=f"{language}:{within.language}", group=mark,
        )
        for name, pairs in (("miss", misses), ("twin", nulls)) for (language, text), within in pairs
    ]  # fmt: skip
    return (replace(example, group=mark), *beside)


def _near(found: Sequence[Record], made: Mapping[tuple[str, str], Passage]) -> dict[str, list[Passage]]:
    """For each article the nearest ones in words of other records, by the articles' groups."""
    passages = list(made.values())
    of = {f"{r.id}:{key}": r.id for r in found for key in r.articles}
    rows = nearest([p.text for p in passages], [p.text for p in passages], 12)
    return {
        p.group: [passages[i] for i in row if of[passages[i].group] != of[p.group]][:5]
        for p, row in zip(passages, rows, strict=True)
    }
