"""Examples from translated news: a question or claim in one language, the passage in another or the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from eval.datasets.languages import held_back
from eval.datasets.lines import read_lines
from rag.text.names import name_key
from rag.text.numbers import find_numbers
from rag.text.sentences import Span
from research.changes import names_of, words
from research.train.reader.data.cloze import clause, cloze, thinned
from research.train.reader.data.examples import Example, Passage, joined, places
from research.train.reader.data.questions import claims
from research.train.reader.data.swaps import Group, NamePools, group

Segments = Mapping[str, Mapping[str, str]]  # segment -> language -> text
SOUTH_SLAVIC = ("bs", "hr", "sr-Latn", "sr-Cyrl")  # near enough to count as one language


@dataclass(frozen=True, slots=True)
class Document:
    """The segments of one article in reading order, each in several languages."""

    id: str
    segments: tuple[Mapping[str, str], ...]


def documents(path: Path) -> list[Document]:
    table: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for line in read_lines(path):
        # SETimes names a document apart in each language; the number at its end is the same.
        doc = line.text("doc_id").replace(".sr.", ".").replace(".hr.", ".")
        table[doc][line.text("seg_id")][line.text("language")] = line.text("text")
    return [Document(doc, tuple(segments.values())) for doc, segments in table.items()]


def held(found: Sequence[Document]) -> tuple[list[Document], list[Document]]:
    """Splits documents into those to train on and those held back."""
    return [d for d in found if not held_back(d.id)], [d for d in found if held_back(d.id)]


def examples(found: Sequence[Document], count: int, source: str, random: Random) -> Iterator[Example]:
    """So many examples over random segments and pairs of languages; a quarter of them within one language."""
    made = 0
    while made < count:
        document = random.choice(found)
        at = random.randrange(len(document.segments))
        asked, told = draw_languages(document.segments[at], random)
        for example in _one(document, at, asked, told, source, random):
            made += 1
            yield example


def groups(found: Sequence[Document], count: int, source: str, pools: NamePools, random: Random) -> Iterator[Group]:
    """So many questions over random segments and pairs of languages, each with its near misses."""
    yield from (members for members, _, _ in placed(found, count, source, pools, random))


def placed(
    found: Sequence[Document], count: int, source: str, pools: NamePools, random: Random
) -> Iterator[tuple[Group, Document, int]]:
    """The same with the document and the number of the segment that is asked about."""
    made = 0
    while made < count:
        document = random.choice(found)
        at = random.randrange(len(document.segments))
        asked, told = draw_languages(document.segments[at], random)
        segment = document.segments[at]
        if len(segment[asked].split()) < 5 or told not in segment:
            continue
        first = max(0, at - random.randint(0, 4))
        window = range(first, min(len(document.segments), at + 1 + random.randint(0, 4)))
        example = _answered(document, window, at, asked, told, source, random)
        beside = " ".join(document.segments[i].get(asked, "") for i in window)
        made += 1
        yield group(example, asked, beside, pools, random), document, at


def draw_languages(segment: Mapping[str, str], random: Random) -> tuple[str, str]:
    names = sorted(segment)
    asked = random.choice(names)
    if random.random() < 0.25:
        return asked, asked
    return asked, random.choice([n for n in names if n != asked])


def _one(document: Document, at: int, asked: str, told: str, source: str, random: Random) -> Iterator[Example]:
    segment = document.segments[at]
    if len(segment[asked].split()) < 5 or told not in segment:
        return
    first = max(0, at - random.randint(0, 4))
    window = range(first, min(len(document.segments), at + 1 + random.randint(0, 4)))
    within = window_of(document, window, told)
    kind = random.random()
    if kind < 0.3:
        beside = " ".join(document.segments[i].get(asked, "") for i in window)
        claim = clause(segment[asked], random) if random.random() < 0.6 else segment[asked]
        yield from claims(claim, within, (at - first,), asked, f"{source}-claim", random, beside)
    elif kind < 0.53 and at > 0:
        far = [i for i in range(len(document.segments)) if i not in window]
        if len(far) >= 2:
            stating = random.random() < 0.2
            question = clause(segment[asked], random) if stating else question_on(segment[asked], "", asked, random)[0]
            start = random.choice(far)
            other = window_of(document, [i for i in range(start, start + random.randint(2, 6)) if i in far], told)
            yield Example(
                f"{source}-null", question, other.text, other.sentences, absent=True, stated=False, claim=stating,
                pair=f"{asked}:{told}",
            )  # fmt: skip
    else:
        yield _answered(document, window, at, asked, told, source, random)


def _answered(
    document: Document, window: Sequence[int], at: int, asked: str, told: str, source: str, random: Random
) -> Example:
    segment, within = document.segments[at], window_of(document, window, told)
    number = list(window).index(at)
    question, spans = question_on(segment[asked], segment[told], asked, random)
    offset = within.sentences[number].start
    moved = tuple(Span(s.start + offset, s.end + offset) for s in spans)
    return Example(source, question, within.text, within.sentences, (number,), moved, pair=f"{asked}:{told}")


def window_of(document: Document, window: Sequence[int], language: str) -> Passage:
    segments = [document.segments[i][language] for i in window if language in document.segments[i]]
    return joined(segments, language=language, group=document.id)


def question_on(sentence: str, told: str, language: str, random: Random) -> tuple[str, tuple[Span, ...]]:
    """A question on the sentence, and where its answer stands in the sentence as it is told (none if not known)."""
    kind = random.random()
    names = names_of(sentence)
    if kind < 0.6 and (made := cloze(sentence, language, random)):
        return made.question, _same(made.answer, told, number=made.number)
    if kind < 0.7 and names:
        name = random.choice(names)
        form = random.choice([*words(language)["said"], *words(language)["about"]])
        return form.format(name=sentence[name.start : name.end]), ()
    return " ".join(thinned(clause(sentence, random).split(), random)), ()


def _same(answer: str, told: str, *, number: bool) -> tuple[Span, ...]:
    """The same name or number in a translation, by its key."""
    if number:
        keys = {n.key for n in find_numbers(answer)}
        return tuple(Span(n.start, n.end) for n in find_numbers(told) if n.key in keys)
    key = name_key(answer)
    found = tuple(Span(n.start, n.end) for n in names_of(told) if n.key == key)
    return found or places(answer, joined([told], language="und", group=""))
