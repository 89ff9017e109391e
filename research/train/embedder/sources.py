"""Makes the pairs from collections whose licences allow that weights are shipped: docs/reader.md lists them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from eval.datasets.lines import read_lines
from rag.text.script import to_cyrillic
from research.train.embedder.pairs import Pair
from research.train.reader.data import news, parallel, questions, stories
from research.train.reader.data.build import NTREX, QAMR, SQUAD, TURKISH, retyped
from research.train.reader.data.news import NEWS, PAIRS
from research.train.reader.data.parallel import Document
from research.train.reader.data.swaps import LICENCES, LISTS, NamePools

SETIMES = "parallel/setimes_sr_hr_segments.jsonl"
TYPED = (0.25, 0.15, 0.06)  # shares of the queries: small letters, bare, in Latin letters
MOST_CHARACTERS = 500  # of a passage: what a window of training holds
PLACES_SPOKEN = ("el", "bg", "mk", "sr", "tr", "sq", "ro", "en", "hr", "sl", "bs")


def asked_passages(data: Path, counts: Mapping[str, int], random: Random) -> list[Pair]:
    """So many questions that people wrote, by source, each with its passage; their negatives are mined."""
    found = []
    for name, source, language in ((SQUAD, "squad", "en"), (TURKISH, "turkish", "tr"), (QAMR, "qamr", "en")):
        asked = [a for a in questions.read_asked(read_lines(data / name), titled=0.3, random=random) if a.answers]
        asked = questions.held(asked)[0] if source == "squad" else asked
        kept = random.sample(asked, min(counts[source], len(asked)))
        found += [Pair(source, f"{language}:{language}", a.question, a.within.text[:900]) for a in kept]
    return found


def headlines(data: Path) -> list[Pair]:
    """The headline of a news article and the beginning of its text; negatives are mined."""
    found = []
    for line in read_lines(data / NEWS):
        title, text = line.text("title", default=""), line.text("text", default="")
        if line.fields["licence"].split(" for ")[0] in LICENCES and len(title.split()) > 3 and len(text) > 150:
            tag = line.text("language")
            beginning = " ".join(text.removeprefix(title).split())[:MOST_CHARACTERS]
            found.append(Pair("headlines", f"{tag}:{tag}", title, beginning))
    return found


def translated_news(data: Path, count: int, random: Random) -> Iterator[Pair]:
    """Questions made by rule from a segment of translated news, beside a window of the article in any language.

    The negative is another window of the same article in the question's own language: what a model that rewards the
    language would choose.
    """
    documents = [d for d in parallel.held(parallel.documents(data / NTREX))[0] if len(d.segments) > 5]
    made = 0
    while made < count:
        if pair := _translated(random.choice(documents), random):
            made += 1
            yield pair


def _translated(document: Document, random: Random) -> Pair | None:
    at = random.randrange(len(document.segments))
    segment = document.segments[at]
    asked, told = parallel.draw_languages(segment, random)
    if len(segment[asked].split()) < 5 or told not in segment:
        return None
    first = max(0, at - random.randint(0, 2))
    window = range(first, min(len(document.segments), max(at + 1, first + random.randint(2, 3))))
    far = [i for i in range(len(document.segments) - 1) if i not in window and i + 1 not in window]
    if not far:
        return None
    start = random.choice(far)
    query = segment[asked] if random.random() < 0.2 else parallel.question_on(segment[asked], "", asked, random)[0]
    passage = " ".join(document.segments[i].get(told, "") for i in window)
    negative = " ".join(document.segments[i].get(asked, "") for i in (start, start + 1))
    return Pair("ntrex", f"{asked}:{told}", query, passage, negative)


def made_stories(count: int, random: Random) -> Iterator[Pair]:
    """Questions on made-up stories; the negative tells another event of the kind in the question's language."""
    made = 0
    while made < count:
        kind, used = random.choice(sorted(stories.kinds())), stories.Marks()
        told, asked = stories.draw_languages(random)
        typist, facts = stories.draw_typist(asked, random), stories.draw(kind, random, used)
        page = stories.tell(kind, [facts], told, random)
        slots = [s for s in asked.tellings[kind].questions if page.answers(0, s)]
        fitting = [(s, t) for s in slots for t in stories.fitting_questions(page, typist, 0, s)]
        named = [(s, t) for s, t in fitting if any(p.slot for p in t)]
        if not named:
            continue
        template = stories.choose_question(named, random)[1]
        other = stories.tell(kind, [stories.draw(kind, random, used)], asked, random)
        query = typist.ask(template, facts, stories.kinds()[kind])
        made += 1
        yield Pair("stories", f"{asked.language}:{told.language}", query, page.text, other.text)


def translations(data: Path, count: int, short: int, random: Random) -> Iterator[Pair]:
    """Sentences and their translations: news in twelve languages, Serbian and Croatian, short ones with English."""
    documents = parallel.held(parallel.documents(data / NTREX))[0]
    for _ in range(count):
        segment = random.choice(random.choice(documents).segments)
        one, other = random.sample(sorted(segment), 2)
        yield Pair("ntrex-sentences", f"{one}:{other}", segment[one], segment[other])
    by_segment: dict[str, dict[str, str]] = defaultdict(dict)
    for line in read_lines(data / SETIMES):
        by_segment[line.text("seg_id")][line.text("language")] = line.text("text")
    for texts in by_segment.values():
        if len(texts) == 2:
            one, other = random.sample(sorted(texts), 2)
            yield Pair("setimes", f"{one}:{other}", texts[one], texts[other])
    lines = {line.text("en"): line for line in read_lines(data / PAIRS) if len(line.text("en").split()) > 3}
    for english, line in random.sample(sorted(lines.items()), min(short, len(lines))):
        both = [(line.text("language"), line.text("text")), ("en", english)]
        random.shuffle(both)
        yield Pair("tatoeba", f"{both[0][0]}:{both[1][0]}", both[0][1], both[1][1])


def places(data: Path, count: int, random: Random) -> Iterator[Pair]:
    """The names of one place in two languages, from CLDR."""
    held = json.loads((data / LISTS).read_text(encoding="utf-8"))["places"]
    rows: Sequence[dict[str, str]] = [r for r in held.values() if len(set(r.values())) > 1]
    made = 0
    while made < count:
        row = random.choice(rows)
        known = [tag for tag in PLACES_SPOKEN if tag in row]
        if len(known) < 2:
            continue
        one, other = random.sample(known, 2)
        names = [to_cyrillic(row[t]) if t == "sr" and random.random() < 0.5 else row[t] for t in (one, other)]
        if names[0] != names[1]:
            made += 1
            yield Pair("places", f"{one}:{other}", *names)


def typed(pairs: Sequence[Pair], random: Random) -> Iterator[Pair]:
    """Some of the queries as readers type them; stories and sentences stay."""
    for pair in pairs:
        query = retyped(pair.query, pair.languages.split(":")[0], random.random(), TYPED)
        yield Pair(pair.source, pair.languages, query, pair.passage, pair.negative)


def unique(pairs: Iterator[Pair]) -> list[Pair]:
    """Drops pairs whose query and passage are the same or were seen."""
    return list({(p.query, p.passage): p for p in pairs if p.query.strip() and p.query != p.passage}.values())


def texts(data: Path, count: int, random: Random) -> Iterator[Pair]:
    """Questions made by rule from news and encyclopaedia in one language; negatives are mined."""
    found = news.texts(data)
    pools = NamePools({}, frozenset())
    for members in news.groups(found, count, pools, random):
        example = members[0]
        yield Pair("texts", example.pair, example.question, example.text[:900])
