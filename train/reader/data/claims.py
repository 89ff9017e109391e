"""Claims beside passages, each of their words marked as told there or not.

A claim is a sentence of news, in any language, with stretches of other sentences put into it: a clause behind it, words
in the middle, a word before a name or in another's place. The passage holds the sentence, and the sentences that the
stretches were taken from or not: so neither a stretch that reads oddly nor one that reads well betrays itself, and what
is left to learn is whether the passage tells it. Word-level marks as in LettuceDetect (Kovács and Recski 2025). Every
text is there in the claim's own language too: words of a stretch that the passage tells by chance are not marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from eval.core.changes import names_of
from eval.core.changes import words as words_of
from eval.datasets.languages import held_back
from eval.datasets.lines import read_lines
from rag.text.language import family
from rag.text.names import name_key
from rag.text.numbers import find_numbers
from rag.text.script import fold
from train.reader.data import news, parallel
from train.reader.data.cloze import clause
from train.reader.data.examples import Example, Passage, joined

NTREX, SETIMES = "parallel/ntrex128_segments_dev.jsonl", "parallel/setimes_sr_hr_segments.jsonl"
SHARES = {"translated": 0.62, "pairs": 0.13, "texts": 0.25}
MOST_CHARS, LEAST_CHARS = 280, 30  # of a claim
_SHORT = 3  # letters of a word that may stand anywhere
_STEM = 5  # letters by which two words count as forms of one
_WORD = re.compile(r"\w+(?:[.,:'’-]\w+)*")
_BREAK = re.compile(r"[,;:–—]\s+")

Segment = Mapping[str, str]  # language -> text
Marked = list[tuple[str, int]]  # words of a claim with the segment that each was taken from (-1: a joint, unmarked)


@dataclass(frozen=True, slots=True)
class Story:
    """The segments of one text in reading order."""

    id: str
    segments: Sequence[Segment]


def read_stories(data: Path, *, held: bool) -> dict[str, list[Story]]:
    """Texts by kind; those that are held back, or those to train on. Pairs and texts in one language are never held."""
    documents = [d for path in (NTREX, SETIMES) for d in parallel.documents(data / path) if held_back(d.id) is held]
    found = {"translated": [Story(d.id, d.segments) for d in documents if len(d.segments) > 2]}
    if not held:
        found["pairs"] = _pairs(data)
        found["texts"] = [_plain(p) for p in news.texts(data)]
    return found


def held_claims(data: Path, count: int, random: Random) -> dict[str, tuple[Example, ...]]:
    """Claims over texts that are held back, in one language and in two."""
    found = claims(read_stories(data, held=True), count, random)
    return {
        "claims-own": tuple(e for e in found if not _crosses(e)),
        "claims-cross": tuple(e for e in found if _crosses(e)),
    }


def _crosses(example: Example) -> bool:
    asked, told = example.pair.split(":")
    return family(asked) != family(told)


def _pairs(data: Path) -> list[Story]:
    lines = [line.fields for line in read_lines(data / news.PAIRS)]
    segments = [{f["language"]: f["text"], "en": f["en"]} for f in lines if len(f["en"].split()) > 4]
    by_language: dict[str, list[Segment]] = {}
    for segment in segments:
        by_language.setdefault(next(iter(segment)), []).append(segment)
    return [
        Story(f"pairs:{language}:{at}", some[at : at + 8])
        for language, some in sorted(by_language.items())
        for at in range(0, len(some) - 8, 8)
    ]


def _plain(passage: Passage) -> Story:
    return Story(passage.group, [{passage.language: passage.text[s.start : s.end]} for s in passage.sentences])


def claims(stories: Mapping[str, Sequence[Story]], count: int, random: Random, source: str = "claim") -> list[Example]:
    """So many claims, true and false about as often."""
    kinds = [kind for kind in SHARES if stories.get(kind)]
    by_language = {kind: _by_language(stories[kind]) for kind in kinds}
    found: list[Example] = []
    while len(found) < count:
        kind = random.choices(kinds, [SHARES[k] for k in kinds])[0]
        some = stories[kind] if kind == "translated" else random.choice(by_language[kind])
        found += _one(random.choice(some), some, random, f"{source}-{kind}")
    return found[:count]


def _by_language(stories: Sequence[Story]) -> list[list[Story]]:
    """Of each language as many are drawn, however much of it there is."""
    found: dict[str, list[Story]] = {}
    for story in stories:
        found.setdefault(min(story.segments[0]), []).append(story)
    return [some for some in found.values() if len(some) > 1]


def _one(story: Story, others: Sequence[Story], random: Random, source: str) -> Iterator[Example]:
    at = random.randrange(len(story.segments))
    asked = random.choice(sorted(story.segments[at]))
    told = _told(story.segments[at], asked, random)
    near = [n for n in range(len(story.segments)) if n != at and {asked, told} <= set(story.segments[n])]
    other = random.choice(others)
    far = [s for s in other.segments if {asked, told} <= set(s)] if other.id != story.id else []
    beside = [story.segments[n] for n in near] + random.sample(far, min(len(far), 3))
    text = story.segments[at][asked]
    if not LEAST_CHARS <= len(text) or not beside:
        return
    pool: list[Segment] = [story.segments[at], *beside]
    words = _base(text, random)
    for _ in range(random.choice((0, 0, 1, 1, 1, 2))):
        words = random.choice(_CHANGES)(words, pool, asked, random)
    used = {n for _, n in words if n > 0}
    for holds in (True, False):  # the same claim, with what its stretches were taken from and without
        if not holds and not used and random.random() < 0.6:
            continue
        kept = {0} | used if holds else ({0} if used and random.random() < 0.8 else used)
        shown = _passage(story, at, kept, used, pool, near, random)
        example = _marked(words, shown, pool, asked, told, source) if shown else None
        if example:
            yield example


def _told(segment: Segment, asked: str, random: Random) -> str:
    rest = [la for la in sorted(segment) if la != asked]
    return asked if not rest or random.random() < 0.25 else random.choice(rest)


def _base(text: str, random: Random) -> Marked:
    drawn = random.random()
    if drawn < 0.2 and len(shorter := text.rpartition(",")[0]) >= LEAST_CHARS:
        text = f"{shorter}."
    elif drawn < 0.4:
        text = f"{clause(text, random)}."
    return [(w, 0) for w in text[:MOST_CHARS].split()]


def _stretch(pool: Sequence[Segment], asked: str, random: Random, longest: int) -> Marked:
    n = random.randrange(1, len(pool))
    text = pool[n][asked]
    parts = [p for p in _BREAK.split(text) if p.strip()]
    words = random.choice(parts if random.random() < 0.5 else [text]).split()
    size = min(len(words), random.randint(1, longest))
    start = random.randrange(len(words) - size + 1) if random.random() < 0.5 else len(words) - size
    return [(w.strip('."“”„«»()'), n) for w in words[start : start + size] if w.strip('."“”„«»()')]


def _behind(words: Marked, pool: Sequence[Segment], asked: str, random: Random) -> Marked:
    """A clause behind the claim, with or without a joint."""
    *front, (last, n) = words
    joint = random.choice(words_of(asked)["joints"])
    comma = "," if random.random() < 0.5 else ""
    added = _stretch(pool, asked, random, 9)
    return [*front, (last.rstrip(".!?…") + comma, n), *((w, -1) for w in joint.split()), *added]


def _before(words: Marked, pool: Sequence[Segment], asked: str, random: Random) -> Marked:
    *added, last = _stretch(pool, asked, random, 6) or [("", -1)]
    return [*added, (f"{last[0]},", last[1]), *words] if last[0] else words


def _within(words: Marked, pool: Sequence[Segment], asked: str, random: Random) -> Marked:
    at = random.randrange(len(words))
    return [*words[:at], *_stretch(pool, asked, random, 4), *words[at:]]


def _one_word(words: Marked, pool: Sequence[Segment], asked: str, random: Random) -> Marked:
    """One word more, before a name if there is one."""
    named = [i for i, (w, _) in enumerate(words) if i and w[:1].isupper()]
    at = random.choice(named) if named else random.randrange(len(words))
    return [*words[:at], *_word_of(pool, asked, random), *words[at:]]


def _exchanged(words: Marked, pool: Sequence[Segment], asked: str, random: Random) -> Marked:
    """Another word in the place of one: a name's in that of a name, a number for a number."""
    fit = [i for i, (w, _) in enumerate(words) if i and len(w) > 3 or w.isdigit()]
    if not fit:
        return words
    at = random.choice(fit)
    like: Callable[[str], bool] = (
        str.isdigit if words[at][0].isdigit() else str.istitle if words[at][0].istitle() else str.islower
    )
    return [*words[:at], *_word_of(pool, asked, random, like), *words[at + 1 :]]


def _word_of(pool: Sequence[Segment], asked: str, random: Random, like: Callable[[str], bool] = str.islower) -> Marked:
    n = random.randrange(1, len(pool))
    fit = [w for w in _WORD.findall(pool[n][asked])[1:] if like(w) and (len(w) > 3 or w.isdigit())]
    return [(random.choice(fit), n)] if fit else []


_CHANGES = (_behind, _behind, _behind, _before, _within, _one_word, _one_word, _exchanged)


def _passage(
    story: Story, at: int, kept: set[int], used: set[int], pool: Sequence[Segment], near: Sequence[int], random: Random
) -> list[Segment]:
    """The segments that are kept among others of the text, from none of which any stretch was taken."""
    kept_segments = [pool[n] for n in sorted(kept)]
    taken = [pool[n] for n in used]
    fill = [story.segments[n] for n in near if abs(n - at) <= 4 and story.segments[n] not in taken]
    chosen = [*kept_segments, *random.sample(fill, min(len(fill), random.randint(0, 3)))]
    random.shuffle(chosen)
    return chosen


def _marked(
    words: Marked, shown: Sequence[Segment], pool: Sequence[Segment], asked: str, told: str, source: str
) -> Example | None:
    held = [pool.index(s) if s in pool else -2 for s in shown]
    by_chance = stems(" ".join(s[asked] for s in shown))
    borne: list[tuple[int, int, bool]] = []
    at = 0
    for word, n in words:
        start, at = at, at + len(word) + 1
        if n < 0:
            continue
        if n in held:
            borne.append((start, start + len(word), True))
        elif (len(word) > _SHORT or word.isdigit()) and not stems(word) <= by_chance:
            borne.append((start, start + len(word), False))
    within = joined([s[told] for s in shown], language=told, group="")
    true = all(b for *_, b in borne)
    claim = " ".join(w for w, _ in words)
    if len(borne) < 2:
        return None
    return Example(
        source,
        claim,
        within.text,
        within.sentences,
        stated=true,
        claim=True,
        pair=f"{asked}:{told}",
        borne=tuple(borne),
    )


def stems(text: str) -> set[str]:
    """The beginnings of a text's words, and the keys of its numbers and names."""
    found = {w[:_STEM] for w in re.findall(r"\w+", fold(text))}
    found |= {n.key for n in find_numbers(text)}
    return found | {part for name in names_of(text) for part in name_key(text[name.start : name.end]).split()}
