"""Questions that were written in thirteen variants on texts that exist in twelve languages, and their near misses.

`parallel_questions/*.txt` hold them; the guide beside them says how they are written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from rag.errors import BadInput
from rag.text.sentences import Span
from research.train.reader.data import open_sets, parallel
from research.train.reader.data.examples import Example, Passage, joined
from research.train.reader.data.parallel import Document
from research.train.reader.data.swaps import Group

FOLDER = Path(__file__).with_name("parallel_questions")
VARIANTS = ("en", "sq", "bg", "bs", "hr", "cnr", "el", "mk", "ro", "sl", "sr-Latn", "sr-Cyrl", "tr")
NTREX, FLORES = "parallel/ntrex128_segments_dev.jsonl", "train/parallel_open.jsonl.gz"
OWN = 0.2  # share of the questions that are read in their own language
AROUND = 4  # segments before and after the one that is asked about that are read at most


@dataclass(slots=True)
class ParallelQuestion:
    """A question on segment `at` of a document in each variant, with the words that answer in each language of the
    text; a near miss has none, and stands behind its twin.
    """

    document: str
    at: int
    kind: str
    asked: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    misses: list[ParallelQuestion] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.document} {self.at} {self.kind} {self.asked.get('en', '')!r}"


def read_questions(folder: Path = FOLDER, prefix: str = "") -> list[ParallelQuestion]:
    """The answerable questions with their near misses, in the order of the files. Raises BadInput for a line that has
    no place."""
    found: list[ParallelQuestion] = []
    for path in sorted(folder.glob(f"{prefix}*.txt")):
        document, into = "", None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            mark, _, rest = line.strip().partition(" ")
            if not mark:
                continue
            if mark == "===":
                document, into = rest.strip(), None
            elif mark == "?" and rest.split()[0].isdigit() and len(rest.split()) == 2:
                into = ParallelQuestion(document, int(rest.split()[0]), rest.split()[1])
                found.append(into)
            elif mark == "-" and found and found[-1].document == document and rest:
                into = ParallelQuestion(document, found[-1].at, rest.strip())
                found[-1].misses.append(into)
            elif into is not None and mark in VARIANTS and mark not in into.asked:
                asked, _, words = rest.partition(" | ")
                into.asked[mark] = asked.strip()
                if words.strip():
                    into.words[mark] = words.strip()
            else:
                raise BadInput(f"{path.name}, line {number} has no place: {line[:80]}", hint=f"See {folder}/README.md.")
    return found


def texts(data: Path) -> dict[str, Document]:
    """The documents that are asked about, by id. Raises BadInput where a collection is missing."""
    return {d.id: d for d in (*parallel.documents(data / NTREX), *open_sets.flores(data / FLORES))}


def held(question: ParallelQuestion) -> bool:
    """Whether it is kept from training, to choose by: those on half of NTREX, which other questions keep back too."""
    return question.document.startswith("ntrex") and parallel.held([Document(question.document, ())])[1] != []


def groups(
    found: Sequence[ParallelQuestion], documents: Mapping[str, Document], random: Random, *, each: int, taught: bool
) -> Iterator[Group]:
    """Each question in `each` variants, on the text in a language that is drawn anew, with its near misses in that
    variant on the same part of the document, and beside a part that does not answer. `taught`: always in another
    language, and the question's own stands first.
    """
    for question in found:
        for asked in random.sample(VARIANTS, each):
            own = not taught and random.random() < OWN
            told = near(asked) if own else random.choice([n for n in sorted(question.words) if n != near(asked)])
            yield one(question, documents[question.document], asked, told, random, taught=taught)


def kept(
    found: Sequence[ParallelQuestion], documents: Mapping[str, Document], random: Random, *, own: bool
) -> list[Group]:
    """Makes groups of the questions kept from training, each in three variants, on text in its language or another."""
    groups_ = []
    for question in filter(held, found):
        for asked in random.sample(VARIANTS, 3):
            other = random.choice([n for n in sorted(question.words) if n != near(asked)])
            groups_.append(one(question, documents[question.document], asked, near(asked) if own else other, random))
    return groups_


def near(variant: str) -> str:
    """The language of the text that is a variant's own: Montenegrin has none, so Serbian in Latin letters."""
    return "sr-Latn" if variant == "cnr" else variant


def one(
    question: ParallelQuestion, document: Document, asked: str, told: str, random: Random, *, taught: bool = False
) -> Group:
    """A question in one variant on the text in one language, its near misses, and a part that does not answer."""
    mark = hashlib.sha256(f"{question.name}{asked}{told}{random.random()}".encode()).hexdigest()[:12]
    first, last = _around(question.at, len(document.segments), random)
    own = _answered(question, document, first, last, asked, told, mark)
    missed = replace(own, source="parallel-miss", right=(), spans=(), absent=True, stated=False)
    beside = [replace(missed, question=m.asked[asked]) for m in question.misses if asked in m.asked]
    if other := _elsewhere(question.at, document, told, random):
        beside.append(replace(missed, source="parallel-null", text=other.text, sentences=other.sentences))
    if taught and near(asked) != told:
        teacher = _answered(question, document, first, last, asked, near(asked), mark)
        return (replace(teacher, teaches=True), own, *beside)
    return (own, *beside)


def _answered(
    question: ParallelQuestion, document: Document, first: int, last: int, asked: str, told: str, mark: str
) -> Example:
    """The question on segments `first` to `last`, the last left out, in a language."""
    within, number = window(document, first, last, told), question.at - first
    start = within.sentences[number].start
    found = place(question.words[told], document.segments[question.at][told])
    spans = (Span(start + found.start, start + found.end),) if found else ()
    pair = f"{asked}:{told}"
    return Example(
        "parallel", question.asked[asked], within.text, within.sentences, (number,), spans, pair=pair, group=mark
    )


_PLACE = re.compile(r"@(\d+)-(\d+)")


def place(words: str, segment: str) -> Span | None:
    """Where the words that answer stand in the segment: `@12-34` are the characters from 12 to 34."""
    given = _PLACE.fullmatch(words)
    start, end = (int(given[1]), int(given[2])) if given else (0, 0)
    return Span(start, end) if start < end <= len(segment) else None


def window(document: Document, first: int, last: int, language: str) -> Passage:
    """Segments `first` to `last`, the last left out, as a passage; each segment is a sentence."""
    segments = [document.segments[i][language] for i in range(first, last)]
    return joined(segments, language=language, group=document.id)


def _around(at: int, count: int, random: Random) -> tuple[int, int]:
    return max(0, at - random.randint(1, AROUND)), min(count, at + 1 + random.randint(1, AROUND))


def _elsewhere(at: int, document: Document, language: str, random: Random) -> Passage | None:
    """The document before or behind the segment that answers, where that is three segments long."""
    parts = [(max(0, at - AROUND - 2), at), (at + 1, min(len(document.segments), at + 1 + AROUND + 2))]
    long = [p for p in parts if p[1] - p[0] >= 3]
    return window(document, *random.choice(long), language) if long else None
