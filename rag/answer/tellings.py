"""A story as others tell it: what most independent sources say, what one alone says, and where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.answer.cite import as_versions
from rag.answer.conflict import counted, difference, went_on
from rag.answer.injection import is_injection
from rag.answer.judge import ScoredSentence
from rag.answer.messages import message
from rag.answer.read import Reads
from rag.question.mentions import home_of
from rag.retrieve.matter import FoundStory
from rag.retrieve.rank import language_distance
from rag.text.amounts import compatible
from rag.text.language import family
from rag.text.names import find_names, name_keys
from rag.text.numbers import number_keys
from rag.text.script import terms
from rag.text.sentences import Span, split_sentences
from rag.text.tables import table
from rag.types import Filters, Note, Passage, Side, Telling, Tellings

LEAST = 3  # independent sources, below which nothing is compared
_MOST = 30  # sources that are read, the newest
_CHARS, _SENTENCES = 1800, 8  # of each, from its beginning
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
    otherwise = [*_counts(sources, reader), *_changed(sources)]
    told = (*otherwise[: _SHOWN["otherwise"]], *_by_most(sources, language), *_alone(sources))
    return Tellings(found.versions[0].article_id, language, shown, told)


def _wanted(p: Passage, filters: Filters, countries: Sequence[str]) -> bool:
    if is_injection(p.title) or (filters.outlets and p.outlet not in filters.outlets):
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
        if is_injection(words):
            break
        names = frozenset(n.key for n in find_names(words) if not n.first or n.key[0] == "@")
        said.append(
            ScoredSentence(
                span.start, span.end, words, 0.0, passage=p, terms=terms(words), names=names,
                values={}, score=0.0, overlap=0.0,
            )
        )  # fmt: skip
    return _Source(p, tuple(said), frozenset((*name_keys(text), *number_keys(text), *name_keys(p.title))))


def _side(c: ScoredSentence, value: str = "") -> Side:
    return Side(as_versions([c.passage])[0], _country(c.passage), c.text, c.start, c.end, value)


def _counts(sources: Sequence[_Source], reader: Reads) -> Iterator[Telling]:
    """Yields what sources count differently, each by its first sentence that counts it."""
    counts = [{} for _ in sources]  # type: list[dict[str, ScoredSentence]]
    for held, source in zip(counts, sources, strict=True):
        for c in source.said:
            for kind in counted(c):
                held.setdefault(kind, c)
    for kind in sorted({kind for held in counts for kind in held}):
        sides: list[list[ScoredSentence]] = []
        for c in (held[kind] for held in counts if kind in held):
            agreeing = [side for side in sides if compatible(counted(side[0])[kind], counted(c)[kind])]
            if agreeing:
                agreeing[0].append(c)
            else:
                sides.append([c])
        sides.sort(key=len, reverse=True)
        kept = sides[:1]
        for side in sides[1:]:
            here, there = (side[0], counted(side[0])[kind]), (kept[0][0], counted(kept[0][0])[kind])
            if not went_on(here, there):
                kept.append(side)
        borne = [side for side in kept if _bears_out(reader, kind, side[0])] if len(kept) > 1 else []
        if len(borne) > 1:
            yield Telling("number", tuple(_counted_side(side[0], kind) for side in borne), tuple(map(len, borne)))


def _counted_side(c: ScoredSentence, kind: str) -> Side:
    amount = counted(c)[kind]
    return _side(c, c.text[amount.start : amount.end])


def _bears_out(reader: Reads, kind: str, c: ScoredSentence) -> bool:
    """Tells whether the reader takes the number for the answer to how many there are, and its verifier bears it out."""
    amount, title = counted(c)[kind], c.passage.title
    asked = f"{title}: how many {table('noun_classes')[kind]['en'].split()[0]}?"
    before = f"{title}\n"
    span = Span(len(before), len(before) + len(c.text))
    (reading,) = reader.read_each(asked, [(before + c.text, [span])])
    answer = reading.answers[0]
    if answer is None or answer.verdict < 0:
        return False
    start, end = answer.start - len(before), answer.end - len(before)
    return start <= amount.start and amount.end <= end


def _changed(sources: Sequence[_Source]) -> Iterator[Telling]:
    """Yields sentences of two sources that say the same in the same words but for a number, a day or a denial."""
    seen: set[tuple[str, str, str]] = set()
    for one, other in combinations(sources, 2):
        if family(one.passage.language) != family(other.passage.language):
            continue
        for a in one.said:
            for b in other.said:
                shared = len(a.terms & b.terms)
                if 2 * shared < min(len(a.terms), len(b.terms)) or a.text == b.text:
                    continue
                kind = difference(a, b)
                if kind and (key := (kind, *sorted((a.text, b.text)))) not in seen:
                    seen.add(key)  # type: ignore[arg-type]
                    yield Telling(kind, (_side(a), _side(b)), (1, 1))  # type: ignore[arg-type]


def _by_most(sources: Sequence[_Source], language: str) -> list[Telling]:
    """Returns sentences that most sources say, in the language nearest to the reader's."""
    nearest = sorted(sources, key=lambda one: language_distance(one.passage.language, language))
    told: list[Telling] = []
    for source in nearest[:LEAST]:
        for c in source.said:
            bearing = 1 + sum(any(_says_same(c, x) for x in other.said) for other in sources if other is not source)
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


def _keys(c: ScoredSentence) -> frozenset[str]:
    return c.names | frozenset(number_keys(c.text))


def _alone(sources: Sequence[_Source]) -> list[Telling]:
    """Returns of each source the sentence with most names and numbers that no other source has."""
    everywhere = Counter(key for source in sources for key in source.keys)
    told = []
    for source in sources:
        others = [x for other in sources if other is not source for x in other.said]
        best: tuple[int, ScoredSentence] | None = None
        for c in source.said:
            own = sum(everywhere[key] <= 1 for key in _keys(c))
            if own >= _OWN and (best is None or own > best[0]) and not any(_says_same(c, x) for x in others):
                best = (own, c)
        if best:
            told.append((best[0], Telling("alone", (_side(best[1]),), (1,))))
    return [telling for _, telling in sorted(told, key=lambda pair: -pair[0])[: _SHOWN["alone"]]]
