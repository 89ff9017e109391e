"""Examples from texts: news and encyclopaedia, short pairs across languages, and the briefs of the starter corpus."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from eval.core.cases import Case
from eval.datasets.lines import read_lines
from eval.datasets.load import load
from research.changes import names_of, near_miss, words
from research.train.reader.data.cloze import clause, cloze, thinned
from research.train.reader.data.examples import Example, Passage, joined, overlapping, passage, places
from research.train.reader.data.questions import claims
from research.train.reader.data.swaps import LICENCES, SENTENCES, Group, NamePools, group

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


SUITE = "balkan"


def briefs() -> dict[str, Passage]:
    """Every brief with its headline, by id; the last revision of each."""
    found = {}
    for document in load(SUITE).documents:
        fields = document.fields
        title, text = str(fields.get("title") or ""), str(fields["text"])
        found[document.id] = passage(text, language=document.language, group=str(fields.get("story")), title=title)
    return found


def dev_cases() -> tuple[list[Case], list[Case]]:
    """Cases of dev to train on, and those held back for choosing: two fifths of them, whole stories."""
    cases = [c for c in load(SUITE).of_split("dev").cases if not c.history]
    back = {c.id for c in cases if _held(_story(c))}
    return [c for c in cases if c.id not in back], [c for c in cases if c.id in back]


def test_quotes() -> frozenset[str]:
    """Sentences that answer a case of test: no question is made of them."""
    return frozenset(q.quote for c in load(SUITE).of_split("test").cases for q in c.gold_quotes)


def held_story(story: str) -> bool:
    return _held(story)


def _story(case: Case) -> str:
    ids = case.gold_doc_ids or (case.id,)
    return ids[0].removeprefix("starter:").rsplit(":", 1)[0].rstrip("-0123456789")


def _held(story: str) -> bool:
    return int(hashlib.sha256(story.rstrip("-0123456789").encode()).hexdigest(), 16) % 5 < 2


def of_case(case: Case, texts: Mapping[str, Passage], source: str, random: Random) -> Iterator[Example]:
    """The question beside each brief that answers it, and beside one that does not."""
    quotes: dict[str, list[str]] = defaultdict(list)
    for gold in case.gold_quotes:
        quotes[gold.doc_id].append(gold.quote)
    for doc_id, held in quotes.items():
        within = texts[doc_id]
        starts = [(within.text.find(q), len(q)) for q in held]
        right = tuple(sorted({i for at, n in starts if at >= 0 for i in overlapping(at, at + n, within)}))
        if not right:
            continue
        every = (s for a in case.answers for s in places(a, within))
        spans = tuple(s for s in every if set(overlapping(s.start, s.end, within)) & set(right))
        pair = f"{case.language}:{within.language}"
        yield Example(source, case.question, within.text, within.sentences, right, spans, pair=pair)
    others = [i for i, t in texts.items() if i not in case.gold_doc_ids and not _near(i, case)]
    for doc_id in random.sample(others, 1):
        within = texts[doc_id]
        pair = f"{case.language}:{within.language}"
        yield _absent(f"{source}-null", case.question, within, pair)


def of_unanswerable(case: Case, texts: Mapping[str, Passage], source: str, random: Random) -> Iterator[Example]:
    """A question that the archive does not answer, beside briefs of the story that it seems to be about."""
    names = {n.key for n in names_of(case.question)}
    near = [t for t in texts.values() if names & {n.key for n in names_of(t.text)}] or list(texts.values())
    for within in random.sample(near, min(2, len(near))):
        pair = f"{case.language}:{within.language}"
        yield _absent(f"{source}-unanswerable", case.question, within, pair)


def _absent(source: str, question: str, within: Passage, pair: str) -> Example:
    return Example(source, question, within.text, within.sentences, absent=True, stated=False, pair=pair)


def _near(doc_id: str, case: Case) -> bool:
    return doc_id.removeprefix("starter:").rsplit(":", 1)[0].rstrip("-0123456789") == _story(case)


def made(texts: Mapping[str, Passage], count: int, source: str, random: Random) -> Iterator[Example]:
    """Questions and claims by rules over the briefs, sentences that answer a case of test left out."""
    left_out = test_quotes()
    usable = [t for t in texts.values() if not held_story(t.group)]
    done = 0
    while done < count:
        within = random.choice(usable)
        number = random.randrange(len(within.sentences))
        span = within.sentences[number]
        sentence = within.text[span.start : span.end]
        if any(sentence in q or q in sentence for q in left_out):
            continue
        for example in _made(sentence, number, within, usable, source, random):
            done += 1
            yield example


def _made(
    sentence: str, number: int, within: Passage, texts: Sequence[Passage], source: str, random: Random
) -> Iterator[Example]:
    language, kind = within.language, random.random()
    pair = f"{language}:{language}"
    names = names_of(sentence)
    if kind < 0.35:
        yield from claims(clause(sentence, random), within, (number,), language, f"{source}-claim", random)
    elif kind < 0.5 and names:
        name = random.choice(names)
        shown = sentence[name.start : name.end]
        right = tuple(
            i for i, s in enumerate(within.sentences)
            if name.key in {n.key for n in names_of(within.text[s.start : s.end])}
        )  # fmt: skip
        if number in right:
            question = random.choice([*words(language)["said"], *words(language)["about"]]).format(name=shown)
            yield Example(source, question, within.text, within.sentences, right, pair=pair)
    elif asked := cloze(sentence, language, random):
        if random.random() < 0.25:
            other = random.choice([t for t in texts if t.group != within.group])
            yield _absent(f"{source}-null", asked.question, other, f"{language}:{other.language}")
        elif random.random() < 0.2 and (changed := near_miss(asked.question, language, within.text, random)):
            if changed[1] in ("name", "number"):
                yield _absent(f"{source}-near", changed[0], within, pair)
        else:
            spans = tuple(s for s in places(asked.answer, within) if number in overlapping(s.start, s.end, within))
            yield Example(source, asked.question, within.text, within.sentences, (number,), spans, pair=pair)
