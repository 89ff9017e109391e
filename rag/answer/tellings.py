"""A story as others tell it: what most independent sources say, what one alone says, and where they differ."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from rag.answer.cite import as_versions
from rag.answer.conflict import counts, difference, went_on
from rag.answer.judge import ScoredSentence
from rag.answer.read import Reads
from rag.question.mentions import home_of
from rag.retrieve.matter import FoundStory
from rag.retrieve.rank import language_distance
from rag.text.amounts import Amount, Bound, amounts, compatible
from rag.text.language import family
from rag.text.messages import message
from rag.text.names import find_names, name_keys
from rag.text.number_words import find_written_numbers
from rag.text.numbers import number_keys
from rag.text.phrases import noun_classes
from rag.text.quantities import parse_quantity
from rag.text.sentences import Span, split_sentences
from rag.text.words import terms
from rag.types import Filters, Note, Passage, Side, Telling, Tellings

LEAST = 2  # independent sources, below which nothing is compared
_MOST = 16  # sources that are read, the newest
_CHARS, _SENTENCES = 4000, 24  # of each, from its beginning
_ENDED = re.compile(r"(?<![.…])[.!?]['\"”“»)]*\Z")
_WORDS = 5  # of a sentence that can stand alone
_CLOCK = re.compile(r"(?<![\d.,])(?:[01]?\d|2[0-3])[:.][0-5]\d(?![\d%]|[.,]\d| ?%)")
_SCALES = (1, 10**3, 10**6, 10**9)  # "a hundred million"
_PERCENT = "concentr-percent"
_READ = 24  # pairs of numbers that the reader is asked about, those in the likest sentences first
_BORNE_OUT = -3.0  # log odds of its verifier, on the numbers of sixty groups of the region's stories
_TIMES = 10  # that one number may be the other: what differs more counts another thing
_SOME_WORDS = 0.3  # share in common of two sentences whose numbers are compared
_REPEATED = 0.7  # of two sentences that differ in a day or a denial
_SAME_WORDS, _SAME_KEYS = 0.5, 0.6  # shares in common from which two sentences say the same
_ALL = 0.6  # share of the sources that are most
_OWN = 2  # names and numbers that no other source has
_SHOWN = {"most": 3, "alone": 5, "otherwise": 8}


@dataclass(frozen=True, slots=True)
class _Source:
    """One independent source by its newest article: its sentences, and all names and numbers of its text."""

    passage: Passage
    said: tuple[ScoredSentence, ...]
    keys: frozenset[str]
    amounts: tuple[Amount, ...]
    written: frozenset[Decimal]
    """the numbers that it writes in words"""


def compare(
    found: FoundStory,
    texts: Mapping[str, str],
    language: str,
    reader: Reads,
    *,
    filters: Filters = Filters(),  # noqa: B008
    countries: Sequence[str] = (),
) -> Tellings:
    """Compares what the independent sources of a story say; of these only the outlets, languages and countries wanted.

    Articles of one outlet, and copies of one text, are one source. What they say differently is shown where the reader
    finds each side's words to answer the same question.
    """
    wanted = [p for p in found.versions if _wanted(p, filters, countries) and p.article_id in texts]
    sources = [_source(p, texts[p.article_id]) for p in _newest_of_each(wanted, found.clusters)[:_MOST]]
    sources = [one for one in sources if one.said]
    shown = tuple(_side(one.said[0]) for one in sources)
    if len(sources) < LEAST:
        note = Note("few", message("tellings_few", language).format(n=len(sources)))
        return Tellings(found.versions[0].article_id, language, shown, (), (note,))
    otherwise = [*_numbers(sources, reader), *_changed(sources)]
    told = (*otherwise[: _SHOWN["otherwise"]], *_by_most(sources, language), *_alone(sources))
    return Tellings(found.versions[0].article_id, language, shown, told)


def independent(found: FoundStory) -> int:
    """Counts the independent sources of a story's event."""
    return len(_newest_of_each(found.versions, found.clusters))


def _wanted(p: Passage, filters: Filters, countries: Sequence[str]) -> bool:
    if filters.outlets and p.outlet not in filters.outlets:
        return False
    if filters.languages and not any(
        p.language == tag or p.language.startswith(f"{tag}-") for tag in filters.languages
    ):
        return False
    return not countries or _country(p) in {one.upper() for one in countries}


def _country(p: Passage) -> str:
    return next(iter(home_of(p.language, p.url)), "@")[1:].upper()


def _newest_of_each(passages: Sequence[Passage], clusters: Mapping[str, str]) -> list[Passage]:
    """Returns the newest article of each independent source, the newest source first."""
    source: dict[str, str] = {}  # by outlet and by cluster, the source that it belongs to

    def root(name: str) -> str:
        while source.setdefault(name, name) != name:
            name = source[name]
        return name

    names = {p.article_id: f"outlet:{p.facts_from or p.outlet or p.article_id}" for p in passages}
    for p in passages:
        if p.article_id in clusters:
            source[root(names[p.article_id])] = root(f"cluster:{clusters[p.article_id]}")
    newest: dict[str, Passage] = {}
    for p in sorted(passages, key=lambda p: p.published.timestamp() if p.published else 0.0, reverse=True):
        newest.setdefault(root(names[p.article_id]), p)
    return list(newest.values())


def _source(p: Passage, text: str) -> _Source:
    said = []
    for span in split_sentences(text[:_CHARS], p.language)[:_SENTENCES]:
        words = text[span.start : span.end]
        named = (n.key for n in find_names(words) if not n.first or n.key[0] == "@" or " " in n.key)
        names = frozenset(key for keys in named for key in keys.split())
        said.append(
            ScoredSentence(
                span.start, span.end, words, 0.0, passage=p, terms=terms(words), names=names,
                values={}, score=0.0, overlap=0.0,
            )
        )  # fmt: skip
    keys = frozenset((*name_keys(text), *number_keys(text), *name_keys(p.title)))
    whole = f"{p.title}\n{text}"
    written = frozenset(n.value for n in find_written_numbers(whole, p.language))
    return _Source(p, tuple(said), keys, tuple(amounts(whole, language=p.language)), written)


def _side(c: ScoredSentence, value: str = "") -> Side:
    return Side(as_versions([c.passage])[0], _country(c.passage), c.text, c.start, c.end, value)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Two numbers in sentences of two sources that may count the same thing."""

    one: _Source
    said: ScoredSentence
    number: Amount
    other: _Source
    against: ScoredSentence
    differs: Amount


def _numbers(sources: Sequence[_Source], reader: Reads) -> list[Telling]:
    """Returns numbers of one thing that differ: each stands in no text of the other, and each sentence, asked without
    its number, is answered by the other's."""
    found: list[tuple[float, Telling]] = []
    taken: set[tuple[str, str]] = set()
    pairs = sorted(_candidates(sources), key=lambda pair: -_alike(pair.said, pair.against))
    for pair in pairs[:_READ]:
        said, against = pair.said, pair.against
        values = (str(min(pair.number.value, pair.differs.value)), str(max(pair.number.value, pair.differs.value)))
        if values in taken:
            continue
        sure = min(
            _answered(reader, said, pair.number, against, pair.differs),
            _answered(reader, against, pair.differs, said, pair.number),
        )
        if sure >= _BORNE_OUT:
            taken.add(values)
            sides = [(_holding(sources, n), _side(c, c.text[n.start : n.end])) for c, n in (
                (said, pair.number), (against, pair.differs)
            )]  # fmt: skip
            sides.sort(key=lambda side: -side[0])
            found.append((sure, Telling("number", tuple(s for _, s in sides), tuple(n for n, _ in sides))))
    return [telling for _, telling in sorted(found, key=lambda pair: -pair[0])]


def _candidates(sources: Sequence[_Source]) -> Iterator[_Numbers]:
    for one, other in combinations(sources, 2):
        for said, number in _lone_numbers(one, other):
            for against, differs in _lone_numbers(other, one):
                if compatible(number, differs):
                    continue
                if _comparable(said, number, against, differs) and _about_the_same(said, number, against, differs):
                    if not went_on((said, number), (against, differs)):
                        yield _Numbers(one, said, number, other, against, differs)


def _lone_numbers(one: _Source, other: _Source) -> list[tuple[ScoredSentence, Amount]]:
    """Returns the numbers of a source's sentences that the other's text does not hold."""
    return [
        (c, n)
        for c in one.said
        for n in counts(c)
        if not any(n.value / scale in other.written for scale in _SCALES)
        and not any(_is_same(n, held) for held in other.amounts)
        and not _is_of_clock(c.text, n)
    ]


def _is_same(one: Amount, other: Amount) -> bool:
    """Tells whether two numbers are one, also rounded: "over 700" is no 7,500, though both can be true of a thing."""
    return compatible(_unbounded(one), _unbounded(other))


def _unbounded(number: Amount) -> Amount:
    return number if number.bound is Bound.ABOUT else replace(number, bound=Bound.EXACT)


def _is_of_clock(text: str, number: Amount) -> bool:
    """Tells whether a number may be an hour: outlets write 23:21 and 23.21."""
    return any(m.start() <= number.start < m.end() for m in _CLOCK.finditer(text))


def _comparable(said: ScoredSentence, number: Amount, against: ScoredSentence, differs: Amount) -> bool:
    """Tells whether two numbers are of one size, and of one unit where a unit of measure or money is known."""
    sizes = abs(number.value), abs(differs.value)
    units = {_unit(said, number), _unit(against, differs)}
    return max(sizes) <= _TIMES * max(min(sizes), Decimal(1)) and (
        len(units) == 1 or ("" in units and _PERCENT not in units)
    )


def _unit(c: ScoredSentence, number: Amount) -> str:
    found = parse_quantity(c.text, number.start, number.end, c.passage.language)
    return found.unit if found and found.kind in ("money", "unit") else ""


def _about_the_same(said: ScoredSentence, number: Amount, against: ScoredSentence, differs: Amount) -> bool:
    """Tells whether two sentences share words, or, in two languages, names, other numbers or what is counted."""
    if family(said.passage.language) == family(against.passage.language):
        return _alike(said, against) >= _SOME_WORDS
    return bool(_keys(said) & _keys(against) or _counted(said, number) & _counted(against, differs))


def _alike(one: ScoredSentence, other: ScoredSentence) -> float:
    return len(one.terms & other.terms) / max(1, min(len(one.terms), len(other.terms)))


def _counted(c: ScoredSentence, number: Amount) -> frozenset[str]:
    """Returns the classes of what stands around a number."""
    around = [*c.text[: number.start].split()[-2:], *c.text[number.end :].split()[:4]]
    return noun_classes(" ".join(around), c.passage.language)


def _answered(reader: Reads, asked: ScoredSentence, without: Amount, c: ScoredSentence, number: Amount) -> float:
    """Returns the verifier's log odds that a number answers the other sentence, asked without its own."""
    question = f"How many? {asked.text[: without.start]}...{asked.text[without.end :]}"
    before = f"{c.passage.title}\n"
    (reading,) = reader.read_each(question, [(before + c.text, [Span(len(before), len(before) + len(c.text))])])
    answer = reading.answers[0]
    if answer is None:
        return -math.inf
    start, end = answer.start - len(before), answer.end - len(before)
    return answer.verdict if start < number.end and number.start < end else -math.inf


def _holding(sources: Sequence[_Source], number: Amount) -> int:
    return max(1, sum(any(compatible(number, held) for held in one.amounts) for one in sources))


def _changed(sources: Sequence[_Source]) -> Iterator[Telling]:
    """Yields sentences of two sources that say the same in the same words but for a day or a denial."""
    for one, other in combinations(sources, 2):
        if family(one.passage.language) != family(other.passage.language):
            continue
        for a in one.said:
            for b in other.said:
                if len(a.terms & b.terms) >= _REPEATED * max(len(a.terms), len(b.terms), 1) and a.text != b.text:
                    kind = difference(a, b)
                    if kind:
                        yield Telling(kind, (_side(a), _side(b)), (1, 1))


def _by_most(sources: Sequence[_Source], language: str) -> list[Telling]:
    """Returns sentences that most sources say, in the language nearest to the reader's."""
    nearest = sorted(sources, key=lambda one: language_distance(one.passage.language, language))
    told: list[Telling] = []
    for source in nearest[:LEAST]:
        for c in filter(_is_whole, source.said):
            numbers = frozenset(number_keys(c.text))  # what has another is told otherwise, or it went on
            others = [other for other in sources if other is not source and numbers <= other.keys]
            bearing = 1 + sum(any(_says_same(c, x) for x in other.said) for other in others)
            again = any(_says_same(c, x) for t in told for s in nearest for x in s.said if x.text == t.sides[0].text)
            if bearing >= max(LEAST, _ALL * len(sources)) and not again:
                told.append(Telling("most", (_side(c),), (bearing,)))
    return sorted(told, key=lambda t: -t.sources[0])[: _SHOWN["most"]]


def _says_same(one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tells whether two sentences share most of their words, or, in two languages, of their names and numbers."""
    if family(one.passage.language) == family(other.passage.language):
        return len(one.terms & other.terms) >= _SAME_WORDS * max(1, min(len(one.terms), len(other.terms)))
    mine, theirs = _keys(one), _keys(other)
    return len(mine & theirs) >= max(_OWN, _SAME_KEYS * min(len(mine), len(theirs)))


def _is_whole(c: ScoredSentence) -> bool:
    """Tells whether a sentence can stand alone: it has an end, and more than a few words."""
    return bool(_ENDED.search(c.text)) and len(c.terms) >= _WORDS


def _keys(c: ScoredSentence) -> frozenset[str]:
    return c.names | frozenset(number_keys(c.text))


def _alone(sources: Sequence[_Source]) -> list[Telling]:
    """Returns of each source the sentence with most names and numbers that no other source has."""
    everywhere = Counter(key for source in sources for key in source.keys)
    told = []
    for source in sources:
        others = [x for other in sources if other is not source for x in other.said]
        best: tuple[int, ScoredSentence] | None = None
        for c in filter(_is_whole, source.said):
            own = sum(everywhere[key] <= 1 for key in _keys(c))
            on_it = any(everywhere[key] > 1 for key in c.names)  # or it is the page's furniture
            if own >= _OWN and on_it and (best is None or own > best[0]) and not any(_says_same(c, x) for x in others):
                best = (own, c)
        if best:
            told.append((best[0], Telling("alone", (_side(best[1]),), (1,))))
    return [telling for _, telling in sorted(told, key=lambda pair: -pair[0])[: _SHOWN["alone"]]]
