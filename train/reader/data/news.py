"""Examples from real texts in one language (news, encyclopaedia) and from short sentence pairs across two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from eval.datasets.lines import read_lines
from train.reader.data.cloze import clause, cloze, thinned
from train.reader.data.examples import Example, Passage, joined, overlapping, passage, places
from train.reader.data.swaps import LICENCES, SENTENCES, Group, NamePools, group

NEWS, PAIRS = "train/news.jsonl.gz", "parallel/tatoeba.jsonl.gz"
_MOST = 7  # sentences of a passage


def texts(data: Path) -> list[Passage]:
    """News articles and annotated sentences in a row, of sources that may be trained on for shipped weights."""
    found = []
    for line in read_lines(data / NEWS):
        if line.fields["licence"] in LICENCES and line.fields["text"]:
            text = " ".join(line.fields["text"].split())
            title = line.text("title", default="")
            found.append(passage(text, language=line.text("language"), group=line.text("id"), title=title))
    rows: dict[str, list[str]] = defaultdict(list)
    for line in read_lines(data / SENTENCES):
        own = line.fields["licence"] in LICENCES and not line.fields.get("in_articles")
        if own and line.fields["genre"] != "news":
            rows[line.fields["language"]].append(line.fields["text"])
    for language, sentences in sorted(rows.items()):
        starts = range(0, len(sentences), _MOST)
        found += [joined(sentences[i : i + _MOST], language=language, group=f"{language}:{i}") for i in starts]
    return [p for p in found if len(p.sentences) > 1]


def groups(found: Sequence[Passage], count: int, pools: NamePools, random: Random) -> Iterator[Group]:
    """Questions by rules over windows of the texts, each with its near misses."""
    made = 0
    while made < count:
        within = _window(random.choice(found), random)
        number = random.randrange(len(within.sentences))
        span = within.sentences[number]
        asked = cloze(within.text[span.start : span.end], within.language, random)
        if not asked:
            continue
        every = places(asked.answer, within)
        spans = tuple(s for s in every if number in overlapping(s.start, s.end, within))
        if not spans:
            continue
        pair = f"{within.language}:{within.language}"
        example = Example("texts", asked.question, within.text, within.sentences, (number,), spans, pair=pair)
        made += 1
        yield group(example, within.language, within.text, pools, random)


def _window(within: Passage, random: Random) -> Passage:
    if len(within.sentences) <= _MOST:
        return within
    start = random.randrange(len(within.sentences) - _MOST + 1)
    chosen = [within.text[s.start : s.end] for s in within.sentences[start : start + _MOST]]
    made = joined(chosen, language=within.language, group=within.group)
    title = within.text[: within.sentences[0].start].strip()
    if not title or random.random() < 0.4:
        return made
    return passage_with(title, made)


def passage_with(title: str, within: Passage) -> Passage:
    """The passage behind a headline."""
    shift = len(title) + 1
    moved = tuple(type(s)(s.start + shift, s.end + shift) for s in within.sentences)
    return Passage(f"{title}\n{within.text}", moved, within.language, within.group)


def pairs(data: Path, count: int, random: Random) -> Iterator[Example]:
    """Short sentences with their English: a question in one language among sentences of the other."""
    by_language: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in read_lines(data / PAIRS):
        by_language[line.text("language")].append((line.text("text"), line.text("en")))
    languages = sorted(by_language)
    for _ in range(count):
        language = random.choice(languages)
        chosen = random.sample(by_language[language], random.randint(3, _MOST))
        number = random.randrange(len(chosen))
        foreign = random.random() < 0.5
        asked, told = (language, "en") if foreign else ("en", language)
        question, _ = chosen[number] if foreign else chosen[number][::-1]
        if len(question.split()) < 4:
            continue
        made = cloze(question, asked, random)
        words = made.question if made else " ".join(thinned(clause(question, random).split(), random))
        hidden = random.random() < 0.2
        shown = [c for i, c in enumerate(chosen) if not (hidden and i == number)]
        within = joined([t[1] if foreign else t[0] for t in shown], language=told, group="pairs")
        right = () if hidden else (number,)
        yield Example(
            "pairs-null" if hidden else "pairs", words, within.text, within.sentences, right, (),
            absent=hidden, stated=not hidden, pair=f"{asked}:{told}",
        )  # fmt: skip
